"""What comes back: mail leaves under a return path of its own, and reports that come to it are read."""
import re

import psycopg2
import pytest

import mail
import soap
from returned import bring, report
from smtp_session import Session, logged_in
from wait import wait_for

RETURN_PATH = re.compile(r"b-[a-z2-7]{47}@relay\.example\.test")


@pytest.fixture
def relay(make_server, sink):
    return make_server(delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{sink.port}", "retry": [1]})


def mailed(relay, sink, recipient, sender=mail.SENDER):
    """Sends a message; returns the MAIL FROM that the recipient's server saw."""
    mail.send(relay, mail.build(to=recipient), recipient, sender=sender)
    wait_for(lambda: sink.to(recipient), 15, "the message to arrive")
    return sink.to(recipient)[0].sender


def query(relay, sql, *values):
    with psycopg2.connect(relay.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def listed(relay, operation, recipient):
    return soap.call(relay, operation, EmailAddress=recipient).strip() == "0\nSUCCESS"


def test_each_delivery_has_a_return_path(relay, sink):
    one, two = mail.address(), mail.address()
    paths = {mailed(relay, sink, one), mailed(relay, sink, two)}
    assert len(paths) == 2
    assert all(RETURN_PATH.fullmatch(path) for path in paths)
    row = soap.delivery(relay, one, "Delivered")
    said = [text for direction, text in soap.lines(soap.smtp_log(relay, row["TransactionalID"])) if direction == "out"]
    assert any(line.startswith("MAIL FROM:<b-") for line in said)


def test_the_null_sender_stays(relay, sink):
    assert mailed(relay, sink, mail.address(), sender="") in ("", "<>", None)


def test_an_account_may_keep_its_sender(relay, sink):
    relay.cli("account", "set", relay.account, "keep-mail-from", "yes", check=True)
    wait_for(lambda: mailed(relay, sink, mail.address()) == mail.SENDER, 10, "its own sender")
    relay.cli("account", "set", relay.account, "keep-mail-from", "no", check=True)
    wait_for(lambda: RETURN_PATH.fullmatch(mailed(relay, sink, mail.address())), 10, "the system's sender")


@pytest.mark.parametrize("arguments, said", [
    (["demo", "keep-mail-from", "perhaps"], "yes or no"),
    (["demo", "colour", "yes"], "no setting"),
    (["nobody", "keep-mail-from", "yes"], "no account"),
])
def test_wrong_settings_are_named(server, arguments, said):
    done = server.cli("account", "set", *arguments)
    assert done.returncode == 1
    assert said in done.stderr


@pytest.mark.parametrize("name, code", [("dsn-postfix", "550"), ("text-qmail", "550"), ("text-exchange", "")])
def test_a_permanent_bounce_puts_the_address_on_the_list(relay, sink, name, code):
    recipient = mail.address()
    path = mailed(relay, sink, recipient)
    assert not listed(relay, "CheckBounce", recipient)
    assert bring(relay, path, report(name, recipient)).startswith("250")
    assert listed(relay, "CheckBounce", recipient)
    [(kind, smtp_code, status, diagnostic)] = query(
        relay, "SELECT kind, smtp_code, status_code, diagnostic FROM bounce_report WHERE recipient = %s", recipient)
    assert (kind, str(smtp_code or ""), status) == ("permanent", code, "5.1.1")
    assert diagnostic


def test_it_is_the_recipient_of_the_delivery_that_is_listed(relay, sink):
    recipient = mail.address()
    path = mailed(relay, sink, recipient)
    bring(relay, path, report("dsn-forwarded", recipient))
    assert listed(relay, "CheckBounce", recipient)
    assert not listed(relay, "CheckBounce", "ann.private@example.edu")
    assert query(relay, "SELECT reported_recipient FROM bounce_report") == [("ann.private@example.edu",)]


@pytest.mark.parametrize("name, kind", [("dsn-mailbox-full", "transient"), ("dsn-policy", "permanent")])
def test_what_is_not_about_the_address_is_reported_alone(relay, sink, name, kind):
    recipient = mail.address()
    bring(relay, mailed(relay, sink, recipient), report(name, recipient))
    assert query(relay, "SELECT kind FROM bounce_report WHERE recipient = %s", recipient) == [(kind,)]
    assert not listed(relay, "CheckBounce", recipient)


def test_a_complaint_unsubscribes(relay, sink):
    recipient = mail.address()
    bring(relay, mailed(relay, sink, recipient), report("arf-abuse", recipient), sender="fbl@example.net")
    assert listed(relay, "CheckUnsubscribe", recipient)
    assert not listed(relay, "CheckBounce", recipient)


@pytest.mark.parametrize("name", ["dsn-postfix-delayed", "dsn-success", "reply-out-of-office", "reply-human"])
def test_what_is_no_bounce_is_taken_and_changes_nothing(relay, sink, name):
    recipient = mail.address()
    path = mailed(relay, sink, recipient)
    assert bring(relay, path, report(name, recipient), sender="ann@example.net").startswith("250")
    assert query(relay, "SELECT count(*) FROM bounce_report") == [(0,)]
    assert not listed(relay, "CheckBounce", recipient)


def test_a_report_that_comes_twice_counts_once(relay, sink):
    recipient = mail.address()
    path = mailed(relay, sink, recipient)
    for _ in range(2):
        assert bring(relay, path.upper(), report("dsn-postfix", recipient)).startswith("250")
    assert query(relay, "SELECT count(*) FROM bounce WHERE email_address = %s", recipient) == [(1,)]


def test_reports_of_one_delivery_have_an_end(relay, sink):
    """Who knows a return path may mail it as often as he likes, and needs no login."""
    recipient = mail.address()
    path = mailed(relay, sink, recipient)
    assert bring(relay, path, report("dsn-postfix", recipient)).startswith("250")
    query(relay, "INSERT INTO bounce_report SELECT account_id, report_id + n, delivery_id, campaign_id, received_at, kind, recipient, "
          "reported_recipient, smtp_code, status_code, diagnostic, client FROM bounce_report, generate_series(1, 98) AS n "
          "RETURNING 1")
    for _ in range(3):
        assert bring(relay, path, report("dsn-postfix", recipient)).startswith("250")
    assert query(relay, "SELECT count(*) FROM bounce_report") == [(100,)]
    assert bring(relay, path, report("arf-abuse", recipient)).startswith("250")
    assert listed(relay, "CheckUnsubscribe", recipient)


def test_a_forged_return_path_is_refused(relay, sink):
    path = mailed(relay, sink, mail.address())
    forged = path[:10] + ("a" if path[10] != "a" else "b") + path[11:]
    with Session(relay.smtp_port) as session:
        session.hello()
        session.expect("MAIL FROM:<>", "250")
        session.expect(f"RCPT TO:<{forged}>", "550 5.1.1")
        session.expect(f"RCPT TO:<b-x@{relay.hostname}>", "550 5.1.1")
        session.expect(f"RCPT TO:<{path.split('@')[0]}@elsewhere.example.test>", "550 5.7.1")
        session.expect("DATA", "554 5.5.1")


def test_nothing_is_relayed_beside_it(relay, sink):
    path = mailed(relay, sink, mail.address())
    with Session(relay.smtp_port) as session:
        session.hello()
        session.expect("MAIL FROM:<>", "250")
        session.expect(f"RCPT TO:<{path}>", "250")
        session.expect("RCPT TO:<ann@example.net>", "452 4.5.3")
        session.expect(f"RCPT TO:<{path}>", "452 4.5.3")
        session.expect("RSET", "250")
        session.expect("MAIL FROM:<>", "250")
        session.expect("RCPT TO:<ann@example.net>", "550 5.7.1")
    with logged_in(relay) as session:
        session.expect(f"MAIL FROM:<{mail.SENDER}>", "250")
        session.expect("RCPT TO:<ann@example.net>", "250")
        session.expect(f"RCPT TO:<{path}>", "452 4.5.3")


def test_a_bounce_domain(make_server, sink):
    relay = make_server(delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{sink.port}",
                                  "bounce_domain": "bounces.example.test"})
    recipient = mail.address()
    path = mailed(relay, sink, recipient)
    assert path.endswith("@bounces.example.test")
    assert bring(relay, path, report("dsn-postfix", recipient)).startswith("250")
    assert listed(relay, "CheckBounce", recipient)


def test_return_paths_outlive_a_restart(relay, sink):
    recipient = mail.address()
    path = mailed(relay, sink, recipient)
    relay.stop()
    relay.start()
    # Each worker says 451 until it has read the key.
    wait_for(lambda: bring(relay, path, report("dsn-postfix", recipient)).startswith("250"), 10, "250")
    assert listed(relay, "CheckBounce", recipient)
