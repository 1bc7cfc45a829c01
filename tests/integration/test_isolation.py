"""What one account has, another neither sees nor changes."""
import lxml.etree
import psycopg2
import pytest

import mail
import soap
from contract import Contract, Refused
from stock import FILE, Stock, offering


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


# Each operation of the contract, by another account

def rows_of(server, account_id):
    """What the database has of an account, whatever the table: {table: its rows as JSON}."""
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("""SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE a.attname = 'account_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition""")
        tables = {}
        for (name,) in cursor.fetchall():
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {name} AS t WHERE account_id = %s ORDER BY 1", (account_id,))
            tables[name] = [text for (text,) in cursor.fetchall()]
    connection.close()
    return tables


def in_rounds(operations):
    """First as an account that has nothing; then it makes what has the names of the other's; then as one that has."""
    makers = [name for name in operations if name.startswith(("Add", "Import"))]
    others = sorted((name for name in operations if name not in makers), key=lambda name: name.startswith("Delete"))
    return [*others, *makers, *others]


class Nothing:
    """Names and numbers that nobody has."""

    def __init__(self):
        self.group, self.stream, self.address = mail.unique("Group "), mail.unique("Stream "), mail.address()
        self.group_id = self.member_id = self.job_id = 2147483647
        self.transactional_id, self.network, self.account = 2 ** 62, "100.127.255.255", mail.unique("new")

    arguments = Stock.arguments


def outcomes(server, contract, binding, named, secrets=()):
    """What becomes of each operation, called by a new account with these names and numbers."""
    login = {"Username": mail.unique("stranger-"), "Password": mail.unique()}
    server.add_account(login["Username"], login["Password"])
    told = []
    for operation in in_rounds(contract.operations):
        parameters = contract.operations[operation]
        arguments = {**(login if "Password" in parameters else {}), **named.arguments(operation, parameters)}
        try:
            text = lxml.etree.tostring(contract.call(binding, operation, **arguments), encoding="unicode")
            outcome = "done"
        except Refused as refused:
            text, outcome = str(refused), refused.name
        assert not any(secret in text for secret in secrets), operation
        # Whoever makes accounts learns which names are taken.
        if operation != "CreateAccount":
            told.append((operation, outcome))
    return told


@pytest.fixture(scope="module")
def shared(make_module_server, tmp_path_factory):
    return make_module_server(api=offering(tmp_path_factory.mktemp("import")))


@pytest.fixture(scope="module")
def stock(shared):
    return Stock(shared)


@pytest.mark.parametrize("binding", ["soap11", "form"])
def test_no_operation_sees_or_changes_what_another_account_has(shared, stock, binding):
    contract = Contract(shared)
    before = rows_of(shared, stock.account_id)
    empty = {name for name, rows in before.items() if not rows}
    assert empty <= {"queue", "bounce", "bounce_report", "dkim_key", "account_usage"}
    told = outcomes(shared, contract, binding, stock, secrets=[stock.secret])
    assert rows_of(shared, stock.account_id) == before
    # Nor is there a difference to what nobody has, by which to tell what is there.
    assert told == outcomes(shared, contract, binding, Nothing())
    assert {outcome for _, outcome in told} >= {"done", "GroupNotFoundException", "CampaignNotFoundException",
                                                "TransactionalIDNotFoundException", "GroupMemberNotFoundException"}


def test_files_of_another_account(shared, stock):
    """Which one's own folder does not have, by whatever way."""
    login = {"account": mail.unique("stranger-"), "password": mail.unique()}
    number = shared.add_account(login["account"], login["password"])
    (shared.settings["api"]["import_folder"] / str(number)).mkdir()
    soap.call(shared, "AddGroup", **login, GroupName="Own")
    other = shared.settings["api"]["import_folder"] / str(stock.account_id) / FILE
    assert other.exists()
    for name in (FILE, f"../{stock.account_id}/{FILE}", str(other), f"{stock.account_id}/{FILE}"):
        assert refused(shared, "ImportGroupMembersFromFile", login, GroupName="Own", FieldNames="First", FileName=name,
                       ColumnDelimiter=",", RowDelimiter="", TextQualifier="").endswith("Exception")
    assert soap.call(shared, "GetGroupMemberCount", **login, GroupName="Own") == "0"
