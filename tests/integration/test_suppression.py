"""Whom an account does not mail: what bounces goes on its bounce list, and nobody on a list is sent anything."""
import re
import xml.etree.ElementTree as ElementTree

import psycopg2
import pytest

import mail
import soap
from wait import wait_for

NOT_SENT = re.compile(r"not sent: on the account's (bounce|unsubscribe) list since \d{4}-\d\d-\d\d(?: \((\d+ \d\.\d+\.\d+)\))?$")


def bouncing():
    """An address of its own that the capture server refuses with 550 5.1.1."""
    return f"reject-550@{mail.unique('d')}.example.test"


def send(server, recipient):
    mail.send(server, mail.build(to=recipient), recipient)


def ended(server, recipient, count=1, **login):
    """Waits until `count` deliveries to the address have ended. Returns their rows, oldest first."""
    def found():
        rows = sorted(soap.deliveries(server, recipient, **login), key=lambda row: row["SentDateTime"])
        return len(rows) == count and all(row["Status"] not in ("Pending", "Deferred") for row in rows) and rows
    return wait_for(found, 15, f"{count} deliveries to {recipient} ended")


def send_campaign(server, *recipients):
    return soap.result_id(soap.call(
        server, "SendMassEmail", FromEmail=mail.SENDER, FromName="", ToGroups="", ToGroupFilter="",
        ToOther=",".join(recipients), ToWebDatabase="", Subject="News", MessagePlain="x", MessageHTML="", Options=""))


def campaign_log(server, job_id, recipient):
    """The transcript of one recipient of a campaign, once it has ended."""
    def found():
        log = soap.call(server, "Reports_GetSMTPLog", JobID=job_id, EmailAddress=recipient)
        return "result " in log and log
    return wait_for(found, 15, f"campaign {job_id} to {recipient} ended")


def is_listed(server, address, operation="CheckBounce", **login):
    answer = soap.call(server, operation, EmailAddress=address, **login)
    assert answer in ("0\nSUCCESS", "3\nNot Found")
    return answer == "0\nSUCCESS"


def listed(server, operation, since="", **login):
    """Lines of a list."""
    status, word, *lines = soap.call(server, operation, Since=since, **login).split("\n")
    assert (status, word) == ("0", "SUCCESS")
    return [line for line in lines if line]


@pytest.fixture(scope="module")
def other(server):
    """Login of another account."""
    login = {"account": mail.unique("other-"), "password": mail.unique("password")}
    server.add_account(login["account"], login["password"])
    return login


def test_a_bounce_stops_the_next_message_until_it_is_deleted(server):
    recipient = bouncing()
    send(server, recipient)
    assert [row["Status"] for row in ended(server, recipient)] == ["Failed"]
    assert is_listed(server, recipient.upper())
    assert f"{recipient}\t550\tTrue" in listed(server, "GetBounceListNormal2")

    send(server, recipient)
    row = ended(server, recipient, 2)[1]
    assert row["Status"] == "Failed"
    assert NOT_SENT.match(row["Note"]).groups() == ("bounce", "550 5.1.1")
    log = soap.smtp_log(server, row["TransactionalID"])
    assert soap.lines(log) == [("note", row["Note"])]
    assert log.find("Attempt").get("result") == "failed 5.7.1"

    soap.result_id(soap.call(server, "DeleteBounce", EmailAddress=recipient.upper()))
    assert not is_listed(server, recipient)
    assert recipient not in listed(server, "GetBounceListAll")
    send(server, recipient)
    log = soap.smtp_log(server, ended(server, recipient, 3)[2]["TransactionalID"])
    assert ("in", "550 5.1.1") in [(direction, text[:9]) for direction, text in soap.lines(log)]
    assert is_listed(server, recipient)


def test_one_recipient_of_several(server):
    suppressed, one, two = mail.address(), mail.address(), mail.address()
    soap.call(server, "AddBounce", EmailAddress=suppressed.upper())
    word = mail.unique()
    mail.send(server, mail.build(word), [one, suppressed, two])
    mail.captured(server, word, count=2)
    row = ended(server, suppressed)[0]
    assert NOT_SENT.match(row["Note"]).groups() == ("bounce", None)
    assert ended(server, one)[0]["Status"] == ended(server, two)[0]["Status"] == "Delivered"


def test_case_does_not_count_beyond_ascii(server):
    recipient = f"Grüße@{mail.unique('d')}.example.test"
    soap.call(server, "AddUnsubscribe", EmailAddress=recipient)
    assert is_listed(server, recipient.upper().replace("SS", "ß"), "CheckUnsubscribe")


