"""The API: each operation in each binding through zeep, its exceptions, and the bytes that plain HTTP clients match."""
import re
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree

import psycopg2
import pytest
import requests
import zeep
import zeep.exceptions

import mail

BINDINGS = {"soap11": "JangoMailSoap", "soap12": "JangoMailSoap12", "form": "JangoMailHttpPost"}
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
NAMESPACE = "http://api.jangomail.com/"
DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\r\n'


class Api:
    """One binding of the service. Arrays are given as lists; an exception is raised as Error in every binding."""

    class Error(Exception):
        def __init__(self, text):
            super().__init__(text)
            self.name = text.partition(":")[0]

    def __init__(self, client, binding, username, password):
        self.binding = binding
        self._client = client
        self._service = client.bind("JangoMail", BINDINGS[binding])
        self._login = {"Username": username, "Password": password}

    def __call__(self, operation, **parameters):
        if self.binding == "form":
            arrays = {name: value[0] for name, value in parameters.items() if isinstance(value, list)}
        else:
            arrays = {name: {"string": value} for name, value in parameters.items() if isinstance(value, list)}
        try:
            return getattr(self._service, operation)(**{**self._login, **parameters, **arrays})
        except zeep.exceptions.Fault as fault:
            text = fault.message
            raise Api.Error(text.decode() if isinstance(text, bytes) else text) from None

    def rows(self, operation, **parameters):
        """The rows of an XML report as dictionaries."""
        document = self._document(operation, parameters) if self.binding == "form" else self(operation, **parameters)
        return [{column.tag: column.text or "" for column in row} for row in document]

    def _document(self, operation, parameters):
        """The WSDL does not say what a document is in the form binding, as .NET's do not, and zeep then reads none."""
        url = self._client.wsdl.services["JangoMail"].ports[BINDINGS["soap11"]].binding_options["address"]
        answer = requests.post(f"{url}/{operation}", data={**self._login, **parameters}, timeout=60)
        assert answer.status_code == 200, answer.text
        return ElementTree.fromstring(answer.content)

    def error(self, operation, **parameters):
        with pytest.raises(Api.Error) as raised:
            self(operation, **parameters)
        return raised.value.name


def id_of(text):
    status, word, number = text.split("\n")
    assert (status, word) == ("0", "SUCCESS")
    return int(number)


@pytest.fixture(scope="session")
def zeep_client(server):
    return zeep.Client(server.api_url + "?WSDL")


@pytest.fixture(params=BINDINGS)
def api(server, zeep_client, request):
    return Api(zeep_client, request.param, server.account, server.password)


@pytest.fixture
def group(api):
    name = mail.unique("Grüße ")
    api("AddGroup", GroupName=name)
    return name


@pytest.fixture
def stranger(api, server, zeep_client):
    """Another account, in the same binding."""
    name = mail.unique("stranger")
    server.add_account(name, "another pass word")
    return Api(zeep_client, api.binding, name, "another pass word")


def post(server, operation, **fields):
    """A form as any HTTP client posts it."""
    login = {"Username": server.account, "Password": server.password}
    return requests.post(f"{server.api_url}/{operation}", data={**login, **fields}, timeout=60)


def envelope(server, body, soap=SOAP_11, content_type="text/xml; charset=utf-8", **headers):
    text = f'<s:Envelope xmlns:s="{soap}"><s:Body>{body}</s:Body></s:Envelope>'
    return requests.post(server.api_url, data=text.encode(), timeout=60,
                         headers={"Content-Type": content_type, **headers})


# Every operation, in every binding

def test_authenticate_user(api, server):
    assert id_of(api("AuthenticateUser")) > 0
    api._login["Username"] = server.account.upper()
    assert id_of(api("AuthenticateUser")) > 0


def test_life_of_a_group(api):
    name, other = mail.unique("List "), mail.unique("Other ")
    number = id_of(api("AddGroup", GroupName=f"  {name} "))
    assert api.error("AddGroup", GroupName=name.upper()) == "DuplicateGroupNameException"
    assert id_of(api("Groups_Rename", OldGroupName=name, NewGroupName=name.upper())) == number
    id_of(api("AddGroup", GroupName=other))
    assert api.error("Groups_Rename", OldGroupName=name, NewGroupName=other) == "DuplicateGroupNameException"
    assert api.error("Groups_Rename", OldGroupName=mail.unique(), NewGroupName="x") == "GroupNotFoundException"
    assert {"GroupID": str(number), "GroupName": name.upper(), "MemberCount": "0"} in api.rows("Groups_GetList_XML")
    listed = api("Groups_GetList_String", RowDelimiter="\n", ColDelimiter="|", TextQualifier="'")
    assert f"'{number}'|'{name.upper()}'|'0'" in listed.split("\n")
    assert id_of(api("DeleteGroupByName", GroupName=name)) == number
    assert api.error("DeleteGroupByName", GroupName=name) == "GroupNotFoundException"


