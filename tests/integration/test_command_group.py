"""bracemail group: e-mail groups and transactional groups, as the API sees them."""
import mail
import pytest
import soap
from commands import DONE, FAILED, USAGE, document, done, on_terminal, refused

DEFAULT = "Default Transactional Group"


@pytest.fixture(scope="module")
def relay(server):
    return server


def group(relay, action, *arguments):
    return (relay, "group", action, *arguments, "--account", relay.account)


def made(relay, *members, kind="email"):
    """A new group's name. members: (address, first name)."""
    name = mail.unique("Gruppe Ü ")
    done(*group(relay, "add", name, "--kind", kind))
    for address, first in members:
        soap.call(relay, "AddGroupMemberString", GroupName=name, EmailAddress=address, FieldNames="First", FieldValues=first)
    return name


def listed(relay, *arguments):
    return {each["name"]: each for each in document(*group(relay, "list", *arguments))["groups"]}


def test_what_is_made_is_the_apis(relay):
    name, stream = mail.unique("Group "), mail.unique("Stream ")
    number = int(done(*group(relay, "add", f"  {name} ")))
    assert f">{name}<" in "".join(f">{row['GroupName']}<" for row in soap.rows(soap.call(relay, "Groups_GetList_XML")))
    made_stream = document(*group(relay, "add", stream, "--kind", "transactional"))
    assert made_stream == {"action": "add", "kind": "transactional",
                           "id": soap.result_id(soap.call(relay, "GetTransactionalGroupID", GroupName=stream))}
    assert soap.result_id(soap.call(relay, "DeleteGroupByName", GroupName=name)) == number


def test_list_counts_members_and_messages(relay):
    name = made(relay, (mail.address(), "Ann"), (mail.address(), "Bob"))
    stream, address = made(relay, kind="transactional"), mail.address()
    mail.send(relay, mail.build(f"Hello {{{stream.upper()}}}"), address)
    found = listed(relay)
    assert found[name] == {"kind": "email", "id": found[name]["id"], "name": name, "members": 2}
    sent = found[stream]
    assert sent.pop("last_message_at").startswith("20")
    assert sent == {"kind": "transactional", "id": sent["id"], "name": stream, "default": False, "messages": 1, "waiting": sent["waiting"]}
    assert found[DEFAULT]["default"] is True
    assert name not in listed(relay, "--kind", "transactional") and stream not in listed(relay, "--kind", "email")
    lines = done(*group(relay, "list")).splitlines()
    assert lines[0].split() == ["ID", "KIND", "MEMBERS", "MESSAGES", "NAME"]
    assert [line.split(None, 3)[1:] for line in lines if line.endswith(name)] == [["email", "2", name]]


def test_show(relay):
    name = made(relay, (mail.address(), "Ann"))
    shown = document(*group(relay, "show", name.upper()))
    assert (shown["name"], shown["fields"], shown["members"]) == (name, ["First"], 1)
    assert done(*group(relay, "show", name)).splitlines()[1:] == ["members: 1", "fields: First"]
    assert done(*group(relay, "show", DEFAULT.lower())).startswith("transactional group ")


def test_rename(relay):
    name, other = made(relay), made(relay)
    done(*group(relay, "rename", name, name.upper()))
    assert name.upper() in listed(relay)
    assert f'"{other.upper()}" already' in refused(*group(relay, "rename", name, other.upper()))
    new = mail.unique("Neu ")
    renamed = document(*group(relay, "rename", name, new))
    assert renamed == {"action": "rename", "kind": "email", "id": listed(relay)[new]["id"]}
    stream = made(relay, kind="transactional")
    done(*group(relay, "rename", stream, mail.unique("Strom ")))
    assert stream not in listed(relay)


def test_one_name_for_both_kinds(relay):
    name = made(relay)
    done(*group(relay, "add", name.upper(), "--kind", "transactional"))
    assert "--kind email or transactional" in refused(*group(relay, "show", name))
    assert document(*group(relay, "show", name, "--kind", "transactional"))["kind"] == "transactional"
    done(*group(relay, "delete", name, "--kind", "transactional", "--yes"))
    assert document(*group(relay, "show", name))["kind"] == "email"


def test_delete_asks_on_a_terminal(relay):
    name = made(relay, (mail.address(), "Ann"))
    assert "--yes" in refused(*group(relay, "delete", name), code=USAGE)
    code, said = on_terminal(*group(relay, "delete", name), answer="n\n")
    assert code == FAILED and f'delete the e-mail group "{name}" and its members? [y/N]' in said and "nothing was changed" in said
    code, said = on_terminal(*group(relay, "delete", name), answer="y\n")
    assert code == DONE and name not in listed(relay)


