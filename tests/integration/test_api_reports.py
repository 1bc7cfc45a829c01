"""Every report in its text, XML and DataSet forms, in each binding, valid by the contract; and what reports say."""
import time
import xml.etree.ElementTree as ElementTree

import psycopg2
import psycopg2.extras
import pytest
import requests
import zeep

import mail
import soap
from contract import BINDINGS, Contract, Refused
from report_forms import call, form_of, read_dataset, reports, rows
from wait import wait_for

HOSTILE = "Grüße <b>&amp;\"' \U0001F600 ]]>"
NOBODY = 2147483647
EMPTY = ("Opens", "AllClicks", "ClicksByURL", "Forwards", "Replies")


@pytest.fixture(scope="module")
def contract(server):
    return Contract(server)


@pytest.fixture(scope="module")
def owned(server):
    """What one account has: parameters that find something in every report."""
    group, member = mail.unique(HOSTILE), mail.address("Member")
    bounced, refused = f"reject-550@{mail.unique('d')}.example.test", mail.unique("u") + "@recipient.example.test"
    soap.call(server, "AddGroup", GroupName=group)
    number = soap.result_id(soap.call(
        server, "AddGroupMemberString", GroupName=group, EmailAddress=member,
        FieldNames="First Name,1st,_x0031_,Größe,\U0001F600,<&>", FieldValues=f'"{HOSTILE.replace(chr(34), chr(34) * 2)}",2,3,4,5,6'))
    soap.call(server, "AddGroupMemberString", GroupName=group, EmailAddress=mail.address(), FieldNames="", FieldValues="")
    soap.call(server, "AddUnsubscribe", EmailAddress=refused)
    job_id = soap.result_id(soap.call(
        server, "SendMassEmail", FromEmail=mail.SENDER, FromName=HOSTILE, ToGroups=f'"{group.replace(chr(34), chr(34) * 2)}"',
        ToGroupFilter="", ToOther=f"{bounced},{refused}", ToWebDatabase="", Subject=HOSTILE, MessagePlain="x", MessageHTML="",
        Options="OpenTrack=True,CampaignID=Spring <1>"))
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE suppression SET campaign_id = %s WHERE email_address = %s", (job_id, refused))
    connection.close()
    wait_for(lambda: bounced in soap.call(server, "GetBounceListAll", Since=""), 15, "the bounce")
    return {"JobID": job_id, "GroupName": group, "EmailAddress": member, "EmailID": number, "BeginDate": "", "EndDate": "",
            "SortBy": "", "SortOrder": "", "WhichTime": "f", "URL": "http://example.test/"}


def families(contract):
    """{"Reports_GetOpens": {"String": operation, ...}}; the operations that end in 2 are a family of their own."""
    found = {}
    for operation in reports(contract):
        family = operation.rpartition("_")[0] + ("2" if operation.endswith("2") else "")
        found.setdefault(family, {})[form_of(operation)] = operation
    return found


def parameters_for(operation, owned):
    group = "" if "Transactional" in operation else owned["GroupName"]
    return {**owned, "GroupName": group}


def test_the_contract_has_each_report_in_each_form(contract):
    for family, forms in families(contract).items():
        # A single member was never given out as text; the later operations came without DataSets.
        want = {"XML", "DataSet"} if "GetMember_" in family else {"XML"} if family == "Reports_Transactional_GetRecipients" else \
            {"String", "XML"} if family == "TransactionalGroups_GetList" else {"String", "XML", "DataSet"}
        assert forms.keys() == want, family
    assert len(families(contract)) >= 18


@pytest.mark.parametrize("binding", BINDINGS)
def test_each_form_says_the_same(server, contract, owned, binding):
    for family, forms in families(contract).items():
        told = {form: rows(server, contract, binding, operation, **parameters_for(operation, owned))
                for form, operation in forms.items()}
        if family == "Reports_GetRecipients":  # whose text has no delimiters: an address a line
            text = call(server, contract, binding, forms["String"], **owned).text
            told["String"] = [[line] for line in text.split("\n")]
        assert all(table == told["XML"] for table in told.values()), family
        assert bool(told["XML"]) == (not any(word in family for word in EMPTY)) or "ransactional" in family, family