def test_group_deleted_by_id(api, stranger):
    name, kept = mail.unique("Gone "), mail.unique("Kept ")
    number, other = id_of(api("AddGroup", GroupName=name)), id_of(api("AddGroup", GroupName=kept))
    api("AddGroupMemberString", GroupName=name, EmailAddress=mail.address(), FieldNames="A", FieldValues="1")
    for wrong in (0, -1, 2147483647):
        assert api.error("DeleteGroupByID", GroupID=wrong) == "GroupNotFoundException"
    assert stranger.error("DeleteGroupByID", GroupID=number) == "GroupNotFoundException"
    assert id_of(api("DeleteGroupByID", GroupID=number)) == number
    assert api.error("DeleteGroupByID", GroupID=number) == "GroupNotFoundException"
    assert api.error("GetGroupMemberCount", GroupName=name) == "GroupNotFoundException"
    assert id_of(api("DeleteGroupByName", GroupName=kept)) == other


@pytest.mark.parametrize("name", ["", "   ", "a{b", "a}b", "a\tb", "x" * 256])
def test_group_names_that_are_none(api, name):
    assert api.error("AddGroup", GroupName=name) == "InvalidGroupNameException"
    assert api.error("AddTransactionalGroup", GroupName=name) == "InvalidGroupNameException"


def test_members(api, group):
    ann, bob = mail.address("Ann"), mail.address()
    id_of(api("AddGroupMemberString", GroupName=group, EmailAddress=ann, FieldNames='First,"City, State"',
              FieldValues='Ann,"Bern, ""BE"""'))
    number = id_of(api("AddGroupMember", GroupName=group, EmailAddress=bob, FieldNames=["FIRST"],
                       FieldValues=["Böb <b>"]))
    assert api("GetGroupMemberCount", GroupName=group) == 2
    assert api("IsMemberInGroup", GroupName=group, EmailAddress=ann.upper()) is True
    assert api("IsMemberInGroup", GroupName=group, EmailAddress=mail.address()) is False
    rows = api("Groups_GetMembers_String", GroupName=group, RowDelimiter="n", ColDelimiter="t", TextQualifier="")
    assert rows.split("\n") == [f'{ann}\tAnn\tBern, "BE"', f"{bob}\tBöb <b>\t"]
    assert id_of(api("DeleteGroupMember", GroupName=group, EmailAddress=bob.upper())) == number
    assert api.error("DeleteGroupMember", GroupName=group, EmailAddress=bob) == "GroupMemberNotFoundException"
    assert api("GetGroupMemberCount", GroupName=group) == 1


def test_members_that_are_refused(api, group):
    def add(**parameters):
        return api.error("AddGroupMemberString", **{
            "GroupName": group, "EmailAddress": mail.address(), "FieldNames": "", "FieldValues": "", **parameters})
    address = mail.address()
    api("AddGroupMemberString", GroupName=group, EmailAddress=address, FieldNames="", FieldValues="")
    assert add(EmailAddress=address.upper()) == "DuplicateEmailAddressException"
    assert add(EmailAddress="no address") == "InvalidEmailAddressException"
    assert add(FieldNames="A,B", FieldValues="1") == "InvalidFieldCountException"
    assert add(FieldNames="A,a", FieldValues="1,2") == "DuplicateGroupFieldException"
    assert add(FieldNames="Ⅳ,ⅳ", FieldValues="1,2") == "DuplicateGroupFieldException"
    assert add(FieldNames="Größe,GRÖSSE,gröSSe", FieldValues="1,2,3") == "DuplicateGroupFieldException"
    assert add(FieldNames="A,", FieldValues="1,2") == "InvalidGroupFieldException"
    assert add(GroupName=mail.unique()) == "GroupNotFoundException"
    assert api.error("GetGroupMemberCount", GroupName=mail.unique()) == "GroupNotFoundException"


