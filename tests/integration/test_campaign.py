"""Broadcast campaigns: SendMassEmail to groups and single addresses, and the SMTP log of 19 March 2010."""
import time

import psycopg2.extras
import pytest

import mail
import soap
from wait import wait_for

MANY_MEMBERS = 20_000
MANY_SECONDS = 120


def add_group(server, *members, prefix="List "):
    """A new group whose members have the fields FirstName and City. members: (address, first name, city)."""
    name = mail.unique(prefix)
    soap.call(server, "AddGroup", GroupName=name)
    for address, first_name, city in members:
        soap.call(server, "AddGroupMemberString", GroupName=name, EmailAddress=address,
                  FieldNames="FirstName,City", FieldValues=f"{first_name},{city}")
    return name


def send_campaign(server, **parameters):
    """Returns the JobID."""
    values = {"FromEmail": "news@sender.example.test", "FromName": "The News", "ToGroups": "", "ToGroupFilter": "",
              "ToOther": "", "ToWebDatabase": "", "Subject": "News", "MessagePlain": "Hello.", "MessageHTML": "",
              "Options": "", **parameters}
    return soap.result_id(soap.call(server, "SendMassEmail", **values))


def recipients(server, job_id):
    return soap.call(server, "Reports_GetRecipients_String", JobID=job_id).split()


def test_group_and_single_addresses_get_it_once_each(server):
    shared, member, other = mail.address("Shared"), mail.address(), mail.address()
    first = add_group(server, (shared, "Ann", "Bern"), (member, "Bob", "Oslo"))
    second = add_group(server, (shared.lower(), "Annie", "Rome"))
    word = mail.unique()
    job_id = send_campaign(server, ToGroups=f"{first},{second}", ToOther=f"{other}, {member.upper()};{other}",
                           Subject=word)
    arrived = mail.captured(server, word, count=3)
    assert {mail.parse(raw)["To"].addresses[0].addr_spec.lower() for raw in arrived} == {
        each.lower() for each in (shared, member, other)}
    assert sorted(each.lower() for each in recipients(server, job_id)) == sorted(
        each.lower() for each in (shared, member, other))


@pytest.mark.parametrize("group_filter, expected", [
    ("", ["twice Bern", "first Oslo", "second Rome", "other"]),
    ("City = 'Rome'", ["TWICE Rome", "second Rome", "first", "other"]),  # what a group has but is not wanted of it, others may have
])
def test_an_address_counts_where_it_is_first(server, group_filter, expected):
    domain = f"@{mail.unique()}.test"
    first = add_group(server, ("twice" + domain, "Ann", "Bern"), ("first" + domain, "Bob", "Oslo"))
    second = add_group(server, ("TWICE" + domain, "Ann", "Rome"), ("second" + domain, "Cid", "Rome"))
    word = mail.unique()
    others = [each + domain for each in ("Second", "first", "other", "FIRST", "other", "Twice")]
    job_id = send_campaign(server, ToGroups=f"{first},{second},{first}", ToGroupFilter=group_filter, ToOther=",".join(others),
                           Subject=f"{word} %%City%%")
    assert recipients(server, job_id) == [each.split()[0] + domain for each in expected]
    arrived = map(mail.parse, mail.captured(server, word, count=len(expected)))
    assert sorted(f"{each['To'].addresses[0].username} {each['Subject'].partition(' ')[2]}".strip() for each in arrived) == sorted(expected)


def test_log_of_one_address_of_a_campaign(server):
    one, two = mail.address(), mail.address()
    job_id = send_campaign(server, ToOther=f"{one},{two}")

    def log():
        return soap.call(server, "Reports_GetSMTPLog", JobID=job_id, EmailAddress=one.upper())
    lines = wait_for(log, what="the log of a campaign's recipient").split("\n")
    assert lines[0].startswith("attempt 1 20") and f":{server.capture_port}" in lines[0]
    assert any(line[12:].startswith(" > RCPT TO:<%s>" % one) for line in lines)
    assert not any(two in line for line in lines)
    assert [line for line in lines if line][-1].startswith("result delivered 2.")
    with pytest.raises(soap.Fault) as fault:
        soap.call(server, "Reports_GetSMTPLog", JobID=job_id, EmailAddress=mail.address())
    assert fault.value.name == "RecipientNotFoundException"
    with pytest.raises(soap.Fault) as fault:
        soap.call(server, "Reports_GetSMTPLog", JobID=2147483647, EmailAddress=one)
    assert fault.value.name == "CampaignNotFoundException"


def test_merge_fields_in_subject_text_and_html(server):
    ann, bob = mail.address(), mail.address()
    group = add_group(server, (ann, "Ann", "Bern"), (bob, "Böb & Söhne", "Oslo"))
    word = mail.unique()
    send_campaign(server, ToGroups=group, Subject=f"{word} for %%FirstName%%",
                  MessagePlain="Dear %%firstname%% in %%City%%, %%NoSuchField%%.",
                  MessageHTML="<p>Dear <b>%%FirstName%%</b> of %%City%%</p>")
    wait_for(lambda: soap.call(server, "GetGroupMemberCount", GroupName=group) == "2", what="two members")
    by_address = {}
    for raw in mail.captured(server, word, count=2):
        message = mail.parse(raw)
        by_address[message["To"].addresses[0].addr_spec] = message
    assert by_address[ann]["Subject"] == f"{word} for Ann"
    assert by_address[bob]["Subject"] == f"{word} for Böb & Söhne"
    message = by_address[bob]
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert "Dear Böb & Söhne in Oslo" in plain.get_content()
    assert "of Oslo" in html.get_content()
    assert message["From"].addresses[0].display_name == "The News"
    assert message["From"].addresses[0].addr_spec == "news@sender.example.test"
    assert message["Message-ID"] != by_address[ann]["Message-ID"]
    assert message["Date"].datetime is not None


