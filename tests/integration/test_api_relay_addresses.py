"""SMTPRelay_AddIP, SMTPRelay_DeleteIP and GetMassEmailReport, in each binding."""
import xml.etree.ElementTree as ElementTree

import pytest
import requests

import mail
import soap
from smtp_session import Session
from wait import wait_for
from test_api import BINDINGS, NAMESPACE, Api, id_of, zeep_client  # noqa: F401 (a fixture)


@pytest.fixture(params=BINDINGS)
def api(server, zeep_client, request):  # noqa: F811
    return Api(zeep_client, request.param, server.account, server.password)


def is_known(server, source):
    """Whether mail from that address is taken without a password."""
    with Session(server.smtp_port, source=source) as session:
        session.hello()
        session.expect("MAIL FROM:<a@b.test>", "250")
        reply = session.command(f"RCPT TO:<{mail.address()}>")
    assert reply.startswith(("250", "550 5.7.1")), reply
    return reply.startswith("250")


@pytest.mark.parametrize("address, source", [("127.0.0.91", "127.0.0.91"), (" 127.0.6.0/24 ", "127.0.6.7")])
def test_an_address_counts_until_it_is_deleted(server, api, address, source):
    """As soon as the workers have heard of it."""
    assert not is_known(server, source)
    account = id_of(api("AuthenticateUser"))
    assert id_of(api("SMTPRelay_AddIP", IPAddress=address)) == account
    try:
        wait_for(lambda: is_known(server, source), what="its mail is taken")
        assert api.error("SMTPRelay_AddIP", IPAddress=address) == "DuplicateIPAddressException"
    finally:
        assert id_of(api("SMTPRelay_DeleteIP", IPAddress=address)) == account
    wait_for(lambda: not is_known(server, source), what="its mail is not taken any more")
    assert api.error("SMTPRelay_DeleteIP", IPAddress=address) == "IPAddressNotFoundException"


@pytest.mark.parametrize("address", [
    "", "x", "127.0.0.256", "127.0.0.1/33", "127.0.0.1/24", "10.0.0.0/23", "0.0.0.0/0", "::/0", "2001:db8::/63",
    "::ffff:0:0/96",
    "127.0.0.1'; DROP TABLE account; --", "<b>"])
def test_what_is_no_address_or_too_wide(api, address):
    for operation in ("SMTPRelay_AddIP", "SMTPRelay_DeleteIP"):
        assert api.error(operation, IPAddress=address) == "InvalidIPAddressException"


def test_ipv6(api):
    for address in ("2001:db8::25", "2001:db8:0:1::/64"):
        id_of(api("SMTPRelay_AddIP", IPAddress=address))
        id_of(api("SMTPRelay_DeleteIP", IPAddress=address))


def test_no_account_deletes_anothers_address(server, api):
    other = mail.unique("other")
    server.add_account(other, "a pass word")
    soap.call(server, "SMTPRelay_AddIP", other, "a pass word", IPAddress="127.0.0.92")
    assert api.error("SMTPRelay_DeleteIP", IPAddress="127.0.0.92") == "IPAddressNotFoundException"
    wait_for(lambda: is_known(server, "127.0.0.92"), what="its mail is taken")
    soap.call(server, "SMTPRelay_DeleteIP", other, "a pass word", IPAddress="127.0.0.92")
    wait_for(lambda: not is_known(server, "127.0.0.92"), what="its mail is not taken any more")


def send(server, recipients):
    """A campaign; returns its JobID."""
    return soap.result_id(soap.call(
        server, "SendMassEmail", FromEmail="news@shop.test", FromName="", ToGroups="", ToGroupFilter="",
        ToOther=recipients, ToWebDatabase="", Subject="News", MessagePlain="Hello.", MessageHTML="", Options=""))


def test_numbers_of_a_campaign(server, api):
    good, bad = mail.address(), "reject-550@" + mail.unique() + ".test"
    job = send(server, f"{good},{bad}")
    mail.captured(server, good)

    def report():
        told = api("GetMassEmailReport", JobID=job)
        return list(told) if isinstance(told, list) else list(told["int"])
    wait_for(lambda: report()[4] == 1, 15, "the bounce")
    assert report() == [2, 0, 0, 0, 1, 0, 0, 0]
    assert api.error("GetMassEmailReport", JobID=2_000_000_000) == "CampaignNotFoundException"


def test_numbers_of_a_campaign_in_a_form(server):
    job = send(server, mail.address())
    answer = requests.post(f"{server.api_url}/GetMassEmailReport", timeout=60, data={
        "Username": server.account, "Password": server.password, "JobID": job})
    document = ElementTree.fromstring(answer.content)
    assert document.tag == f"{{{NAMESPACE}}}ArrayOfInt"
    assert [(each.tag, each.text) for each in document] == [(f"{{{NAMESPACE}}}int", str(n)) for n in [1] + [0] * 7]
    other = mail.unique("other")
    server.add_account(other, "a pass word")
    with pytest.raises(soap.Fault) as fault:
        soap.call(server, "GetMassEmailReport", other, "a pass word", JobID=job)
    assert fault.value.name == "CampaignNotFoundException"
