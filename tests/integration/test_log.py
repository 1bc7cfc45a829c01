"""The server's log: one id from the socket to the report, in both forms, and nothing in it that a client put there."""
import json
import re

import pytest

import mail
import soap
from smtp_session import logged_in
from wait import wait_for

QUEUED = re.compile(r"250 2\.0\.0 Ok: queued as (\d+), TransactionalID (\d+)")
SECRET = "in-the-body-alone"


@pytest.fixture(scope="module")
def relay(make_module_server):
    return make_module_server(log={"format": "json", "level": "debug"}, delivery={"retry": [3600]})


def events(server, name=None, **fields):
    """Every line is an object; those of an event with these fields."""
    lines = [json.loads(line) for line in server.log.splitlines()]
    return [line for line in lines if name in (None, line["event"]) and fields.items() <= line.items()]


def send(server, *recipients):
    with logged_in(server) as session:
        session.envelope(mail.SENDER, *recipients)
        session.write(mail.build(subject="Hello {Log}", to=recipients[0], body=SECRET.encode() + b"\r\n"))
        found = QUEUED.fullmatch(session.command("."))
        session.command("QUIT")
    return int(found[1]), int(found[2])


def test_one_id_from_socket_to_report(relay):
    delivered, failed, deferred = mail.address("log"), f"reject-550@{mail.unique()}.test", f"defer-451@{mail.unique()}.test"
    message, first = send(relay, delivered, failed, deferred)
    ended = wait_for(lambda: (lambda found: len(found) == 3 and found)(events(relay, "attempt-ended", message=message)),
                     30, "three attempts")
    # The socket: who has the message has the session, and with it all that the client did.
    accepted, = events(relay, "message-accepted", message=message)
    assert accepted["recipients"] == 3 and accepted["sender"] == mail.SENDER and accepted["client"] == "127.0.0.1"
    session = wait_for(lambda: events(relay, "smtp-closed", session=accepted["session"]), 15, "the end of the session")[0]
    assert {each["event"] for each in events(relay, session=session["session"])} == {
        "smtp-connected", "login-accepted", "message-accepted", "smtp-closed"}
    # The message as it arrived.
    received = b" ".join(mail.field(mail.captured(relay, delivered), "Received")[0].split()).decode()
    assert f"with ESMTPSA id {message} (TLS" in received or f"with ESMTPSA id {message};" in received
    # Each attempt.
    said = {each["recipient"]: each for each in ended}
    assert said[delivered]["status"] == "delivered" and said[delivered]["delivery"] == first
    assert said[delivered]["reply"].startswith("250 2.0.0 Ok: captured as ")
    assert (said[failed]["status"], said[failed]["code"]) == ("failed", "5.1.1")
    assert said[failed]["reply"].startswith("550 5.1.1")
    assert said[deferred]["status"] == "deferred" and said[deferred]["next"] > said[deferred]["time"]
    for each in ended:
        assert each["address"] == "127.0.0.1" and each["port"] == relay.capture_port
        assert 0 <= each["seconds"] <= each["delay"] < 60 and each["attempt"] == 1
    # The command line and the reports.
    logged = json.loads(relay.cli("log", str(message), "--json").stdout)
    assert {each["delivery"] for each in logged} == {each["delivery"] for each in ended}
    assert {each["message"] for each in logged} == {message}
    waiting, = json.loads(relay.cli("queue", "list", "--address", deferred, "--json").stdout)["deliveries"]
    assert (waiting["message"], waiting["delivery"]) == (message, said[deferred]["delivery"])
    report = soap.call(relay, "Reports_GetSMTPLog_Transactional", TransactionalID=said[failed]["delivery"])
    assert "550 5.1.1" in report and failed in report


@pytest.mark.parametrize("odd", ['"a\\" account=\\"7"@example.test', '"a b=c"@example.test', '"\\\\n{}"@example.test'])
def test_what_clients_write_stays_in_its_field(relay, odd):
    message, delivery = send(relay, odd)
    ended, = wait_for(lambda: events(relay, "attempt-ended", message=message), 30, "an attempt")
    assert ended["recipient"] == odd and ended["delivery"] == delivery and isinstance(ended["account"], int)


def test_no_secrets(relay):
    with logged_in(relay) as session:
        session.command("QUIT")
    text = relay.log
    assert relay.password not in text and SECRET not in text


def test_pairs_and_no_lines_of_messages(make_server):
    server = make_server(log={"messages": False}, delivery={"retry": [3600]})
    message, _ = send(server, mail.address("quiet"))
    wait_for(lambda: json.loads(server.cli("log", str(message), "--json").stdout)[0]["state"] == "Delivered", 30, "delivery")
    assert "message-accepted" not in server.log and "attempt-ended" not in server.log
    server.settings["log"] = {"format": "key=value", "messages": True}
    server.write_config()
    server.stop()
    server.start()
    message, delivery = send(server, mail.address("told"))
    wait_for(lambda: f" attempt-ended message={message} delivery={delivery} " in server.log, 30, "the attempt's line")
    assert re.search(rf' info relay-\d\[\d+\] message-accepted session=[0-9a-f]{{16}} message={message} account=\d+ '
                     rf'client=127\.0\.0\.1 sender="{re.escape(mail.SENDER)}" size=\d+ recipients=1 seconds=0\.\d+\n', server.log)
