"""An account that has one of everything that the API knows of, and arguments for each of the operations."""
import itertools
import pathlib

import mail
import soap
from wait import wait_for

FIELD, FILE = "First", "members.csv"
TOKEN = "a secret of the operator's own"
# Of 100.64.0.0/10, which no test sends from.
_addresses = itertools.count()


def offering(folder):
    """Settings of a server that offers each operation and binding. folder: for imports."""
    return {"http_get": True, "import_folder": folder, "create_account_token": TOKEN}


class Stock:
    """What an account has, made by its own calls. secret: a word in what is stored, and in no argument of a later call."""

    def __init__(self, server, **login):
        """login: account= and password=, or none for the server's own."""
        self.account = login.get("account", server.account)
        self._call = lambda operation, **values: soap.call(server, operation, **login, **values)
        self.secret = mail.unique("secret")
        self.address = mail.address()
        self.group, self.stream = mail.unique("Group "), mail.unique("Stream ")
        self.group_id = self._make("AddGroup", GroupName=self.group)
        self._make("AddTransactionalGroup", GroupName=self.stream)
        self.member_id = self.add_member(self.group, self.address)
        self._content = {"FromEmail": mail.SENDER, "FromName": self.secret, "Subject": f"{self.secret} {{{self.stream}}}",
                         "MessagePlain": self.secret, "MessageHTML": ""}
        self.transactional_id = self._make("SendTransactionalEmail", **self._content, ToEmailAddress=self.address, Options="")
        self.job_id = self.send_campaign()
        self.network = self.add_network()
        wait_for(lambda: "result delivered" in self._call("Reports_GetSMTPLog", JobID=self.job_id, EmailAddress=self.address)
                 and 'result="delivered' in self._call("Reports_GetSMTPLog_Transactional", TransactionalID=self.transactional_id),
                 15, "both are delivered")
        for operation in "AddBounce", "AddUnsubscribe":
            self._make(operation, EmailAddress=self.address)
        self.account_id = self._make("AuthenticateUser")
        folder = server.settings["api"].get("import_folder")
        if folder:
            file = pathlib.Path(folder) / str(self.account_id) / FILE
            file.parent.mkdir()
            file.write_text(f"{mail.address()},{self.secret}\n")

    def _make(self, operation, **values):
        return soap.result_id(self._call(operation, **values))

    def add_group(self, operation="AddGroup"):
        """Returns (name, id) of a further one."""
        name = mail.unique("More ")
        return name, self._make(operation, GroupName=name)

    def add_member(self, group, address):
        return self._make("AddGroupMemberString", GroupName=group, EmailAddress=address, FieldNames=FIELD, FieldValues=self.secret)

    def send_campaign(self):
        return self._make("SendMassEmail", **self._content, ToGroups=self.group, ToGroupFilter="", ToOther="", ToWebDatabase="",
                          Options=f"CampaignID={self.secret}")

    def add_network(self):
        number = next(_addresses)
        network = f"100.{64 + number // 65536}.{number // 256 % 256}.{number % 256}"
        self._make("SMTPRelay_AddIP", IPAddress=network)
        return network

    def list_address(self, operation):
        address = mail.address()
        self._make(operation, EmailAddress=address)
        return address

    def add_field(self):
        name = mail.unique("Field ")
        self._make("AddGroupField", GroupName=self.group, FieldName=name)
        return name

    def arguments(self, operation, parameters):
        """What finds or names what the account has: {parameter: value}, but for the login."""
        stream = "ransactional" in operation or operation == "Reports_GetSMTPLog_ByAddress"
        group = self.stream if stream else self.group
        known = {
            "GroupName": group, "OldGroupName": group, "NewGroupName": group, "GroupID": self.group_id, "ToGroups": self.group,
            "EmailAddress": self.address, "ToEmailAddress": self.address, "ToOther": self.address,
            "GroupMemberID": self.member_id, "EmailID": self.member_id, "FieldName": FIELD, "NewFieldValue": "new value",
            "FieldNames": [FIELD] if parameters.get("FieldNames") == "ArrayOfString" else FIELD,
            "FieldValues": ["value"] if parameters.get("FieldValues") == "ArrayOfString" else "value",
            "ImportData": f"{self.address},value", "ColumnDelimiter": ",", "FileName": FILE,
            "JobID": self.job_id, "TransactionalID": self.transactional_id, "IPAddress": self.network,
            "BeginDate": "", "EndDate": "", "BeginningDate": "", "EndingDate": "", "Since": "", "SortBy": "", "SortOrder": "",
            "WhichTime": "f", "URL": "http://example.test/", "RowDelimiter": "\n", "ColDelimiter": "\t", "TextQualifier": "",
            "FromEmail": mail.SENDER, "FromName": "Shop", "Subject": "Words", "MessagePlain": "Text.", "MessageHTML": "",
            "Options": "", "ToGroupFilter": "", "ToWebDatabase": "",
            "RawMessage": "Text.", "Boundary": "", "ProfileName": "Shop", "ConnectionString": "", "SQLQuery": "",
            "Username": self.account, "FirstName": "Ann", "LastName": "Lee", "PhoneNumber": "", "PrivateLabel": "",
            "SecretToken": TOKEN}
        names = [name for name in parameters if "Password" not in parameters or name not in ("Username", "Password")]
        unknown = set(names) - known.keys()
        assert not unknown, f"operation {operation} has no example: of its parameters stock.py does not know {sorted(unknown)}"
        return {name: known[name] for name in names}

    def fresh(self, operation):
        """The arguments that arguments() cannot have for a call that is to succeed: what is new, or what the call uses up."""
        makers = {
            "AddBounce": lambda: {"EmailAddress": mail.address()},
            "AddGroup": lambda: {"GroupName": mail.unique()},
            "AddGroupField": lambda: {"FieldName": mail.unique()},
            "AddGroupField_Big": lambda: {"FieldName": mail.unique()},
            "AddGroupMember": lambda: {"EmailAddress": mail.address()},
            "AddGroupMemberString": lambda: {"EmailAddress": mail.address()},
            "AddTransactionalGroup": lambda: {"GroupName": mail.unique()},
            "AddUnsubscribe": lambda: {"EmailAddress": mail.address()},
            "CreateAccount": lambda: {"Username": mail.unique("new")},
            "DeleteBounce": lambda: {"EmailAddress": self.list_address("AddBounce")},
            "DeleteGroupByID": lambda: {"GroupID": self.add_group()[1]},
            "DeleteGroupByName": lambda: {"GroupName": self.add_group()[0]},
            "DeleteGroupField": lambda: {"FieldName": self.add_field()},
            "DeleteGroupMember": lambda: {"EmailAddress": self._new_member()},
            "DeleteMassEmail": lambda: {"JobID": self.send_campaign()},
            "DeleteTransactionalGroup": lambda: {"GroupName": self.add_group("AddTransactionalGroup")[0]},
            "DeleteUnsubscribe": lambda: {"EmailAddress": self.list_address("AddUnsubscribe")},
            "ImportGroupMembersFromData": lambda: {"ImportData": f"{mail.address()},value"},
            "Groups_Rename": lambda: {"OldGroupName": self.add_group()[0], "NewGroupName": mail.unique()},
            "SendTransactionalEmail": lambda: {"ToEmailAddress": mail.address()},
            "SMTPRelay_AddIP": lambda: {"IPAddress": f"2001:db8::{next(_addresses):x}"},
            "SMTPRelay_DeleteIP": lambda: {"IPAddress": self.add_network()},
            "TransactionalGroups_Rename": lambda: {
                "OldGroupName": self.add_group("AddTransactionalGroup")[0], "NewGroupName": mail.unique()},
        }
        return makers.get(operation, dict)()

    def _new_member(self):
        address = mail.address()
        self.add_member(self.group, address)
        return address
