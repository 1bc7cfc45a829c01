"""CHUNKING (RFC 3030): messages by BDAT, and that no chunk, wanted or not, is ever read as commands."""
import time

import pytest

import mail
import soap
from smtp_session import logged_in
from test_limits import drip, nested, received


def begin(session, *recipients):
    session.expect("MAIL FROM:<a@b.test> BODY=8BITMIME", "250")
    for recipient in recipients:
        session.expect(f"RCPT TO:<{recipient}>", "250")


def chunk(data, last=False):
    return b"BDAT %d%s\r\n%s" % (len(data), b" LAST" if last else b"", data)


def send(session, message, *sizes):
    """Sends it in chunks of these sizes and a last one. Returns the last reply."""
    for size in sizes:
        session.write(chunk(message[:size]))
        assert session.reply().startswith("250 2.0.0")
        message = message[size:]
    session.write(chunk(message, last=True))
    return session.reply()


def test_a_message_in_chunks_arrives_as_it_was(server):
    recipient = mail.address()
    body = b"caf\xc3\xa9\r\n.\r\n..\r\n.QUIT\r\n\r\n" + b"x" * 60_000 + b"\r\n"
    message = mail.build(to=recipient, body=body, headers=["X-Odd:  kept "])
    with logged_in(server) as session:
        assert "CHUNKING" in session.hello() and "BINARYMIME" not in session.hello()
        begin(session, recipient)
        assert send(session, message, 1, 0, 30, 20_000).startswith("250")
        session.expect("QUIT", "221")
    arrived = mail.captured(server, recipient)
    assert mail.split(arrived)[1] == body and b"X-Odd:  kept \r\n" in arrived


def test_a_chunk_may_end_anywhere(server):
    """All at once and pipelined, at each boundary of a small message."""
    recipients = [mail.address() for _ in mail.build()]
    with logged_in(server) as session:
        for at, recipient in enumerate(recipients):
            message = mail.build(to=recipient, body=b".\r\nx\r\n")
            session.write(f"MAIL FROM:<a@b.test>\r\nRCPT TO:<{recipient}>\r\n".encode()
                          + chunk(message[:at]) + chunk(message[at:], last=True))
        for _ in range(4 * len(recipients)):
            assert session.reply().startswith("250")
    for recipient in recipients:
        assert mail.split(mail.captured(server, recipient))[1] == b".\r\nx\r\n"


def test_the_last_line_gets_its_end(server):
    recipient = mail.address()
    with logged_in(server) as session:
        begin(session, recipient)
        assert send(session, mail.build(to=recipient, body=b"no end")).startswith("250")
    assert mail.split(mail.captured(server, recipient))[1] == b"no end\r\n"


SMUGGLED = b"RSET\r\nMAIL FROM:<evil@b.test>\r\nRCPT TO:<victim@d.test>\r\nDATA\r\n"


@pytest.mark.parametrize("before, reply", [
    ([], "503 5.5.1"), (["MAIL FROM:<a@b.test>"], "554 5.5.1"), (["MAIL FROM:<a@b.test>", "RCPT TO:<broken"], "554 5.5.1")])
def test_chunks_that_nobody_wants_are_no_commands(server, before, reply):
    with logged_in(server) as session:
        for line in before:
            session.command(line)
        session.write(chunk(SMUGGLED) + chunk(SMUGGLED, last=True) + b"VRFY x\r\n")
        assert [session.reply()[:9] for _ in range(3)] == [reply, reply, "252 2.5.0"]


@pytest.mark.parametrize("line", ["BDAT", "BDAT x LAST", "BDAT -5 LAST", "BDAT 5 FIRST", "BDAT 5 LAST LAST", "BDAT 5LAST",
                                  "BDAT 99999999999999999999 LAST", "BDAT 0x10 LAST", "BDAT 5,LAST"])
def test_a_size_that_is_none_ends_the_connection(server, line):
    with logged_in(server) as session:
        begin(session, mail.address())
        session.write(line.encode() + b"\r\n" + SMUGGLED)
        assert session.reply().startswith("501 5.5.4")
        assert session.is_closed()