def test_unsubscribed_mail_is_taken_and_not_sent(server):
    recipient = mail.address()
    soap.result_id(soap.call(server, "AddUnsubscribe", EmailAddress=recipient))
    assert is_listed(server, recipient, "CheckUnsubscribe") and not is_listed(server, recipient)
    send(server, recipient)
    soap.call(server, "SendTransactionalEmail", FromEmail=mail.SENDER, FromName="", ToEmailAddress=recipient, Subject="x",
              MessagePlain="x", MessageHTML="", Options="")
    for row in ended(server, recipient, 2):
        assert (row["Status"], NOT_SENT.match(row["Note"]).group(1)) == ("Failed", "unsubscribe")
    soap.call(server, "DeleteUnsubscribe", EmailAddress=recipient)
    send(server, recipient)
    assert ended(server, recipient, 3)[2]["Status"] == "Delivered"


def test_transactional_email_to_a_bounced_address_is_refused(server):
    recipient = mail.address()
    soap.call(server, "AddBounce", EmailAddress=recipient)
    with pytest.raises(soap.Fault) as fault:
        soap.call(server, "SendTransactionalEmail", FromEmail=mail.SENDER, FromName="", ToEmailAddress=recipient.upper(),
                  Subject="x", MessagePlain="x", MessageHTML="", Options="")
    assert fault.value.name == "BouncedEmailAddressException"
    assert soap.deliveries(server, recipient) == []


def test_another_account_mails_on(server, other):
    recipient = mail.address()
    for operation in ("AddBounce", "AddUnsubscribe"):
        soap.call(server, operation, **other, EmailAddress=recipient)
    send(server, recipient)
    assert ended(server, recipient)[0]["Status"] == "Delivered"
    bounced = bouncing()
    send(server, bounced)
    ended(server, bounced)
    assert not is_listed(server, bounced, **other)
    assert soap.call(server, "DeleteBounce", **other, EmailAddress=bounced) == "3\nNot Found"
    assert listed(server, "GetBounceListAll", **other) == [recipient]
    assert is_listed(server, bounced)


def test_campaign(server):
    good, bounces, unsubscribed, other_list = mail.address(), bouncing(), mail.address(), mail.address()
    soap.call(server, "AddUnsubscribe", EmailAddress=unsubscribed)
    soap.call(server, "AddBounce", EmailAddress=other_list)
    job_id = send_campaign(server, good, bounces, unsubscribed, other_list)
    assert "result delivered" in campaign_log(server, job_id, good)
    assert "result failed 5.1.1" in campaign_log(server, job_id, bounces)
    for recipient, name in (unsubscribed, "unsubscribe"), (other_list, "bounce"):
        log = campaign_log(server, job_id, recipient)
        assert f" = not sent: on the account's {name} list since " in log and log.endswith("\nresult failed 5.7.1\n")
    # Who was not asked did not bounce.
    rows = soap.rows(soap.call(server, "Reports_GetBouncesByCampaign_XML2", JobID=job_id))
    assert [(row["EmailAddress"], row["SMTPCode"], row["Definitive"]) for row in rows] == [(bounces, "550", "true")]
    second = send_campaign(server, good, bounces)
    assert "not sent: on the account's bounce list" in campaign_log(server, second, bounces)
    assert soap.call(server, "Reports_GetRecipients_String", JobID=second).split() == [good, bounces]


def test_a_retry_is_not_made_when_the_address_was_listed_meanwhile(make_server):
    server = make_server(delivery={"retry": [3]})
    recipient = f"defer-451@{mail.unique('d')}.example.test"
    send(server, recipient)
    soap.delivery(server, recipient, "Deferred")
    soap.call(server, "AddBounce", EmailAddress=recipient)
    log = soap.smtp_log(server, ended(server, recipient)[0]["TransactionalID"])
    assert [attempt.get("result") for attempt in log.iter("Attempt")] == ["deferred 4.3.0", "failed 5.7.1"]
    assert NOT_SENT.match(soap.lines(log, attempt=2)[0][1])


