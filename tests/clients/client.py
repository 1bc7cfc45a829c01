"""Calls every family of operations by zeep. usage: client.py PORT URL USER PASSWORD TEXT WORD JOB ID TOKEN (README.md)"""
import re
import sys

import zeep
import zeep.exceptions

port, url, user, password, text, word, job, number, token = sys.argv[1:]
login = {"Username": user, "Password": password}
group, member, field = f"{text} {word}", f"{word}@recipient.example.test", "Größe"
delimiters = {"RowDelimiter": "|r|", "ColDelimiter": "|c|", "TextQualifier": "~"}
service = zeep.Client(url + "?WSDL").bind("JangoMail", port)


def call(operation, **parameters):
    return getattr(service, operation)(**{**login, **parameters})


def array(*values):
    """The form binding has arrays as repeated fields."""
    return list(values) if port == "JangoMailHttpPost" else {"string": list(values)}


def same(got, want):
    if got != want:
        raise AssertionError(f"{got!r} is not {want!r}")


def id_of(answer):
    match = re.fullmatch(r"0\nSUCCESS\n(\d+)", answer)
    same(bool(match), True)
    return int(match[1])


def fault(name, operation, **parameters):
    """operation: its name, or what calls it."""
    try:
        operation() if callable(operation) else call(operation, **parameters)
    except zeep.exceptions.Fault as fault:
        text = fault.message.decode() if isinstance(fault.message, bytes) else fault.message
        if fault.detail is not None:
            same(fault.detail.findtext(".//{*}Name"), name)
        return same(text.partition(":")[0], name)
    raise AssertionError(f"{operation} did not fault")


def check_login():
    id_of(call("AuthenticateUser"))
    fault("InvalidLoginException", "AuthenticateUser", Password="wrong")


def check_accounts():
    new = {"FirstName": text, "LastName": "", "EmailAddress": "account-" + member, "PhoneNumber": "", "PrivateLabel": "", "SecretToken": token}
    id_of(service.CreateAccount(Username=group + " c", **new))
    fault("DuplicateUsernameException", lambda: service.CreateAccount(Username=user, **new))


def check_groups():
    old, new = group + " a", group + " b"
    made = id_of(call("AddGroup", GroupName=old))
    fault("DuplicateGroupNameException", "AddGroup", GroupName=old)
    same(id_of(call("Groups_Rename", OldGroupName=old, NewGroupName=new)), made)
    same(f"~{made}~|c|~{new}~|c|~0~" in call("Groups_GetList_String", **delimiters).split("|r|"), True)
    same(id_of(call("DeleteGroupByName", GroupName=new)), made)


def check_members():
    own, address = {"GroupName": group + " m"}, "one-" + member
    id_of(call("AddGroup", **own))
    id_of(call("AddGroupField", **own, FieldName=field))
    id_of(call("AddGroupMember", **own, EmailAddress=address, FieldNames=array("Name", field), FieldValues=array("Ann", text)))
    same(call("GetGroupMemberCount", **own), 1)
    same(call("IsMemberInGroup", **own, EmailAddress=address), True)
    same(call("IsMemberInGroup", **own, EmailAddress=member), False)
    id_of(call("Groups_EditMember_ByAddress", **own, EmailAddress=address, FieldName="Name", NewFieldValue=text + " 2"))
    same(call("Groups_GetMembers_String", **own, **delimiters), f"~{address}~|c|~{text}~|c|~{text} 2~")


def check_import():
    own = {"GroupName": group + " i"}
    form = {"ColumnDelimiter": ",", "RowDelimiter": "\n", "TextQualifier": "~"}
    id_of(call("AddGroup", **own))
    id_of(call("ImportGroupMembersFromData", **own, **form, FieldNames="EmailAddress," + field,
               ImportData=f"first-{member},~{text}~\nsecond-{member},2"))
    same(call("Groups_GetMembers_String", **own, **delimiters), f"~first-{member}~|c|~{text}~|r|~second-{member}~|c|~2~")
    fault("InvalidEmailAddressException", "ImportGroupMembersFromData", **own, **form, FieldNames="EmailAddress", ImportData="nobody")


def check_lists():
    for kind, listing in (("Bounce", "GetBounceListNormal"), ("Unsubscribe", "GetUnsubscribeList")):
        address = {"EmailAddress": f"{kind}-{member}"}
        listed = id_of(call("Add" + kind, **address))
        same(call("Check" + kind, **address), "0\nSUCCESS")
        same(address["EmailAddress"] in call(listing, Since="").split("\n"), True)
        same(id_of(call("Delete" + kind, **address)), listed)
        same(call("Check" + kind, **address), "3\nNot Found")


