"""Calls of Reports_GetSMTPLog that come at the same time are answered together: each as if it were alone."""
import concurrent.futures
import http.client
import re
import urllib.parse
from xml.sax.saxutils import escape

import psycopg2
import pytest
import requests

import mail
import soap
from test_campaign import send_campaign
from wait import wait_for

SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
MANY = 40


def log(server, job, address, **login):
    return soap.call(server, "Reports_GetSMTPLog", JobID=job, EmailAddress=address, **login)


def refusal(server, job, address, **login):
    with pytest.raises(soap.Fault) as fault:
        log(server, job, address, **login)
    return fault.value.name


def ended(server, job, address, **login):
    wait_for(lambda: "\nresult " in log(server, job, address, **login), 15, "its log")


@pytest.fixture(scope="module")
def campaign(server):
    addresses = [mail.address("Member.") for _ in range(MANY)]
    job = send_campaign(server, ToOther=",".join(addresses))
    for address in addresses:
        ended(server, job, address)
    return job, addresses


def envelope(job, address, server, namespace=soap.ENVELOPE):
    return (f'<e:Envelope xmlns:e="{namespace}"><e:Body><Reports_GetSMTPLog xmlns="{soap.NAMESPACE}"><Username>{server.account}</Username>'
            f"<Password>{server.password}</Password><JobID>{job}</JobID><EmailAddress>{address}</EmailAddress></Reports_GetSMTPLog>"
            "</e:Body></e:Envelope>").encode()


def test_each_of_many_at_once_gets_its_own(server, campaign):
    job, addresses = campaign
    alone = {address: log(server, job, address) for address in addresses}
    for address, text in alone.items():
        assert f"RCPT TO:<{address}>" in text and not any(other in text for other in addresses if other != address)
    with concurrent.futures.ThreadPoolExecutor(MANY) as threads:
        for _ in range(5):
            told = threads.map(lambda address: log(server, job, address.upper()), addresses)
            assert list(told) == list(alone.values())


def test_good_and_bad_ones_at_once(server, campaign):
    """Both SOAPs, unknown recipients and campaigns, wrong passwords and broken XML, in one packet for each connection."""
    job, addresses = campaign
    kinds = [
        (envelope(job, addresses[0], server), "text/xml", 200, addresses[0]),
        (envelope(job, addresses[1], server, SOAP_12), "application/soap+xml", 200, addresses[1]),
        (envelope(job, mail.address(), server), "text/xml", 500, "RecipientNotFoundException"),
        (envelope(job, mail.address(), server, SOAP_12), "application/soap+xml", 400, "RecipientNotFoundException"),
        (envelope(2147483647, addresses[0], server), "text/xml", 500, "CampaignNotFoundException"),
        (envelope("many", addresses[0], server), "text/xml", 500, "InvalidRequestException"),
        (envelope(job, addresses[0], server)[:-1], "text/xml", 500, "InvalidRequestException"),
        (envelope(job, addresses[2], server), "text/xml; charset=utf-8", 200, addresses[2]),
        (envelope(job, addresses[3], server).replace(server.password.encode(), b"wrong"), "text/xml", 500, "InvalidLoginException"),
    ]
    place = urllib.parse.urlsplit(server.api_url)

    def ask(kind):
        body, content_type, status, words = kind
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
        try:
            connection.request("POST", place.path, body, {"Content-Type": content_type})
            answer = connection.getresponse()
            text = answer.read().decode()
            assert (answer.status, words in text) == (status, True), text
            assert (SOAP_12 in text) == ("soap+xml" in content_type)
        finally:
            connection.close()
    with concurrent.futures.ThreadPoolExecutor(24) as threads:
        list(threads.map(ask, kinds[:-1] * 30 + kinds[-1:]))


