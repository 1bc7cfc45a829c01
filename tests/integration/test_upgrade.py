"""A database of before, which the new binary migrates and serves: what was stored is read as it was."""
import xml.etree.ElementTree as ElementTree

import pytest

import mail
import soap
from bracemail import ROOT, Bracemail
from cluster import cursor_of
from wait import wait_for

OLD = 13  # the last migration that the rows below are of
PLAIN = ("attempt {} 2026-03-19T14:05:11.042Z mx1.example.test [192.0.2.25]:25\n14:05:11.050 < 220 mx1 \\xFF <gr\u00fc\u00df>\n"
         "14:05:11.060 > RCPT TO:<{}>\n14:05:11.102 < {}\nresult {}\n")
UNSENT = ("attempt 1 2026-03-19T14:05:11.042Z example.test\n14:05:11.050 = not sent: on the account's bounce list since 2026-03-18\n"
          "result failed 5.7.1\n")
JOB = 7

ROWS = """
INSERT INTO account (account_id, name, password_hash) VALUES (1, 'demo', 'none');
SELECT setval(pg_get_serial_sequence('account', 'account_id'), 1);
INSERT INTO transactional_group (account_id, name, is_default) VALUES (1, 'Default Transactional Group', true);
INSERT INTO campaign (account_id, campaign_id, from_email, from_name, subject, message_plain, message_html, options, recipients)
    VALUES (1, 7, 'a@sender.example.test', '', 'News', 'x', '', '', 3);
INSERT INTO message (account_id, message_id, received_at, group_id, size, smtputf8, client, mail_from, subject)
    SELECT 1, id_floor(now()) + n, now(), group_id, 1, false, 'x', '', 'Old' FROM transactional_group, generate_series(1, 2) AS n;
INSERT INTO queue (account_id, delivery_id, campaign_id, recipient, queued_at, next_attempt_at)
    VALUES (1, id_floor(now()) + 103, 7, 'waits@old.example.test', now(), now() + interval '1 day');
"""
LOG = """
INSERT INTO smtp_log (account_id, delivery_id, attempt, status, message_id, campaign_id, started_at, finished_at, recipient, result,
    transcript)
SELECT 1, id_floor(now()) + %s, %s, %s::attempt_status, id_floor(now()) + %s, %s, now(), now(), %s, %s, %s
"""


def plain(attempt, address, reply, result):
    return PLAIN.format(attempt, address, reply, result)


TWICE = [plain(1, "to@old.example.test", "451 4.2.0 later", "deferred 4.2.0"),
         plain(2, "to@old.example.test", "250 2.0.0 Ok", "delivered 2.0.0")]
CAMPAIGN = plain(1, "Member@Old.example.test", "250 2.0.0 Ok", "delivered 2.0.0")
# delivery, attempt, status, message, campaign, recipient, result, transcript
LOGGED = [
    (11, 1, "deferred", 1, None, "to@old.example.test", "deferred 4.2.0", TWICE[0]),
    (11, 2, "delivered", 1, None, "to@old.example.test", "delivered 2.0.0", TWICE[1]),
    (12, 1, "failed", 2, None, "listed@old.example.test", "failed 5.7.1", UNSENT),
    (101, 1, "delivered", None, JOB, "Member@Old.example.test", "delivered 2.0.0", CAMPAIGN),
    (102, 1, "failed", None, JOB, "other@old.example.test", "failed 5.1.1", plain(1, "other@old.example.test", "550 no", "failed 5.1.1")),
]


@pytest.fixture(scope="module")
def upgraded(database):
    server = Bracemail(database.conninfo(database.create_database()))
    try:
        with cursor_of(server) as cursor:
            cursor.execute("CREATE TABLE schema_migration (number integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())")
            for path in sorted((ROOT / "db" / "migrations").glob("*.sql")):
                if int(path.name[:4]) <= OLD:
                    cursor.execute(path.read_text())
                    cursor.execute("INSERT INTO schema_migration (number) VALUES (%s)", (int(path.name[:4]),))
            cursor.execute(ROWS)
            for row in LOGGED:
                cursor.execute(LOG, row)
        done = server.cli("migrate")
        assert done.returncode == 0, done.stderr
        server.cli("account", "password", server.account, "--password-stdin", input=server.password + "\n", check=True)
        server.start()
        yield server
    finally:
        server.remove()


