"""The API's fields of groups and values of members: each operation in each binding through zeep, and changes that meet."""
import concurrent.futures

import psycopg2
import pytest

import mail
import soap
from locks import waiting
from test_api import api, group, id_of, stranger, zeep_client  # noqa: F401
from wait import wait_for

HOSTILE = ["<b>&amp;</b>]]>", "'; DROP TABLE email_group_field; --", 'a"b\\c', "%%x%%", "{}", "🙂 Größe", "x" * 255]
CONTROL = ["", "   ", "x" * 256, "a\tb", "a\nb", "a\u007fb", "a\u0085b"]


def fields(api, group):
    """The group's fields, as the list has them."""
    status, word, *names = api("GetGroupFieldList", GroupName=group).split("\n")
    assert (status, word) == ("0", "SUCCESS")
    return [] if names == [""] else names


def members(api, group):
    return api.rows("Groups_GetMembers_XML", GroupName=group)


def add_member(api, group, **values):
    address = mail.address()
    number = id_of(api("AddGroupMemberString", GroupName=group, EmailAddress=address, FieldNames=",".join(values),
                       FieldValues=",".join(values.values())))
    return address, number


def test_life_of_a_field(api, group):
    assert api("GetGroupFieldList", GroupName=group) == "0\nSUCCESS\n"
    assert id_of(api("AddGroupField", GroupName=group.lower(), FieldName="  First ")) == 1
    assert id_of(api("AddGroupField_Big", GroupName=group, FieldName="Last")) == 2
    address, _ = add_member(api, group, Third="3", first="1", LAST="2")
    assert api("GetGroupFieldList", GroupName=group) == "0\nSUCCESS\nFirst\nLast\nThird"
    for operation in ("AddGroupField", "AddGroupField_Big"):
        for name in ("FIRST", "last", "EmailAddress", " EMAILADDRESS"):
            assert api.error(operation, GroupName=group, FieldName=name) == "DuplicateGroupFieldException"
    assert id_of(api("DeleteGroupField", GroupName=group, FieldName=" LAST ")) == 2
    assert fields(api, group) == ["First", "Third"]
    assert members(api, group) == [{"emailaddress": address, "First": "1", "Third": "3"}]
    assert api.error("DeleteGroupField", GroupName=group, FieldName="Last") == "GroupFieldNotFoundException"


def test_values_of_a_field_that_was_deleted_are_gone(api, group):
    old, _ = add_member(api, group, Größe="old")
    assert id_of(api("DeleteGroupField", GroupName=group, FieldName="GRÖßE")) == 1
    assert id_of(api("AddGroupField", GroupName=group, FieldName="GRÖßE")) == 1
    new, _ = add_member(api, group)
    assert [list(row.values()) for row in members(api, group)] == [[old, ""], [new, ""]]


@pytest.mark.parametrize("operation", ["AddGroupField", "AddGroupField_Big"])
def test_field_names(api, group, operation):
    for name in HOSTILE:
        id_of(api(operation, GroupName=group, FieldName=name))
    assert fields(api, group) == HOSTILE
    for name in CONTROL:
        assert api.error(operation, GroupName=group, FieldName=name) == "InvalidGroupFieldException"
    assert api.error("AddGroupMember", GroupName=group, EmailAddress=mail.address(), FieldNames=["a\nb"],
                     FieldValues=["1"]) == "InvalidGroupFieldException"
    for name in HOSTILE:
        assert id_of(api("DeleteGroupField", GroupName=group, FieldName=name)) > 0
    for name in CONTROL:
        assert api.error("DeleteGroupField", GroupName=group, FieldName=name) == "GroupFieldNotFoundException"
    assert fields(api, group) == []


@pytest.mark.parametrize("operation, parameters", [
    ("AddGroupField", {"FieldName": "New"}), ("AddGroupField_Big", {"FieldName": "New"}),
    ("DeleteGroupField", {"FieldName": "A"}), ("GetGroupFieldList", {})])