@pytest.mark.parametrize("arguments, said", [
    (["add", "a{b"], '"a{b" cannot be a group\'s name: it has a brace'),
    (["add", " "], "is empty"),
    (["add", DEFAULT.upper(), "--kind", "transactional"], f'no group can be named "{DEFAULT}"'),
    (["rename", DEFAULT, "other"], "cannot be renamed"),
    (["delete", DEFAULT, "--yes"], "cannot be deleted"),
    (["show", "nothing"], 'no group named "nothing"; bracemail group list'),
    (["show", "nothing", "--kind", "email"], 'no e-mail group named "nothing"'),
    (["import", "nothing", "x.csv"], 'no e-mail group named "nothing"'),
    (["export", DEFAULT], f'no e-mail group named "{DEFAULT}"'),
])
def test_refused(relay, arguments, said):
    assert said in refused(*group(relay, *arguments))


@pytest.mark.parametrize("arguments, said", [
    (["list"], "--account"),
    (["list", "--account", "demo", "--kind", "bounce"], 'not "bounce"'),
    (["import", "x", "y", "--account", "demo", "--kind", "transactional"], "has no members"),
    (["export", "x", "--account", "demo", "--json"], "CSV, not JSON"),
])
def test_wrong_usage(relay, arguments, said):
    assert said in refused(relay, "group", *arguments, code=USAGE)


def test_an_account_that_is_not_there(relay):
    assert 'no account "nobody"' in refused(relay, "group", "list", "--account", "nobody")


MEMBERS = 'First,EMAILADDRESS,Größe\n"Ann, ""A""",a@b.test,🙂\n\n  Bob , c@d.test ,\n'


def test_import_and_export(relay, tmp_path):
    name, file = made(relay), tmp_path / "members.csv"
    file.write_text("\ufeff" + MEMBERS.replace("\n", "\r\n"))
    assert done(*group(relay, "import", name, str(file))) == "2 rows imported\n"
    assert soap.rows(soap.call(relay, "Groups_GetMembers_XML", GroupName=name)) == [
        {"emailaddress": "a@b.test", "First": 'Ann, "A"', "Größe": "🙂"},
        {"emailaddress": "c@d.test", "First": "  Bob ", "Größe": ""}]
    exported = done(*group(relay, "export", name.upper()))
    assert exported == 'EmailAddress,First,Größe\na@b.test,"Ann, ""A""",🙂\nc@d.test,"  Bob ",\n'
    again = made(relay)
    assert document(*group(relay, "import", again, "-"), input=exported)["rows"] == 2
    assert done(*group(relay, "export", again)) == exported


def test_who_is_a_member_gets_the_new_values(relay):
    name = made(relay, ("A@b.test", "old"))
    done(*group(relay, "import", name, "-"), input="Email,first\na@b.test,new\nx@y.test,2\n")
    assert done(*group(relay, "export", name)) == "EmailAddress,First\nA@b.test,new\nx@y.test,2\n"


@pytest.mark.parametrize("text, said", [
    ("", "is empty"),
    ("EmailAddress\n", "no row to import"),
    ("a@b.test\nc@d.test\n", "the first row is to name the columns"),
    ("EmailAddress,First,FIRST\na@b.test,1,2\n", '"FIRST" is given twice'),
    ("EmailAddress,First\nnoaddress,1\na@b.test\n", 'Row 2: "noaddress" is no e-mail address: it has no @; row 3: there are 1 columns'),
    ('EmailAddress,First\na@b.test,"1\n', "row 2"),
    ("EmailAddress,First\na@b.test,\x01\n", "control characters"),
    ("Email\n" + "x\n" * 500, "row 11: "),
])
def test_what_cannot_be_imported(relay, text, said):
    name = made(relay)
    told = refused(*group(relay, "import", name, "-"), input=text)
    assert said.lower() in told.lower()
    assert document(*group(relay, "show", name)) == {**listed(relay)[name], "fields": []}


def test_a_file_that_is_not_there(relay, tmp_path):
    assert "No such file" in refused(*group(relay, "import", made(relay), str(tmp_path / "none.csv")))


def test_a_bar_on_a_terminal_alone(relay, tmp_path):
    name, file = made(relay), tmp_path / "members.csv"
    file.write_text("EmailAddress\n" + "".join(f"a{number}@b.test\n" for number in range(5000)))
    code, said = on_terminal(*group(relay, "import", name, str(file)))
    assert code == DONE and "importing [" in said and "] 100 %" in said and said.endswith("\x1b[K")
    assert document(*group(relay, "show", name))["members"] == 5000


def test_other_accounts_groups_are_not_seen(relay):
    relay.add_account("stranger-of-groups", "a pass word of its own")
    name = made(relay)
    assert "no group named" in refused(relay, "group", "show", name, "--account", "stranger-of-groups")
    assert name not in done(relay, "group", "list", "--account", "stranger-of-groups")