def first_id(server):
    with cursor_of(server) as cursor:
        cursor.execute("SELECT id_floor(created_at) FROM campaign WHERE campaign_id = %s", (JOB,))
        return cursor.fetchone()[0]


def lines(log):
    return "".join(f"{line.get('time')} {line.text}\n" for line in log.iter("Line"))


def test_what_a_campaigns_recipient_was_told(upgraded):
    assert soap.call(upgraded, "Reports_GetSMTPLog", JobID=JOB, EmailAddress="member@OLD.example.test") == CAMPAIGN
    assert soap.call(upgraded, "Reports_GetSMTPLog", JobID=JOB, EmailAddress="waits@old.example.test") == ""
    with pytest.raises(soap.Fault) as fault:
        soap.call(upgraded, "Reports_GetSMTPLog", JobID=JOB, EmailAddress="nobody@old.example.test")
    assert fault.value.name == "RecipientNotFoundException"


def test_a_transactional_deliverys_attempts(upgraded):
    log = soap.smtp_log(upgraded, first_id(upgraded) + 11)
    assert [attempt.get("result") for attempt in log.iter("Attempt")] == ["deferred 4.2.0", "delivered 2.0.0"]
    assert "220 mx1 \\xFF <gr\u00fc\u00df>" in lines(log) and "451 4.2.0 later" in lines(log)


def test_conversations_with_an_address(upgraded):
    told = ElementTree.fromstring(soap.call(upgraded, "Reports_GetSMTPLog_ByAddress", GroupName="", EmailAddress="TO@old.example.test",
                                            BeginDate="", EndDate=""))
    [log] = told
    assert [attempt.get("number") for attempt in log.iter("Attempt")] == ["1", "2"]


def test_list_reports(upgraded):
    report = soap.call(upgraded, "Reports_Transactional_GetRecipients_XML", GroupName="", BeginDate="", EndDate="")
    rows = {row["EmailAddress"]: row for row in soap.rows(report)}
    assert rows["to@old.example.test"]["Status"] == "Delivered" and rows["listed@old.example.test"]["Status"] == "Failed"
    assert "not sent: on the account's bounce list since 2026-03-18" in str(rows["listed@old.example.test"])
    recipients = [row["EmailAddress"] for row in soap.rows(soap.call(upgraded, "Reports_GetRecipients_XML", JobID=JOB))]
    assert sorted(recipients) == ["Member@Old.example.test", "other@old.example.test", "waits@old.example.test"]


def test_a_worker_of_before_goes_on(upgraded):
    """It writes what it always wrote; the new binary reads it, and its own beside it."""
    with cursor_of(upgraded) as cursor:
        cursor.execute(LOG, (13, 1, "deferred", 1, None, "both@old.example.test", "deferred 4.2.0", TWICE[0]))
    log = soap.smtp_log(upgraded, first_id(upgraded) + 13)
    assert lines(log) == lines(soap.smtp_log(upgraded, first_id(upgraded) + 11))[:len(lines(log))] != ""


def test_what_is_new_is_compressed(upgraded):
    address = mail.address("new")
    job = soap.result_id(soap.call(upgraded, "SendMassEmail", FromEmail=mail.SENDER, FromName="", ToGroups="", ToGroupFilter="",
                                   ToOther=address, ToWebDatabase="", Subject="News", MessagePlain="x", MessageHTML="", Options=""))
    log = wait_for(lambda: soap.call(upgraded, "Reports_GetSMTPLog", JobID=job, EmailAddress=address), 15, "its conversation")
    assert log.endswith("\nresult delivered 2.0.0\n") and f"> RCPT TO:<{address}>\n" in log
    with cursor_of(upgraded) as cursor:
        cursor.execute("SELECT transcript, octet_length(conversation) FROM smtp_log WHERE recipient = %s", (address,))
        [(transcript, size)] = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM campaign JOIN smtp_log USING (account_id, campaign_id) WHERE campaign_id = %s "
                       "AND delivery_id BETWEEN first_delivery_id AND last_delivery_id AND last_delivery_id - first_delivery_id = 4095",
                       (job,))
        assert cursor.fetchone() == (1,)
    assert transcript is None and size < len(log) / 5
