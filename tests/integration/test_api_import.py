"""ImportGroupMembersFromData and ImportGroupMembersFromFile: in each binding, every way to write rows, and what meets them."""
import concurrent.futures
import os
import pathlib
import time

import psycopg2
import pytest

import mail
import soap
from locks import waiting
from test_api import BINDINGS, Api, api, group, id_of, stranger, zeep_client  # noqa: F401
from wait import wait_for

COMMA = {"ColumnDelimiter": ",", "RowDelimiter": "\n", "TextQualifier": '"'}
NAMES = "EmailAddress,First,Größe"


def load(api, group, data, names=NAMES, **format):
    return api("ImportGroupMembersFromData", GroupName=group, FieldNames=names, ImportData=data, **{**COMMA, **format})


def refused(api, group, data, names=NAMES, **format):
    with pytest.raises(Api.Error) as raised:
        load(api, group, data, names, **format)
    return raised.value


def members(api, group):
    return api.rows("Groups_GetMembers_XML", GroupName=group)


def test_rows_become_members(api, group):
    number = id_of(load(api, group.lower(), 'a@b.test,"Ann, ""A""",🙂 <&>\n\n c@d.test ,,\n'))
    assert members(api, group) == [
        {"emailaddress": "a@b.test", "First": 'Ann, "A"', "Größe": "🙂 <&>"},
        {"emailaddress": "c@d.test", "First": "", "Größe": ""}]
    assert number > 0 and number == id_of(load(api, group, "x@y.test,1,2"))
    assert api("GetGroupMemberCount", GroupName=group) == 3


def test_who_is_a_member_gets_the_new_values(api, group):
    api("AddGroupMemberString", GroupName=group, EmailAddress="A@b.test", FieldNames="first,Other", FieldValues="old,kept")
    id_of(load(api, group, "a@B.test,new,1\nc@d.test,x,1\nC@D.test,y,2"))
    assert members(api, group) == [
        {"emailaddress": "A@b.test", "first": "new", "Other": "kept", "Größe": "1"},
        {"emailaddress": "C@D.test", "first": "y", "Other": "", "Größe": "2"}]


@pytest.mark.parametrize("names, row", [
    ("First,EMAILADDRESS,Last", "Ann,a@b.test,Lee"), ("First,email,Last", "Ann,a@b.test,Lee"),
    ("First,Last", "a@b.test,Ann,Lee"), ('"First",Last,EmailAddress', "Ann,Lee,a@b.test")])
def test_the_column_of_the_address(api, group, names, row):
    id_of(load(api, group, row, names))
    assert members(api, group) == [{"emailaddress": "a@b.test", "First": "Ann", "Last": "Lee"}]


@pytest.mark.parametrize("data, format", [
    ("a@b.test\t1\r\nc@d.test\t2\r\n", {"ColumnDelimiter": "\t", "RowDelimiter": "\r\n"}),
    ("a@b.test,1\rc@d.test,2", {"ColumnDelimiter": "", "RowDelimiter": "", "TextQualifier": ""}),
    ("'a@b.test'|'1';c@d.test|2;", {"ColumnDelimiter": "|", "RowDelimiter": ";", "TextQualifier": "'"}),
    ("a@b.test~~1@@c@d.test~~2@@", {"ColumnDelimiter": "~~", "RowDelimiter": "@@"})])
def test_delimiters(api, group, data, format):
    id_of(load(api, group, data, "EmailAddress,N", **format))
    assert members(api, group) == [{"emailaddress": "a@b.test", "N": "1"}, {"emailaddress": "c@d.test", "N": "2"}]


def test_bad_rows_are_told_and_nothing_is_imported(api, group):
    data = "a@b.test,1,2\nnoaddress,1,2\nc@d.test,1\n\ne@f.test,1,2,3\n"
    error = refused(api, group, data)
    assert error.name == "InvalidEmailAddressException"
    text = str(error).rstrip()
    assert 'Row 2: "noaddress" is no e-mail address: it has no @' in text and "row 3: there are 2 columns, not 3" in text
    assert "row 5: there are 4 columns, not 3" in text and text.endswith("Nothing was imported.")
    error = refused(api, group, "x\n" * 1000)
    assert error.name == "InvalidFieldCountException" and "row 10: " in str(error) and "; and 990 more" in str(error)
    assert members(api, group) == [] and api("GetGroupFieldList", GroupName=group) == "0\nSUCCESS\n"