def test_transactional_groups(api):
    name = mail.unique("Alert ")
    number = id_of(api("AddTransactionalGroup", GroupName=name))
    assert id_of(api("GetTransactionalGroupID", GroupName=name.upper())) == number
    assert api.error("AddTransactionalGroup", GroupName=name.lower()) == "DuplicateGroupNameException"
    assert api.error("AddTransactionalGroup", GroupName="DEFAULT transactional group") == "DefaultGroupNameException"
    assert api.error("TransactionalGroups_Rename", OldGroupName="Default Transactional Group",
                     NewGroupName=mail.unique()) == "DefaultGroupNameException"
    assert api.error("TransactionalGroups_Rename", OldGroupName=name,
                     NewGroupName=" default TRANSACTIONAL group ") == "DefaultGroupNameException"
    assert id_of(api("TransactionalGroups_Rename", OldGroupName=name, NewGroupName=name + "!")) == number
    assert {"GroupID": str(number), "GroupName": name + "!"} in api.rows("TransactionalGroups_GetList_XML")
    assert api.error("GetTransactionalGroupID", GroupName=name) == "GroupNotFoundException"


def send_one(api, **parameters):
    return api("SendTransactionalEmail", **{
        "FromEmail": "shop@sender.example.test", "FromName": "Shop", "ToEmailAddress": mail.address(),
        "Subject": "Order", "MessagePlain": "Thanks.", "MessageHTML": "", "Options": "", **parameters})


def test_transactional_email_and_its_reports(api):
    recipient, group = mail.address(), mail.unique("Stream ")
    number = id_of(send_one(api, ToEmailAddress=recipient, Subject=f"Hello {{{group}}} you", Options="OpenTrack=True"))
    rows = api.rows("Reports_Transactional_GetRecipients_XML", GroupName=group.upper(), BeginDate="", EndDate="")
    assert [(row["TransactionalID"], row["EmailAddress"], row["Subject"], row["GroupName"]) for row in rows] == [
        (str(number), recipient, "Hello you", group)]
    assert rows[0]["Status"] in ("Pending", "Delivered")
    assert rows[0]["SentDateTime"].endswith("Z")
    for dates, count in (("2010-03-19", "3/19/2010 2:05 PM"), 0), ((time.strftime("%m/%d/%Y", time.gmtime()), ""), 1):
        assert len(api.rows("Reports_Transactional_GetRecipients_XML", GroupName=group, BeginDate=dates[0],
                            EndDate=dates[1])) == count
    log = ElementTree.fromstring(api("Reports_GetSMTPLog_Transactional", TransactionalID=number))
    assert (log.tag, log.findtext("TransactionalID"), log.findtext("EmailAddress")) == ("SMTPLog", str(number), recipient)
    assert api.error("Reports_GetSMTPLog_Transactional", TransactionalID=1) == "TransactionalIDNotFoundException"
    assert api.error("Reports_Transactional_GetRecipients_XML", GroupName="", BeginDate="19.3.2010",
                     EndDate="") == "InvalidDateException"


def test_a_new_group_and_its_message_come_together(make_server):
    server = make_server()
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE message ADD CHECK (subject <> 'refused')")
    connection.close()
    sent = {"FromEmail": "a@sender.example.test", "FromName": "", "ToEmailAddress": mail.address(), "MessagePlain": "x",
            "MessageHTML": "", "Options": ""}
    assert post(server, "SendTransactionalEmail", Subject="refused {New}", **sent).text.startswith("InternalException")
    assert post(server, "GetTransactionalGroupID", GroupName="New").text.startswith("GroupNotFoundException")
    assert post(server, "SendTransactionalEmail", Subject="taken {New}", **sent).status_code == 200
    assert post(server, "GetTransactionalGroupID", GroupName="New").status_code == 200


def test_group_by_option_wins(api):
    group, recipient = mail.unique("By id "), mail.address()
    number = id_of(api("AddTransactionalGroup", GroupName=group))
    send_one(api, ToEmailAddress=recipient, Subject="Hi {Another}", Options=f"transactionalgroupid={number}")
    rows = api.rows("Reports_Transactional_GetRecipients_XML", GroupName=group, BeginDate="", EndDate="")
    assert [(row["EmailAddress"], row["Subject"]) for row in rows] == [(recipient, "Hi")]