def test_groups_of_others_have_no_fields(api, group, stranger, operation, parameters):
    add_member(api, group, A="1")
    before = members(api, group)
    assert stranger.error(operation, GroupName=group, **parameters) == "GroupNotFoundException"
    for name in ("", mail.unique(), "' OR true --"):
        assert api.error(operation, GroupName=name, **parameters) == "GroupNotFoundException"
    # The same name in the other account is another group.
    id_of(stranger("AddGroup", GroupName=group))
    id_of(stranger("AddGroupField", GroupName=group, FieldName="A"))
    if operation != "GetGroupFieldList":
        id_of(stranger(operation, GroupName=group, **parameters))
    assert (fields(api, group), members(api, group)) == (["A"], before)


@pytest.fixture(params=["ByAddress", "ByID"])
def edit(api, request):
    """Edits a member, given as (address, id), through one of the two operations."""
    def call(member, group, field, value, caller=api.__call__):
        parameters = {"EmailAddress": member[0]} if request.param == "ByAddress" else {"GroupMemberID": member[1]}
        return caller(f"Groups_EditMember_{request.param}", GroupName=group, FieldName=field, NewFieldValue=value, **parameters)
    return call


def test_values_are_edited(api, group, edit):
    member, other = add_member(api, group, A="1", B="2"), add_member(api, group, A="3")
    assert id_of(edit((member[0].upper(), member[1]), group.lower(), " a ", "new")) == member[1]
    assert id_of(edit(other, group, "B", "late")) == other[1]
    assert [list(row.values()) for row in members(api, group)] == [[member[0], "new", "2"], [other[0], "3", "late"]]
    for value in (*HOSTILE, "", " kept ", "{\"a\": null}", "long" * 100000):
        id_of(edit(member, group, "B", value))
        assert members(api, group)[0]["B"] == value
    assert members(api, group)[1]["B"] == "late"


def test_control_characters_in_values(api, group, edit):
    member = add_member(api, group, A="1")
    id_of(edit(member, group, "A", "a\tb\u0085"))
    assert members(api, group)[0]["A"] == "a\tb\u0085"


def test_addresses_are_edited(api, group, edit):
    (address, number), other = add_member(api, group, A="1"), add_member(api, group)
    new = mail.address("New")
    assert id_of(edit((address, number), group, "EMAILADDRESS", f" {new} ")) == number
    assert id_of(edit((new, number), group, "EmailAddress", new.upper())) == number
    assert members(api, group)[0] == {"emailaddress": new.upper(), "A": "1"}
    assert api("IsMemberInGroup", GroupName=group, EmailAddress=address) is False
    assert edit((new, number), group, "EmailAddress", other[0].upper(), api.error) == "DuplicateEmailAddressException"
    for wrong in ("", "nobody", "a b@c.test", "a@b.test\nBcc: c@d.test", "x" * 250 + "@example.test"):
        assert edit((new, number), group, "EmailAddress", wrong, api.error) == "InvalidEmailAddressException"
    assert members(api, group)[0] == {"emailaddress": new.upper(), "A": "1"}


def test_edits_that_are_refused(api, group, edit, stranger):
    member = add_member(api, group, A="1")
    before = members(api, group)
    assert edit(member, mail.unique(), "A", "2", api.error) == "GroupNotFoundException"
    for name in ("", "B", "A\nB", "' OR true --", "<a/>"):
        assert edit(member, group, name, "2", api.error) == "GroupFieldNotFoundException"
    for absent in ((mail.address(), 2147483647), ("", 0), ("' OR true --", -1)):
        for field, value in (("A", "2"), ("EmailAddress", mail.address())):
            assert edit(absent, group, field, value, api.error) == "GroupMemberNotFoundException"
    # Neither another account's group nor, in one's own of that name, another account's member.
    assert edit(member, group, "A", "2", stranger.error) == "GroupNotFoundException"
    id_of(stranger("AddGroup", GroupName=group))
    id_of(stranger("AddGroupField", GroupName=group, FieldName="A"))
    assert edit(member, group, "A", "2", stranger.error) == "GroupMemberNotFoundException"
    # Nor a member of another group of the same account.
    other = mail.unique("Other ")
    id_of(api("AddGroup", GroupName=other))
    id_of(api("AddGroupField", GroupName=other, FieldName="A"))
    assert edit(member, other, "A", "2", api.error) == "GroupMemberNotFoundException"
    assert members(api, group) == before