@pytest.mark.parametrize("name, data, names, format", [
    ("InvalidImportDataException", 'a@b.test,"x,1\n', NAMES, {}),
    ("InvalidImportDataException", "", NAMES, {}),
    ("InvalidImportDataException", "a@b.test", NAMES, {"ColumnDelimiter": '"'}),
    ("InvalidImportDataException", "a@b.test", NAMES, {"ColumnDelimiter": "|", "RowDelimiter": "|"}),
    ("InvalidGroupFieldException", "a@b.test,1,2", "EmailAddress,,x", {}),
    ("DuplicateGroupFieldException", "a@b.test,1,2", "EmailAddress,x,X", {}),
    ("DuplicateGroupFieldException", "a@b.test,1,2", "EmailAddress,ÄX,äx", {}),
    ("DuplicateGroupFieldException", "a@b.test,1,2", "EmailAddress,emailaddress,x", {})])
def test_what_is_refused(api, group, name, data, names, format):
    assert refused(api, group, data, names, **format).name == name
    assert members(api, group) == [] and api("GetGroupFieldList", GroupName=group) == "0\nSUCCESS\n"


def test_groups_of_others(api, group, stranger):
    for name in (group, mail.unique(), ""):
        assert refused(stranger, name, "a@b.test,1,2").name == "GroupNotFoundException"
    assert members(api, group) == []


def test_hostile_values_are_values(api, group):
    hostile = "'); DROP TABLE email_group_member; --{}[]\\u0000 %%x%% \\"
    id_of(load(api, group, f"a@b.test,{hostile},\\N"))
    assert members(api, group) == [{"emailaddress": "a@b.test", "First": hostile, "Größe": "\\N"}]


def test_a_hundred_thousand_rows(server, zeep_client):
    """Members come in order of the rows; a campaign goes out in it."""
    api, name = Api(zeep_client, "form", server.account, server.password), mail.unique()
    api("AddGroup", GroupName=name)
    data = "".join(f"m{number}@many.test,{number},x\n" for number in range(100_000))
    begun = time.monotonic()
    answer = api("ImportGroupMembersFromData", GroupName=name, FieldNames="EmailAddress,Number,Größe", ImportData=data, **COMMA)
    print(f"100,000 rows in {time.monotonic() - begun:.1f} s")
    assert id_of(answer) > 0
    assert api("GetGroupMemberCount", GroupName=name) == 100_000
    text = api("Groups_GetMembers_String", GroupName=name, RowDelimiter="\n", ColDelimiter=",", TextQualifier="")
    assert text.split("\n")[:3] == ["m0@many.test,0,x", "m1@many.test,1,x", "m2@many.test,2,x"]
    api("DeleteGroupByName", GroupName=name)


@pytest.fixture
def busy(server):
    """A connection that holds what keeps an import from its end: another transaction's member."""
    connection = psycopg2.connect(server.settings["database"])
    yield connection
    connection.close()


@pytest.mark.parametrize("deletion, parameters", [("DeleteGroupByName", {}), ("Groups_Rename", {"NewGroupName": "new "})])
def test_a_change_of_the_group_meets_an_import(server, zeep_client, busy, deletion, parameters):
    """The import began first: the change waits for it, and then is made, whole."""
    api, name = Api(zeep_client, "soap11", server.account, server.password), mail.unique()
    number = id_of(api("AddGroup", GroupName=name))
    with busy.cursor() as cursor, concurrent.futures.ThreadPoolExecutor() as threads:
        cursor.execute("INSERT INTO email_group_member (account_id, group_id, email_address) "
                       "SELECT account_id, group_id, 'a@b.test' FROM email_group WHERE group_id = %s", (number,))
        loading = threads.submit(load, Api(zeep_client, "form", server.account, server.password), name,
                                 "x@y.test,1,2\na@b.test,1,2")
        wait_for(lambda: waiting(server) == 1, what="the import waits for the other's member")
        if deletion == "Groups_Rename":
            parameters, names = {"OldGroupName": name, "NewGroupName": "new " + name}, "new " + name
        else:
            parameters, names = {"GroupName": name}, None
        changing = threads.submit(api, deletion, **parameters)
        wait_for(lambda: waiting(server) == 2, what="the change waits for the import")
        busy.commit()
        assert id_of(loading.result()) == id_of(changing.result()) == number
    if names:
        assert api("GetGroupMemberCount", GroupName=names) == 2
    else:
        assert api.error("GetGroupMemberCount", GroupName=name) == "GroupNotFoundException"


