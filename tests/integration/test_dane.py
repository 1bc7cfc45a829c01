"""DANE (RFC 7672): TLSA records from a zone that is really signed, against servers with real certificates."""
import contextlib
import hashlib
import subprocess

import pytest

import certificates
import mail
import soap
from processes import free_port
from signed_zone import SignedZones
from sink import Sink
from test_delivery import text_lines
from test_delivery_tls import context_of

TLS, PLAIN, ISSUED = "127.0.0.51", "127.0.0.52", "127.0.0.53"
HOST = "mx.example"


def key_digest(certificate):
    """What a record 3 1 1 holds: SHA-256 of the public key."""
    key = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], check=True, capture_output=True)
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key.stdout, check=True,
                         capture_output=True)
    return hashlib.sha256(der.stdout).hexdigest()


def zone(port, **hosts):
    """hosts: name=(address, TLSA records)."""
    records = []
    for name, (address, tlsa) in hosts.items():
        records += [f"{name} MX 10 mx.{name}", f"mx.{name} A {address}"]
        records += [f"_{port}._tcp.mx.{name} TLSA {each}" for each in tlsa]
    return records


@pytest.fixture(scope="module")
def relay(make_module_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dane")
    pair = certificates.make(folder, HOST)
    right, wrong, port = f"3 1 1 {key_digest(pair[0])}", f"3 1 1 {'00' * 32}", free_port()
    chain, chain_key, authority = certificates.make_issued(folder, "mx.issued.example")
    anchor = f"2 1 1 {key_digest(authority)}"
    signed = zone(port, matching=(TLS, [right]), issued=(ISSUED, [anchor]), misnamed=(ISSUED, [anchor]), rolling=(TLS, [wrong, right]), mismatched=(TLS, [wrong]),
                  withouttls=(PLAIN, [right]), unusable=(TLS, ["0 0 1 " + "00" * 32]), notlsa=(TLS, []),
                  nothing=(PLAIN, []), forgedtlsa=(TLS, [right]), forgedmx=(TLS, [right]))
    unsigned = zone(port, plain=(TLS, [wrong]))
    forged = {
        f"_{port}._tcp.mx.forgedtlsa.example. TLSA": f"_{port}._tcp.mx.forgedtlsa.example. 60 IN TLSA {wrong}",
        "forgedmx.example. MX": "forgedmx.example. 60 IN MX 10 mx.nothing.example.",
    }
    with contextlib.ExitStack() as stack:
        zones = SignedZones(folder, {"example": signed}, {"unsigned": unsigned}, forged).start()
        stack.callback(zones.stop)
        for address, context in ((TLS, context_of(pair)), (PLAIN, None), (ISSUED, context_of((chain, chain_key)))):
            sink = Sink(port, address, tls_context=context)
            sink.start()
            stack.callback(sink.stop)
        yield make_module_server(workers=1, delivery={
            "route": "mx", "resolver": f"127.0.0.1@{zones.port}", "port": port, "retry": [600],
            "trust_anchor": zones.trust_anchor})


@pytest.mark.parametrize("domain, result, note", [
    ("matching.example", "delivered 2.0.0", "verified=dane"),
    ("issued.example", "delivered 2.0.0", "verified=dane"),
    ("misnamed.example", "deferred 4.7.5", "TLS failed: hostname mismatch"),
    ("rolling.example", "delivered 2.0.0", "verified=dane"),
    ("mismatched.example", "deferred 4.7.5", "TLS failed: no matching DANE TLSA records"),
    ("withouttls.example", "deferred 4.7.4", "TLS is required here, and the server does not offer it"),
    ("unusable.example", "delivered 2.0.0", "verified=none"),
    ("notlsa.example", "delivered 2.0.0", "verified=none"),
    ("nothing.example", "delivered 2.0.0", None),
    ("forgedtlsa.example", "deferred 4.7.5", "no host may be used without its TLSA records"),
    ("forgedmx.example", "deferred 4.4.3", "MX look-up failed: DNSSEC validation failed"),
    ("plain.unsigned", "delivered 2.0.0", "verified=none"),
])
def test_dane(relay, domain, result, note):
    recipient = f"{mail.unique('to')}@{domain}"
    mail.send(relay, mail.build(to=recipient), recipient)
    lines = text_lines(relay, recipient, result.partition(" ")[0].capitalize())[1]
    notes = [text for direction, text in lines if direction == "note"]
    assert note is None or notes[-1].endswith(note), notes
    row, = soap.deliveries(relay, recipient)
    attempt = soap.smtp_log(relay, row["TransactionalID"]).find("Attempt")
    assert attempt.get("result") == result, lines


def test_a_trust_anchor_that_is_missing_is_named(make_server, tmp_path):
    server = make_server(start=False, delivery={"route": "mx", "trust_anchor": tmp_path / "none.key"})
    server.launch()
    assert server._process.wait(timeout=60) == 1
    assert f"{tmp_path}/none.key" in server.log
