"""What a client sees on the receiving side: extensions, commands, pipelining, limits."""
import re

import pytest

import mail
import soap
from smtp_session import Session, logged_in

MESSAGE = mail.build("Raw {Raw}").replace(b"\r\n.", b"\r\n..") + b".\r\n"


def test_greeting_names_the_host(server):
    with Session(server.smtp_port) as session:
        assert re.match(rf"220 {server.hostname} ESMTP", session.greeting)


def test_ehlo_lists_what_is_spoken(server):
    with Session(server.submission_port) as session:
        offered = {line[4:].split()[0] for line in session.hello().split("\n")}
        assert {"SIZE", "8BITMIME", "CHUNKING", "PIPELINING", "ENHANCEDSTATUSCODES", "SMTPUTF8", "STARTTLS"} <= offered
        session.starttls()
        lines = [line[4:] for line in session.hello().split("\n")]
        assert "STARTTLS" not in lines
        assert "AUTH PLAIN LOGIN" in lines
        assert f"SIZE {50 * 1024 * 1024}" in lines


def test_no_auth_in_clear_text(server):
    with Session(server.submission_port) as session:
        assert "AUTH" not in session.hello()
        session.expect("AUTH PLAIN AGRlbW8AeA==", "538 5.7.11")


@pytest.mark.parametrize("line, code", [
    ("NOOP", "250 2."), ("NOOP some words", "250 2."), ("RSET", "250 2."), ("VRFY someone", "252 2."),
    ("QUIT", "221 2."), ("HELO old.example.test", "250"), ("ehlo lower.example.test", "250"),
    ("FROB", "500 5.5."), ("", "500 5.5."), ("EXPN list", "50"), ("BDAT ten LAST", "501 5.5.4"), ("TURN", "50"),
    ("MAIL TO:<a@b.test>", "501 5.5.4"), ("MAIL FROM:a@b.test>", "501 5."), ("RCPT TO:<a@b.test>", "503 5.5.1"),
    ("DATA", "503 5.5.1"), ("MAIL FROM:<a@b.test> FROB=1", "555 5.5.4"), ("MAIL FROM:<a@b.test> BODY=9BIT", "501 5.5.4"),
    ("MAIL FROM:<a@b.test> SIZE=x", "501 5.5.4"), ("MAIL FROM:<>", "250 2.1.0"),
    ("MAIL FROM:<a@b.test> BODY=8BITMIME SIZE=1000", "250 2.1.0"),
])
def test_command(server, line, code):
    with logged_in(server) as session:
        session.hello()
        session.expect(line, code)


def test_mail_before_hello_is_out_of_order(server):
    with Session(server.smtp_port) as session:
        session.expect("MAIL FROM:<a@b.test>", "503 5.5.1")


def test_nested_mail_and_login_twice(server):
    with logged_in(server) as session:
        session.hello()
        session.expect("AUTH PLAIN AGRlbW8AeA==", "503 5.5.1")
        session.expect("MAIL FROM:<a@b.test>", "250")
        session.expect("MAIL FROM:<a@b.test>", "503 5.5.1")
        session.expect("RSET", "250")
        session.expect("MAIL FROM:<a@b.test>", "250")


def test_data_without_recipients(server):
    with logged_in(server) as session:
        session.expect("MAIL FROM:<a@b.test>", "250")
        assert session.command("DATA")[:3] in ("503", "554")


@pytest.mark.parametrize("path", ["<no-at-sign>", "<@>", "<a@>", "<@b.test>", "<a@b..test>", "<a b@c.test>", "<>",
                                  "<a@b.test", "a@b.test", "<a@b_c.test\x01>",
                                  "<a@" + "b" * 256 + ".test>"])
def test_bad_recipient_syntax(server, path):
    with logged_in(server) as session:
        session.expect("MAIL FROM:<a@b.test>", "250")
        session.expect(f"RCPT TO:{path}", "5")


@pytest.mark.parametrize("path", ['<"quoted local"@b.test>', "<a+tag@b.test>", "<a@[192.0.2.1]>", "<a@[IPv6:2001:db8::1]>",
                                  "<A.B.C@xn--bcher-kva.test>", "<@one.test,@two.test:a@b.test>"])
def test_good_recipient_syntax(server, path):
    with logged_in(server) as session:
        session.expect("MAIL FROM:<a@b.test>", "250")
        session.expect(f"RCPT TO:{path}", "250")


