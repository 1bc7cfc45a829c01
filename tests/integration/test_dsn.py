"""Delivery status notifications (RFC 3461, 3464): what senders ask for, what they are told, what next hops are asked."""
import email.utils

import psycopg2
import pytest

import mail
import returned
import soap
from smtp_script import ScriptedServer
from smtp_session import Session, logged_in
from wait import wait_for

OFFERS = "250-script.example.test\r\n250-PIPELINING\r\n250 DSN"
OFFERS_NOT = "250-script.example.test\r\n250 PIPELINING"


def replies(line):
    """What the next hop says to RCPT, by the address."""
    for word, reply in (("bad-", "550 5.1.1 No such user"), ("later-", "450 4.2.0 Come back")):
        if f"<{word}" in line:
            return reply
    return "250 2.1.5 Ok"


@pytest.fixture
def make_hop():
    made = []

    def make(**settings):
        made.append(ScriptedServer(**{"RCPT": replies, "EHLO": OFFERS_NOT, **settings}).start())
        return made[-1]
    yield make
    for hop in made:
        hop.stop()


@pytest.fixture
def make_relay(make_server):
    """All mail goes to the hop, reports to the sender among it."""
    def make(hop, **delivery):
        return make_server(delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{hop.port}", "retry": [1],
                                     **delivery})
    return make


def send(relay, recipient, *rcpt_options, mail_options=(), sender=mail.SENDER, body=b"The words.\r\n"):
    with mail.client(relay) as smtp:
        smtp.sendmail(sender, [recipient], mail.build(to=recipient, body=body), list(mail_options), list(rcpt_options))