@pytest.mark.parametrize("parameters, name", [
    ({"ToEmailAddress": "nobody"}, "InvalidEmailAddressException"),
    ({"FromEmail": ""}, "InvalidEmailAddressException"),
    ({"Subject": "a\r\nBcc: x@y.test"}, "InvalidSubjectException"),
    ({"FromName": "a\nb"}, "InvalidFromNameException"),
    ({"MessagePlain": ""}, "EmptyMessageException"),
    ({"MessagePlain": "auto-generate"}, "EmptyMessageException"),
    ({"Options": "OpenTrack"}, "InvalidOptionException"),
    ({"Options": "TransactionalGroupID=2147483647"}, "GroupNotFoundException"),
    ({"Options": "TransactionalGroupID=x"}, "GroupNotFoundException"),
])
def test_transactional_email_that_is_refused(api, parameters, name):
    with pytest.raises(Api.Error) as raised:
        send_one(api, **parameters)
    assert raised.value.name == name


def send_many(api, **parameters):
    return api("SendMassEmail", **{
        "FromEmail": "news@sender.example.test", "FromName": "News", "ToGroups": "", "ToGroupFilter": "",
        "ToOther": "", "ToWebDatabase": "", "Subject": "News", "MessagePlain": "Hello.", "MessageHTML": "",
        "Options": "", **parameters})


def test_campaign_and_its_reports(api, group):
    member, other = mail.address(), mail.address()
    api("AddGroupMemberString", GroupName=group, EmailAddress=member, FieldNames="", FieldValues="")
    number = id_of(send_many(api, ToGroups=f'"{group}"', ToOther=f"{other}\n{member.upper()}; {other}"))
    assert api("Reports_GetRecipients_String", JobID=number).split("\n") == [member, other]
    log = api("Reports_GetSMTPLog", JobID=number, EmailAddress=other.upper())
    assert not log or log.startswith("attempt 1 ")
    assert api.error("Reports_GetSMTPLog", JobID=number,
                     EmailAddress=mail.address()) == "RecipientNotFoundException"
    assert api.error("Reports_GetSMTPLog", JobID=2147483647, EmailAddress=other) == "CampaignNotFoundException"
    assert api.error("Reports_GetRecipients_String", JobID=2147483647) == "CampaignNotFoundException"


@pytest.mark.parametrize("parameters, name", [
    ({}, "NoRecipientsException"),
    ({"ToOther": "a@b.test, c"}, "InvalidEmailAddressException"),
    ({"ToGroups": "no such group"}, "GroupNotFoundException"),
    ({"ToOther": "a@b.test", "ToGroupFilter": "x"}, "InvalidGroupFilterException"),
    ({"ToOther": "a@b.test", "ToWebDatabase": "x"}, "NotSupportedException"),
])
def test_campaign_that_is_refused(api, parameters, name):
    with pytest.raises(Api.Error) as raised:
        send_many(api, **parameters)
    assert raised.value.name == name


def test_campaign_to_a_hundred_thousand(make_server, capsys):
    server = make_server(delivery={"route": "smarthost", "smarthost": "[127.0.0.1]:1"})
    post(server, "AddGroup", GroupName="All")
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("""INSERT INTO email_group_member (account_id, group_id, email_address)
            SELECT account_id, group_id, 'Member' || n || '@example.test'
            FROM email_group, generate_series(1, 100000) AS n""")
    connection.close()
    started = time.monotonic()
    answer = post(server, "SendMassEmail", FromEmail="news@sender.example.test", FromName="", ToGroups="All",
                  ToGroupFilter="", ToOther="MEMBER7@example.test, new@example.test", ToWebDatabase="", Subject="x",
                  MessagePlain="x", MessageHTML="", Options="")
    seconds = time.monotonic() - started
    job = id_of(ElementTree.fromstring(answer.content).text)
    with capsys.disabled():
        print(f"\nSendMassEmail to 100,000 members: {seconds:.2f} s")
    listed = ElementTree.fromstring(post(server, "Reports_GetRecipients_String", JobID=job).content).text.split("\n")
    assert listed == [f"Member{n}@example.test" for n in range(1, 100001)] + ["new@example.test"]


# Whose rows they are

