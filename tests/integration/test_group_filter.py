"""ToGroupFilter of SendMassEmail and its sisters: who of the groups is mailed."""
import pytest

import mail
import soap
from test_api import id_of
from test_campaign import recipients, send_campaign

MEMBERS = [("ann", "Dayton", "29", "Lee"), ("bob", "dayton", "31", "O'Neil"), ("cid", "Köln", "-4.5", "a%b"),
           ("dot", "", "old", ""), ("eve", None, None, None)]


@pytest.fixture(scope="module")
def group(server):
    name = mail.unique()
    soap.call(server, "AddGroup", GroupName=name)
    for address, *values in MEMBERS:
        given = {field: value for field, value in zip(("City", "Age", "Last Name"), values) if value is not None}
        soap.call(server, "AddGroupMemberString", GroupName=name, EmailAddress=f"{address}@{name}.test",
                  FieldNames=",".join(given), FieldValues=",".join(f'"{value}"' for value in given.values()))
    return name


def mailed(server, group, condition, **parameters):
    job = send_campaign(server, ToGroups=group, ToGroupFilter=condition, **parameters)
    return [address.partition("@")[0] for address in recipients(server, job)]


@pytest.mark.parametrize("condition, names", [
    ("", "ann bob cid dot eve"), ("City = 'DAYTON'", "ann bob"), ("city <> 'dayton'", "cid dot eve"),
    ("CITY = 'KÖLN'", "cid"), ("City IS NULL", "dot eve"), ("City is not null", "ann bob cid"), ("City = ''", "dot eve"),
    ("Age >= 30", "bob"), ("Age < 30", "ann cid"), ("Age = -4.50", "cid"), ("Age != 31", "ann cid"),
    ("[Last Name] = 'O''Neil'", "bob"), ("[Last Name] LIKE '%e%'", "ann bob"), ('"last name" = \'a%b\'', "cid"),
    ("[Last Name] LIKE 'a_b'", "cid"), ("City > 'E'", "bob cid"), ("City IN ('Dayton', 'Köln') AND NOT Age > 0", "cid"),
    ("City = 'Dayton' AND (Age < 30 OR [Last Name] LIKE 'o%')", "ann bob"), ("EmailAddress LIKE 'e%'", "eve"),
    ("City = 'Köln' OR City = 'Dayton' AND Age = 29", "ann cid"), ("City NOT LIKE '%.*%'", "ann bob cid dot eve")])
def test_who_is_mailed(server, group, condition, names):
    assert mailed(server, group, condition) == names.split()


def test_addresses_of_to_other_are_not_filtered(server, group):
    other = mail.address()
    assert mailed(server, group, "Age > 1000", ToOther=other) == [other.partition("@")[0]]


def test_the_other_operations(server, group):
    job = send_campaign(server, ToOther=mail.address())
    to = {"ToGroups": group, "ToGroupFilter": "Age = 31", "ToOther": "", "ToWebDatabase": ""}
    made = [soap.call(server, "SendMassEmailPrevious", JobID=job, **to),
            soap.call(server, "SendMassEmailPrevious2", JobID=job, Options="", **to),
            soap.call(server, "SendMassEmailRaw", FromEmail=mail.SENDER, FromName="", Subject="", RawMessage="x", Boundary="",
                      Options="", **to)]
    for answer in made:
        assert recipients(server, id_of(answer)) == [f"bob@{group}.test"]


@pytest.mark.parametrize("condition", [
    "City", "City = x", "Nothing = 'x'", "City = 'x'); DELETE FROM account; --", "1 = 1", "City = 'x' OR", "(" * 51])
def test_what_is_no_condition(server, group, condition):
    with pytest.raises(soap.Fault) as fault:
        mailed(server, group, condition)
    assert fault.value.name == "InvalidGroupFilterException"


@pytest.mark.parametrize("condition", [
    "City = '\" flag \"x'", "City LIKE '[(*+?{\\'", "City = '\\d'", "City = '🙂'", "City IN ('$.a', '@', '.**')", "City > '\"'"])
def test_what_looks_like_a_path_is_text(server, group, condition):
    """Nobody has it; were it more than text, the database would refuse it."""
    assert set(mailed(server, group, condition, ToOther="x@y.test")) <= {"x", "ann", "bob", "cid"}


def test_nobody(server, group):
    with pytest.raises(soap.Fault) as fault:
        mailed(server, group, "Age > 1000")
    assert fault.value.name == "NoRecipientsException"
