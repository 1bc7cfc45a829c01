"""Hostile requests (hostile.py): a fault for each, little memory and time, nothing stored, and the server goes on as it was."""
import os
import urllib.parse
import xml.etree.ElementTree as ElementTree

import pytest
import requests

import hostile
import mail
import soap
from processes import name_of

FAULTS = ("InvalidRequestException", "UnknownOperationException", "InvalidGroupNameException", "GroupNotFoundException",
          "InvalidLoginException", "InvalidFieldCountException", "InvalidGroupFieldException", "InvalidIPAddressException")
MEMORY = 50 << 20
SECONDS = 0.1  # of processor time: what else the machine does is not the request's
# Sanitizers and memcheck have a memory and a pace of their own.
IS_PRODUCT = "BRACEMAIL_BINARY" not in os.environ


@pytest.fixture(scope="module")
def own(make_module_server):
    return make_module_server(api={"threads": 1})


@pytest.fixture(scope="module")
def api_process(own):
    [pid] = [pid for pid in own.pids() if "api" in (name_of(pid) or "")]
    return pid


def memory(pid, field):
    """Bytes. field: "VmRSS", what it has; "VmHWM", the most it had since memory_forget()."""
    with open(f"/proc/{pid}/status") as status:
        [line] = [line for line in status if line.startswith(field + ":")]
    return int(line.split()[1]) * 1024


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_forget(pid):
    with open(f"/proc/{pid}/clear_refs", "w") as file:
        file.write("5")


def fault_name(answer):
    """The exception's name, of a fault in either version."""
    document = ElementTree.fromstring(answer.content)
    texts = [element.text for element in document.iter()
             if element.tag in ("faultstring", f"{{{hostile.SOAP_12}}}Text")]
    assert len(texts) == 1, answer.text
    return texts[0].partition(":")[0]


WHAT = list(hostile.requests(("", "")))


@pytest.mark.parametrize("what", WHAT, ids=[what.replace(" ", "-")[:40] for what in WHAT])
def test_a_fault_and_nothing_else(own, api_process, what):
    body, content_type = hostile.requests((own.account, own.password))[what]
    memory_forget(api_process)
    before, begun = memory(api_process, "VmRSS"), processor_seconds(api_process)
    answer = requests.post(own.api_url, data=body, timeout=60, headers={"Content-Type": content_type})
    assert answer.status_code in (400, 500), answer.text
    assert fault_name(answer) in FAULTS
    assert "root:" not in answer.text and len(answer.content) < 10_000
    if IS_PRODUCT:
        assert memory(api_process, "VmHWM") - before < MEMORY
        assert processor_seconds(api_process) - begun < SECONDS
    assert soap.call(own, "Groups_GetList_String", RowDelimiter="", ColDelimiter="", TextQualifier="") == ""
    assert own.pids().count(api_process) == 1


def test_values_that_may_be_long(own):
    """Three times what all else of a request may have: the value of a field."""
    group, value = mail.unique("long "), "Größe 😀 " * (3 * hostile.MEGABYTE // 12)
    assert len(value.encode()) > 3 * hostile.MEGABYTE
    soap.call(own, "AddGroup", GroupName=group)
    member = mail.address()
    soap.call(own, "AddGroupMemberString", GroupName=group, EmailAddress=member, FieldNames="Note", FieldValues=f'"{value}"')
    row, = soap.rows(soap.call(own, "Groups_GetMembers_XML", GroupName=group, SortBy="", SortOrder=""))
    assert row["Note"] == value
    soap.call(own, "Groups_EditMember_ByAddress", GroupName=group, EmailAddress=member, FieldName="Note", NewFieldValue=value[3:])
    row, = soap.rows(soap.call(own, "Groups_GetMembers_XML", GroupName=group, SortBy="", SortOrder=""))
    assert row["Note"] == value[3:]
    soap.call(own, "DeleteGroupByName", GroupName=group)
    with pytest.raises(soap.Fault) as fault:
        soap.call(own, "AddGroup", GroupName="x" * 2 * hostile.MEGABYTE)
    assert fault.value.name == "InvalidRequestException" and "1 MiB" in str(fault.value)


@pytest.mark.parametrize("value", [
    b"a%00b", b"a%01b", b"a%FFb", b"%ED%A0%80", b"%EF%BF%BE", b"a%0Ab", b"%", b"%7B", b"x" * 100_000], ids=lambda value: value[:9].decode())
def test_hostile_forms(own, value):
    login = urllib.parse.urlencode({"Username": own.account, "Password": own.password}).encode()
    answer = requests.post(f"{own.api_url}/AddGroup", data=login + b"&GroupName=" + value, timeout=60,
                           headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "text/plain; charset=utf-8")
    assert answer.text.partition(":")[0] in FAULTS


@pytest.mark.parametrize("name", [
    "' OR true; --", "\\'; DROP TABLE email_group; --", "<b>&amp;</b>]]>", "<![CDATA[x]]>", "%s%n%00", "$1", "\u202ename", "a\u0300"])
def test_names_are_names(own, name):
    """What looks like SQL, XML or a format is kept as it came."""
    name += mail.unique(" ")
    number = soap.result_id(soap.call(own, "AddGroup", GroupName=name))
    rows = soap.rows(soap.call(own, "Groups_GetList_XML"))
    assert [(row["GroupID"], row["GroupName"]) for row in rows] == [(str(number), name)]
    assert soap.result_id(soap.call(own, "DeleteGroupByName", GroupName=name)) == number
