"""DeleteMassEmail, DeleteTransactionalGroup, and CreateLocalDBProfile, which is refused: in each binding."""
import pytest

import mail
import soap
from test_api import api, id_of, stranger, zeep_client  # noqa: F401
from test_one_click import (behind, campaign_log, gate, link_of, post, reachable, send_campaign,  # noqa: F401
                            wait_for_log)
from wait import wait_for

REPORTS = ["Reports_GetRecipients_XML", "Reports_GetBouncesByCampaign_XML", "Reports_GetUnsubscribesByCampaign_XML",
           "GetMassEmailReport", "DeleteMassEmail"]


def test_a_campaign_that_was_sent(api, server, stranger):
    recipient = mail.address()
    job = send_campaign(server, ToOther=recipient)
    assert "result delivered" in campaign_log(server, job, recipient)
    assert stranger.error("DeleteMassEmail", JobID=job) == "CampaignNotFoundException"
    assert "result delivered" in campaign_log(server, job, recipient)
    assert id_of(api("DeleteMassEmail", JobID=job)) == job
    for operation in REPORTS:
        assert api.error(operation, JobID=job) == "CampaignNotFoundException"
    assert api.error("Reports_GetSMTPLog", JobID=job, EmailAddress=recipient) == "CampaignNotFoundException"
    assert str(job) not in [row["JobID"] for row in api.rows(
        "Reports_GetMassEmailInformation_XML", BeginDate="", EndDate="", SortBy="", SortOrder="")]


def test_who_waits_is_not_mailed(make_server, gate):
    server = behind(make_server, gate.sink.port)
    first, second, third, last = (mail.address() for _ in range(4))
    kept = send_campaign(server, ToOther=first)
    link = gate.link_to(first)
    gate.opened.clear()
    gate.shown.clear()
    job = send_campaign(server, ToOther=f"{first},{second},{third}")
    wait_for(lambda: first in gate.shown, what="the first is under way")
    assert soap.result_id(soap.call(server, "DeleteMassEmail", JobID=job)) == job
    wait_for_log(server, "campaign-deleted")
    gate.opened.set()
    after = send_campaign(server, ToOther=last)
    assert "result delivered" in campaign_log(server, after, last)
    assert "result delivered" in campaign_log(server, kept, first)
    assert second not in gate.shown and third not in gate.shown and gate.sink.to(second) == []
    assert post(link).status_code == 200
    assert "deliveries-without-content" not in server.log


def test_who_waits_for_a_retry_is_not_mailed(make_server, gate):
    """The other, deferred at the same time, is tried again and arrives."""
    server, recipient, other = behind(make_server, gate.sink.port, retry=[2]), mail.address(), mail.address()
    gate.reply = "451 4.3.0 Later"
    job, kept = send_campaign(server, ToOther=recipient), send_campaign(server, ToOther=other)
    wait_for(lambda: recipient in gate.shown and other in gate.shown, what="the first attempts")
    soap.call(server, "DeleteMassEmail", JobID=job)
    gate.reply = None
    gate.shown.clear()
    wait_for(lambda: "result delivered" in campaign_log(server, kept, other), what="the second attempt")
    assert recipient not in gate.shown


def test_links_of_a_deleted_campaign_work(make_module_server):
    server, recipient = reachable(make_module_server), mail.address()
    job = send_campaign(server, ToOther=recipient)
    link = link_of(mail.captured(server, recipient))
    campaign_log(server, job, recipient)
    soap.call(server, "DeleteMassEmail", JobID=job)
    assert post(link).status_code == 200
    assert soap.call(server, "CheckUnsubscribe", EmailAddress=recipient) == "0\nSUCCESS"


def test_a_transactional_group(api, server, stranger):
    name, recipient, again = mail.unique("Grüße "), mail.address(), mail.address()
    number = id_of(api("AddTransactionalGroup", GroupName=name))
    mail.send(server, mail.build(subject="Hello {" + name + "}", to=recipient), recipient)
    before = soap.delivery(server, recipient, "Delivered")
    assert before["GroupName"] == name
    assert stranger.error("DeleteTransactionalGroup", GroupName=name) == "GroupNotFoundException"
    assert id_of(api("DeleteTransactionalGroup", GroupName=f" {name.lower()} ")) == number
    assert api.error("DeleteTransactionalGroup", GroupName=name) == "GroupNotFoundException"
    assert api.error("GetTransactionalGroupID", GroupName=name) == "GroupNotFoundException"
    assert soap.delivery(server, recipient) == {**before, "GroupName": ""}
    mail.send(server, mail.build(subject="Hello {" + name + "}", to=again), again)
    assert soap.delivery(server, again, "Delivered")["GroupName"] == name
    assert id_of(api("GetTransactionalGroupID", GroupName=name)) != number


def test_groups_that_are_not_deleted(api):
    assert api.error("DeleteTransactionalGroup", GroupName="default transactional group") == "DefaultGroupNameException"
    for name in ("", mail.unique(), "' OR true --"):
        assert api.error("DeleteTransactionalGroup", GroupName=name) == "GroupNotFoundException"


def test_profiles_of_databases_are_refused(api):
    asked = {"ProfileName": "x", "ConnectionString": "y", "SQLQuery": "SELECT 1"}
    assert api.error("CreateLocalDBProfile", **asked) == "NotSupportedException"
    api._login["Password"] = "wrong"
    assert api.error("CreateLocalDBProfile", **asked) == "InvalidLoginException"
