"""The API's fields of groups and values of members: each operation in each binding through zeep."""
import pytest

import mail
from test_api import api, group, id_of, stranger, zeep_client  # noqa: F401

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