@pytest.mark.parametrize("binding", BINDINGS)
def test_what_is_not_there(server, contract, owned, binding):
    for operation in reports(contract):
        names = contract.operations[operation]
        for parameter, value, exception in (
                ("JobID", NOBODY, "CampaignNotFoundException"), ("JobID", -1, "CampaignNotFoundException"),
                ("GroupName", mail.unique(), "GroupNotFoundException"),
                ("EmailID", 0, "GroupMemberNotFoundException"), ("EmailID", NOBODY, "GroupMemberNotFoundException"),
                ("EmailAddress", "nobody@example.test", "GroupMemberNotFoundException"),
                ("BeginDate", "19.3.2010", "InvalidDateException"), ("EndDate", "2010-02-30", "InvalidDateException")):
            if parameter not in names:
                continue
            with pytest.raises(Refused) as refused:
                call(server, contract, binding, operation, **{**parameters_for(operation, owned), parameter: value})
            assert refused.value.name == exception, (operation, parameter)


def test_no_account_sees_what_another_has(server, contract, owned):
    login = mail.unique("stranger-"), "a pass word of theirs"
    server.add_account(*login)
    for operation in (*reports(contract), "Reports_GetSMTPLog_ByAddress"):
        try:
            result = call(server, contract, "form", operation, login=login, **parameters_for(operation, owned))
        except Refused as refused:
            assert refused.name in ("CampaignNotFoundException", "GroupNotFoundException"), operation
            continue
        text = "".join(result.itertext())
        assert not any(word in text for word in (HOSTILE, owned["GroupName"], "example.test")), operation
    assert soap.call(server, "Reports_GetSentMessageCount", account=login[0], password=login[1], BeginningDate="",
                     EndingDate="") == "0"


def test_members_are_named_as_their_fields(server, contract, owned):
    columns, told = read_dataset(call(server, contract, "soap11", "Groups_GetMember_ByAddress_DataSet",
                                      **{**owned, "EmailAddress": owned["EmailAddress"].upper()}))
    assert columns == [(name, "xs:string") for name in (
        "emailaddress", "First_x0020_Name", "_x0031_st", "_x005F_x0031_", "Größe", "_x0001F600_", "_x003C__x0026__x003E_")]
    assert told == [[owned["EmailAddress"], HOSTILE, "2", "3", "4", "5", "6"]]


def test_what_xml_cannot_hold_is_shown(server, contract):
    group = mail.unique()
    soap.call(server, "AddGroup", GroupName=group)
    soap.call(server, "AddGroupMemberString", GroupName=group, EmailAddress=mail.address(), FieldNames="A", FieldValues="x")
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("""UPDATE email_group_member m SET fields = %s FROM email_group g WHERE g.name = %s
            AND (m.account_id, m.group_id) = (g.account_id, g.group_id)""",
                       (psycopg2.extras.Json({"a": "\x01\x1f\ufffe\t\U0010FFFF"}), group))
    connection.close()
    for form in "String", "XML", "DataSet":
        for binding in BINDINGS:
            [[_, value]] = rows(server, contract, binding, f"Groups_GetMembers_{form}", GroupName=group)
            assert value == "\\x01\\x1F\\xEF\\xBF\\xBE\t\U0010FFFF"


def test_types_of_columns(server, contract, owned):
    def types(operation):
        return dict(read_dataset(call(server, contract, "form", operation, **owned))[0])
    assert types("Groups_GetList_DataSet") == {"GroupID": "xs:int", "GroupName": "xs:string", "MemberCount": "xs:int"}
    assert types("Reports_GetBouncesByCampaign_DataSet2") == {
        "EmailAddress": "xs:string", "SMTPCode": "xs:string", "Definitive": "xs:boolean", "BounceDateTime": "xs:dateTime"}
    assert types("Reports_GetOpens_DataSet") == {
        "EmailAddress": "xs:string", "NumberOpens": "xs:int", "OpenDateTime": "xs:dateTime"}
    assert types("Reports_GetAllClicks_DataSet") == types("Reports_GetClicksByURL_DataSet") == {
        "EmailAddress": "xs:string", "URL": "xs:string", "LinkPosition": "xs:int", "ClickDateTime": "xs:dateTime"}


@pytest.mark.parametrize("port", ["JangoMailSoap", "JangoMailSoap12", "JangoMailHttpPost"])
def test_zeep_reads_a_dataset(server, owned, port):
    service = zeep.Client(server.api_url + "?WSDL").bind("JangoMail", port)
    told = service.Groups_GetList_DataSet(Username=server.account, Password=server.password)
    groups = [row["Groups"] for row in told["_value_1"]["_value_1"]]
    assert [group["MemberCount"] for group in groups if group["GroupName"] == owned["GroupName"]] == [2]
    none = service.Reports_GetReplies_DataSet(Username=server.account, Password=server.password, JobID=owned["JobID"])
    assert len(none["_value_1"]) == 0


def information(server, **parameters):
    values = {"BeginDate": "", "EndDate": "", "SortBy": "", "SortOrder": "", **parameters}
    return soap.rows(soap.call(server, "Reports_GetMassEmailInformation_XML2", **values))


