"""Who is told of a transactional message that was accepted and then failed: the account's manager, the address in From, both or neither."""
import psycopg2
import pytest

import mail
import soap
from wait import wait_for

AUTHOR, MANAGER = "author@sender.example.test", "manager@shop.example.test"


def set_account(server, *setting):
    server.cli("account", "set", server.account, *setting, check=True)


@pytest.fixture(scope="module")
def relay(make_module_server):
    server = make_module_server(workers=1)
    set_account(server, "manager", MANAGER)
    return server


@pytest.fixture
def rejected():
    return f"reject-550@{mail.unique('d')}.example.test"


def wanted(server, who):
    """The worker knows it: a message that fails at once is told as it says."""
    set_account(server, "failure-notices", who)


def told(server, recipient):
    """Who was told of this recipient's failure, in order."""
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(q.recipient, l.recipient) FROM message m LEFT JOIN queue q USING (message_id) "
                       "LEFT JOIN smtp_log l ON l.message_id = m.message_id WHERE m.client = 'report' "
                       "AND position(%s IN convert_from(m.content, 'UTF8')) > 0 ORDER BY 1", (recipient,))
        found = [row[0] for row in cursor.fetchall()]
    connection.close()
    return found


def send(server, recipient, sender=mail.SENDER, author=AUTHOR, **parts):
    mail.send(server, mail.build(sender=author, to=recipient, **parts), recipient, sender=sender)


@pytest.mark.parametrize("who, addresses", [
    ("neither", []), ("manager", [MANAGER]), ("from", [AUTHOR]), ("both", [AUTHOR, MANAGER])])
def test_who_is_told(relay, rejected, who, addresses):
    wanted(relay, who)
    send(relay, rejected, subject=f"About {rejected}")
    soap.delivery(relay, rejected, "Failed")
    assert told(relay, rejected) == addresses


def test_what_is_told(relay, rejected):
    wanted(relay, "manager")
    send(relay, rejected, subject=f"About {rejected}", body=b"Secret words.\r\n")
    raw = mail.captured(relay, f"Final-Recipient: rfc822; {rejected}")
    message = mail.parse(raw)
    assert message["To"] == MANAGER and message["Auto-Submitted"] == "auto-replied"
    assert message.get_content_type() == "multipart/report"
    assert "550 5.1.1" in raw.decode() and f"Subject: About {rejected}" in raw.decode()
    assert "Secret words" not in raw.decode()


def test_of_what_the_api_sent(relay, rejected):
    wanted(relay, "both")
    soap.call(relay, "SendTransactionalEmail", FromEmail=AUTHOR, FromName="", ToEmailAddress=rejected, Subject="x",
              MessagePlain="x", MessageHTML="", Options="")
    soap.delivery(relay, rejected, "Failed")
    assert told(relay, rejected) == [AUTHOR, MANAGER]


def test_one_on_the_unsubscribe_list(relay):
    recipient = mail.address()
    wanted(relay, "from")
    soap.call(relay, "AddUnsubscribe", EmailAddress=recipient)
    send(relay, recipient)
    soap.delivery(relay, recipient, "Failed")
    assert told(relay, recipient) == [AUTHOR]


def test_nobody_is_told_twice(relay, rejected):
    wanted(relay, "both")
    send(relay, rejected, author=f"The Manager <{MANAGER.upper()}>")
    soap.delivery(relay, rejected, "Failed")
    assert told(relay, rejected) == [MANAGER]


def test_nobody_is_told_of_what_has_no_sender(relay, rejected):
    wanted(relay, "both")
    send(relay, rejected, sender="")
    soap.delivery(relay, rejected, "Failed")
    assert told(relay, rejected) == []


def test_nobody_is_told_of_a_notice(relay, rejected):
    """The manager's own address refuses: that is the end."""
    set_account(relay, "manager", "reject-550@manager.example.test")
    wanted(relay, "manager")
    send(relay, rejected)
    soap.delivery(relay, rejected, "Failed")
    wait_for(lambda: told(relay, rejected) and ended(relay), what="the notice has failed")
    assert told(relay, rejected) == ["reject-550@manager.example.test"]
    assert told(relay, "Final-Recipient: rfc822; reject-550@manager.example.test") == []
    assert soap.call(relay, "CheckBounce", EmailAddress="reject-550@manager.example.test") == "3\nNot Found"
    set_account(relay, "manager", MANAGER)


def ended(server):
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM smtp_log WHERE recipient = 'reject-550@manager.example.test' AND status = 'failed'")
        count, = cursor.fetchone()
    connection.close()
    return count > 0


@pytest.mark.parametrize("setting, said", [
    (["manager", "nobody"], "is an e-mail address, or none"), (["failure-notices", "all"], "is neither, manager, from or both")])
def test_wrong_settings(relay, setting, said):
    done = relay.cli("account", "set", relay.account, *setting)
    assert done.returncode == 1 and said in done.stderr
