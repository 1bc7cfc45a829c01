"""TLS as clients meet it: on each kind of listener the versions that are spoken, and certificates that are renewed."""
import contextlib
import http.client
import signal
import socket
import ssl
import urllib.parse

import pytest
import requests

import certificates
import mail
from certificates import trusting_context
from smtp_session import logged_in
from wait import wait_for

KINDS = ["starttls", "implicit", "api"]


@pytest.fixture(scope="module")
def secured(make_module_server):
    """Its API speaks HTTPS, with the certificate of the listeners."""
    server = make_module_server(start=False)
    server.settings["api"].update(tls_certificate=server.settings["tls_certificate"], tls_key=server.settings["tls_key"])
    server.api_url = server.api_url.replace("http:", "https:")
    server.write_config()
    server.start()
    server.add_account(server.account, server.password)
    return server


@contextlib.contextmanager
def connected(server, kind, context):
    """A connection of that kind under TLS."""
    port = {"starttls": server.submission_port, "implicit": server.smtps_port, "api": server.api_port}[kind]
    with socket.create_connection(("127.0.0.1", port), 30) as raw:
        if kind == "starttls":
            for command in (b"", b"EHLO client.example.test\r\n", b"STARTTLS\r\n"):
                raw.sendall(command)
                assert raw.recv(4096)[:1] == b"2"
        with context.wrap_socket(raw) as client:
            yield client


def says_something(client, kind):
    """Whether the server answers under TLS; in TLS 1.3 a handshake may fail after its client's end of it."""
    if kind != "implicit":
        client.sendall(b"EHLO c\r\n" if kind == "starttls" else b"GET /healthz HTTP/1.0\r\n\r\n")
    return client.recv(4096) != b""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version, is_spoken", [
    (ssl.TLSVersion.TLSv1, False), (ssl.TLSVersion.TLSv1_1, False),
    (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_versions(secured, kind, version, is_spoken):
    context = trusting_context()
    context.set_ciphers("ALL:@SECLEVEL=0")  # else the client itself would refuse the old ones
    context.minimum_version = context.maximum_version = version
    if is_spoken:
        with connected(secured, kind, context) as client:
            assert client.version() == version.name.replace("_", ".")
            assert says_something(client, kind)
        return
    with pytest.raises((ssl.SSLError, ConnectionError)):
        with connected(secured, kind, context) as client:
            client.recv(1)


def test_certificates_are_read_again_on_sighup(secured):
    def shown(kind):
        try:
            with connected(secured, kind, trusting_context()) as client:
                return client.getpeercert(binary_form=True)
        except (AssertionError, OSError):  # by a process that makes room for its successor
            return None
    before = {kind: shown(kind) for kind in KINDS}
    assert len(set(before.values())) == 1 and None not in before.values()
    with logged_in(secured) as session:
        certificate, _ = certificates.make(secured.folder, secured.hostname)
        renewed = ssl.PEM_cert_to_DER_cert(certificate.read_text())
        secured._process.send_signal(signal.SIGHUP)
        for kind in KINDS:
            wait_for(lambda: shown(kind) == renewed, 20, f"the new certificate, {kind}")
        assert session.command("NOOP")[:3] in ("250", "421")
    mail.send(secured, mail.build(), mail.address())


def test_a_certificate_that_is_none_leaves_the_old_one(secured):
    certificate = secured.settings["tls_certificate"]
    good = certificate.read_bytes()
    certificate.write_bytes(b"no certificate\n")
    try:
        before = secured.log.count("\n")
        secured._process.send_signal(signal.SIGHUP)
        wait_for(lambda: str(certificate) in "".join(secured.log.splitlines(True)[before:]), 20, "the log names the file")
        for kind in KINDS:
            with connected(secured, kind, trusting_context()) as client:
                assert client.getpeercert(binary_form=True) == ssl.PEM_cert_to_DER_cert(good.decode())
    finally:
        certificate.write_bytes(good)


def test_a_call_by_https(secured):
    """Under the certificate's name; nothing is said in the clear on that port."""
    context = ssl.create_default_context(cafile=secured.settings["tls_certificate"])
    connection = http.client.HTTPSConnection(secured.hostname)
    with socket.create_connection(("127.0.0.1", secured.api_port), 30) as raw:
        connection.sock = context.wrap_socket(raw, server_hostname=secured.hostname)
        connection.request("POST", "/api.asmx/AuthenticateUser", urllib.parse.urlencode(
            {"Username": secured.account, "Password": secured.password}),
            {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        assert answer.status == 200 and b"SUCCESS" in answer.read()
    with pytest.raises(requests.ConnectionError):
        requests.get(secured.api_url.replace("https:", "http:"), timeout=30)
