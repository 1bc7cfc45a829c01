"""Delivery by MX (RFC 5321 5.1), asked of a DNS server of the test's own."""
import pytest

import mail
import soap
from dns_server import DnsServer
from processes import free_port
from sink import Sink
from test_delivery import text_lines
from wait import wait_for

# All hosts listen on one port, so each has an address of its own; nobody listens on DEAD.
FIRST, SECOND, DEAD = "127.0.0.21", "127.0.0.22", "127.0.0.23"

ZONE = {
    "one.test": {"MX": [(10, "mx1.one.test")]},
    "mx1.one.test": {"A": [FIRST]},
    "prefers.test": {"MX": [(20, "mx2.prefers.test"), (10, "mx1.prefers.test")]},
    "mx1.prefers.test": {"A": [FIRST]},
    "mx2.prefers.test": {"A": [SECOND]},
    "backup.test": {"MX": [(10, "dead.backup.test"), (20, "mx2.backup.test")]},
    "dead.backup.test": {"A": [DEAD]},
    "mx2.backup.test": {"A": [SECOND]},
    "addresses.test": {"MX": [(10, "both.addresses.test")]},
    "both.addresses.test": {"A": [DEAD, SECOND]},
    "nomx.test": {"A": [FIRST]},
    "null.test": {"MX": [(0, ".")], "A": [FIRST]},
    "nothing.test": {},
    "dangling.test": {"MX": [(10, "missing.test")]},
    "broken.test": None,
    "dead.test": {"MX": [(10, "dead.backup.test")]},
}


@pytest.fixture(scope="module")
def hosts():
    port = free_port()
    sinks = {address: Sink(port, address) for address in (FIRST, SECOND)}
    for sink in sinks.values():
        sink.start()
    yield sinks
    for sink in sinks.values():
        sink.stop()


@pytest.fixture(scope="module")
def relay(hosts, make_module_server):
    dns = DnsServer(ZONE).start()
    yield make_module_server(delivery={
        "route": "mx", "resolver": f"127.0.0.1@{dns.port}", "port": hosts[FIRST].port, "retry": [1], "lifetime": 3})
    dns.stop()


def send(relay, domain):
    recipient = f"{mail.unique('to')}@{domain}"
    mail.send(relay, mail.build(to=recipient), recipient)
    return recipient


@pytest.mark.parametrize("domain, address", [
    ("one.test", FIRST), ("prefers.test", FIRST), ("backup.test", SECOND), ("addresses.test", SECOND),
    ("nomx.test", FIRST), ("ONE.test", FIRST), ("[127.0.0.22]", SECOND),
])
def test_goes_to(relay, hosts, domain, address):
    recipient = send(relay, domain)
    wait_for(lambda: hosts[address].to(recipient), what=f"the message at {address}")
    row = soap.delivery(relay, recipient, "Delivered")
    attempt = soap.smtp_log(relay, row["TransactionalID"]).findall("Attempt")[-1]
    assert attempt.get("ip") == address


@pytest.mark.parametrize("domain, note", [
    ("null.test", "null MX"), ("absent.test", "no such domain"), ("nothing.test", "no MX"),
])
def test_fails_at_once(relay, domain, note):
    recipient = send(relay, domain)
    attempts = text_lines(relay, recipient, "Failed")
    assert list(attempts) == [1]
    notes = [text.lower() for direction, text in attempts[1] if direction == "note"]
    assert any(note.lower() in text for text in notes), notes


@pytest.mark.parametrize("domain", ["broken.test", "dead.test", "dangling.test"])
def test_is_tried_again(relay, domain):
    recipient = send(relay, domain)
    attempts = text_lines(relay, recipient, "Failed")
    if domain != "dangling.test":
        assert len(attempts) >= 2
    for lines in attempts.values():
        assert any(direction == "note" for direction, _ in lines), "an attempt without a line"


def test_one_dead_destination_does_not_hold_up_others(relay, hosts):
    for _ in range(20):
        send(relay, "dead.test")
    recipient = send(relay, "one.test")
    wait_for(lambda: hosts[FIRST].to(recipient), 5, "mail to a living host")


def test_recipients_of_different_domains(relay, hosts):
    recipients = [f"{mail.unique('to')}@{domain}" for domain in ("one.test", "nomx.test", "backup.test")]
    mail.send(relay, mail.build(), recipients)
    for recipient in recipients:
        soap.delivery(relay, recipient, "Delivered")