def test_accounts_see_their_own_alone(api, group, stranger):
    number, job = id_of(send_one(api)), id_of(send_many(api, ToOther=mail.address()))
    assert stranger.rows("Groups_GetList_XML") == []
    assert stranger.error("DeleteGroupByName", GroupName=group) == "GroupNotFoundException"
    assert stranger.error("Groups_Rename", OldGroupName=group, NewGroupName="x") == "GroupNotFoundException"
    assert stranger.error("Reports_GetSMTPLog_Transactional",
                          TransactionalID=number) == "TransactionalIDNotFoundException"
    assert stranger.error("Reports_GetRecipients_String", JobID=job) == "CampaignNotFoundException"
    assert stranger.rows("Reports_Transactional_GetRecipients_XML", GroupName="", BeginDate="", EndDate="") == []


def test_unknown_name_and_wrong_password_read_alike(make_server):
    server = make_server()
    texts = {requests.post(f"{server.api_url}/AuthenticateUser", data=login, timeout=60).text for login in (
        {"Username": server.account, "Password": "wrong"}, {"Username": "nobody", "Password": "wrong"},
        {"Username": "nobody", "Password": ""}, {"Username": "", "Password": "x" * 5000})}
    assert texts == {"InvalidLoginException: The username or the password is wrong.\r\n"}


def test_ten_wrong_passwords_make_the_next_wait(make_server):
    server = make_server()
    for _ in range(10):
        assert post(server, "AuthenticateUser", Password="wrong").status_code == 500
    started = time.monotonic()
    assert post(server, "AuthenticateUser").status_code == 200
    assert time.monotonic() - started >= 0.5


# Bytes

def test_form_answers_byte_by_byte(server):
    name = mail.unique("Bytes ")
    added = post(server, "AddGroup", GroupName=name)
    assert added.status_code == 200
    assert added.headers["Content-Type"] == "text/xml; charset=utf-8"
    number = added.content.split(b"\n")[-1].removesuffix(b"</string>")
    assert added.content == (DECLARATION + b'<string xmlns="http://api.jangomail.com/">0\nSUCCESS\n' + number +
                             b"</string>")
    assert int(number) > 0
    count = post(server, "GetGroupMemberCount", GroupName=name)
    assert count.content == DECLARATION + b'<int xmlns="http://api.jangomail.com/">0</int>'
    nobody = post(server, "IsMemberInGroup", GroupName=name, EmailAddress="a@b.test")
    assert nobody.content == DECLARATION + b'<boolean xmlns="http://api.jangomail.com/">false</boolean>'
    empty = post(server, "Groups_GetMembers_String", GroupName=name, RowDelimiter="", ColDelimiter="", TextQualifier="")
    assert empty.content == DECLARATION + b'<string xmlns="http://api.jangomail.com/"></string>'


def test_form_errors(server):
    missing = requests.post(f"{server.api_url}/AddGroup", data={"Username": "x", "GroupName": "y"}, timeout=60)
    assert (missing.status_code, missing.content) == (500, b"Missing parameter: Password.\r\n")
    assert missing.headers["Content-Type"].startswith("text/plain")
    absent = post(server, "DeleteGroupByName", GroupName="no <such> group")
    assert absent.content == b'GroupNotFoundException: There is no group named "no <such> group".\r\n'
    assert post(server, "NoSuchOperation").text.startswith("UnknownOperationException: ")
    assert post(server, "Reports_GetRecipients_String", JobID="x").text.startswith("InvalidRequestException: ")
    assert requests.get(f"{server.api_url}/AddGroup", timeout=60).status_code == 405


def test_forms_are_taken_leniently(server):
    login = {"username": server.account, "PASSWORD": server.password, "Extra": "field"}
    for path in ("/authenticateuser", "//AuthenticateUser", "/AUTHENTICATEUSER"):
        answer = requests.post(server.api_url + path, data=login, timeout=60)
        assert (path, answer.status_code) == (path, 200)
    form = urllib.parse.urlencode(login)
    for text in (form + "&", "&" + form, form.replace("&", "&&"), form + "&Extra", form + "\r\n"):
        answer = requests.post(f"{server.api_url}/AuthenticateUser", data=text, timeout=60,
                               headers={"Content-Type": "application/x-www-form-urlencoded"})
        assert (text, answer.status_code) == (text, 200)
    fields = {"Username": server.account, "Password": server.password, "GroupName": mail.unique(),
              "EmailAddress": mail.address()}
    post(server, "AddGroup", GroupName=fields["GroupName"])
    added = requests.post(f"{server.api_url}/AddGroupMember", timeout=60, data={
        **fields, "FieldNames": ["A", "B"], "FieldValues": ["1", ""]})
    assert added.status_code == 200, added.text


