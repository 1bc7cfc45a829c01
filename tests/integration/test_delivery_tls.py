"""TLS to recipients' servers: where it must be, and how the peer was verified."""
import contextlib
import ssl

import pytest

import certificates
import mail
import soap
from dns_server import DnsServer
from processes import free_port
from sink import Sink
from test_delivery import text_lines

# Each host has an address of its own, since all listen on one port.
HOSTS = {"named": "127.0.0.41", "misnamed": "127.0.0.42", "unknown": "127.0.0.43", "plain": "127.0.0.44",
         "expired": "127.0.0.45"}
ZONE = {}
for number, (host, host_address) in enumerate(HOSTS.items()):
    for policy in ("strict", "easy"):
        ZONE[f"{host}.{policy}.example"] = {"MX": [(10, f"mx.{host}.example")]}
    ZONE[f"mx.{host}.example"] = {"A": [host_address]}


def context_of(pair):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    return context


@pytest.fixture(scope="module")
def relay(make_module_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    pairs = {host: certificates.make(folder, f"mx.{name}.example")
             for host, name in (("named", "named"), ("misnamed", "other"), ("unknown", "unknown"))}
    pairs["expired"] = certificates.make_expired(folder, "mx.expired.example")
    authorities = folder / "authorities.pem"
    authorities.write_text("".join(pairs[host][0].read_text() for host in ("named", "misnamed", "expired")))
    port = free_port()
    with contextlib.ExitStack() as stack:
        dns = DnsServer(ZONE).start()
        stack.callback(dns.stop)
        for host, address in HOSTS.items():
            sink = Sink(port, address, tls_context=context_of(pairs[host]) if host in pairs else None)
            sink.start()
            stack.callback(sink.stop)
        yield make_module_server(workers=1, delivery={
            "route": "mx", "resolver": f"127.0.0.1@{dns.port}", "port": port, "retry": [600],
            "tls_required": [f"{host}.strict.example" for host in HOSTS], "tls_authorities": authorities})


@pytest.mark.parametrize("domain, status, note", [
    ("named.strict.example", "Delivered", "verified=name"),
    ("misnamed.strict.example", "Deferred", "TLS failed: hostname mismatch"),
    ("unknown.strict.example", "Deferred", "TLS failed: self-signed certificate"),
    ("expired.strict.example", "Deferred", "TLS failed: certificate has expired"),
    ("expired.easy.example", "Delivered", "verified=none"),
    ("plain.strict.example", "Deferred", "TLS is required here, and the server does not offer it"),
    ("named.easy.example", "Delivered", "verified=name"),
    ("misnamed.easy.example", "Delivered", "verified=none"),
    ("unknown.easy.example", "Delivered", "verified=none"),
    ("plain.easy.example", "Delivered", None),
])
def test_verification(relay, domain, status, note):
    recipient = f"{mail.unique('to')}@{domain}"
    mail.send(relay, mail.build(to=recipient), recipient)
    lines = text_lines(relay, recipient, status)[1]
    notes = [text for direction, text in lines if direction == "note"]
    if note is not None:
        assert notes[-1].endswith(note), notes
    mails = [text for direction, text in lines if direction == "out" and text.startswith("MAIL")]
    assert len(mails) == (1 if status == "Delivered" else 0)


def test_result_codes(relay):
    for domain, code in (("misnamed.strict.example", "4.7.5"), ("plain.strict.example", "4.7.4")):
        recipient = f"{mail.unique('to')}@{domain}"
        mail.send(relay, mail.build(to=recipient), recipient)
        row = soap.delivery(relay, recipient, "Deferred")
        attempt = soap.smtp_log(relay, row["TransactionalID"]).find("Attempt")
        assert code in attempt.get("result")


@pytest.mark.parametrize("tls, host, status, note", [
    ("required", "named", "Delivered", "verified=name"),
    ("required", "misnamed", "Deferred", "TLS failed: hostname mismatch"),
    ("required", "plain", "Deferred", "TLS is required here, and the server does not offer it"),
    ("opportunistic", "misnamed", "Delivered", "verified=none"),
    ("off", "named", "Delivered", None)])
def test_a_smarthost(relay, make_server, tls, host, status, note):
    settings = relay.settings["delivery"]
    server = make_server(workers=1, delivery={
        **settings, "tls_required": [], "route": "smarthost", "smarthost": f"mx.{host}.example:{settings['port']}", "tls": tls})
    recipient = mail.address()
    mail.send(server, mail.build(to=recipient), recipient)
    lines = text_lines(server, recipient, status)[1]
    assert (("out", "STARTTLS") in lines) == (tls != "off" and host != "plain")
    assert note is None or [text for direction, text in lines if direction == "note"][-1].endswith(note)
