"""Clients behind a balancer that speaks PROXY protocol version 2: who they are decides, not who the balancer is."""
import socket
import time

import pytest

import mail
from proxy_header import LOCAL, SIGNATURE, field, of_client
from smtp_session import Closed, Session
from wait import wait_for

BALANCER = "127.0.0.40"
CLIENT = "198.51.100.7"


@pytest.fixture(scope="module")
def proxied(make_module_server):
    return make_module_server(
        workers=1, limits={"proxy_timeout": 3, "address_connections": 5}, plaintext_networks=[CLIENT],
        listener={name: {"proxy": [BALANCER + "/32"]} for name in ("smtp", "submission", "smtps")})


def balanced(port, header, tls=False):
    return Session(port, source=BALANCER, tls=tls, before=header)


def refused(server, header):
    """Sends it as the balancer. Returns how long the connection lasted; nothing may be said on it."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.smtp_port), 30, (BALANCER, 0)) as balancer:
        balancer.sendall(header)
        try:
            assert balancer.recv(4096) == b""
        except ConnectionResetError:
            pass
    return time.monotonic() - started


@pytest.mark.parametrize("address", [CLIENT, "2001:db8::7"])
def test_the_client_told_is_the_client(proxied, address):
    server = proxied
    assert server.cli("account", "allow-ip", server.account, address).returncode == 0
    recipient = mail.address()
    with balanced(server.smtp_port, of_client(address)) as session:
        session.hello()
        session.envelope("a@b.test", recipient)
        session.write(mail.build(to=recipient) + b".\r\n")
        assert session.reply().startswith("250")
    shown = address if ":" not in address else "IPv6:" + address
    assert f"([{shown}])".encode() in mail.field(mail.captured(server, recipient), "Received")[0]
    with balanced(server.smtp_port, of_client("198.51.100.8")) as session:
        session.hello()
        session.expect("MAIL FROM:<a@b.test>", "250")
        assert "198.51.100.8" in session.expect("RCPT TO:<x@y.test>", "550 5.7.1")


def test_fields_behind_the_addresses_are_passed_over(proxied):
    fields = field(0x03, b"abcd") + field(0x02, b"relay.example.test") + field(0x04, b"\0" * 3000)
    with balanced(proxied.smtp_port, of_client(CLIENT, fields)) as session:
        assert "AUTH" in session.hello()  # it is in plaintext_networks


def test_before_implicit_tls(proxied):
    with balanced(proxied.smtps_port, of_client(CLIENT), tls=True) as session:
        session.hello()
        session.expect("NOOP", "250")


def test_before_starttls(proxied):
    with balanced(proxied.submission_port, of_client("198.51.100.9")) as session:
        assert "AUTH" not in session.hello()
        session.starttls()
        assert "AUTH" in session.hello()


def test_the_balancer_for_itself(proxied):
    with balanced(proxied.smtp_port, LOCAL) as session:
        assert session.greeting.startswith("220")
        session.hello()
        session.expect("MAIL FROM:<a@b.test>", "250")
        assert BALANCER in session.expect("RCPT TO:<x@y.test>", "550 5.7.1")


@pytest.mark.parametrize("header", [
    b"PROXY TCP4 198.51.100.7 198.51.100.1 12345 25\r\n", b"EHLO c\r\n", SIGNATURE + b"\x22\x11\0\x0c" + b"\0" * 12,
    SIGNATURE + b"\x21\0\0\0", SIGNATURE + b"\x21\x11\xff\xff" + b"\0" * 12], ids=[
    "version-1", "none", "command", "no-address", "length"])
def test_wrong_headers_end_the_connection(proxied, header):
    before = proxied.log.count("smtp-proxy-refused")
    refused(proxied, header)
    wait_for(lambda: proxied.log.count("smtp-proxy-refused") == before + 1, 10, "the log says why")


@pytest.mark.parametrize("header", [b"", SIGNATURE[:5], of_client(CLIENT)[:20]], ids=["none", "begun", "half"])
def test_slow_headers_end_the_connection(proxied, header):
    assert refused(proxied, header) >= 2.5
    assert "no whole PROXY header came in time" in proxied.log


def test_who_is_no_balancer_is_a_client(proxied):
    with Session(proxied.smtp_port, source="127.0.0.41") as session:
        assert session.greeting.startswith("220")
        session.write(of_client(CLIENT))
        assert session.reply().startswith("500")


def test_connections_are_counted_by_the_address_told(proxied):
    told = "198.51.100.30"
    held = [balanced(proxied.smtp_port, of_client(told)) for _ in range(5)]
    with balanced(proxied.smtp_port, of_client(told)) as session:
        assert session.greeting.startswith("421 4.7.0")
    with pytest.raises((Closed, OSError)):
        balanced(proxied.smtps_port, of_client(told), tls=True)
    with balanced(proxied.smtp_port, of_client("198.51.100.31")) as session:
        assert session.greeting.startswith("220")
    held.pop().expect("QUIT", "221")

    def is_welcome():
        with balanced(proxied.smtp_port, of_client(told)) as again:
            return again.greeting.startswith("220")
    wait_for(is_welcome, 10, "one that left makes room")
    for session in held:
        session.expect("QUIT", "221")