def test_what_is_told_of_a_campaign(server, owned):
    def delivered():
        [row] = [row for row in information(server) if row["JobID"] == str(owned["JobID"])]
        return row["Delivered"] == "2" and row
    row = wait_for(delivered, 15, "the campaign's deliveries")
    sent_at = row.pop("SentDateTime")
    assert row == {"JobID": str(owned["JobID"]), "Subject": HOSTILE, "FromEmail": mail.SENDER, "FromName": HOSTILE, "Recipients": "4",
                   "Delivered": "2", "Bounces": "1", "Unsubscribes": "1", "Opens": "0", "Clicks": "0", "CampaignID": "Spring <1>"}
    assert sent_at.startswith(time.strftime("%Y-", time.gmtime())) and sent_at.endswith("Z")


@pytest.fixture(scope="module")
def campaigns(make_module_server):
    """A server with three campaigns of three days; the second has what the first has, but for its case."""
    server = make_module_server()
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        for subject, day, count in (("b", 10, 5), ("B", 11, 30), ("a", 12, 20)):
            cursor.execute("""INSERT INTO campaign (account_id, created_at, from_email, from_name, subject, message_plain,
                message_html, options, recipients) SELECT account_id, make_timestamptz(2010, 3, %s, 12, 0, 0, 'UTC'),
                'a@example.test', '', %s, 'x', '', '', %s FROM account""", (day, subject, count))
    connection.close()
    return server


@pytest.mark.parametrize("sort_by, order, ids", [
    ("", "", "123"), ("JobID", "desc", "321"), ("jobid", "DESC", "321"), ("Subject", "asc", "312"), ("subject", "d", "123"),
    ("subj", "Descending", "123"), ("Recipients", "", "132"), ("RECIPIENTS", "d", "231"), ("SentDateTime", "d", "321"),
    ("FromEmail", "d", "123"), ("FromName", "a", "123"), ("Delivered", "d", "123"), ("Bounces", "", "123"),
    ("Unsubscribes", "", "123"), ("no such column", "d", "321"), ("x'; DROP TABLE campaign; --", "x", "123")])
def test_campaigns_are_sorted(campaigns, sort_by, order, ids):
    assert "".join(row["JobID"] for row in information(campaigns, SortBy=sort_by, SortOrder=order)) == ids


@pytest.mark.parametrize("begin, end, ids", [
    ("2010-03-11", "", "23"), ("", "2010-03-11", "12"), ("3/11/2010", "3/11/2010", "2"), ("2010-03-11T12:00:00Z", "", "23"),
    ("2010-03-11T12:00:01Z", "", "3"), ("", "2010-03-11T12:00:00Z", "12"), ("", "3/11/2010 11:59 AM", "1"), ("2011-01-01", "", ""),
    ("2010-03-12", "2010-03-10", "")])
def test_campaigns_of_a_time(campaigns, begin, end, ids):
    assert "".join(row["JobID"] for row in information(campaigns, BeginDate=begin, EndDate=end)) == ids


def test_count_of_sent_messages(make_server):
    server = make_server()

    def count(begin="", end=""):
        return int(soap.call(server, "Reports_GetSentMessageCount", BeginningDate=begin, EndingDate=end))
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert count() == 0
    to = mail.address(), mail.address(), f"reject-550@{mail.unique('d')}.example.test"
    with mail.client(server) as smtp:
        smtp.sendmail(mail.SENDER, to, mail.build(), rcpt_options=["NOTIFY=FAILURE"])
    soap.call(server, "SendMassEmail", FromEmail=mail.SENDER, FromName="", ToGroups="", ToGroupFilter="", ToOther=mail.address(),
              ToWebDatabase="", Subject="News", MessagePlain="x", MessageHTML="", Options="")
    # The report of the failure is delivered too, and does not count.
    wait_for(lambda: len(mail.captured_files(server)) == 4, 15, "two messages, a campaign's, and a report")
    wait_for(lambda: count() == 3, 15, "three that count")
    assert count(today) == count("", today) == count(today, today) == 3
    assert count("2099-01-01") == count("", "2010-03-19") == 0
    with pytest.raises(soap.Fault) as fault:
        count("yesterday")
    assert fault.value.name == "InvalidDateException"


