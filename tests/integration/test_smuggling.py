"""SMTP smuggling: only CR LF ends a line, and only CR LF . CR LF ends a message."""
import pytest

import mail
import soap
from smtp_session import Closed, Session, logged_in

SMUGGLED = b"MAIL FROM:<evil@b.test>\r\nRCPT TO:<%s>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n"
ENDS = {
    "LF.LF": b"\n.\n",
    "LF.CRLF": b"\n.\r\n",
    "CRLF.LF": b"\r\n.\n",
    "CR.CR": b"\r.\r",
    "CR.CRLF": b"\r.\r\n",
    "CRLF.CR": b"\r\n.\r",
    "CRCRLF.CRLF": b"\r\r\n.\r\n",
    "LFCRLF.CRLF": b"\n\r\n.\r\n",
}


@pytest.mark.parametrize("end", ENDS)
def test_odd_ends_of_data_are_refused(server, end):
    first, second = mail.address(), mail.address()
    with logged_in(server) as session:
        session.envelope("a@b.test", first)
        session.write(b"Subject: first\r\n\r\nbody" + ENDS[end] + SMUGGLED % second.encode())
        replies = []
        try:
            while True:
                replies.append(session.reply())
        except Closed:
            pass
    assert not any(reply.startswith(("250", "354")) for reply in replies), replies
    assert len(replies) == 1 and replies[0].startswith("554 5.5.2"), replies
    marker = mail.address()
    mail.send(server, mail.build(), marker)
    soap.delivery(server, marker, "Delivered")
    assert soap.deliveries(server, second) == []


@pytest.mark.parametrize("line", [b"NOOP\n", b"NO\rOP\r\n", b"NOOP\r\r\n", b"MAIL FROM:<a@b.test>\nRCPT TO:<c@d.test>\r\n"])
def test_bare_newlines_in_commands_are_refused(server, line):
    with Session(server.smtp_port) as session:
        session.hello()
        session.write(line)
        assert session.reply().startswith("521 5.5.2")
        assert session.is_closed()


def test_commands_before_starttls_are_discarded(server):
    with Session(server.submission_port) as session:
        session.hello()
        session.write(b"STARTTLS\r\nNOOP injected\r\n")
        assert session.reply().startswith("220")
        session._start_tls()
        session.hello()
        session.expect("VRFY someone", "252")


@pytest.fixture(scope="module")
def browser(server):
    """An address that needs no password."""
    assert server.cli("account", "allow-ip", server.account, "127.0.0.72").returncode == 0
    return "127.0.0.72"


@pytest.mark.parametrize("head", [
    b"POST / HTTP/1.1\r\nHost: relay.example.test:2525\r\nContent-Type: text/plain\r\n\r\n",
    # A path that is too long for a command.
    b"POST /" + b"x" * 3000 + b" HTTP/1.1\r\nHost: relay.example.test:2525\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00 a session ticket with a line end in it\r\n",
], ids=["request", "long-request", "TLS"])
def test_a_browser_sends_no_mail(server, browser, head):
    """A page makes the browser of someone in a known network send what is SMTP but for its beginning."""
    recipient = mail.address()
    with Session(server.smtp_port, source=browser) as session:
        session.write(head + b"EHLO x\r\n" + SMUGGLED % recipient.encode() + b"QUIT\r\n")
        replies = []
        with pytest.raises(Closed):
            while True:
                replies.append(session.reply())
    assert replies[-1].startswith("521 5.5.1"), replies
    assert not any(reply.startswith("2") for reply in replies), replies
    assert soap.deliveries(server, recipient) == []


KNOWN = "127.0.0.70"


@pytest.fixture(scope="module")
def normalizing(make_module_server):
    server = make_module_server(bare_newline="normalize", bare_newline_networks=[KNOWN])
    assert server.cli("account", "allow-ip", server.account, KNOWN).returncode == 0
    return server


# In these the wire says CR LF . CR LF behind a stray newline: that is the end, for every reader.
REAL_ENDS = {"CRCRLF.CRLF", "LFCRLF.CRLF"}


@pytest.mark.parametrize("end", sorted(set(ENDS) - REAL_ENDS))
def test_odd_ends_of_data_are_content_where_newlines_are_normalized(normalizing, end):
    first, second = mail.address(), mail.address()
    with Session(normalizing.smtp_port, source=KNOWN) as session:
        session.hello()
        session.envelope("a@b.test", first)
        session.write(mail.build(to=first) + b"body" + ENDS[end] + SMUGGLED % second.encode())
        assert session.reply().startswith("250")
        session.expect("NOOP", "250")
    soap.delivery(normalizing, first, "Delivered")
    assert soap.deliveries(normalizing, second) == []
    arrived = mail.captured(normalizing, first)
    assert b"Subject: smuggled" in mail.split(arrived)[1]
    assert arrived.count(b"\n") == arrived.count(b"\r\n") == arrived.count(b"\r")


def test_newlines_are_normalized_for_named_networks_alone(normalizing):
    recipient = mail.address()
    with Session(normalizing.smtp_port, source=KNOWN) as session:
        session.write(f"EHLO c\nMAIL FROM:<a@b.test>\nRCPT TO:<{recipient}>\nDATA\n".encode())
        for code in ("250", "250", "250", "354"):
            assert session.reply().startswith(code)
        session.write(mail.build(to=recipient, body=b"one\n..two\nthree\r\n").replace(b"\r\n", b"\n") + b"\r\n.\r\n")
        assert session.reply().startswith("250")
    assert mail.split(mail.captured(normalizing, recipient))[1] == b"one\r\n.two\r\nthree\r\n\r\n"
    with Session(normalizing.smtp_port, source="127.0.0.71") as session:
        session.write(b"EHLO c\n")
        assert session.reply().startswith("521 5.5.2")
        assert session.is_closed()
