"""Who a message is from, and to whom, as RFC 6409 has a submission server look at it."""
import pytest

import mail
import soap
from smtp_session import Session, logged_in

FROM = "From: shop@sender.example.test"


def submit(server, *fields):
    """Sends a message with these header fields. Returns the reply and the recipient."""
    recipient = mail.address()
    with logged_in(server) as session:
        session.envelope("a@b.test", recipient)
        session.write("\r\n".join([*fields, "Subject: x", "", "x", ".", ""]).encode())
        reply = session.reply()
        session.expect("NOOP", "250")
    return reply, recipient


@pytest.mark.parametrize("fields, reason", [
    ([], "the message has no From header"),
    (["Sender: a@b.test", "Resent-From: a@b.test"], "the message has no From header"),
    ([FROM, FROM], "the message has more than one From header"),
    (["From: Shop"], "the From header holds no address"),
    (["From: <>"], "the From header holds no address"),
    (["From: Nobody:;"], "the From header holds no address")])
def test_a_message_says_who_it_is_from(server, fields, reason):
    reply, recipient = submit(server, *fields)
    assert reply == "554 5.6.0 " + reason
    assert soap.delivery(server, recipient, "Rejected")


@pytest.mark.parametrize("fields", [
    [FROM], ["From: =?utf-8?Q?B=C3=BCcher?= <b@sender.example.test>"],
    ["From: a@sender.example.test, b@sender.example.test"],
    ["From: Us: a@sender.example.test;", "Sender: b@sender.example.test"]])
def test_what_it_says_leaves_as_it_came(server, fields):
    reply, recipient = submit(server, *fields, "To: x@y.test")
    assert reply.startswith("250")
    soap.delivery(server, recipient, "Delivered")


def test_no_sender_is_invented(server):
    recipient = mail.address()
    mail.send(server, mail.build(to=recipient, sender="a@b.test, c@d.test"), recipient)
    arrived = mail.captured(server, recipient)
    assert mail.field(arrived, "Sender") == []
    assert mail.field(arrived, "From") == [b"a@b.test, c@d.test"]


@pytest.mark.parametrize("address, code", [
    ("a@localhost", "250"), ("a@[192.0.2.1]", "250"), ("a", "501 5.1.3"), ("a@b..c", "501 5.1.3"),
    ("a@[192.0.2]", "501 5.1.3"), ("ü@b.test", "553 5.6.7"), ("a@☕.test", "501 5.1.3")])
def test_addresses_are_looked_at(server, address, code):
    with logged_in(server) as session:
        session.expect("MAIL FROM:<a@b.test>", "250")
        session.expect(f"RCPT TO:<{address}>", code)
        session.expect("RSET", "250")
        session.expect(f"MAIL FROM:<{address}>", code.replace("5.1.3", "5.1.7"))


def test_internationalized_addresses_where_asked_for(server):
    with logged_in(server) as session:
        assert "SMTPUTF8" in session.hello()
        session.expect("MAIL FROM:<ü@bücher.test> SMTPUTF8", "250")
        session.expect("RCPT TO:<ü@müller.test>", "250")
        session.expect("RCPT TO:<ü@☕.test>", "501 5.1.3")


def test_capture_takes_what_the_relay_would_not(server):
    """It stands for any server of a recipient."""
    with Session(server.capture_port) as session:
        session.hello()
        session.envelope("a@b.test", mail.address())
        session.write(b"Subject: x\r\n\r\nx\r\n.\r\n")
        assert session.reply().startswith("250")