def test_lists_since(make_server):
    server = make_server()
    past, again, full, gone = (f"{name}@recipient.example.test" for name in ("a-past", "b-again", "c-full", "d-gone"))
    for address in (past, again):
        soap.call(server, "AddBounce", EmailAddress=address)
    soap.call(server, "AddUnsubscribe", EmailAddress=past)
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE suppression SET created_at = '2010-03-19T14:05:00Z'")
        cursor.executemany("""INSERT INTO bounce (account_id, delivery_id, email_address, smtp_code, status_code, definitive,
            created_at) SELECT account_id, %s, %s, %s, %s, %s, now() FROM account""",
                           [(1, again, 550, "5.1.1", True), (2, full, 552, "5.2.2", False), (3, full, None, "4.4.7", False),
                            (4, gone, 550, "5.1.1", True)])
        cursor.execute("UPDATE bounce SET created_at = created_at - interval '1 hour' WHERE delivery_id = 2")
    connection.close()
    soap.call(server, "AddBounce", EmailAddress=gone)
    for since, normal, include_past, everything in (
            ("", [past, again, gone], [past, again, gone], [past, again, full, gone]),
            ("2010-03-19", [past, again, gone], [past, again, gone], [past, again, full, gone]),
            ("3/20/2010 1:00 AM", [gone], [again, gone], [again, full, gone]),
            ("2099-01-01", [], [], [])):
        assert listed(server, "GetBounceListNormal", since) == normal
        assert listed(server, "GetBounceListNormal_IncludePast", since) == include_past
        assert listed(server, "GetBounceListAll", since) == everything
        for operation, addresses in (("GetBounceListNormal2", normal), ("GetBounceListNormal_IncludePast2", include_past),
                                     ("GetBounceListAll2", everything)):
            assert [line.split("\t")[0] for line in listed(server, operation, since)] == addresses
    assert f"{full}\t\tFalse" in listed(server, "GetBounceListAll2")
    assert listed(server, "GetUnsubscribeList", "2010-03-19T14:05:00Z") == [past]
    assert listed(server, "GetUnsubscribeList", "2010-03-19T14:05:01Z") == []
    assert soap.call(server, "GetUnsubscribeList", Since="2099-01-01") == "0\nSUCCESS\n"


def test_a_list_longer_than_a_page(make_server):
    server, count = make_server(), 12_345
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("""INSERT INTO suppression (account_id, kind, email_address) SELECT account_id, 'unsubscribe',
            'Member' || n || '@recipient.example.test' FROM account, generate_series(1, %s) AS n""", (count,))
        cursor.execute("""INSERT INTO bounce (account_id, delivery_id, email_address, status_code, definitive, created_at)
            SELECT account_id, n, 'Member' || n / 2 || '@recipient.example.test', '5.2.2', false, now()
            FROM account, generate_series(2, %s) AS n""", (2 * count + 1,))
    connection.close()
    expected = sorted(f"Member{n}@recipient.example.test" for n in range(1, count + 1))
    assert listed(server, "GetUnsubscribeList") == expected
    assert listed(server, "GetBounceListAll") == expected
    report = soap.call(server, "Reports_GetUnsubscribesAll_String", RowDelimiter="n", ColDelimiter="t", TextQualifier="")
    assert [row.split("\t")[0] for row in report.split("\n")] == expected


def test_unsubscribes_of_a_campaign(server):
    one, two = mail.address(), mail.address()
    job_id, second = send_campaign(server, one, two), send_campaign(server, two)
    for each in (one, two):
        soap.call(server, "AddUnsubscribe", EmailAddress=each)
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE suppression SET campaign_id = %s WHERE email_address = %s", (job_id, one))
    connection.close()
    rows = soap.rows(soap.call(server, "Reports_GetUnsubscribesByCampaign_XML", JobID=job_id))
    assert [row["EmailAddress"] for row in rows] == [one]
    assert rows[0]["UnsubscribeDateTime"].endswith("Z")
    assert soap.call(server, "Reports_GetUnsubscribesByCampaign_String", JobID=second, RowDelimiter="n", ColDelimiter="t",
                     TextQualifier="") == ""
    document = soap.call(server, "Reports_GetUnsubscribesAll_XML")
    assert document.tag == "NewDataSet"
    assert {one, two} <= {row["EmailAddress"] for row in soap.rows(document)}
    assert ElementTree.tostring(document)


def test_removing_an_account_takes_its_lists_along(make_server):
    server = make_server()
    recipient = bouncing()
    send(server, recipient)
    ended(server, recipient)
    assert server.cli("account", "remove", server.account, "--yes").returncode == 0
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM bounce) + (SELECT count(*) FROM suppression)")
        assert cursor.fetchone() == (0,)
    connection.close()