def login_xml(server, prefix=""):
    return (f"<{prefix}Username>{server.account}</{prefix}Username>"
            f"<{prefix}Password>{server.password}</{prefix}Password>")


@pytest.mark.parametrize("soap, content_type, headers", [
    (SOAP_11, "text/xml", {"SOAPAction": f'"{NAMESPACE}AuthenticateUser"'}),
    (SOAP_11, "text/xml; charset=utf-8", {"SOAPAction": f"{NAMESPACE}AuthenticateUser"}),
    (SOAP_11, "text/xml", {}),
    (SOAP_12, "application/soap+xml; charset=utf-8", {}),
    (SOAP_12, "application/soap+xml", {"SOAPAction": f'"{NAMESPACE}AuthenticateUser"'}),
    (SOAP_12, "text/xml", {}),
])
def test_envelopes_are_taken_leniently(server, soap, content_type, headers):
    bodies = (f'<AuthenticateUser xmlns="{NAMESPACE}">{login_xml(server)}</AuthenticateUser>',
              f'<j:AuthenticateUser xmlns:j="{NAMESPACE}">{login_xml(server, "j:")}</j:AuthenticateUser>',
              f'<j:AuthenticateUser xmlns:j="{NAMESPACE}">{login_xml(server)}</j:AuthenticateUser>',
              f'<AuthenticateUser xmlns="{NAMESPACE}"><Password>{server.password}</Password><New/>'
              f'<Username>{server.account}</Username></AuthenticateUser>')
    for body in bodies:
        answer = envelope(server, body, soap, content_type, **headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"] == (
            "text/xml; charset=utf-8" if soap == SOAP_11 else "application/soap+xml; charset=utf-8")
        assert b"<AuthenticateUserResult>0\nSUCCESS\n" in answer.content
        assert ElementTree.fromstring(answer.content).tag == f"{{{soap}}}Envelope"


@pytest.mark.parametrize("soap, status, code", [(SOAP_11, 500, "Client"), (SOAP_12, 400, "Sender")])
def test_faults(server, soap, status, code):
    answer = envelope(server, f'<AddGroup xmlns="{NAMESPACE}">{login_xml(server)}</AddGroup>', soap)
    assert answer.status_code == status
    fault = ElementTree.fromstring(answer.content).find(f".//{{{soap}}}Fault")
    text = "InvalidGroupNameException: The group name is empty."
    if soap == SOAP_11:
        assert fault.findtext("faultcode").endswith(f":{code}")
        assert fault.findtext("faultstring") == text
        detail = fault.find("detail")
    else:
        assert fault.findtext(f"{{{soap}}}Code/{{{soap}}}Value").endswith(f":{code}")
        assert fault.findtext(f"{{{soap}}}Reason/{{{soap}}}Text") == text
        detail = fault.find(f"{{{soap}}}Detail")
    exception = detail.find(f"{{{NAMESPACE}}}Exception")
    assert exception.findtext(f"{{{NAMESPACE}}}Name") == "InvalidGroupNameException"
    assert exception.findtext(f"{{{NAMESPACE}}}Message") == "The group name is empty."


@pytest.mark.parametrize("text", [
    b"", b"garbage", b"<a/>", b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>',
    b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    b"<a>" * 100 + b"</a>" * 100, b"<a>\xff</a>", b"<a>&#0;</a>", b"\x00" * 64, b"<" * 10000,
])
def test_hostile_requests_get_a_fault(server, text):
    answer = requests.post(server.api_url, data=text, timeout=60, headers={"Content-Type": "text/xml"})
    assert answer.status_code == 500
    fault = ElementTree.fromstring(answer.content).find(f".//{{{SOAP_11}}}Fault")
    assert fault.findtext("faultstring").split(":")[0] in ("InvalidRequestException", "UnknownOperationException")
    assert "root:" not in answer.text


