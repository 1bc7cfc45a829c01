"""SendMassEmailPrevious and SendMassEmailPrevious2: an earlier campaign's content to new recipients, in each binding."""
import pytest

import mail
import soap
from test_api import BINDINGS, Api, id_of, zeep_client  # noqa: F401 (a fixture)
from test_campaign import recipients, send_campaign

TO = {"ToGroups": "", "ToGroupFilter": "", "ToOther": "", "ToWebDatabase": ""}
CALLS = {"SendMassEmailPrevious": {}, "SendMassEmailPrevious2": {"Options": ""}}


@pytest.fixture(params=BINDINGS)
def api(server, zeep_client, request):  # noqa: F811
    return Api(zeep_client, request.param, server.account, server.password)


@pytest.mark.parametrize("operation", CALLS)
def test_the_same_content_goes_to_others(server, api, operation):
    word, first, second = mail.unique("Grüße "), mail.address(), mail.address()
    job = send_campaign(server, ToOther=first, Subject=f"{word} & <b>", MessagePlain="Dear %%EmailAddress%%",
                        MessageHTML="<p>Dear</p>", FromName="The Shöp")
    mail.captured(server, first)
    again = id_of(api(operation, JobID=job, **{**TO, "ToOther": second}, **CALLS[operation]))
    assert again != job
    raw = mail.captured(server, f"Dear {second}")
    message = mail.parse(raw)
    assert message["Subject"] == f"{word} & <b>" and message["From"].addresses[0].display_name == "The Shöp"
    assert recipients(server, again) == [second] and recipients(server, job) == [first]


@pytest.mark.parametrize("operation", CALLS)
def test_what_is_refused(server, api, operation):
    job = send_campaign(server, ToOther=mail.address())

    def error(**parameters):
        return api.error(operation, **{"JobID": job, **TO, **CALLS[operation], **parameters})
    assert error(JobID=2_000_000_000, ToOther=mail.address()) == "CampaignNotFoundException"
    assert error() == "NoRecipientsException"
    assert error(ToOther="no address") == "InvalidEmailAddressException"
    assert error(ToGroups=mail.unique()) == "GroupNotFoundException"
    assert error(ToOther=mail.address(), ToWebDatabase="x") == "NotSupportedException"
    if "Options" in CALLS[operation]:
        assert error(ToOther=mail.address(), Options="nothing") == "InvalidOptionException"
    other = mail.unique("other")
    server.add_account(other, "a pass word")
    with pytest.raises(soap.Fault) as fault:
        soap.call(server, operation, other, "a pass word", JobID=job, **{**TO, "ToOther": mail.address()},
                  **CALLS[operation])
    assert fault.value.name == "CampaignNotFoundException"


def test_options_of_its_own(server):
    """In place of those of the earlier campaign: the report tells CampaignID, which is one of them."""
    job = send_campaign(server, ToOther=mail.address(), Options="CampaignID=first")
    again = soap.result_id(soap.call(server, "SendMassEmailPrevious", JobID=job, **{**TO, "ToOther": mail.address()}))
    other = soap.result_id(soap.call(server, "SendMassEmailPrevious2", JobID=job, Options="CampaignID=second",
                                     **{**TO, "ToOther": mail.address()}))
    told = {int(row["JobID"]): row["CampaignID"] for row in soap.rows(soap.call(
        server, "Reports_GetMassEmailInformation_XML2", BeginDate="", EndDate="", SortBy="", SortOrder=""))}
    assert (told[job], told[again], told[other]) == ("first", "first", "second")