def test_a_group_that_is_deleted_before_the_import_begins(server, zeep_client, busy):
    api, name = Api(zeep_client, "soap11", server.account, server.password), mail.unique()
    number = id_of(api("AddGroup", GroupName=name))
    with busy.cursor() as cursor, concurrent.futures.ThreadPoolExecutor() as threads:
        cursor.execute("DELETE FROM email_group WHERE group_id = %s", (number,))
        loading = threads.submit(refused, api, name, "x@y.test,1,2")
        wait_for(lambda: waiting(server) == 1, what="the import waits for the deletion")
        busy.commit()
        assert loading.result().name == "GroupNotFoundException"


# From files

@pytest.fixture(scope="module")
def filed(make_module_server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("import")
    return make_module_server(api={"import_folder": str(folder)}), folder


@pytest.fixture(scope="module")
def filed_client(filed):
    import zeep
    return zeep.Client(filed[0].api_url + "?WSDL")


@pytest.fixture(params=BINDINGS)
def from_file(filed, filed_client, request):
    """Calls the operation; folder: where the account's files are."""
    server, folder = filed
    binding = Api(filed_client, request.param, server.account, server.password)
    name = mail.unique()
    binding("AddGroup", GroupName=name)

    def call(file, names="EmailAddress,First"):
        return binding("ImportGroupMembersFromFile", GroupName=name, FieldNames=names, FileName=file, **COMMA)
    call.api, call.group = binding, name
    call.folder = pathlib.Path(folder) / str(id_of(binding("AuthenticateUser")))
    call.folder.mkdir(exist_ok=True)
    return call


def error_of(from_file, file):
    with pytest.raises(Api.Error) as raised:
        from_file(file)
    return raised.value.name


def test_a_file_is_imported(from_file):
    (from_file.folder / "list.csv").write_bytes("\ufeffa@b.test,Größe\r\nc@d.test,2\r\n".encode())
    id_of(from_file(" list.csv "))
    assert members(from_file.api, from_file.group) == [
        {"emailaddress": "a@b.test", "First": "Größe"}, {"emailaddress": "c@d.test", "First": "2"}]


def test_files_that_are_not_read(from_file):
    secret = from_file.folder.parent / "secret.csv"
    secret.write_text("a@b.test,1\n")
    (from_file.folder / ".hidden").write_text("a@b.test,1\n")
    (from_file.folder / "folder").mkdir(exist_ok=True)
    link, pipe = from_file.folder / "link.csv", from_file.folder / "pipe"
    if not link.is_symlink():
        link.symlink_to(secret)
        os.mkfifo(pipe)
    for name in ("", "nothing.csv", "../secret.csv", str(secret), ".hidden", ".", "..", "folder", "link.csv", "pipe"):
        assert error_of(from_file, name) == "FileNotFoundException", name
    for content in (b"a@b.test,\xff\n", b"a@b.test,\x00\n", b"a@b.test,\x01\n"):
        (from_file.folder / "broken.csv").write_bytes(content)
        assert error_of(from_file, "broken.csv") == "InvalidCharacterSetException"
    with open(from_file.folder / "big.csv", "wb") as big:
        big.truncate((64 << 20) + 1)
    assert error_of(from_file, "big.csv") == "InvalidImportDataException"
    assert members(from_file.api, from_file.group) == []


def test_without_a_folder(api, group):
    assert api.error("ImportGroupMembersFromFile", GroupName=group, FieldNames="", FileName="x", **COMMA) == "NotSupportedException"


def test_files_of_another_account(from_file, filed, filed_client):
    (from_file.folder / "mine.csv").write_text("a@b.test,1\n")
    server, _ = filed
    name, group_name = mail.unique("other"), mail.unique()
    server.add_account(name, "a pass word")
    other = Api(filed_client, from_file.api.binding, name, "a pass word")
    other("AddGroup", GroupName=group_name)
    assert other.error("ImportGroupMembersFromFile", GroupName=group_name, FieldNames="EmailAddress,First",
                       FileName="mine.csv", **COMMA) == "FileNotFoundException"
    assert soap.call(server, "AuthenticateUser").startswith("0\nSUCCESS\n")
