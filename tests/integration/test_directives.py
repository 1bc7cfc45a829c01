"""Headers that steer the relay, and messages that it will not take."""
import pytest

import mail
import soap
from smtp_session import logged_in
from wait import wait_for

MALFORMED = {
    "no Subject": b"From: a@b.test\r\n\r\nA body without a Subject.\r\n",
    "no Subject, no headers": b"\r\nA body alone.\r\n",
    "neither text nor body": b"From: a@b.test\r\nSubject:\r\n\r\n",
    "a Subject alone": b"From: a@b.test\r\nSubject: x\r\n\r\n",
    "a Subject alone, no empty line": b"From: a@b.test\r\nSubject: x\r\n",
    "no From": b"Subject: x\r\n\r\nx\r\n",
    "nothing": b"",
}


def group_id(server, name):
    return soap.result_id(soap.call(server, "AddTransactionalGroup", GroupName=name))


def test_group_by_number_wins_over_the_subject(server):
    name, recipient = mail.unique("ById "), mail.address()
    header = f"X-TransGroupID: {group_id(server, name)}"
    mail.send(server, mail.build("Words {Another Group}", headers=[header], to=recipient), recipient)
    assert soap.delivery(server, recipient)["GroupName"] == name
    arrived = mail.captured(server, recipient)
    assert b"TransGroupID" not in arrived
    assert mail.field(arrived, "Subject") == [b"Words"]


@pytest.mark.parametrize("value", ["999999999", "0", "-1", "abc", "99999999999999999999999"])
def test_number_of_no_group_is_the_default_group_and_says_so(server, value):
    recipient = mail.address()
    mail.send(server, mail.build("Words {Other}", headers=[f"X-TransGroupID: {value}"], to=recipient), recipient)
    row = soap.delivery(server, recipient)
    assert row["GroupName"] == "Default Transactional Group"
    assert f"no group {value}" in row["Note"]
    assert b"TransGroupID" not in mail.captured(server, recipient)


def test_empty_number_leaves_it_to_the_subject(server):
    name, recipient = mail.unique("Named "), mail.address()
    mail.send(server, mail.build("Words {%s}" % name, headers=["X-TransGroupID:"], to=recipient), recipient)
    assert soap.delivery(server, recipient)["GroupName"] == name


def test_group_of_another_account_is_no_group(server):
    other, password = mail.unique("other-"), mail.unique("password")
    server.add_account(other, password)
    name = mail.unique("Foreign ")
    number = soap.result_id(soap.call(server, "AddTransactionalGroup", account=other, password=password,
                                      GroupName=name))
    recipient = mail.address()
    mail.send(server, mail.build(headers=[f"X-TransGroupID: {number}"], to=recipient), recipient)
    row = soap.delivery(server, recipient)
    assert (row["GroupName"], f"no group {number}" in row["Note"]) == ("Default Transactional Group", True)


def put(server, message, *recipients):
    with logged_in(server) as session:
        session.envelope("a@b.test", *recipients)
        session.write(message + b".\r\n")
        return session.reply()


@pytest.mark.parametrize("kind", MALFORMED)
def test_malformed_is_refused_and_reported(server, kind):
    recipients = [mail.address(), mail.address()]
    reply = put(server, MALFORMED[kind], *recipients)
    assert reply.startswith("554 5.6.0")
    for recipient in recipients:
        row = soap.delivery(server, recipient, "Rejected")
        text = soap.call(server, "Reports_GetSMTPLog_Transactional", TransactionalID=row["TransactionalID"])
        assert reply[len("554 5.6.0 "):].split(":")[-1].strip() in text


def test_an_empty_subject_is_enough(server):
    recipient = mail.address()
    assert put(server, b"From: a@b.test\r\nSubject:\r\n\r\nText.\r\n", recipient).startswith("250")
    soap.delivery(server, recipient, "Delivered")


def test_malformed_is_discarded_where_configured(make_server):
    server = make_server(malformed="discard")
    recipients = [mail.address() for _ in MALFORMED]
    for recipient, message in zip(recipients, MALFORMED.values()):
        assert put(server, message, recipient).startswith("250")
    for recipient in recipients:
        soap.delivery(server, recipient, "Discarded")
    good = mail.address()
    mail.send(server, mail.build(to=good), good)
    wait_for(lambda: mail.captured_files(server), what="the good message")
    assert len(mail.captured_files(server)) == 1
