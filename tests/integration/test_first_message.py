"""The promises of 27 and 19 March 2010: the Subject, the Sender, and the SMTP log by an API call."""
import time

import pytest

import mail
import soap
from test_campaign import send_campaign
from wait import wait_for

BLOG_SUBJECT = "=?utf-8?Q?Savings_For_Today{Daily_Alert}?="
REPORT_SECONDS = 1.0


def test_encoded_subject_gives_group_and_clean_subject(server):
    recipient = mail.address()
    mail.send(server, mail.build(BLOG_SUBJECT, to=recipient,
                                 headers=["Sender: robot@elsewhere.example.test"]), recipient)
    arrived = mail.captured(server, recipient)
    assert mail.field(arrived, "Subject") == [b"Savings For Today"]
    assert mail.field(arrived, "Sender") == [b"robot@elsewhere.example.test"]
    row = soap.delivery(server, recipient, "Delivered")
    assert row["GroupName"] == "Daily Alert"
    assert row["Subject"] == "Savings For Today"


def test_group_of_a_subject_is_made_and_can_be_renamed(server):
    name, new_name = mail.unique("Group "), mail.unique("Renamed ")
    recipient = mail.address()
    mail.send(server, mail.build("News {%s}" % name, to=recipient), recipient)
    group_id = int(soap.call(server, "GetTransactionalGroupID", GroupName=name).split("\n")[-1])
    renamed = soap.call(server, "TransactionalGroups_Rename", OldGroupName=name, NewGroupName=new_name)
    assert soap.result_id(renamed) == group_id
    assert soap.delivery(server, recipient)["GroupName"] == new_name
    assert soap.deliveries(server, recipient, group=new_name)


@pytest.mark.parametrize("name, status", [("to", "Delivered"), ("reject-550", "Failed"), ("defer-451", "Deferred")])
def test_log_is_readable_within_a_second_of_the_attempt(server, name, status):
    recipient = f"{name}@{mail.unique()}.test"
    mail.send(server, mail.build(to=recipient), recipient)
    sent_at = time.monotonic()
    row = soap.delivery(server, recipient, status, deadline=REPORT_SECONDS)
    log = soap.smtp_log(server, row["TransactionalID"])
    assert time.monotonic() - sent_at < REPORT_SECONDS
    assert log.findtext("TransactionalID") == row["TransactionalID"]
    assert log.findtext("EmailAddress") == recipient
    assert log.find("Attempt").get("result").startswith(status.lower())


def test_log_of_a_campaign_is_readable_within_a_second(server):
    recipient = mail.address()
    job_id = send_campaign(server, ToOther=recipient)
    mail.captured(server, recipient)
    wait_for(lambda: soap.call(server, "Reports_GetSMTPLog", JobID=job_id, EmailAddress=recipient), REPORT_SECONDS, "the log")


def test_log_holds_the_conversation_and_nothing_secret(server):
    recipient, secret = mail.address(), mail.unique("secret")
    mail.send(server, mail.build(to=recipient, body=secret.encode() + b"\r\n"), recipient)
    row = soap.delivery(server, recipient, "Delivered")
    text = soap.call(server, "Reports_GetSMTPLog_Transactional", TransactionalID=row["TransactionalID"])
    assert secret not in text
    assert server.password not in text
    attempt = soap.smtp_log(server, row["TransactionalID"]).find("Attempt")
    assert attempt.get("number") == "1"
    assert attempt.get("ip") == "127.0.0.1"
    assert attempt.get("port") == str(server.capture_port)
    assert attempt.get("result").startswith("delivered 2.")
    assert in_order(attempt, "out", f"EHLO {server.hostname}", "MAIL FROM:<", f"RCPT TO:<{recipient}>", "DATA", "[")
    assert in_order(attempt, "in", "220 ", "250", "250 2.1.0", "250 2.1.5", "354", "250 2.0.0")


def in_order(attempt, direction, *beginnings):
    """Whether lines of that direction begin so, one after another; commands may be pipelined."""
    spoken = iter([line.text for line in attempt.iter("Line") if line.get("direction") == direction])
    return all(any(line.startswith(beginning) for line in spoken) for beginning in beginnings)


def test_mail_without_a_group_goes_to_the_default_group(server):
    recipient = mail.address()
    mail.send(server, mail.build("Plain words", to=recipient), recipient)
    assert soap.delivery(server, recipient)["GroupName"] == "Default Transactional Group"