def query(relay, sql, *values):
    with psycopg2.connect(relay.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def reports_to(hop, sender=mail.SENDER):
    return [taken for taken in list(hop.taken) if taken.rcpts[0].startswith(f"RCPT TO:<{sender}>")]


def report(hop, count=1):
    """Waits for so many reports; returns that one's (taken, status fields of the message and of the recipient, parts)."""
    wait_for(lambda: len(reports_to(hop)) >= count, 20, f"{count} reports")
    taken = reports_to(hop)[count - 1]
    message = mail.parse(taken.content)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    parts = list(message.iter_parts())
    status = parts[1].get_payload()
    return taken, status[0], status[1], parts


def ended(relay, recipient):
    """Waits for the end of a delivery: whatever report it makes is stored by then. Returns its status."""
    [[status]] = wait_for(lambda: query(relay, "SELECT status::text FROM smtp_log WHERE recipient = %s AND "
                                        "status <> 'deferred'", recipient), 20, f"{recipient}'s end")
    return status


def stored_reports(relay):
    return query(relay, "SELECT count(*) FROM message WHERE client = 'report'")[0][0]


def test_it_is_offered_where_reports_are_made(server):
    for port, offered in ((server.smtp_port, True), (server.capture_port, False)):
        with Session(port) as session:
            assert ("DSN" in session.hello().replace("-", " ").split()) == offered
            session.expect("MAIL FROM:<a@b.test> RET=HDRS", "250" if offered else "555 5.5.4")


@pytest.mark.parametrize("line, code", [
    ("MAIL FROM:<a@b.test> RET=HEADERS", "501 5.5.4"), ("MAIL FROM:<a@b.test> RET=FULL RET=FULL", "501 5.5.4"),
    ("MAIL FROM:<a@b.test> ENVID=a+0Db", "501 5.5.4"), ("MAIL FROM:<a@b.test> ENVID=" + 101 * "x", "501 5.5.4"),
    ("MAIL FROM:<a@b.test> ENVID=", "501 5.5.4"), ("MAIL FROM:<a@b.test> ENVID=" + 100 * "x", "250"),
    ("RCPT TO:<a@b.test> NOTIFY=NEVER,FAILURE", "501 5.5.4"), ("RCPT TO:<a@b.test> NOTIFY", "501 5.5.4"),
    ("RCPT TO:<a@b.test> NOTIFY=DELAY NOTIFY=DELAY", "501 5.5.4"), ("RCPT TO:<a@b.test> ORCPT=a@b", "501 5.5.4"),
    ("RCPT TO:<a@b.test> ORCPT=rfc822;" + 494 * "x", "501 5.5.4"),
    ("RCPT TO:<a@b.test> ORCPT=rfc822;" + 493 * "x", "250"),
    ("RCPT TO:<a@b.test> RET=FULL", "555 5.5.4"),
])
def test_parameters_are_checked(server, line, code):
    with logged_in(server) as session:
        if line.startswith("RCPT"):
            session.expect("MAIL FROM:<a@b.test>", "250")
        session.expect(line, code)


def test_a_failure_is_reported(make_hop, make_relay):
    hop = make_hop()
    relay = make_relay(hop)
    recipient = mail.address("bad-")
    send(relay, recipient, "NOTIFY=FAILURE", "ORCPT=rfc822;old+2Bname@example.net",
         mail_options=["RET=FULL", "ENVID=order+2B7"])
    taken, about, status, parts = report(hop)
    assert taken.mail == "MAIL FROM:<>"
    assert taken.rcpts == [f"RCPT TO:<{mail.SENDER}>"]
    message = mail.parse(taken.content)
    assert message["To"].addresses[0].addr_spec == mail.SENDER
    assert message["From"].addresses[0].addr_spec == f"MAILER-DAEMON@{relay.hostname}"
    assert message["Auto-Submitted"] == "auto-replied"
    assert about["Original-Envelope-Id"] == "order+7"
    assert about["Reporting-MTA"] == f"dns; {relay.hostname}"
    assert email.utils.parsedate_to_datetime(about["Arrival-Date"])
    assert status["Original-Recipient"] == "rfc822; old+name@example.net"
    assert status["Final-Recipient"] == f"rfc822; {recipient}"
    assert status["Action"] == "failed"
    assert status["Status"] == "5.1.1"
    assert status["Remote-MTA"] == "dns; [127.0.0.1]"
    assert status["Diagnostic-Code"] == "smtp; 550 5.1.1 No such user"
    assert recipient in parts[0].get_content()
    assert parts[2].get_content_type() == "message/rfc822"
    returned = parts[2].get_payload(0)
    assert (returned["Subject"], returned.get_content().strip()) == ("Hello", "The words.")


@pytest.mark.parametrize("options, body", [([], b"The words.\r\n"), (["RET=HDRS"], b"The words.\r\n"),
                                           (["RET=FULL"], 2000 * b"The words.\r\n")])
def test_what_comes_back_is_bounded(make_hop, make_relay, options, body):
    hop = make_hop()
    relay = make_relay(hop, report_bytes=10000)
    send(relay, mail.address("bad-"), "NOTIFY=FAILURE", mail_options=options, body=body)
    taken, _, _, parts = report(hop)
    assert parts[2].get_content_type() == "text/rfc822-headers"
    assert "Subject: Hello" in parts[2].get_content()
    assert b"The words." not in taken.content


@pytest.mark.parametrize("setting, sender, options, count", [
    ("asked", mail.SENDER, [], 0),
    ("always", mail.SENDER, [], 1),
    ("always", mail.SENDER, ["NOTIFY=NEVER"], 0),
    ("always", mail.SENDER, ["NOTIFY=SUCCESS,DELAY"], 0),
    ("always", "", ["NOTIFY=FAILURE"], 0),
    ("asked", "", ["NOTIFY=FAILURE"], 0),
    ("always", "b-" + 47 * "a" + "@relay.example.test", ["NOTIFY=FAILURE"], 0),
])
def test_who_is_told_of_a_failure(make_hop, make_relay, setting, sender, options, count):
    hop = make_hop()
    relay = make_relay(hop, failure_reports=setting)
    recipient = mail.address("bad-")
    send(relay, recipient, *options, sender=sender)
    assert ended(relay, recipient) == "failed"
    assert stored_reports(relay) == count
    if count:
        assert report(hop)[2]["Action"] == "failed"


def test_each_recipient_has_its_report(make_hop, make_relay):
    hop = make_hop()
    relay = make_relay(hop)
    recipients = [mail.address("bad-") for _ in range(3)]
    with mail.client(relay) as smtp:
        smtp.sendmail(mail.SENDER, recipients, mail.build(), rcpt_options=["NOTIFY=FAILURE"])
    wait_for(lambda: len(reports_to(hop)) == 3, 20, "three reports")
    assert sorted(list(mail.parse(taken.content).iter_parts())[1].get_payload()[1]["Final-Recipient"].split()[1]
                  for taken in reports_to(hop)) == sorted(recipients)


def test_a_report_is_answered_by_none_and_is_nobodys_mail(make_hop, make_relay):
    """The sender takes no mail: neither is a report of the report made, nor a bounce of the account's noted."""
    hop = make_hop()
    relay = make_relay(hop, failure_reports="always")
    recipient, sender = mail.address("bad-"), mail.address("bad-sender")
    send(relay, recipient, "NOTIFY=FAILURE", sender=sender)
    assert ended(relay, sender) == "failed"
    assert stored_reports(relay) == 1
    assert query(relay, "SELECT email_address FROM bounce") == [(recipient,)]
    assert soap.delivery(relay, recipient, "Failed")
    assert soap.deliveries(relay, sender) == []
    listed = soap.rows(soap.call(relay, "Reports_Transactional_GetRecipients_XML", GroupName="", BeginDate="", EndDate=""))
    assert [row["EmailAddress"] for row in listed] == [recipient]


def test_one_on_the_bounce_list_is_reported_too(make_hop, make_relay):
    hop = make_hop()
    relay = make_relay(hop)
    recipient = mail.address()
    soap.call(relay, "AddBounce", EmailAddress=recipient)
    send(relay, recipient, "NOTIFY=FAILURE")
    _, _, status, _ = report(hop)
    assert status["Status"] == "5.7.1"
    assert "bounce list" in status["Diagnostic-Code"]


def test_a_delay_is_told_once_and_then_the_end(make_hop, make_relay):
    hop = make_hop()
    relay = make_relay(hop, delay_report=0, lifetime=6)
    recipient = mail.address("later-")
    send(relay, recipient, "NOTIFY=DELAY,FAILURE", mail_options=["RET=FULL"])
    _, _, status, parts = report(hop)
    assert (status["Action"], status["Status"]) == ("delayed", "4.2.0")
    assert status["Diagnostic-Code"] == "smtp; 450 4.2.0 Come back"
    until = email.utils.parsedate_to_datetime(status["Will-Retry-Until"])
    assert until > email.utils.parsedate_to_datetime(status["Last-Attempt-Date"])
    assert parts[2].get_content_type() == "text/rfc822-headers"
    assert ended(relay, recipient) == "failed"
    attempts = query(relay, "SELECT count(*) FROM smtp_log WHERE recipient = %s", recipient)[0][0]
    assert attempts >= 3
    assert stored_reports(relay) == 2
    _, _, status, _ = report(hop, 2)
    assert (status["Action"], status["Status"]) == ("failed", "4.4.7")


def test_no_delay_is_told_where_it_was_not_asked_for(make_hop, make_relay):
    hop = make_hop()
    relay = make_relay(hop, delay_report=0, lifetime=3, failure_reports="always")
    recipient = mail.address("later-")
    send(relay, recipient, "NOTIFY=SUCCESS")
    assert ended(relay, recipient) == "failed"
    assert stored_reports(relay) == 0


@pytest.mark.parametrize("ehlo", [OFFERS, OFFERS_NOT])
def test_under_a_return_path_success_is_told_here(make_hop, make_relay, ehlo):
    hop = make_hop(EHLO=ehlo)
    relay = make_relay(hop)
    recipient = mail.address("good")
    send(relay, recipient, "NOTIFY=SUCCESS", mail_options=["ENVID=x1", "RET=FULL"])
    _, about, status, parts = report(hop)
    assert about["Original-Envelope-Id"] == "x1"
    assert (status["Action"], status["Status"]) == ("relayed", "2.0.0")
    assert parts[2].get_content_type() == "text/rfc822-headers"
    [sent] = [taken for taken in hop.taken if recipient in taken.rcpts[0]]
    offered = ehlo == OFFERS
    assert sent.mail.split(" ", 2)[2:] == (["RET=HDRS ENVID=x1"] if offered else [])
    assert sent.rcpts == [f"RCPT TO:<{recipient}>" + (f" NOTIFY=FAILURE ORCPT=rfc822;{recipient}" if offered else "")]


def test_under_its_own_sender_it_is_passed_on(make_hop, make_relay):
    hop = make_hop(EHLO=OFFERS)
    relay = make_relay(hop)
    relay.cli("account", "set", relay.account, "keep-mail-from", "yes", check=True)

    def kept():
        probe = mail.address("probe")
        send(relay, probe)
        [sent] = wait_for(lambda: [taken for taken in hop.taken if probe in taken.rcpts[0]], 15, "the probe")
        return sent.mail == f"MAIL FROM:<{mail.SENDER}>" and sent.rcpts == [f"RCPT TO:<{probe}>"]
    wait_for(kept, 15, "its own sender")
    recipient = mail.address("good")
    send(relay, recipient, "NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;old+2Bname@example.net",
         mail_options=["RET=FULL", "ENVID=order+2B7"])
    assert ended(relay, recipient) == "delivered"
    assert stored_reports(relay) == 0
    [sent] = [taken for taken in hop.taken if recipient in taken.rcpts[0]]
    assert sent.mail == f"MAIL FROM:<{mail.SENDER}> RET=FULL ENVID=order+2B7"
    assert sent.rcpts == [f"RCPT TO:<{recipient}> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;old+2Bname@example.net"]


def test_what_was_asked_outlives_a_kill(make_hop, make_relay):
    hop = make_hop(EHLO=OFFERS, RCPT=lambda line: "450 4.2.0 Later" if "<ann" in line else "250 2.1.5 Ok")
    relay = make_relay(hop)
    recipient = mail.address("ann")
    send(relay, recipient, "NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;old@example.net",
         mail_options=["RET=FULL", "ENVID=before-the-kill"])
    wait_for(lambda: query(relay, "SELECT FROM queue WHERE attempts > 0"), 15, "a first attempt")
    relay.kill()
    hop.replies["RCPT"] = lambda line: "550 5.1.1 No" if "<ann" in line else "250 2.1.5 Ok"
    relay.start()
    _, about, status, parts = report(hop)
    assert about["Original-Envelope-Id"] == "before-the-kill"
    assert status["Original-Recipient"] == "rfc822; old@example.net"
    assert parts[2].get_content_type() == "message/rfc822"
    asked = [line for line in hop.commands if line.startswith(f"RCPT TO:<{recipient}>")]
    assert set(asked) == {f"RCPT TO:<{recipient}> NOTIFY=FAILURE ORCPT=rfc822;old@example.net"}


def test_a_report_outlives_a_kill(make_hop, make_relay):
    """It is stored with the verdict: the sender's server is away, and the relay is killed before it is back."""
    hop = make_hop(RCPT=lambda line: "550 5.1.1 No" if "<bad-" in line else "451 4.3.0 Away")
    relay = make_relay(hop)
    recipient = mail.address("bad-")
    send(relay, recipient, "NOTIFY=FAILURE")
    assert ended(relay, recipient) == "failed"
    relay.kill()
    hop.replies["RCPT"] = "250 2.1.5 Ok"
    relay.start()
    assert report(hop)[2]["Final-Recipient"] == f"rfc822; {recipient}"
    assert stored_reports(relay) == 1


def come_back(relay, hop, name, *options, times=1, **settings):
    """Sends a message that the hop takes, and brings a report of it back later. Returns the recipient."""
    recipient = mail.address("good")
    send(relay, recipient, *options, **settings)
    assert ended(relay, recipient) == "delivered"
    [sent] = [taken for taken in hop.taken if recipient in taken.rcpts[0]]
    path = sent.mail.split()[1][len("FROM:<"):-1]
    for _ in range(times):
        assert returned.bring(relay, path, returned.report(name, recipient)).startswith("250")
    return recipient


def test_a_bounce_that_comes_back_is_told_once(make_hop, make_relay):
    hop = make_hop(EHLO=OFFERS)
    relay = make_relay(hop)
    recipient = come_back(relay, hop, "dsn-postfix", "NOTIFY=FAILURE", "ORCPT=rfc822;old@example.net",
                          mail_options=["ENVID=later", "RET=FULL"], times=2)
    taken, about, status, parts = report(hop)
    assert taken.mail == "MAIL FROM:<>"
    assert about["Original-Envelope-Id"] == "later"
    assert status["Original-Recipient"] == "rfc822; old@example.net"
    assert status["Final-Recipient"] == f"rfc822; {recipient}"
    assert (status["Action"], status["Status"]) == ("failed", "5.1.1")
    assert status["Diagnostic-Code"].startswith("smtp; 550 5.1.1")
    assert parts[2].get_content_type() == "message/rfc822"
    assert parts[2].get_payload(0).get_content().strip() == "The words."
    assert stored_reports(relay) == 1


@pytest.mark.parametrize("setting, name, options, count", [
    ("asked", "dsn-postfix", [], 0), ("always", "dsn-postfix", [], 1),
    ("always", "dsn-postfix", ["NOTIFY=NEVER"], 0),
    ("always", "dsn-mailbox-full", [], 1), ("always", "text-exchange", [], 1),
    ("always", "dsn-postfix-delayed", ["NOTIFY=DELAY"], 0),
    ("always", "arf-abuse", ["NOTIFY=FAILURE"], 0),
])
def test_who_is_told_of_what_comes_back(make_hop, make_relay, setting, name, options, count):
    hop = make_hop()
    relay = make_relay(hop, failure_reports=setting)
    come_back(relay, hop, name, *options)
    assert stored_reports(relay) == count
    if count:
        assert report(hop)[2]["Action"] == "failed"


def test_of_a_large_message_that_comes_back_the_header_is_told(make_hop, make_relay):
    hop = make_hop()
    relay = make_relay(hop, report_bytes=10000)
    come_back(relay, hop, "dsn-postfix", "NOTIFY=FAILURE", mail_options=["RET=FULL"], body=2000 * b"The words.\r\n")
    taken, _, _, parts = report(hop)
    assert parts[2].get_content_type() == "text/rfc822-headers"
    assert "Subject: Hello" in parts[2].get_content()
    assert b"The words." not in taken.content


def test_utf8_addresses(make_hop, make_relay):
    hop = make_hop(EHLO="250-script.example.test\r\n250-SMTPUTF8\r\n250-8BITMIME\r\n250 DSN",
                   RCPT=lambda line: "550 5.1.1 No" if "ann" in line else "250 2.1.5 Ok")
    relay = make_relay(hop)
    recipient = "ännann" + mail.address()
    with logged_in(relay) as session:
        session.expect("MAIL FROM:<söll@sender.example.test> SMTPUTF8", "250")
        session.expect(f"RCPT TO:<{recipient}> NOTIFY=FAILURE ORCPT=utf-8;älter@example.net", "250")
        session.expect("DATA", "354")
        session.write(mail.build(subject="Grüße", to=recipient))
        session.expect("\r\n.", "250")
    wait_for(lambda: reports_to(hop, "söll@sender.example.test"), 20, "the report")
    [taken] = reports_to(hop, "söll@sender.example.test")
    assert taken.mail.endswith("SMTPUTF8")
    assert b"\r\nFinal-Recipient: utf-8; \\x{E4}nnann" in taken.content
    assert b"\r\nOriginal-Recipient: utf-8; \\x{E4}lter@example.net\r\n" in taken.content
    assert "Subject: Grüße".encode() in taken.content
    assert b"Content-Type: message/global-headers" in taken.content
