"""Other people's SOAP toolkits call every family of operations; README.md says what each program does."""
import re

import pytest

import mail
import matrix
import soap
from toolkits import CLIENTS
from wait import wait_for

TEXT = "Grüße <b>&amp;\"' \U0001F600 ]]>"
PASSWORD = "a päss <&> word"
TOKEN = "a secret of the operator's own"
SENT_TO = {"campaigns": ("campaign", "again", "raw"), "transactional": ("order",)}


@pytest.fixture(scope="module")
def api(make_module_server):
    return make_module_server(api={"http_get": True, "create_account_token": TOKEN})


def prepare(server, name):
    """An account with a group, a campaign and a transactional message, both delivered. Returns the programs' arguments."""
    server.add_account(name, PASSWORD)
    login, word = {"account": name, "password": PASSWORD}, mail.unique(name.lower())
    group, member = f"{TEXT} {word}", f"{word}@recipient.example.test"
    quoted = TEXT.replace('"', '""')
    message = {"FromEmail": mail.SENDER, "FromName": "Shop", "Subject": TEXT, "MessagePlain": "Hello.", "MessageHTML": "", "Options": ""}
    soap.call(server, "AddGroup", **login, GroupName=group)
    soap.call(server, "AddGroupMemberString", **login, GroupName=group, EmailAddress=member, FieldNames="Größe",
              FieldValues=f'"{quoted}"')
    job = soap.result_id(soap.call(server, "SendMassEmail", **login, **message, ToGroups="", ToGroupFilter="", ToOther=member,
                                   ToWebDatabase=""))
    number = soap.result_id(soap.call(server, "SendTransactionalEmail", **login, **message, ToEmailAddress=member))

    def delivered():
        transactional = soap.call(server, "Reports_GetSMTPLog_Transactional", **login, TransactionalID=number)
        campaign = soap.call(server, "Reports_GetSMTPLog", **login, JobID=job, EmailAddress=member)
        return 'result="delivered' in transactional and "result delivered" in campaign
    wait_for(delivered, 30, "both deliveries")
    return [server.api_url, name, PASSWORD, TEXT, word, str(job), str(number), TOKEN], word


@pytest.fixture(scope="module")
def run(api):
    """run(client): (toolkits.Run, word), of a program that runs once."""
    runs = {}

    def once(client):
        if client.name not in runs:
            arguments, word = prepare(api, client.name)
            runs[client.name] = client.run(arguments), word
        return runs[client.name]
    return once


@pytest.mark.parametrize("family", matrix.FAMILIES)
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_cell(api, run, client, family):
    done, word = run(client)
    if family == "proxy":
        assert not done.complaints, done.complaints
        return matrix.enter(client, family, "none" if client.generates is None else "yes")
    said = done.families.get(family, "nothing")
    if family in client.cannot:
        assert said != "ok", "it can: take the footnote away"
        return matrix.enter(client, family, "no")
    assert said == "ok"
    for prefix in SENT_TO.get(family, ()):
        assert mail.parse(mail.captured(api, f"{prefix}-{word}@"))["Subject"] == TEXT
    if family == "accounts":
        welcome = mail.parse(mail.captured(api, f"account-{word}@")).get_content()
        soap.result_id(soap.call(api, "AuthenticateUser", f"{TEXT} {word} c", re.search("Password: (.+)", welcome)[1].strip()))
    matrix.enter(client, family, "yes")


def test_readme_has_the_matrix(request):
    if not matrix.is_complete(CLIENTS):
        pytest.skip("not every cell was made in this run")
    assert matrix.write(CLIENTS), "README.md's matrix was another: it is written anew, look at it and commit it"