def test_other_charsets(server):
    name = mail.unique("Grüße ")
    text = (f'<?xml version="1.0" encoding="ISO-8859-1"?><s:Envelope xmlns:s="{SOAP_11}"><s:Body>'
            f'<AddGroup xmlns="{NAMESPACE}">{login_xml(server)}<GroupName>{name}</GroupName></AddGroup></s:Body></s:Envelope>')
    answer = requests.post(server.api_url, data=text.encode("iso-8859-1"), timeout=60, headers={"Content-Type": "text/xml"})
    assert answer.status_code == 200, answer.text
    assert post(server, "GetGroupMemberCount", GroupName=name).status_code == 200


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", '"UTF-8"', "utf-16"])
def test_forms_in_other_charsets(server, charset):
    name = mail.unique("Grüße ")
    form = urllib.parse.urlencode({"Username": server.account, "Password": server.password, "GroupName": name},
                                  encoding=charset.strip('"'))
    added = requests.post(f"{server.api_url}/AddGroup", data=form, timeout=60, headers={
        "Content-Type": f"application/x-www-form-urlencoded; charset={charset}"})
    assert added.status_code == 200, added.text
    assert post(server, "GetGroupMemberCount", GroupName=name).status_code == 200


@pytest.mark.parametrize("content_type, sentence", [
    ("multipart/form-data; boundary=x", "The request is multipart/form-data; boundary=x; a form is application/x-www-form-urlencoded."),
    ("application/json", "The request is application/json; a form is application/x-www-form-urlencoded."),
    ("application/x-www-form-urlencoded; charset=none", "The request is in a charset that is not known."),
])
def test_what_is_no_form(server, content_type, sentence):
    answer = requests.post(f"{server.api_url}/AuthenticateUser", data="Username=a&Password=b", timeout=60,
                           headers={"Content-Type": content_type})
    assert (answer.status_code, answer.text) == (500, f"InvalidRequestException: {sentence}\r\n")


# What is around it

def test_wsdl_follows_the_host(server):
    for query in ("?WSDL", "?wsdl", "?wsdl&cache=no"):
        answer = requests.get(server.api_url.replace(".asmx", ".ASMX") + query, timeout=60, headers={"Host": "api.example.test:99"})
        assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
        locations = [element.get("location") for element in ElementTree.fromstring(answer.content).iter()
                     if element.tag.endswith("}address")]
        assert locations == ["http://api.example.test:99/api.asmx"] * 3


def test_pages(server):
    page = requests.get(server.api_url, timeout=60)
    assert page.status_code == 200 and "Reports_GetSMTPLog_Transactional" in page.text
    # .NET's Add Web Reference finds the contract by this.
    link, = re.findall('<link rel="alternate" type="text/xml" href="([^"]+)">', page.text)
    discovery = ElementTree.fromstring(requests.get(link, timeout=60).content)
    assert discovery.tag == "{http://schemas.xmlsoap.org/disco/}discovery"
    assert discovery.find("{http://schemas.xmlsoap.org/disco/scl/}contractRef").get("ref") == server.api_url + "?WSDL"
    for query in ("?op=addgroup", "?op=addgroup&x=1"):
        page = requests.get(server.api_url + query, timeout=60)
        assert page.status_code == 200 and "GroupName" in page.text
    assert requests.get(server.api_url + "?op=nothing", timeout=60).status_code == 404
    assert requests.get(server.api_url.replace("api.asmx", "other"), timeout=60).status_code == 404
    assert requests.get(server.api_url.replace("api.asmx", "healthz"), timeout=60).text == "ok\n"


def test_limits_have_status_codes(server):
    huge = requests.post(server.api_url, data=b"x" * (33 << 20), timeout=60)
    assert huge.status_code == 413
    assert requests.get(server.api_url, headers={"X-Long": "x" * 70000}, timeout=60).status_code == 431


def test_transcript_octets_that_xml_cannot_hold(server):
    recipient = mail.address()
    answer = post(server, "SendTransactionalEmail", FromEmail="a@sender.example.test", FromName="", ToEmailAddress=recipient,
                  Subject="x", MessagePlain="x", MessageHTML="", Options="")
    number = int(ElementTree.fromstring(answer.content).text.split("\n")[2])
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("""INSERT INTO smtp_log SELECT account_id, %s, 99, 'failed', message_id, NULL, now(), now(), %s,
            'failed 5.0.0', E'attempt 99 2026-03-19T14:05:11.042Z\n14:05:11.050 < 550 \x01 no\nresult failed 5.0.0\n'
            FROM message ORDER BY message_id DESC LIMIT 1""", (number, recipient))
    connection.close()
    log = post(server, "Reports_GetSMTPLog_Transactional", TransactionalID=number)
    document = ElementTree.fromstring(ElementTree.fromstring(log.content).text)
    assert "550 \\x01 no" in [line.text for line in document.iter("Line")]