@pytest.mark.parametrize("cut", range(5))
@pytest.mark.parametrize("newline", [b"\n", b"\r", b"\n.\r\n", b"\r\n.\n", b"\r.\r"])
def test_bare_newlines_are_refused_wherever_chunks_meet(server, newline, cut):
    victim = mail.address()
    message = mail.build(body=b"x" + newline + b"MAIL FROM:<evil@b.test>\r\n")
    at = len(message) - len(b"MAIL FROM:<evil@b.test>\r\n") - cut
    with logged_in(server) as session:
        begin(session, victim)
        session.write(chunk(message[:at]) + chunk(message[at:], last=True))
        replies = [session.reply()]
        if replies[0].startswith("250"):
            replies.append(session.reply())
        assert replies[-1].startswith("554 5.5.2"), replies
        assert session.is_closed()
    assert soap.deliveries(server, victim) == []


def test_data_and_chunks_do_not_mix(server):
    with logged_in(server) as session:
        begin(session, mail.address())
        session.write(chunk(b"Subject: x\r\n"))
        assert session.reply().startswith("250")
        session.expect("DATA", "503 5.5.1")
        session.expect("RCPT TO:<more@d.test>", "503 5.5.1")
        session.expect("NOOP", "250")
        session.expect("RSET", "250")
        session.envelope("a@b.test", mail.address())
        session.write(mail.build(body=b"BDAT 5 LAST\r\n") + b".\r\n")
        assert session.reply().startswith("250")
        session.expect("MAIL FROM:<a@b.test> BODY=BINARYMIME", "504 5.5.4")


def test_limits_hold_for_chunks(make_server):
    server = make_server(limits={"message_bytes": 20_000, "line_bytes": 2000, "header_bytes": 4096, "mime_depth": 5})
    refused = [
        (mail.build(body=b"x\r\n" * 10_000), "552 5.3.4"), (mail.build(body=b"x" * 2001), "554 5.6.0"),
        (mail.build(headers=["X: " + "\r\n ".join(["x" * 1000] * 5)]), "552 5.3.4"),
        (mail.build(headers=received(51)), "554 5.4.6"), (nested(6), "554 5.6.0"), (b"", "554 5.6.0")]
    with logged_in(server) as session:
        for message, reply in refused:
            # What follows the chunk that was one too many is refused as well, and read.
            begin(session, mail.address())
            half = len(message) // 2
            session.write(chunk(message[:half]) + chunk(message[half:], last=True))
            replies = [session.reply(), session.reply()]
            assert [each[:9] for each in replies] in (["250 2.0.0", reply], [reply, "503 5.5.1"]), replies
        begin(session, mail.address())
        assert send(session, mail.build(), 10).startswith("250")


def test_a_client_cannot_hold_a_message_for_ever(make_server):
    """The time of a message is counted from its first chunk, whatever is said between two."""
    server = make_server(limits={"data_total_timeout": 2})
    with logged_in(server) as session:
        begin(session, mail.address())
        started, replies = time.monotonic(), []
        while not replies or replies[-1].startswith("250"):
            assert time.monotonic() - started < 20
            session.write(chunk(b"") + b"NOOP\r\n")
            replies.append(session.reply())
            if replies[-1].startswith("250"):
                replies.append(session.reply())
        assert replies[-1].startswith("421 4.4.2") and len(replies) > 2
        assert session.is_closed()
    with logged_in(server) as session:
        begin(session, mail.address())
        session.write(b"BDAT 1000\r\n")
        assert drip(session, 20).startswith("421 4.4.2")


@pytest.mark.parametrize("command", ["RSET", "EHLO again.example.test"])
def test_the_time_of_a_message_ends_with_it(make_server, command):
    server = make_server(limits={"data_timeout": 1, "command_timeout": 3})
    with logged_in(server) as session:
        session.expect("MAIL FROM:<a@b.test>", "250")
        session.expect(f"RCPT TO:<{mail.address()}>", "250")
        session.expect("BDAT 3\r\nx", "250")
        session.expect(command, "250")
        assert session.reply() == "421 4.4.2 nothing came for too long"


def test_a_half_chunk_is_no_message(server):
    recipient, marker = mail.address(), mail.address()
    with logged_in(server) as session:
        begin(session, recipient)
        session.write(b"BDAT 1000 LAST\r\n" + mail.build(to=recipient))
    mail.send(server, mail.build(), marker)
    soap.delivery(server, marker, "Delivered")
    assert soap.deliveries(server, recipient) == []
