"""The API's bounce list, unsubscribe list and their reports: each operation in each binding through zeep."""
import time

import pytest

import mail
from test_api import Api, api, id_of, send_many, send_one, zeep_client  # noqa: F401
from wait import wait_for

DELIMITERS = {"RowDelimiter": "n", "ColDelimiter": "t", "TextQualifier": ""}
LISTS = {"Bounce": ("GetBounceListNormal", "GetBounceListNormal_IncludePast", "GetBounceListAll"),
         "Unsubscribe": ("GetUnsubscribeList",)}


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_who_is_not_mailed(api, name):
    address = mail.address("Listed")
    number = id_of(api("Add" + name, EmailAddress=f" {address} "))
    assert id_of(api("Add" + name, EmailAddress=address.upper())) == number
    assert api("Check" + name, EmailAddress=address.lower()) == "0\nSUCCESS"
    for operation in LISTS[name]:
        assert address in api(operation, Since="").split("\n")
        assert address in api(operation, Since=time.strftime("%Y-%m-%d", time.gmtime())).split("\n")
        assert api(operation, Since="2099-12-31") == "0\nSUCCESS\n"
        assert api.error(operation, Since="19.3.2010") == "InvalidDateException"
        if name == "Bounce":
            assert f"{address}\t\tTrue" in api(operation + "2", Since="").split("\n")
            assert api(operation + "2", Since="2099-12-31") == "0\nSUCCESS\n"
    assert id_of(api("Delete" + name, EmailAddress=address.upper())) == number
    for operation in ("Check", "Delete"):
        assert api(operation + name, EmailAddress=address) == "3\nNot Found"
        assert api(operation + name, EmailAddress="") == "3\nNot Found"
    assert address not in api(LISTS[name][-1], Since="").split("\n")
    for wrong in ("", "nobody", "a b@c.test"):
        assert api.error("Add" + name, EmailAddress=wrong) == "InvalidEmailAddressException"


def test_reports_of_unsubscribes(api):
    address = mail.address()
    api("AddUnsubscribe", EmailAddress=address)
    row = next(row for row in api.rows("Reports_GetUnsubscribesAll_XML") if row["EmailAddress"] == address)
    text = api("Reports_GetUnsubscribesAll_String", RowDelimiter="n", ColDelimiter="c", TextQualifier="'")
    assert f"'{address}','{row['UnsubscribeDateTime']}'" in text.split("\n")


def test_reports_of_a_campaigns_bounces(api):
    good, bounces = mail.address(), f"reject-550@{mail.unique('d')}.example.test"
    job_id = id_of(send_many(api, ToOther=f"{good},{bounces}"))
    assert not api("Reports_GetUnsubscribesByCampaign_String", JobID=job_id, **DELIMITERS)
    assert api.rows("Reports_GetUnsubscribesByCampaign_XML", JobID=job_id) == []
    row, = wait_for(lambda: api.rows("Reports_GetBouncesByCampaign_XML2", JobID=job_id), what="a bounce")
    when = row.pop("BounceDateTime")
    assert row == {"EmailAddress": bounces, "SMTPCode": "550", "Definitive": "true"} and when.endswith("Z")
    assert api.rows("Reports_GetBouncesByCampaign_XML", JobID=job_id) == [{"EmailAddress": bounces, "BounceDateTime": when}]
    assert api("Reports_GetBouncesByCampaign_String", JobID=job_id, **DELIMITERS) == f"{bounces}\t{when}"
    assert api("Reports_GetBouncesByCampaign_String2", JobID=job_id, **DELIMITERS) == f"{bounces}\t550\tTrue\t{when}"
    for report in "Reports_GetBouncesByCampaign_", "Reports_GetUnsubscribesByCampaign_":
        assert api.error(report + "XML", JobID=2147483647) == "CampaignNotFoundException"
        assert api.error(report + "String", JobID=2147483647, **DELIMITERS) == "CampaignNotFoundException"


def test_transactional_email_to_a_bounced_address(api):
    address = mail.address()
    api("AddBounce", EmailAddress=address)
    with pytest.raises(Api.Error) as raised:
        send_one(api, ToEmailAddress=address)
    assert raised.value.name == "BouncedEmailAddressException"
