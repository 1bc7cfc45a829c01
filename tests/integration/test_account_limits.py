"""Limits of messages an hour and a day: what an account sends beyond them is refused, and reports say why."""
import smtplib
import threading

import psycopg2
import pytest

import mail
import soap
from smtp_session import Session, logged_in
from wait import wait_for

AN_HOUR = 'this account may send %d messages an hour: more from '


def sql(server, statement):
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


def set_time(server, text):
    """The time that limits go by."""
    sql(server, "CREATE OR REPLACE FUNCTION account_usage_clock() RETURNS timestamptz LANGUAGE sql STABLE "
                f"RETURN '{text}+00'::timestamptz")


def limit(server, window, value, account=None):
    server.cli("account", "set", account or server.account, f"{window}-limit", str(value), check=True)


def limits_shown(server, account=None):
    listed = server.cli("account", "list", check=True).stdout.splitlines()
    return {row[1]: row[3] for row in (line.split("\t") for line in listed)}[account or server.account]


@pytest.fixture
def limited(make_server):
    """A server whose account may send three messages an hour."""
    server = make_server(workers=2)
    set_time(server, "2026-11-24 13:30")
    limit(server, "hour", 3)
    return server


def send(session, *recipients):
    """A message from a session. Returns the last reply."""
    session.envelope(mail.SENDER, *recipients)
    session.write(mail.build() + b".\r\n")
    return session.reply()


def send_by_api(server, recipient, **login):
    return soap.call(server, "SendTransactionalEmail", FromEmail=mail.SENDER, FromName="", ToEmailAddress=recipient,
                     Subject="Hello {Alerts}", MessagePlain="x", MessageHTML="", Options="", **login)


def send_campaign(server, recipients):
    return soap.call(server, "SendMassEmail", FromEmail=mail.SENDER, FromName="", ToGroups="", ToGroupFilter="",
                     ToOther=",".join(recipients), ToWebDatabase="", Subject="News", MessagePlain="x", MessageHTML="",
                     Options="")


def test_beyond_the_limit(limited):
    refused = mail.address()
    with logged_in(limited) as session:
        for _ in range(3):
            assert send(session, mail.address()).startswith("250")
        said = "452 4.7.1 this account may send 3 messages an hour: more from 2026-11-24 14:00 UTC"
        assert send(session, refused) == said
        session.expect("NOOP", "250")
    row = soap.delivery(limited, refused, "Rejected")
    log = soap.smtp_log(limited, row["TransactionalID"])
    assert AN_HOUR % 3 in "".join(log.itertext())
    assert limits_shown(limited) == "3/3 an hour"
    with pytest.raises(soap.Fault, match=AN_HOUR % 3) as fault:
        send_by_api(limited, refused)
    assert fault.value.name == "CannotSendException"
    by_api = wait_for(lambda: len(soap.deliveries(limited, refused)) == 2 and soap.deliveries(limited, refused), 15)
    assert [row["Status"] for row in by_api] == ["Rejected", "Rejected"]
    with pytest.raises(soap.Fault, match=AN_HOUR % 3) as fault:
        send_campaign(limited, [refused])
    assert fault.value.name == "CannotSendException"


def test_another_account_is_not_touched(limited):
    limited.add_account("other", "other's pass word")
    with logged_in(limited) as session:
        for _ in range(3):
            assert send(session, mail.address()).startswith("250")
        assert send(session, mail.address()).startswith("452 4.7.1")
    other = {"account": "other", "password": "other's pass word"}
    for _ in range(5):
        soap.result_id(send_by_api(limited, mail.address(), **other))
    assert limits_shown(limited, "other") == ""


def test_the_hour_and_the_day_turn(limited):
    limit(limited, "day", 5)
    with logged_in(limited) as session:
        for _ in range(3):
            assert send(session, mail.address()).startswith("250")
        assert send(session, mail.address()).startswith("452 4.7.1 " + AN_HOUR % 3)
        set_time(limited, "2026-11-24 14:00")
        for _ in range(2):
            wait_for(lambda: send(session, mail.address()).startswith("250"), 15, "the next hour is seen")
        assert send(session, mail.address()) == (
            "452 4.7.1 this account may send 5 messages a day: more from 2026-11-25 00:00 UTC")
        assert limits_shown(limited) == "2/3 an hour, 5/5 a day"
        set_time(limited, "2026-11-25 00:00")
        wait_for(lambda: send(session, mail.address()).startswith("250"), 15, "the next day is seen")
    assert limits_shown(limited) == "1/3 an hour, 1/5 a day"
    limit(limited, "hour", "none")
    limit(limited, "day", "none")
    assert limits_shown(limited) == ""


def test_a_restart_forgets_nothing(limited):
    with logged_in(limited) as session:
        for _ in range(2):
            assert send(session, mail.address()).startswith("250")
    limited.stop()
    limited.start()
    with logged_in(limited) as session:
        assert send(session, mail.address()).startswith("250")
        assert send(session, mail.address()).startswith("452 4.7.1")


def test_each_recipient_counts(limited):
    with logged_in(limited) as session:
        assert send(session, *(mail.address() for _ in range(4))).startswith("550 5.7.1 " + AN_HOUR % 3)
        assert send(session, mail.address(), mail.address()).startswith("250")
        assert send(session, mail.address(), mail.address()).startswith("452 4.7.1")
        assert send(session, mail.address()).startswith("250")
    limit(limited, "hour", 8)
    with pytest.raises(soap.Fault) as fault:
        send_campaign(limited, [mail.address() for _ in range(6)])
    assert fault.value.name == "CannotSendException"
    soap.result_id(send_campaign(limited, [mail.address() for _ in range(5)]))
    assert limits_shown(limited) == "8/8 an hour"


def test_many_connections_take_no_more_than_the_limit(limited):
    limit(limited, "hour", 50)
    replies = []

    def run():
        with mail.client(limited) as smtp:
            for _ in range(6):
                try:
                    smtp.sendmail(mail.SENDER, mail.address(), mail.build())
                    replies.append(250)
                except smtplib.SMTPDataError as refused:
                    replies.append(refused.smtp_code)
    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert (replies.count(250), replies.count(452)) == (50, 70)
    assert limits_shown(limited) == "50/50 an hour"


@pytest.mark.parametrize("setting, value, said", [
    ("hour-limit", "1.5", "hour-limit is a number from 0"),
    ("hour-limit", "many", "hour-limit is a number from 0"),
    ("day-limit", "", "day-limit is a number from 0"),
    ("day-limit", "99999999999", "day-limit is a number from 0"),
    ("week-limit", "1", 'no setting "week-limit"'),
])
def test_limits_that_are_none(server, setting, value, said):
    done = server.cli("account", "set", server.account, setting, value)
    assert done.returncode == 1
    assert said in done.stderr
