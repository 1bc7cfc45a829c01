"""The delivering side: failures, retries, TLS, and a truthful transcript of each."""
import pytest

import mail
import soap
from certificates import server_context
from processes import free_port
from sink import Sink
from smtp_session import logged_in
from wait import wait_for


def text_lines(server, recipient, status, deadline=30):
    """The log of the one delivery to recipient, once it has that status: {attempt number: [(direction, text)]}."""
    row = soap.delivery(server, recipient, status, deadline)
    log = soap.smtp_log(server, row["TransactionalID"])
    return {int(each.get("number")): [(line.get("direction"), line.text or "") for line in each.iter("Line")]
            for each in log.iter("Attempt")}


@pytest.fixture
def sink(request):
    receiver = Sink(**getattr(request, "param", {}))
    receiver.start()
    yield receiver
    receiver.stop()


def smarthost(make_server, sink, **delivery):
    return make_server(delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{sink.port}", "retry": [1],
                                 **delivery})


def test_permanent_failure_ends_the_recipient(server):
    recipient = "reject-550@" + mail.unique() + ".test"
    mail.send(server, mail.build(to=recipient), recipient)
    attempts = text_lines(server, recipient, "Failed")
    assert list(attempts) == [1]
    assert any(direction == "in" and text.startswith("550 5.1.1") for direction, text in attempts[1])


def test_one_refused_recipient_does_not_stop_the_others(server):
    good, bad = mail.address(), "reject-550@" + mail.unique() + ".test"
    mail.send(server, mail.build(), [good, bad])
    soap.delivery(server, good, "Delivered")
    soap.delivery(server, bad, "Failed")


def test_deferred_is_retried_with_its_attempts_one_after_another(make_server):
    server = make_server(delivery={"retry": [1]})
    recipient = "defer-451@" + mail.unique() + ".test"
    mail.send(server, mail.build(to=recipient), recipient)
    attempts = text_lines(server, recipient, "Delivered")
    assert list(attempts) == [1, 2, 3]
    for number in (1, 2):
        assert any(direction == "in" and text.startswith("451 4.3.0") for direction, text in attempts[number])
    assert len(soap.deliveries(server, recipient)) == 1


def test_lifetime_ends_the_retries(make_server):
    port = free_port()
    server = make_server(delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{port}", "retry": [1],
                                   "lifetime": 3})
    recipient = mail.address()
    mail.send(server, mail.build(to=recipient), recipient)
    attempts = text_lines(server, recipient, "Failed")
    assert 2 <= len(attempts) <= 5
    for lines in attempts.values():
        assert any(direction == "note" and "connection refused" in text.lower() for direction, text in lines)


def test_a_host_that_comes_back_gets_its_mail(make_server):
    port = free_port()
    server = make_server(delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{port}", "retry": [1]})
    recipient = mail.address()
    mail.send(server, mail.build(to=recipient), recipient)
    soap.delivery(server, recipient, "Deferred")
    sink = Sink(port)
    sink.start()
    try:
        soap.delivery(server, recipient, "Delivered")
        assert len(sink.to(recipient)) == 1
    finally:
        sink.stop()


def test_retries_survive_a_restart(make_server):
    server = make_server(delivery={"retry": [2]})
    recipient = "defer-451@" + mail.unique() + ".test"
    mail.send(server, mail.build(to=recipient), recipient)
    soap.delivery(server, recipient, "Deferred")
    assert server.stop() == 0
    server.start()
    wait_for(lambda: mail.captured(server, recipient), 30, "delivery after a restart")
    soap.delivery(server, recipient, "Delivered")


def test_starttls_is_used_where_offered(make_server, tmp_path):
    sink = Sink(tls_context=server_context(tmp_path, "mx.recipient.example.test"))
    sink.start()
    try:
        server = smarthost(make_server, sink)
        recipient = mail.address()
        mail.send(server, mail.build(to=recipient), recipient)
        attempts = text_lines(server, recipient, "Delivered")
        assert sink.to(recipient)[0].tls
        assert ("out", "STARTTLS") in attempts[1]
        assert any(direction == "note" and text.startswith("TLSv1.") for direction, text in attempts[1])
        greetings = [text for direction, text in attempts[1] if direction == "out" and text.startswith("EHLO")]
        assert len(greetings) == 2
    finally:
        sink.stop()


@pytest.mark.parametrize("answer, status", [
    ("554 5.7.1 no such luck", "Failed"), ("552 5.2.2 mailbox full", "Failed"), ("250 2.0.0 Ok: queued as X", "Delivered"),
])
def test_reply_to_data_decides(make_server, answer, status):
    sink = Sink(answer=lambda taken: answer)
    sink.start()
    try:
        server = smarthost(make_server, sink)
        recipient = mail.address()
        mail.send(server, mail.build(to=recipient), recipient)
        attempts = text_lines(server, recipient, status)
        assert ("in", answer) in attempts[1]
    finally:
        sink.stop()


def test_reply_that_xml_cannot_hold_is_shown_escaped(make_server):
    class Rude(Sink):
        async def handle_RCPT(self, smtp, session, envelope, address, options):
            smtp._writer.write(b"550 5.1.1 \x01\xff\xfe <&> no\r\n")
            return "550 5.1.1 done"
    sink = Rude()
    sink.start()
    try:
        server = smarthost(make_server, sink)
        recipient = mail.address()
        mail.send(server, mail.build(to=recipient), recipient)
        attempts = text_lines(server, recipient, "Failed")
        assert ("in", r"550 5.1.1 \x01\xFF\xFE <&> no") in attempts[1]
    finally:
        sink.stop()


def test_dots_and_null_sender_leave_as_they_came(make_server):
    sink = Sink()
    sink.start()
    try:
        server = smarthost(make_server, sink)
        recipient = mail.address()
        with logged_in(server) as session:
            session.envelope("", recipient)
            session.write(b"From: a@b.test\r\nSubject: x\r\n\r\n..\r\n...two\r\n.\r\n")
            assert session.reply().startswith("250")
        wait_for(lambda: sink.to(recipient), what="the message in the sink")
        taken = sink.to(recipient)[0]
        assert mail.split(taken.content)[1] == b".\r\n..two\r\n"
        assert taken.sender in ("", "<>")  # aiosmtpd's two ways to say it
    finally:
        sink.stop()


def test_connection_is_used_again_for_the_next_message(make_server):
    sink = Sink()
    sink.start()
    try:
        server = smarthost(make_server, sink, destination_connections=1)
        recipients = [mail.address() for _ in range(20)]
        with mail.client(server) as smtp:
            for recipient in recipients:
                smtp.sendmail(mail.SENDER, recipient, mail.build(to=recipient))
        wait_for(lambda: len(sink.snapshot()) == len(recipients), what="all in the sink")
        assert len({taken.peer for taken in sink.snapshot()}) < len(recipients)
        for recipient in recipients:
            lines = text_lines(server, recipient, "Delivered")[1]
            assert any(text.startswith(f"RCPT TO:<{recipient}>") for _, text in lines)
    finally:
        sink.stop()
