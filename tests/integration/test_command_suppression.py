"""bracemail suppression: whom an account does not mail, and why."""
import mail
import pytest
import soap
from commands import USAGE, document, done, refused
from test_suppression import bouncing, campaign_log, is_listed, send_campaign

HEAD = "EmailAddress,Kind,SMTPCode,StatusCode,Since\n"


@pytest.fixture
def relay(server):
    """The shared server, as an account whose lists are empty."""
    account = mail.unique("account")
    server.add_account(account, "a pass word of its own")
    return lambda action, *arguments: (server, "suppression", action, *arguments, "--account", account)


def entries(relay, *arguments):
    return document(*relay("list", *arguments))["entries"]


def test_add_and_remove(relay, server):
    address = mail.address("To")
    login = {"account": relay("list")[-1], "password": "a pass word of its own"}
    assert entries(relay) == [] and done(*relay("list")) == "nobody\n"
    done(*relay("add", address, "--kind", "bounce"))
    assert document(*relay("add", address.upper(), "--kind", "unsubscribe")) == {
        "action": "add", "kind": "unsubscribe", "address": address.upper()}
    assert is_listed(server, address, **login) and is_listed(server, address, "CheckUnsubscribe", **login)
    done(*relay("remove", address.lower(), "--kind", "bounce"))
    assert not is_listed(server, address, **login) and is_listed(server, address, "CheckUnsubscribe", **login)
    done(*relay("remove", address))
    assert entries(relay) == []
    assert "is not on a list" in refused(*relay("remove", address))
    assert "is not on that list" in refused(*relay("remove", address, "--kind", "bounce"))


def test_the_reasons(server):
    address = bouncing()
    job_id = send_campaign(server, address)
    campaign_log(server, job_id, address)
    found, = [each for each in document(server, "suppression", "list", "--account", server.account, "--kind", "bounce")["entries"]
              if each["address"] == address]
    since = found.pop("since")
    assert found == {"kind": "bounce", "address": address, "smtp_code": "550", "status_code": "5.1.1", "campaign": job_id}
    line, = [line for line in done(server, "suppression", "list", "--account", server.account).splitlines() if address in line]
    assert line.split() == ["bounce", since, "550", "5.1.1", str(job_id), address]


def test_times(relay):
    rows = "".join(f"a{month}@b.test,bounce,,,2024-0{month}-01T12:00:00Z\n" for month in range(1, 6))
    assert done(*relay("import", "-"), input=HEAD + rows) == "5 rows read, 5 new\n"
    assert [each["address"] for each in entries(relay, "--since", "2024-02-01", "--until", "2024-03-01")] == ["a2@b.test", "a3@b.test"]
    assert done(*relay("export", "--since", "2024-05-01T12:00:00Z")).count("\n") == 2


FILE = (HEAD + 'a@b.test,bounce,550,5.1.1,2024-03-19T14:05:11.042Z\nA@c.test,unsubscribe,,,2023-01-01T00:00:00.000Z\n'
        'b@c.test,bounce,,5.2.2,2023-01-01T00:00:00.000Z\nb@c.test,unsubscribe,,,2022-01-01T00:00:00.000Z\n')


def test_what_is_exported_is_imported(relay):
    assert done(*relay("import", "-"), input=FILE) == "4 rows read, 4 new\n"
    exported = done(*relay("export"))
    assert exported == FILE
    assert done(*relay("export", "--kind", "unsubscribe")).count("\n") == 3
    # Who is on the list stays as he is.
    assert document(*relay("import", "-"), input=HEAD + "A@B.test,bounce,554,,\nnew@b.test,bounce,,,\n") == {
        "action": "import", "rows": 2, "added": 1}
    assert entries(relay)[0]["smtp_code"] == "550"


def test_files_of_others(relay):
    assert done(*relay("import", "-", "--kind", "bounce"), input="a@b.test\nA@B.test\n\nc@d.test") == "3 rows read, 2 new\n"
    done(*relay("import", "-", "--kind", "unsubscribe"), input='Name,"Email",Whatever\nAnn,x@y.test,1\n')
    assert {(each["kind"], each["address"]) for each in entries(relay)} == {
        ("bounce", "a@b.test"), ("bounce", "c@d.test"), ("unsubscribe", "x@y.test")}


def test_many_pages(relay):
    addresses = [f"a{number}@b.test" for number in range(12_000)]
    done(*relay("import", "-", "--kind", "bounce"), input="\n".join(addresses))
    assert sorted(each["address"] for each in entries(relay)) == sorted(addresses)


@pytest.mark.parametrize("text, said", [
    ("", "is empty"),
    (HEAD, "has no row to import"),
    ("EmailAddress\na@b.test\n", "no column Kind"),
    ("a@b.test\n", "no column Kind"),
    ("a@b.test,bounce\n", "first row is to name the columns"),
    (HEAD + "noaddress,bounce,,,\na@b.test,no,,,\n", 'row 2: "noaddress" is no e-mail address: it has no @; row 3: "no" is neither'),
    (HEAD + "a@b.test,bounce,99,,\na@b.test,bounce,,5.1,\na@b.test,bounce,,,soon\na@b.test,bounce\n",
     'row 2: "99" is no SMTP reply code; row 3: "5.1" is no status code such as 5.1.1; row 4: "soon" is no date'),
    (HEAD + 'a@b.test,"bounce,,,\n', "no double quote"),
])
def test_what_cannot_be_imported(relay, text, said):
    assert said in refused(*relay("import", "-"), input=text)
    assert entries(relay) == []


@pytest.mark.parametrize("arguments, said", [
    (["add", "a@b.test"], "--kind bounce or unsubscribe"),
    (["list", "--kind", "email"], 'not "email"'),
    (["list", "--since", "soon"], '"soon"'),
    (["list", "--since", "2024-02-02", "--until", "2024-02-01"], "--until is before --since"),
    (["remove", "a@b.test", "--since", "2024-01-01"], "list and export alone"),
    (["export", "--json"], "writes CSV"),
])
def test_wrong_usage(relay, arguments, said):
    assert said in refused(*relay(*arguments), code=USAGE)


def test_no_address(relay):
    assert "has no @" in refused(*relay("add", "nobody", "--kind", "bounce"))
