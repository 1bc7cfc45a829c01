"""CreateAccount: who knows the server's token makes accounts, in each binding; their passwords come by mail."""
import re
import smtplib

import pytest
import requests
import zeep
import zeep.exceptions

import mail
import soap
from test_api import BINDINGS, Api, id_of

TOKEN = "a secret of the operator's own"


@pytest.fixture(scope="module")
def open_server(make_module_server):
    return make_module_server(api={"create_account_token": TOKEN})


@pytest.fixture(scope="module")
def client(open_server):
    return zeep.Client(open_server.api_url + "?WSDL")


class Maker(Api):
    """CreateAccount has no password, and a Username of its own."""

    def __init__(self, client, binding):
        super().__init__(client, binding, None, None)
        self._login = {}

    def make(self, **parameters):
        return self("CreateAccount", **{"FirstName": "Ann", "LastName": "Lee", "Username": mail.unique("new"),
                                        "EmailAddress": mail.address(), "PhoneNumber": "+49 1", "PrivateLabel": "",
                                        "SecretToken": TOKEN, **parameters})

    def refused(self, **parameters):
        with pytest.raises(Api.Error) as raised:
            self.make(**parameters)
        return raised.value.name


@pytest.fixture(params=BINDINGS)
def maker(client, request):
    return Maker(client, request.param)


def password_mailed(server, address):
    message = mail.parse(mail.captured(server, address))
    assert message["From"].addresses[0].username == "postmaster"
    return re.search("Password: (.+)", message.get_content()).group(1).strip()


def test_an_account_is_made_and_works(open_server, maker):
    name, address = mail.unique("Größe "), mail.address()
    number = id_of(maker.make(Username=f" {name} ", EmailAddress=address))
    password = password_mailed(open_server, address)
    assert len(password) == 20
    assert soap.result_id(soap.call(open_server, "AuthenticateUser", name.lower(), password)) == number
    row, = [each for each in soap.rows(soap.call(open_server, "Reports_Transactional_GetRecipients_XML", name, password,
                                                 GroupName="", BeginDate="", EndDate=""))]
    assert row["EmailAddress"] == address and row["GroupName"] == "Default Transactional Group"
    assert password not in open_server.log and f"account-created account={number}" in open_server.log
    assert maker.refused(Username=name.lower()) == "DuplicateUsernameException"


@pytest.mark.parametrize("name, parameters", [
    ("InvalidUsernameException", {"Username": ""}), ("InvalidUsernameException", {"Username": "x" * 256}),
    ("InvalidUsernameException", {"Username": "a\nb"}), ("InvalidEmailAddressException", {"EmailAddress": "nobody"}),
    ("InvalidContactException", {"FirstName": "x" * 256}), ("InvalidContactException", {"PhoneNumber": "1\n2"}),
    ("InvalidSecretTokenException", {"SecretToken": ""}), ("InvalidSecretTokenException", {"SecretToken": TOKEN + "x"}),
    ("InvalidSecretTokenException", {"SecretToken": TOKEN.upper()})])
def test_what_is_refused(open_server, maker, name, parameters):
    address = mail.address()
    assert maker.refused(**{"EmailAddress": address, **parameters}) == name
    assert TOKEN not in open_server.log


def test_nothing_is_made_where_there_is_no_token(server):
    with pytest.raises(soap.Fault) as fault:
        soap.call(server, "CreateAccount", FirstName="", LastName="", EmailAddress=mail.address(), SecretToken="")
    assert fault.value.name == "NotSupportedException"


def test_the_new_account_hands_in_mail(open_server, client):
    name, address, recipient = mail.unique("new"), mail.address(), mail.address()
    id_of(Maker(client, "form").make(Username=name, EmailAddress=address))
    password = password_mailed(open_server, address)
    with smtplib.SMTP("127.0.0.1", open_server.submission_port, timeout=30) as session:
        session.starttls(context=mail.trusting_context())
        session.login(name, password)
        session.sendmail(mail.SENDER, [recipient], mail.build(to=recipient))
    assert mail.captured(open_server, recipient)


def test_guesses_at_the_token_are_slowed(make_server):
    """As guesses at a password are: after ten, an answer is kept back."""
    server = make_server(api={"create_account_token": TOKEN})
    fields = {"FirstName": "", "LastName": "", "PhoneNumber": "", "PrivateLabel": "", "Username": "x",
              "EmailAddress": "x@y.test", "SecretToken": "wrong"}
    seconds = [requests.post(f"{server.api_url}/CreateAccount", data=fields, timeout=60).elapsed.total_seconds()
               for _ in range(12)]
    assert max(seconds[-2:]) > 0.5 > min(seconds[:10])