def check_campaigns():
    to = {"ToGroups": "", "ToGroupFilter": "", "ToWebDatabase": ""}
    message = {"FromEmail": "shop@sender.example.test", "FromName": text, "Subject": text, "Options": ""}
    sent = id_of(call("SendMassEmail", **to, **message, ToOther="campaign-" + member, MessagePlain=text, MessageHTML=""))
    again = id_of(call("SendMassEmailPrevious", **to, JobID=sent, ToOther="again-" + member))
    raw = id_of(call("SendMassEmailRaw", **to, **message, ToOther="raw-" + member, RawMessage=text, Boundary=""))
    same(len({sent, again, raw}), 3)
    counts = call("GetMassEmailReport", JobID=sent)
    counts = counts["int"] if port == "JangoMailHttpPost" else counts
    same(counts, [1, 0, 0, 0, 0, 0, 0, 0])
    gone = id_of(call("SendMassEmail", **to, **message, ToOther="gone-" + member, MessagePlain=text, MessageHTML=""))
    same(id_of(call("DeleteMassEmail", JobID=gone)), gone)
    fault("CampaignNotFoundException", "GetMassEmailReport", JobID=gone)


def check_transactional():
    old, new = group + " t", group + " u"
    made = id_of(call("AddTransactionalGroup", GroupName=old))
    same(id_of(call("TransactionalGroups_Rename", OldGroupName=old, NewGroupName=new)), made)
    same(id_of(call("GetTransactionalGroupID", GroupName=new)), made)
    id_of(call("SendTransactionalEmail", FromEmail="shop@sender.example.test", FromName=text, ToEmailAddress="order-" + member,
               Subject=text, MessagePlain=text, MessageHTML=f"<p>{word}</p>", Options=f"TransactionalGroupID={made}"))
    other = id_of(call("AddTransactionalGroup", GroupName=group + " v"))
    same(id_of(call("DeleteTransactionalGroup", GroupName=group + " v")), other)


def check_smtplog():
    log = call("Reports_GetSMTPLog_Transactional", TransactionalID=int(number))
    same(f"<TransactionalID>{number}</TransactionalID>" in log and f"RCPT TO:&lt;{member}&gt;" in log, True)
    same(f"> RCPT TO:<{member}>" in call("Reports_GetSMTPLog", JobID=int(job), EmailAddress=member), True)
    log = call("Reports_GetSMTPLog_ByAddress", GroupName="", EmailAddress=member, BeginDate="", EndDate="")
    same(f"<TransactionalID>{number}</TransactionalID>" in log, True)


def check_string():
    same(call("Groups_GetMembers_String", GroupName=group, **delimiters), f"~{member}~|c|~{text}~")
    same(call("Reports_GetRecipients_String", JobID=int(job)), member)


def rows(operation, **parameters):
    return [{column.tag: column.text for column in row} for row in call(operation, **parameters)]


def check_xml():
    same(rows("Groups_GetMembers_XML", GroupName=group), [{"emailaddress": member, field: text}])
    same(rows("Reports_GetRecipients_XML", JobID=int(job)), [{"EmailAddress": member}])
    sent = rows("Reports_Transactional_GetRecipients_XML", GroupName="", BeginDate="", EndDate="")
    same([row["Subject"] for row in sent if row["TransactionalID"] == number], [text])


def dataset(operation, table, **parameters):
    return [row[table] for row in call(operation, **parameters)["_value_1"]["_value_1"]]


def check_dataset():
    same([(row["emailaddress"], row[field]) for row in dataset("Groups_GetMembers_DataSet", "GroupMembers", GroupName=group)],
         [(member, text)])
    sent = dataset("Reports_GetMassEmailInformation_DataSet", "MassEmailInformation", BeginDate="", EndDate="", SortBy="", SortOrder="")
    [row] = [row for row in sent if row["JobID"] == int(job)]
    same(row["Subject"], text)
    same(row["SentDateTime"].year > 2000, True)


for family in ("login", "accounts", "groups", "members", "import", "lists", "campaigns", "transactional", "smtplog", "string", "xml", "dataset"):
    try:
        globals()["check_" + family]()
        print(family, "ok")
    except Exception as error:  # what a family fails of must not hide the others
        print(f"{family} FAILED: {type(error).__name__} {error}".replace("\n", " "))