# Changes that meet

def outcome(server, operation, **parameters):
    try:
        return "done" if soap.result_id(soap.call(server, operation, **parameters)) else "nothing"
    except soap.Fault as fault:
        return fault.name


HOLD_GROUP = "SELECT FROM email_group WHERE name = %s FOR UPDATE"
HOLD_ADDRESS = """INSERT INTO email_group_member (account_id, group_id, email_address)
    SELECT account_id, group_id, 'held@example.test' FROM email_group WHERE name = %s"""


def in_order(server, group, *calls, hold=HOLD_GROUP):
    """Holds the group's row, or what else they wait for, lets the calls come to it one after another, and then lets go.
    Returns their outcomes."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        holder = psycopg2.connect(server.settings["database"])
        try:
            holder.cursor().execute(hold, (group,))
            outcomes = []
            for count, (operation, parameters) in enumerate(calls, 1):
                outcomes.append(pool.submit(outcome, server, operation, GroupName=group, **parameters))
                wait_for(lambda count=count: waiting(server) == count, 15, f"{count} calls that wait")
            holder.rollback()
            return [each.result() for each in outcomes]
        finally:
            holder.close()


@pytest.fixture(scope="module")
def own(make_module_server):
    """A server where nobody else waits for locks."""
    return make_module_server()


@pytest.fixture
def shared(own):
    name, address = mail.unique("Shared "), mail.address()
    soap.call(own, "AddGroup", GroupName=name)
    soap.call(own, "AddGroupMemberString", GroupName=name, EmailAddress=address, FieldNames="A", FieldValues="1")
    return name, address


def stored(server, group):
    """[(address, its values)] as the database has them."""
    connection = psycopg2.connect(server.settings["database"])
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT email_address, fields FROM email_group JOIN email_group_member USING (account_id, group_id) "
                       "WHERE name = %s ORDER BY member_id", (group,))
        rows = cursor.fetchall()
    connection.close()
    return rows


DELETE_FIELD = ("DeleteGroupField", {"FieldName": "A"})


def test_an_edit_meets_the_deletion_of_its_field(own, shared):
    name, address = shared
    edit = ("Groups_EditMember_ByAddress", {"EmailAddress": address, "FieldName": "A", "NewFieldValue": "2"})
    assert in_order(own, name, DELETE_FIELD, edit) == ["done", "GroupFieldNotFoundException"]
    assert stored(own, name) == [(address, {})]
    soap.call(own, "AddGroupField", GroupName=name, FieldName="A")
    assert in_order(own, name, edit, DELETE_FIELD) == ["done", "done"]
    assert stored(own, name) == [(address, {})]


def test_changes_meet_the_deletion_of_their_group(own, shared):
    name, address = shared
    edit = ("Groups_EditMember_ByAddress", {"EmailAddress": address, "FieldName": "A", "NewFieldValue": "2"})
    calls = [("DeleteGroupByName", {}), edit, DELETE_FIELD, ("AddGroupField", {"FieldName": "B"})]
    assert in_order(own, name, *calls) == ["done"] + ["GroupNotFoundException"] * 3
    assert stored(own, name) == []


@pytest.mark.parametrize("call, refused", [
    (DELETE_FIELD, "GroupFieldNotFoundException"),
    (("AddGroupField", {"FieldName": "B"}), "DuplicateGroupFieldException"),
])
def test_of_two_alike_one_wins(own, shared, call, refused):
    assert in_order(own, shared[0], call, call) == ["done", refused]


def test_a_new_member_meets_the_deletion_of_its_field(own, shared):
    """The member waits for its address when its fields were looked at: they stay until it is stored."""
    name, address = shared
    add = ("AddGroupMemberString", {"EmailAddress": "held@example.test", "FieldNames": "A", "FieldValues": "1"})
    assert in_order(own, name, add, DELETE_FIELD, hold=HOLD_ADDRESS) == ["done", "done"]
    assert stored(own, name) == [(address, {}), ("held@example.test", {})]