@pytest.mark.parametrize("plain, html, content_type", [
    ("Only text, grüße.", "", "text/plain"), ("", "<p>Only HTML, grüße.</p>", "text/html"),
])
def test_one_version_alone(server, plain, html, content_type):
    word = mail.unique()
    send_campaign(server, ToOther=mail.address(), Subject=word, MessagePlain=plain, MessageHTML=html)
    message = mail.parse(mail.captured(server, word))
    assert message.get_content_type() == content_type
    assert "grüße" in message.get_content()


def test_text_is_made_from_the_html(server):
    word = mail.unique()
    send_campaign(server, ToOther=mail.address(), Subject=word, MessagePlain="auto-generate",
                  MessageHTML="<html><head><style>p{}</style></head><body><p>First &amp; foremost</p><p>Second</p></body></html>")
    plain, html = mail.parse(mail.captured(server, word)).iter_parts()
    assert "First & foremost" in plain.get_content()
    assert "Second" in plain.get_content()
    assert "<p>" not in plain.get_content() and "p{}" not in plain.get_content()


def test_failed_and_deferred_recipients_have_their_logs(make_server):
    server = make_server(delivery={"retry": [1]})
    good, bad, slow = mail.address(), f"reject-550@{mail.unique()}.test", f"defer-451@{mail.unique()}.test"
    job_id = send_campaign(server, ToOther=f"{good},{bad},{slow}")

    def log_of(recipient, ending):
        text = soap.call(server, "Reports_GetSMTPLog", JobID=job_id, EmailAddress=recipient)
        return text.rstrip("\n").split("\n")[-1].startswith(ending) and text
    wait_for(lambda: log_of(good, "result delivered"), what="the good one's log")
    assert "550 5.1.1" in wait_for(lambda: log_of(bad, "result failed"), what="the bad one's log")
    text = wait_for(lambda: log_of(slow, "result delivered"), 30, "the slow one's log")
    assert [line.split()[1] for line in text.split("\n") if line.startswith("attempt ")] == ["1", "2", "3"]


def test_transactional_email_by_the_api(server):
    recipient = mail.address()
    text = soap.call(server, "SendTransactionalEmail", FromEmail="shop@sender.example.test", FromName="Shöp",
                     ToEmailAddress=recipient, Subject="Your order {Orders by API}", MessagePlain="Thank you.",
                     MessageHTML="<p>Thank you.</p>", Options="OpenTrack=False")
    row = soap.delivery(server, recipient, "Delivered")
    assert int(row["TransactionalID"]) == soap.result_id(text)
    assert (row["GroupName"], row["Subject"]) == ("Orders by API", "Your order")
    message = mail.parse(mail.captured(server, recipient))
    assert message["Subject"] == "Your order"
    assert message["From"].addresses[0].display_name == "Shöp"
    assert message.get_content_type() == "multipart/alternative"


def fill_group(server, name, count):
    """Members straight into the database: what is measured is the campaign, not the API's patience."""
    group_id = soap.result_id(soap.call(server, "AddGroup", GroupName=name))
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        psycopg2.extras.execute_values(
            cursor, """INSERT INTO email_group_member (account_id, group_id, email_address)
            SELECT account_id, %s, address FROM account, (VALUES %%s) AS given (address)""" % group_id,
            [(f"member{number}@recipient.example.test",) for number in range(count)], page_size=5000)
    connection.close()


def test_twenty_thousand_members(make_server):
    server = make_server()
    fill_group(server, "Everybody", MANY_MEMBERS)
    started = time.monotonic()
    job_id = send_campaign(server, ToGroups="Everybody", Subject="To %%NoField%% all")
    called = time.monotonic() - started
    wait_for(lambda: len(mail.captured_files(server)) >= MANY_MEMBERS, MANY_SECONDS, "all members have it")
    took = time.monotonic() - started
    print(f"{MANY_MEMBERS} members: call {called:.1f} s, all delivered after {took:.1f} s")
    assert len(mail.captured_files(server)) == MANY_MEMBERS
    assert recipients(server, job_id) == [f"member{number}@recipient.example.test" for number in range(MANY_MEMBERS)]
    assert soap.call(server, "Reports_GetSMTPLog", JobID=job_id,
                     EmailAddress="member19999@recipient.example.test")
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*), coalesce(sum(pg_column_size(content)), 0) FROM message")
        assert cursor.fetchone() == (0, 0), "a campaign needs no copies of its message"
        cursor.execute("SELECT last_analyze IS NOT NULL FROM pg_stat_user_tables WHERE relname = 'queue'")
        assert cursor.fetchone()[0], "plans made for a small queue would read all of it for each batch"
    connection.close()
