"""Changes over the API that meet: one wins, the other gets its named exception, nothing is half done."""
import concurrent.futures

import psycopg2
import pytest

import mail
import soap
from locks import waiting
from test_campaign import recipients
from wait import wait_for

TO = {"FromEmail": mail.SENDER, "FromName": "", "ToGroupFilter": "", "ToOther": "", "ToWebDatabase": "", "Subject": "x",
      "MessagePlain": "x", "MessageHTML": "", "Options": ""}


@pytest.fixture
def holder(server):
    """A transaction that holds rows until it is rolled back or committed."""
    connection = psycopg2.connect(server.settings["database"])
    yield connection
    connection.close()


def at_once(server, holder, hold, calls):
    """Starts the calls while `hold` (a statement) is not committed, and lets it go when all wait. Returns, of each, its id or the
    name of its exception."""
    def call(operation, parameters):
        try:
            return soap.result_id(soap.call(server, operation, **parameters))
        except soap.Fault as fault:
            return fault.name
    with holder.cursor() as cursor, concurrent.futures.ThreadPoolExecutor(len(calls)) as threads:
        cursor.execute(hold)
        running = [threads.submit(call, *each) for each in calls]
        wait_for(lambda: waiting(server) == len(calls), what="all wait for the lock")
        holder.rollback()
        return [each.result() for each in running]


@pytest.mark.parametrize("add, rename, table", [
    ("AddGroup", "Groups_Rename", "email_group"),
    ("AddTransactionalGroup", "TransactionalGroups_Rename", "transactional_group")])
def test_two_renames_to_one_name(server, holder, add, rename, table):
    names, wanted = [mail.unique(), mail.unique()], mail.unique("Wanted ")
    ids = [soap.result_id(soap.call(server, add, GroupName=name)) for name in names]
    outcomes = at_once(server, holder, f"LOCK TABLE {table} IN SHARE MODE",
                       [(rename, {"OldGroupName": name, "NewGroupName": wanted}) for name in names])
    assert sorted(map(str, outcomes)) in ([str(ids[0]), "DuplicateGroupNameException"], [str(ids[1]), "DuplicateGroupNameException"])
    winner = ids.index(next(each for each in outcomes if each in ids))
    with holder.cursor() as cursor:
        cursor.execute(f"SELECT group_id, name FROM {table} WHERE group_id = ANY (%s)", (ids,))
        assert dict(cursor.fetchall()) == {ids[winner]: wanted, ids[1 - winner]: names[1 - winner]}


@pytest.mark.parametrize("add, table", [("AddGroup", "email_group"), ("AddTransactionalGroup", "transactional_group")])
def test_two_groups_of_one_name(server, holder, add, table):
    name = mail.unique("Größe ")
    outcomes = at_once(server, holder, f"LOCK TABLE {table} IN SHARE MODE",
                       [(add, {"GroupName": name}), (add, {"GroupName": name.lower()})])
    made, = [each for each in outcomes if isinstance(each, int)]
    assert [each for each in outcomes if each != made] == ["DuplicateGroupNameException"]


def test_a_rename_and_a_deletion(server, holder):
    """Whichever comes first: a group of the new name that is then deleted, or none to rename."""
    name, wanted = mail.unique(), mail.unique()
    number = soap.result_id(soap.call(server, "AddGroup", GroupName=name))
    renamed, deleted = at_once(server, holder, "LOCK TABLE email_group IN SHARE MODE",
                               [("Groups_Rename", {"OldGroupName": name, "NewGroupName": wanted}),
                                ("DeleteGroupByName", {"GroupName": name})])
    assert (renamed, deleted) in [(number, "GroupNotFoundException"), ("GroupNotFoundException", number), (number, number)]
    with holder.cursor() as cursor:
        cursor.execute("SELECT name FROM email_group WHERE group_id = %s", (number,))
        assert cursor.fetchall() == ([(wanted,)] if deleted != number else [])


def test_a_rename_during_a_send(server, holder):
    """The campaign is to the members of the group that was named, whatever it is called when they are read."""
    name, wanted, address = mail.unique(), mail.unique(), mail.address()
    number = soap.result_id(soap.call(server, "AddGroup", GroupName=name))
    soap.call(server, "AddGroupMemberString", GroupName=name, EmailAddress=address, FieldNames="", FieldValues="")
    with concurrent.futures.ThreadPoolExecutor() as threads, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE campaign IN SHARE MODE")
        sending = threads.submit(soap.call, server, "SendMassEmail", **{**TO, "ToGroups": name})
        wait_for(lambda: waiting(server) == 1, what="the campaign waits")
        assert soap.result_id(soap.call(server, "Groups_Rename", OldGroupName=name, NewGroupName=wanted)) == number
        holder.rollback()
        assert recipients(server, soap.result_id(sending.result())) == [address]