def test_several_recipients_each_have_a_delivery(server):
    recipients = [mail.address() for _ in range(10)]
    mail.send(server, mail.build(to=", ".join(recipients)), recipients)
    ids = {soap.delivery(server, each, "Delivered")["TransactionalID"] for each in recipients}
    assert len(ids) == len(recipients)


def test_who_is_named_twice_is_mailed_once(server):
    word = mail.unique()
    ann, bob, other_bob = (f"{name}@{word}.test" for name in ("Ann", "bob.straße", "bob.strasse"))
    mail.send(server, mail.build(word), [ann, bob, ann.lower(), other_bob, ann, bob.upper().replace("SS", "ß")],
              options=["SMTPUTF8"])
    for each in (ann, bob, other_bob):
        soap.delivery(server, each, "Delivered")
    mail.captured(server, word, count=3)
    assert soap.deliveries(server, ann.lower()) == []


def test_several_messages_on_one_connection(server):
    words = [mail.unique() for _ in range(5)]
    with mail.client(server) as smtp:
        for word in words:
            smtp.sendmail(mail.SENDER, mail.address(), mail.build(word))
    for word in words:
        mail.captured(server, word)


def test_pipelining_two_messages_in_one_write(server):
    one, two = mail.address(), mail.address()
    with logged_in(server) as session:
        session.write(f"MAIL FROM:<a@b.test>\r\nRCPT TO:<{one}>\r\nDATA\r\n".encode())
        assert [session.reply()[:3] for _ in range(3)] == ["250", "250", "354"]
        session.write(MESSAGE + f"MAIL FROM:<a@b.test>\r\nRCPT TO:<bad>\r\nRCPT TO:<{two}>\r\nDATA\r\n".encode())
        assert [session.reply()[:3] for _ in range(5)] == ["250", "250", "501", "250", "354"]
        session.write(MESSAGE + b"QUIT\r\n")
        assert [session.reply()[:3] for _ in range(2)] == ["250", "221"]
        assert session.is_closed()
    soap.delivery(server, one, "Delivered")
    soap.delivery(server, two, "Delivered")


def test_a_byte_at_a_time(server):
    recipient = mail.address()
    with logged_in(server) as session:
        session.envelope("a@b.test", recipient)
        for byte in MESSAGE:
            session.write(bytes([byte]))
        assert session.reply().startswith("250 2.0.0")
    soap.delivery(server, recipient, "Delivered")


def test_declared_size_too_large(server):
    with logged_in(server) as session:
        session.expect(f"MAIL FROM:<a@b.test> SIZE={50 * 1024 * 1024 + 1}", "552 5.3.4")


def test_sent_size_too_large(make_server):
    server = make_server(limits={"message_bytes": 100_000})
    with logged_in(server) as session:
        session.envelope("a@b.test", mail.address())
        session.write(mail.build(body=b"0123456789\r\n" * 20_000) + b".\r\n")
        assert session.reply().startswith("552 5.3.4")
        session.envelope("a@b.test", mail.address())
        session.write(MESSAGE)
        assert session.reply().startswith("250")


def test_too_many_recipients(make_server):
    server = make_server(limits={"recipients": 3})
    with logged_in(server) as session:
        session.expect("MAIL FROM:<a@b.test>", "250")
        for _ in range(3):
            session.expect(f"RCPT TO:<{mail.address()}>", "250")
        session.expect(f"RCPT TO:<{mail.address()}>", "452 4.5.3")
        session.expect("DATA", "354")
        session.write(MESSAGE)
        assert session.reply().startswith("250")


def test_too_many_errors(make_server):
    server = make_server(limits={"errors": 5})
    with Session(server.smtp_port) as session:
        session.hello()
        replies = []
        while not (replies and replies[-1].startswith("421")):
            replies.append(session.command("FROB"))
            assert len(replies) <= 7
        assert replies[-1].startswith("421 4.7.0")
        assert session.is_closed()


def test_overlong_command_line(server):
    with Session(server.smtp_port) as session:
        session.hello()
        session.expect("NOOP " + "x" * 20_000, "500 5.5")
        session.expect("NOOP", "250")


def test_silence_ends_with_421(make_server):
    server = make_server(limits={"command_timeout": 3})
    with Session(server.smtp_port) as session:
        assert session.reply().startswith("421 4.4.2")
        assert session.is_closed()


def test_closed_in_data_is_nothing(server):
    recipient = mail.address()
    with logged_in(server) as session:
        session.envelope("a@b.test", recipient)
        session.write(MESSAGE[:-3])
    after = mail.address()
    mail.send(server, mail.build(), after)
    soap.delivery(server, after, "Delivered")
    assert soap.deliveries(server, recipient) == []