def test_logs_of_one_address(server):
    address, group = mail.address("Logs"), mail.unique("Stream ")
    mail.send(server, mail.build(subject=f"One {{{group}}}", to=address), address)
    mail.send(server, mail.build(subject="Two", to=address), address.lower())
    mail.send(server, mail.build(to=mail.address()), mail.address())
    wait_for(lambda: [row["Status"] for row in soap.deliveries(server, address) + soap.deliveries(server, address.lower())] ==
             ["Delivered"] * 2, 15, "two deliveries")

    def logs(**parameters):
        values = {"GroupName": "", "EmailAddress": address.upper(), "BeginDate": "", "EndDate": "", **parameters}
        return list(ElementTree.fromstring(soap.call(server, "Reports_GetSMTPLog_ByAddress", **values)))
    told = logs()
    ids = [int(log.findtext("TransactionalID")) for log in told]
    # Two workers may have taken them, and each has numbers of its own: either may come first.
    of_address = {log.findtext("EmailAddress"): log.findtext("TransactionalID") for log in told}
    assert set(of_address) == {address, address.lower()} and ids == sorted(ids)
    for number, log in zip(ids, told):
        alone = soap.call(server, "Reports_GetSMTPLog_Transactional", TransactionalID=number)
        assert ElementTree.tostring(log) == ElementTree.tostring(ElementTree.fromstring(alone))
    assert [log.findtext("TransactionalID") for log in logs(GroupName=group.upper())] == [of_address[address]]
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert len(logs(BeginDate=today)) == 2 and logs(BeginDate="2099-01-01") == logs(EndDate="2010-03-19") == []
    assert logs(EmailAddress="") == logs(EmailAddress=mail.address()) == []
    for parameters, name in ({"GroupName": mail.unique()}, "GroupNotFoundException"), ({"EndDate": "x"}, "InvalidDateException"):
        with pytest.raises(soap.Fault) as fault:
            logs(**parameters)
        assert fault.value.name == name


def test_logs_of_many_attempts_and_of_who_waits(make_server):
    server = make_server(delivery={"retry": [600]})
    address = f"defer-451@{mail.unique('d')}.example.test"
    for _ in range(2):
        mail.send(server, mail.build(to=address), address)
    wait_for(lambda: [row["Status"] for row in soap.deliveries(server, address)] == ["Deferred"] * 2, 15, "two deferrals")
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("""INSERT INTO smtp_log (account_id, delivery_id, attempt, status, message_id, finished_at, recipient, transcript)
            SELECT account_id, delivery_id, n, status, message_id, finished_at, recipient,
                'attempt ' || n || E' 2026-03-19T14:05:11.042Z example.test\nresult deferred 4.4.4\n'
            FROM smtp_log, generate_series(2, 60) AS n""")
    connection.close()
    told = ElementTree.fromstring(soap.call(server, "Reports_GetSMTPLog_ByAddress", GroupName="", EmailAddress=address, BeginDate="",
                                            EndDate=""))
    assert [[attempt.get("number") for attempt in log.iter("Attempt")] for log in told] == [[str(n) for n in range(1, 61)]] * 2


@pytest.fixture(scope="module")
def big(make_module_server):
    """A server with groups Big, too much for a report, and Third, of which three are more than all reports may take."""
    server = make_module_server()
    for group, members in ("Big", 200), ("Third", 130):
        soap.call(server, "AddGroup", GroupName=group)
        soap.call(server, "AddGroupMemberString", GroupName=group, EmailAddress=mail.address(), FieldNames="A", FieldValues="x")
        with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
            cursor.execute("""INSERT INTO email_group_member (account_id, group_id, email_address, fields)
                SELECT account_id, group_id, n || '@example.test', jsonb_build_object('a', repeat('x', 1048576))
                FROM email_group, generate_series(1, %s) AS n WHERE name = %s""", (members, group))
        connection.close()
    return server


def test_a_report_that_is_too_long(big):
    with pytest.raises(soap.Fault) as fault:
        soap.call(big, "Groups_GetMembers_DataSet", GroupName="Big")
    assert fault.value.name == "TooManyRowsException"
    # What is shorter is answered as before.
    assert soap.call(big, "GetGroupMemberCount", GroupName="Big") == "201"
    assert len(soap.rows(soap.call(big, "Groups_GetMember_ByAddress_XML", GroupName="Big", EmailAddress="7@example.test"))) == 1


def test_who_does_not_read_a_long_report_keeps_its_memory(big):
    def ask(group):
        return requests.post(f"{big.api_url}/Groups_GetMembers_XML", stream=True, timeout=60,
                             headers={"Accept-Encoding": "identity"},
                             data={"Username": big.account, "Password": big.password, "GroupName": group})
    unread = [ask("Third"), ask("Third")]
    assert [answer.status_code for answer in unread] == [200, 200]
    refused = ask("Third")
    assert refused.status_code == 500 and refused.text.startswith("TooManyRequestsException: ")
    assert soap.call(big, "GetGroupMemberCount", GroupName="Third") == "131"
    for answer in unread:
        answer.close()
    wait_for(lambda: len(ask("Third").content) > 130 << 20, 15, "room for another report")
