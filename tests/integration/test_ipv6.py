"""IPv6 at each door: mail that comes, mail that leaves, and the API."""
import smtplib

import pytest

import mail
import soap
from dns_server import DnsServer
from sink import Sink
from wait import wait_for

HERE = "::1"
DEAD = "127.0.0.23"
ZONE = {
    "mx.example": {"MX": [(10, "host.mx.example")]},
    "host.mx.example": {"AAAA": [HERE]},
    "nomx.example": {"AAAA": [HERE]},
    "both.example": {"MX": [(10, "host.both.example")]},
    "host.both.example": {"A": [DEAD], "AAAA": [HERE]},
}


@pytest.fixture(scope="module")
def sink():
    receiver = Sink(address=HERE)
    receiver.start()
    yield receiver
    receiver.stop()


@pytest.fixture(scope="module")
def relay(sink, make_module_server):
    dns = DnsServer(ZONE).start()
    server = make_module_server(start=False, delivery={
        "route": "mx", "resolver": f"127.0.0.1@{dns.port}", "port": sink.port, "retry": [600]})
    server.settings["listener"]["smtp"]["listen"].append(f"[{HERE}]:{server.smtp_port}")
    server.settings["api"]["listen"].append(f"[{HERE}]:{server.api_port}")
    server.write_config()
    server.start()
    server.add_account(server.account, server.password)
    server.cli("account", "allow-ip", server.account, f"{HERE}/128", check=True)
    yield server
    dns.stop()


@pytest.mark.parametrize("domain", ["mx.example", "nomx.example", "both.example", "[IPv6:::1]"])
def test_mail(relay, sink, domain):
    recipient = f"{mail.unique('to')}@{domain}"
    with smtplib.SMTP(HERE, relay.smtp_port, timeout=30) as client:
        client.sendmail(mail.SENDER, recipient, mail.build(to=recipient))
    row = soap.delivery(relay, recipient, "Delivered")
    taken, = [each for each in sink.snapshot() if each.recipients[0].lower() == recipient.lower()]
    assert b"([IPv6:::1])" in mail.field(taken.content, "Received")[0]
    attempt = soap.smtp_log(relay, row["TransactionalID"]).find("Attempt")
    assert attempt.get("ip") == HERE or any(f"[{HERE}]" in line.text for line in attempt.iter("Line"))


def test_who_is_not_known_is_named_by_his_address(relay):
    relay.cli("account", "deny-ip", relay.account, f"{HERE}/128", check=True)

    def refused():
        with smtplib.SMTP(HERE, relay.smtp_port, timeout=30) as client:
            client.ehlo()
            client.mail(mail.SENDER)
            code, text = client.rcpt("x@mx.example")
            return code == 550 and HERE.encode() in text
    wait_for(refused, 5, "the network is forgotten")


def test_api(relay, monkeypatch):
    monkeypatch.setattr(relay, "api_url", f"http://[{HERE}]:{relay.api_port}/api.asmx")
    assert soap.call(relay, "AuthenticateUser").startswith("0\nSUCCESS")