def test_what_one_call_had_the_next_has_not(server, campaign):
    """One connection: each call takes the parsers of the one before it."""
    job, (address, *_) = campaign
    good, good_12 = envelope(job, address, server), envelope(job, address, server, SOAP_12)
    typed = good.replace(b"<JobID>", b'<JobID xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" '
                                     b'i:type="s:int">')
    many = [good.replace(b"<JobID>", f'<JobID a{number}="{"v" * 300}">'.encode()) for number in range(80)]
    kinds = [typed, b"\xef\xbb\xbf" + good, b"\n \n" + good, b"<?xml version='1.0'?><!-- a comment -->" + good,
             good.replace(b"JobID", b"NoSuchParameter"), envelope(0, address, server), envelope("x", address, server), good[:-3],
             good.replace(b"e:Body", b"e:Corpus"), good.replace(b"xmlns:e", b"xmlns:f"), *many]
    alone = log(server, job, address)
    with requests.Session() as http:
        def ask(body, content_type="text/xml"):
            return http.post(server.api_url, data=body, headers={"Content-Type": content_type}, timeout=60)
        for kind in kinds:
            told = ask(kind)
            assert told.status_code in (200, 500)
            assert (told.status_code == 500) == ("Fault>" in told.text), told.text
            assert told.status_code == 500 or escape(alone) in told.text, told.text
            for body, content_type, namespace in ((good, "text/xml", soap.ENVELOPE), (good_12, "application/soap+xml", SOAP_12)):
                told = ask(body, content_type)
                assert told.status_code == 200 and escape(alone) in told.text and namespace in told.text, (kind, told.text)
        assert sum(ask(kind).status_code == 200 for kind in kinds) == len(kinds) - 6


def test_attempts_follow_each_other(make_server):
    server, address = make_server(delivery={"retry": [1]}), f"defer-451@{mail.unique()}.test"
    job = send_campaign(server, ToOther=address)
    wait_for(lambda: "result delivered" in log(server, job, address), 60, "the attempt that succeeds")
    first = log(server, job, address)
    assert re.findall(r"^attempt (\d)", first, re.MULTILINE) == ["1", "2", "3"]
    assert [log(server, job, address) for _ in range(3)] == [first] * 3


def test_what_xml_cannot_hold_reads_the_same_alone_and_together(server):
    address = mail.address()
    job = send_campaign(server, ToOther=address)
    ended(server, job, address)
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE smtp_log SET transcript = concat(transcript, %s) WHERE recipient = %s",
                       ("\r \t \x01\x7f & < > \" ' ]]> \u00e9 \ufffe \U0001f600\n", address))
    def result(path, body, content_type):
        answer = requests.post(server.api_url + path, data=body, headers={"Content-Type": content_type}, timeout=60)
        assert answer.status_code == 200
        return re.search(r"(?:Result|<string [^>]*)>(.*?)</", answer.text, re.DOTALL).group(1)

    form = urllib.parse.urlencode({"Username": server.account, "Password": server.password, "JobID": job, "EmailAddress": address})
    alone = result("/Reports_GetSMTPLog", form, "application/x-www-form-urlencoded")
    assert r"\x01" in alone and "\U0001f600" in alone and "&lt;" in alone
    for _ in range(3):
        assert result("", envelope(job, address, server), "text/xml") == alone


def test_a_deleted_campaign_is_gone_at_once(server):
    address = mail.address()
    job = send_campaign(server, ToOther=address)
    ended(server, job, address)
    log(server, job, address)
    soap.call(server, "DeleteMassEmail", JobID=job)
    assert [refusal(server, job, address) for _ in range(3)] == ["CampaignNotFoundException"] * 3


def test_a_changed_password_and_a_removed_account_are_unknown_at_once(server):
    login = {"account": mail.unique("caller "), "password": "the first pass word"}
    server.add_account(login["account"], login["password"])
    address = mail.address()
    job = soap.result_id(soap.call(
        server, "SendMassEmail", **login, FromEmail=mail.SENDER, FromName="", ToGroups="", ToGroupFilter="", ToOther=address,
        ToWebDatabase="", Subject="News", MessagePlain="Hello.", MessageHTML="", Options=""))
    ended(server, job, address, **login)
    log(server, job, address, **login)
    server.cli("account", "password", login["account"], "--password-stdin", input="the second pass word\n", check=True)
    assert refusal(server, job, address, **login) == "InvalidLoginException"
    login["password"] = "the second pass word"
    assert "result delivered" in log(server, job, address, **login)
    assert "result delivered" in log(server, job, address, **login)
    server.cli("account", "remove", login["account"], "--yes", check=True)
    assert refusal(server, job, address, **login) == "InvalidLoginException"
