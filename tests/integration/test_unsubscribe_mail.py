"""The mail address in List-Unsubscribe (RFC 2369): whoever mails it is not mailed any more."""
import re

import psycopg2
import pytest

import mail
import soap
from returned import bring
from smtp_session import Session
from test_campaign import send_campaign
from test_suppression import campaign_log, is_listed

ADDRESS = re.compile(rb"<mailto:(u-[a-z2-7]{47}@[a-z.]+)\?subject=unsubscribe>")
WISH = mail.build(subject="unsubscribe", body=b"")


def mailed(server, recipient):
    """Sends a campaign. Returns its JobID and the address that its message names."""
    job_id = send_campaign(server, ToOther=recipient, Subject="News")
    raw = mail.captured(server, recipient)
    [value] = mail.field(raw, "List-Unsubscribe")
    return job_id, ADDRESS.match(value)[1].decode()


def unsubscribed(server, recipient):
    return is_listed(server, recipient, "CheckUnsubscribe")


@pytest.mark.parametrize("message", [WISH, mail.build(subject="Re: News", body=b"Off, please.\r\n"), b"Subject:\r\n\r\n"],
                         ids=["unsubscribe", "words", "nothing"])
def test_who_mails_it_is_not_mailed_any_more(server, message):
    recipient = mail.address()
    job_id, address = mailed(server, recipient)
    assert address.endswith("@" + server.hostname)
    assert not unsubscribed(server, recipient)
    assert bring(server, address.upper(), message, sender="ann@elsewhere.example.test").startswith("250")
    assert unsubscribed(server, recipient)
    [row] = soap.rows(soap.call(server, "Reports_GetUnsubscribesByCampaign_XML", JobID=job_id, SortBy="", SortOrder=""))
    assert row["EmailAddress"] == recipient
    assert bring(server, address, message, sender="ann@elsewhere.example.test").startswith("250")
    later = send_campaign(server, ToOther=recipient, Subject="More news")
    assert "not sent: on the account's unsubscribe list since " in campaign_log(server, later, recipient)
    told = [line for line in server.log.splitlines() if " unsubscribed-by-mail " in line]
    assert told and not any(recipient in line for line in told)


def test_a_null_sender_is_no_person(server):
    recipient = mail.address()
    _, address = mailed(server, recipient)
    assert bring(server, address, WISH, sender="").startswith("250")
    assert not unsubscribed(server, recipient)


def test_a_bounce_is_no_wish_and_a_wish_no_bounce(server):
    """The two addresses of a delivery are not each other's."""
    recipient = mail.address()
    _, address = mailed(server, recipient)
    assert bring(server, "b" + address[1:], WISH, sender="ann@example.net").startswith("550 5.1.1")
    assert not unsubscribed(server, recipient)


def test_a_forged_address_is_refused_and_nothing_stands_beside_one(server):
    _, address = mailed(server, mail.address())
    forged = address[:10] + ("a" if address[10] != "a" else "b") + address[11:]
    with Session(server.smtp_port) as session:
        session.hello()
        session.expect("MAIL FROM:<ann@example.net>", "250")
        session.expect(f"RCPT TO:<{forged}>", "550 5.1.1")
        session.expect(f"RCPT TO:<u-x@{server.hostname}>", "550 5.1.1")
        session.expect(f"RCPT TO:<{address.split('@')[0]}@elsewhere.example.test>", "550 5.7.1")
        session.expect(f"RCPT TO:<{address}>", "250")
        session.expect("RCPT TO:<ann@example.net>", "452 4.5.3")
        session.expect(f"RCPT TO:<{address}>", "452 4.5.3")


def test_what_is_not_known_any_more(server):
    recipient = mail.address()
    job_id, address = mailed(server, recipient)
    campaign_log(server, job_id, recipient)
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM smtp_log WHERE recipient = %s", [recipient])
        assert cursor.rowcount == 1
    connection.close()
    assert bring(server, address, WISH, sender="ann@example.net").startswith("550 5.1.6")
    assert not unsubscribed(server, recipient)


def test_the_bounce_domain_is_its_domain(make_server):
    server = make_server(delivery={"bounce_domain": "bounces.example.test"})
    recipient = mail.address()
    _, address = mailed(server, recipient)
    assert address.endswith("@bounces.example.test")
    assert bring(server, address, WISH, sender="ann@example.net").startswith("250")
    assert unsubscribed(server, recipient)
