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
    assert replies[0].startswith(("554 5.5.2", "521 5.5.2")), replies
    marker = mail.address()
    mail.send(server, mail.build(), marker)
    soap.delivery(server, marker, "Delivered")
    assert soap.deliveries(server, second) == []


@pytest.mark.parametrize("line", [b"NOOP\n", b"NO\rOP\r\n", b"NOOP\r\r\n", b"MAIL FROM:<a@b.test>\nRCPT TO:<c@d.test>\r\n"])
def test_bare_newlines_in_commands_are_refused(server, line):
    with Session(server.smtp_port) as session:
        session.hello()
        session.write(line)
        assert session.reply()[:3] in ("500", "521", "554")
        assert session.is_closed()


def test_commands_before_starttls_are_discarded(server):
    with Session(server.submission_port) as session:
        session.hello()
        session.write(b"STARTTLS\r\nNOOP injected\r\n")
        assert session.reply().startswith("220")
        session._start_tls()
        session.hello()
        session.expect("VRFY someone", "252")
