"""What one account has, another neither sees nor changes."""
import pytest

import mail
import soap


@pytest.fixture(scope="module")
def stranger(server):
    """Login of an account that owns nothing."""
    login = {"account": mail.unique("stranger-"), "password": mail.unique("password")}
    server.add_account(login["account"], login["password"])
    return login


def refused(server, operation, stranger, **parameters):
    with pytest.raises(soap.Fault) as fault:
        soap.call(server, operation, **stranger, **parameters)
    return fault.value.name


def test_transactional_log(server, stranger):
    recipient = mail.address()
    mail.send(server, mail.build(to=recipient), recipient)
    row = soap.delivery(server, recipient, "Delivered")
    assert refused(server, "Reports_GetSMTPLog_Transactional", stranger,
                   TransactionalID=row["TransactionalID"]) == "TransactionalIDNotFoundException"
    assert soap.deliveries(server, recipient, **stranger) == []


def test_campaign_log(server, stranger):
    recipient = mail.address()
    job_id = soap.result_id(soap.call(
        server, "SendMassEmail", FromEmail=mail.SENDER, FromName="", ToGroups="", ToGroupFilter="", ToOther=recipient,
        ToWebDatabase="", Subject="x", MessagePlain="x", MessageHTML="", Options=""))
    assert refused(server, "Reports_GetSMTPLog", stranger, JobID=job_id,
                   EmailAddress=recipient) == "CampaignNotFoundException"
    assert refused(server, "Reports_GetRecipients_String", stranger, JobID=job_id) == "CampaignNotFoundException"


def test_groups(server, stranger):
    name = mail.unique("Mine ")
    soap.call(server, "AddGroup", GroupName=name)
    soap.call(server, "AddTransactionalGroup", GroupName=name)
    for operation in ("Groups_Rename", "TransactionalGroups_Rename"):
        assert refused(server, operation, stranger, OldGroupName=name,
                       NewGroupName="Stolen") == "GroupNotFoundException"
    assert refused(server, "GetGroupMemberCount", stranger, GroupName=name) == "GroupNotFoundException"
    assert refused(server, "DeleteGroupByName", stranger, GroupName=name) == "GroupNotFoundException"
    # The same name is free in another account.
    soap.call(server, "AddGroup", **stranger, GroupName=name)


@pytest.mark.parametrize("password", ["wrong", "", "a demo pass wor", "A DEMO PASS WORD"])
def test_wrong_password(server, password):
    assert refused(server, "AuthenticateUser", {"account": server.account, "password": password}) == \
        "InvalidLoginException"
