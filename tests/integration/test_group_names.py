"""Names of groups that nobody expects: each is found, renamed, listed, filed under and mailed to as it was typed."""
import base64

import pytest

import mail
import soap
from contract import Contract, Refused
from test_campaign import recipients, send_campaign

# What is typed around {}, a word that makes the name unique. Outer white space does not count, and nothing else is special.
NAMES = {
    "in quotes": '"{}"', "begins in quotes": '"{}" list', "a quote within": '{} 5" screens', "apostrophe": "it's {}",
    "mark-up": "<b>{}</b> &amp; ]]>", "statement": "'; DROP TABLE account; -- {}", "separators": "a, {}; c", "merge field": "%%{}%% 100 %",
    "form": "a+b%20{}&c=d", "backslashes": "\\{}\\", "a word of RFC 2047": "=?utf-8?Q?{}?=", "option": "--{}", "star": "*{}",
    "emoji": "👨‍👩‍👧 {}", "right to left": "קבוצה {}", "override": "\u202e{}\u202c", "separator of lines": "a\u2028{}",
    "outer blanks": "  {}  ", "no-break spaces": "\u00a0{}\u00a0", "ideographic spaces": "\u3000{} b\u3000", "two blanks": "a  {}",
    "as long as can be": "{}" + "😀" * (255 - 17),
}
KINDS = {
    "email": ("AddGroup", "Groups_Rename", "Groups_GetList_XML", "DeleteGroupByName"),
    "transactional": ("AddTransactionalGroup", "TransactionalGroups_Rename", "TransactionalGroups_GetList_XML", "DeleteTransactionalGroup"),
}


@pytest.fixture(scope="module")
def contract(server):
    return Contract(server)


@pytest.fixture(params=NAMES.values(), ids=NAMES)
def name(request):
    return request.param.replace("{}", mail.unique())


@pytest.mark.parametrize("binding, kind", [("soap11", "email"), ("form", "transactional")])
def test_life(server, contract, name, binding, kind):
    def call(operation, **parameters):
        return contract.call(binding, operation, Username=server.account, Password=server.password, **parameters)
    add, rename, list_all, delete = KINDS[kind]
    number, other = call(add, GroupName=name).text, mail.unique()
    assert call(rename, OldGroupName=name, NewGroupName=other).text == number
    assert call(rename, OldGroupName=other, NewGroupName=name).text == number
    listed = {row["GroupID"]: row["GroupName"] for row in soap.rows(soap.call(server, list_all))}
    assert listed[str(soap.result_id(number))] == name.strip()
    assert call(delete, GroupName=name).text == number


def encoded(text):
    """Encoded words, a line each."""
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(text[at:at + 10].encode()).decode()}?=" for at in range(0, len(text), 10))


def test_filed_by_subject(server, name):
    recipient, later = mail.address(), mail.address()
    mail.send(server, mail.build(encoded(f"News {{{name}}}"), to=recipient), recipient)
    row = soap.delivery(server, recipient, "Delivered")
    assert (row["Subject"], row["GroupName"]) == ("News", name.strip())
    assert soap.deliveries(server, recipient, group=name) == [row]
    # After a renaming, who still writes the old name makes a new group.
    renamed = mail.unique()
    soap.call(server, "TransactionalGroups_Rename", OldGroupName=name, NewGroupName=renamed)
    mail.send(server, mail.build(encoded(f"News {{{name}}}"), to=later), later)
    assert [soap.delivery(server, each)["GroupName"] for each in (recipient, later)] == [renamed, name.strip()]


def test_what_no_call_could_say_is_no_name(server):
    """XML, so the API, has no U+FFFE."""
    recipient = mail.address()
    mail.send(server, mail.build(encoded("News {a\ufffeb}"), to=recipient), recipient)
    row = soap.delivery(server, recipient)
    assert row["GroupName"] == "Default Transactional Group" and "control characters" in row["Note"]


@pytest.mark.parametrize("binding", ["soap11", "form"])
@pytest.mark.parametrize("length", [255, 10000])
def test_a_fault_shows_whole_characters(server, contract, binding, length):
    with pytest.raises(Refused) as refused:
        contract.call(binding, "DeleteGroupByName", Username=server.account, Password=server.password, GroupName="😀" * length)
    assert str(refused.value) == 'GroupNotFoundException: There is no group named "%s".' % ("😀" * 255)
    with pytest.raises(Refused) as refused:
        contract.call(binding, "SMTPRelay_AddIP", Username=server.account, Password=server.password, IPAddress="a" + "😀" * length)
    assert str(refused.value).partition(": ")[2] == '"a%s" is no IP address, and no network.' % ("😀" * 19)


def test_mailed_to(server, name):
    """In ToGroups only what holds a separator, or is in quotes as a whole, must be put in quotes."""
    quoted = '"' + name.strip().replace('"', '""') + '"'
    must_be_quoted = "," in name or ";" in name or name == f'"{name[1:-1]}"'
    member, word = mail.address(), mail.unique()
    soap.call(server, "AddGroup", GroupName=name)
    soap.call(server, "AddGroupMemberString", GroupName=name, EmailAddress=member, FieldNames="", FieldValues="")
    # What a careless reader would take the quotes' inside for.
    decoy = name.split('"')[1] if name.startswith('"') else mail.unique()
    soap.call(server, "AddGroup", GroupName=decoy)
    soap.call(server, "AddGroupMemberString", GroupName=decoy, EmailAddress=mail.address(), FieldNames="", FieldValues="")
    for to_groups in [quoted] if must_be_quoted else [quoted, name, f"{name};{quoted}"]:
        job_id = send_campaign(server, ToGroups=to_groups, Subject=word)
        assert recipients(server, job_id) == [member]
