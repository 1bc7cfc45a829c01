"""DKIM: keys by the command line, signatures as an independent verifier sees them."""
import json
import re

import dkim
import pytest

import mail
import soap
from sink import Sink
from wait import wait_for

DONE, FAILED, USAGE = 0, 1, 2
LARGE_BYTES = 5_000_000
WORKERS = 2
RECORD = re.compile(r'^(\S+) IN TXT((?: "[^"]{1,255}")+)$')


@pytest.fixture(scope="module")
def sink():
    receiver = Sink()
    receiver.start()
    yield receiver
    receiver.stop()


@pytest.fixture(scope="module")
def relay(sink, make_module_server):
    return make_module_server(workers=WORKERS, delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{sink.port}"})


def record(printed):
    """(name, value) of a printed record, as a DNS server would answer."""
    name, strings = RECORD.match(printed.rstrip("\n")).groups()
    return name, "".join(re.findall(r'"([^"]*)"', strings))


def add_key(relay, domain, *options):
    """Makes a key. Returns its record."""
    done = relay.cli("dkim", "add", relay.account, domain, *options)
    assert (done.returncode, done.stderr) == (DONE, "")
    return record(done.stdout)


@pytest.fixture
def domain(relay):
    """A domain of its own for each test; its keys are left."""
    return mail.unique("d") + ".example.test"


def send(relay, sink, sender, **parts):
    """Returns the message as it arrived."""
    recipient = mail.address()
    mail.send(relay, mail.build(sender=sender, to=recipient, **parts), recipient)
    wait_for(lambda: sink.to(recipient), 30, what="the message in the sink")
    return sink.to(recipient)[0].content


def signatures(raw):
    """The tags of each signature, from the top."""
    found = []
    for value in mail.field(raw, "DKIM-Signature"):
        text = re.sub(rb"\s+", b"", value).decode()
        found.append(dict(tag.split("=", 1) for tag in text.split(";") if tag))
    return found


def verify(raw, *records):
    """Whether every signature of the message is right."""
    zone = {name.encode(): value.encode() for name, value in records}
    message = dkim.DKIM(raw)
    count = len(signatures(raw))
    assert count > 0
    try:
        return all(message.verify(index, dnsfunc=lambda name, timeout=5: zone.get(name)) for index in range(count))
    except dkim.ValidationError:
        return False


BODIES = {
    "plain": b"Hello.\r\n",
    "8-bit": "Grüße\r\n".encode() + b"caf\xe9 \x80\xff\r\n",
    "dots": b".\r\n..\r\n.x\r\n...\r\n",
    "spaces": b"a  b \t c \r\n \t\r\nd\r\n\r\n\r\n \r\n\r\n",
    "no line end at the end": b"Hello.\r\nlast",
    "long line": b"x" * 100_000 + b"\r\n",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_both_algorithms_sign(relay, sink, domain, body):
    records = add_key(relay, domain), add_key(relay, domain, "--algorithm", "ed25519")
    raw = send(relay, sink, f"shop@{domain}", body=body)
    assert [(each["a"], each["s"], each["d"]) for each in signatures(raw)] == [
        ("ed25519-sha256", "bracemail-ed25519", domain), ("rsa-sha256", "bracemail-rsa", domain)]
    assert raw.startswith(b"DKIM-Signature:")
    assert verify(raw, *records)
    assert raw.endswith(body if body.endswith(b"\r\n") else body + b"\r\n")


def test_what_a_signature_covers(relay, sink, domain):
    key = add_key(relay, domain)
    raw = send(relay, sink, f"shop@{domain}", headers=["Reply-To: desk@elsewhere.example.test", "X-Mailer: it",
                                                       "Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000"])
    tags, = signatures(raw)
    assert tags["c"] == "relaxed/relaxed"
    assert "l" not in tags
    fields = [name.lower() for name in tags["h"].split(":")]
    assert fields.count("from") == 2
    assert fields.count("reply-to") == 2
    assert {"to", "subject", "date", "message-id"} <= set(fields)
    assert not {"received", "x-mailer"} & set(fields)
    assert verify(raw, key)
    for changed in (raw.replace(b"Hello.", b"Hallo."), raw.replace(b"Subject: H", b"Subject: J"),
                    raw.replace(b"\r\nFrom:", b"\r\nFrom: other@example.test\r\nFrom:"),
                    raw.replace(b"\r\n\r\n", b"\r\nSubject: more\r\n\r\n", 1)):
        assert changed != raw
        assert not verify(changed, key)
    assert verify(raw.replace(b"X-Mailer: it", b"X-Mailer: that"), key)


HEADS = {
    "folds": ["References: <a@b>\r\n\t<c@d>\r\n   <e@f>", "Cc:  one@example.test ,\r\n two@example.test "],
    "raw 8-bit": [b"Comments: caf\xe9", b"Reply-To: Gr\xc3\xbc\xc3\x9fe \xff <a@b.example.test>"],
    "repeated": ["List-Id: <a>", "List-Id: <b>", "Cc: a@b.example.test", "Cc: c@d.example.test"],
    "odd case and spacing": ["mime-VERSION:1.0", "CONTENT-type:   text/plain;charset=utf-8  "],
    "empty": ["Reply-To:", "In-Reply-To: "],
    "long": ["References: " + "<" + "a" * 5000 + "@b>"],
    "signed before": ["DKIM-Signature: v=1; a=rsa-sha256; d=a.test; s=b; c=simple; h=from; bh=YQ==;\r\n\tb=YQ=="],
}


@pytest.mark.parametrize("headers", HEADS.values(), ids=HEADS)
def test_header_fields_of_all_kinds(relay, sink, domain, headers):
    key = add_key(relay, domain)
    raw = send(relay, sink, f"shop@{domain}", headers=headers)
    assert dkim.DKIM(raw).verify(0, dnsfunc=lambda name, timeout=5: key[1].encode())


@pytest.mark.parametrize("sender, signs", [
    ("shop@{}", True),
    ("shop@SHOP.{}", True),
    ('"a, b@c.test" <shop@deep.shop.{}>', True),
    ("shop@x{}", False),
    ("shop@{}.test", False),
])
def test_the_domain_of_from_decides(relay, sink, domain, sender, signs):
    key = add_key(relay, domain.upper())
    recipient = mail.address()
    mail.send(relay, mail.build(sender=sender.format(domain), to=recipient,
                                headers=[f"Sender: robot@{domain}"]), recipient, sender=f"bounce@{domain}")
    wait_for(lambda: sink.to(recipient), what="the message in the sink")
    raw = sink.to(recipient)[0].content
    assert [each["d"] for each in signatures(raw)] == ([domain] if signs else [])
    assert not signs or verify(raw, key)


def test_the_closest_domain_signs(relay, sink, domain):
    add_key(relay, domain)
    key = add_key(relay, f"shop.{domain}", "--selector", "S1")
    raw = send(relay, sink, f"a@www.shop.{domain}")
    assert [(each["d"], each["s"]) for each in signatures(raw)] == [(f"shop.{domain}", "s1")]
    assert verify(raw, key)


def test_a_domain_beyond_ascii(relay, sink, domain):
    name, value = add_key(relay, f"bücher.{domain}")
    assert name == f"bracemail-rsa._domainkey.xn--bcher-kva.{domain}."
    raw = send(relay, sink, f"a@xn--bcher-kva.{domain}")
    assert verify(raw, (name, value))


def test_keys_are_an_accounts_own(relay, sink, domain):
    other = mail.unique("Other ")
    relay.add_account(other, "x")
    assert relay.cli("dkim", "add", other, domain).returncode == DONE
    assert signatures(send(relay, sink, f"shop@{domain}")) == []


def test_large_message(relay, sink, domain):
    records = add_key(relay, domain), add_key(relay, domain, "--algorithm", "ed25519")
    line = b"The quick brown  fox jumps over the lazy dog. \t\r\n"
    raw = send(relay, sink, f"shop@{domain}", body=line * (LARGE_BYTES // len(line)))
    assert verify(raw, *records)


def test_one_signature_for_all_recipients_and_the_log_counts_it(relay, sink, domain):
    key = add_key(relay, domain)
    recipients = [mail.address() for _ in range(3)]
    mail.send(relay, mail.build(sender=f"shop@{domain}"), recipients)
    wait_for(lambda: all(sink.to(each) for each in recipients), what="the message for each")
    contents = {sink.to(each)[0].content for each in recipients}
    assert len(contents) == 1
    raw = contents.pop()
    assert verify(raw, key)
    row = soap.delivery(relay, recipients[0], "Delivered")
    log = [text for _, text in soap.lines(soap.smtp_log(relay, row["TransactionalID"]))]
    assert f"[{len(raw)} bytes]" in log
    assert any(text.endswith(f" SIZE={len(raw)}") for text in log if text.startswith("MAIL FROM"))


def test_campaigns_and_transactional_mail_of_the_api(relay, sink, domain):
    key = add_key(relay, domain)
    recipients = [mail.address() for _ in range(3)]
    soap.call(relay, "SendMassEmail", FromEmail=f"news@{domain}", FromName="Die Grüße", ToGroups="",
              ToGroupFilter="", ToOther=",".join(recipients), ToWebDatabase="", Subject="Nachrichten ü",
              MessagePlain="Hello %%EmailAddress%%.\n.\nGrüße", MessageHTML="<p>Hello</p>", Options="")
    wait_for(lambda: all(sink.to(each) for each in recipients), 30, what="the campaign in the sink")
    for each in recipients:
        raw = sink.to(each)[0].content
        assert verify(raw, key)
        assert "content-type" in signatures(raw)[0]["h"].lower()


def test_rotation(relay, sink, domain):
    first = add_key(relay, domain, "--selector", "one")
    second = add_key(relay, domain, "--selector", "two", "--bits", "3072")
    assert len(second[1]) > len(first[1])

    def selectors():
        raw = send(relay, sink, f"shop@{domain}")
        assert not signatures(raw) or verify(raw, first, second)
        return [each["s"] for each in signatures(raw)]
    assert selectors() == ["one", "two"]
    for action, expected in ((["disable"], ["two"]), (["enable"], ["one", "two"]), (["remove", "--yes"], ["two"])):
        done = relay.cli("dkim", *action, relay.account, domain, "one")
        assert (done.returncode, done.stdout, done.stderr) == (DONE, "", "")
        assert wait_for(lambda: selectors() == expected, what=f"mail after {action}")
    relay.cli("dkim", "disable", relay.account, domain, "two", check=True)
    assert wait_for(lambda: selectors() == [] or None, what="mail without a signature") is not None


def test_a_broken_key_is_logged_and_the_others_sign(relay, sink, domain, database):
    add_key(relay, domain, "--selector", "broken")
    add_key(relay, domain, "--selector", "mixed")
    key = add_key(relay, domain, "--selector", "whole")
    name = relay.settings["database"].rpartition("dbname=")[2]
    with database.connect(name) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE dkim_key SET private_key = 'SECRET' WHERE selector = 'broken'")
        cursor.execute("UPDATE dkim_key SET algorithm = 'ed25519-sha256' WHERE selector = 'mixed'")
    connection.close()
    raw = send(relay, sink, f"shop@{domain}")
    assert [each["s"] for each in signatures(raw)] == ["whole"]
    assert verify(raw, key)
    send(relay, sink, f"shop@{domain}")
    assert 1 <= relay.log.count(f"dkim-failed domain={domain} selector=broken") <= WORKERS
    assert "SECRET" not in relay.log
    shown = relay.cli("dkim", "show", relay.account, domain, "broken")
    assert shown.returncode == FAILED
    assert "cannot be read" in shown.stderr
    assert "SECRET" not in shown.stderr


def test_life_of_keys(relay, domain):
    def run(*arguments):
        return relay.cli("dkim", *arguments)
    made = run("add", relay.account, domain)
    name, value = record(made.stdout)
    assert name == f"bracemail-rsa._domainkey.{domain}."
    assert value.startswith("v=DKIM1; k=rsa; p=MII")
    short = run("add", relay.account, domain, "--algorithm", "ed25519")
    assert record(short.stdout)[1].startswith("v=DKIM1; k=ed25519; p=")
    again = run("add", relay.account, domain)
    assert again.returncode == FAILED
    assert "already" in again.stderr
    assert run("show", relay.account, domain, "bracemail-rsa").stdout == made.stdout
    key = {"domain": domain, "selector": "bracemail-rsa", "algorithm": "rsa-sha256", "signs": True}
    assert json.loads(run("show", relay.account, domain, "bracemail-rsa", "--json").stdout) == {
        **key, "record": name.rstrip("."), "value": value}
    assert key in json.loads(run("list", relay.account, "--json").stdout)["keys"]
    listed = run("list", relay.account).stdout.splitlines()
    assert [line for line in listed if line.startswith(domain)] == [
        f"{domain}\tbracemail-ed25519\ted25519-sha256\tactive", f"{domain}\tbracemail-rsa\trsa-sha256\tactive"]
    assert run("disable", relay.account, domain, "bracemail-rsa").returncode == DONE
    assert f"{domain}\tbracemail-rsa\trsa-sha256\tidle" in run("list", relay.account).stdout
    for number in range(6):
        assert run("add", relay.account, domain, "--selector", f"s{number}", "--algorithm", "ed25519").returncode == DONE
    full = run("add", relay.account, domain, "--selector", "s6", "--algorithm", "ed25519")
    assert full.returncode == FAILED
    assert "the limit" in full.stderr
    assert run("remove", relay.account, domain, "bracemail-rsa").returncode == USAGE
    assert run("remove", relay.account, domain, "bracemail-rsa", "--yes").returncode == DONE
    for action in (["show"], ["remove", "--yes"], ["enable"]):
        gone = run(*action, relay.account, domain, "bracemail-rsa")
        assert gone.returncode == FAILED
        assert "dkim list" in gone.stderr
    assert 'no account "nobody"' in run("list", "nobody").stderr
    assert "PRIVATE KEY" not in made.stdout + made.stderr + relay.log


@pytest.mark.parametrize("arguments, code, said", [
    ([], USAGE, "dkim does what?"),
    (["sing"], USAGE, 'dkim cannot "sing"'),
    (["add", "demo"], USAGE, "takes 2 words"),
    (["add", "demo", "a.test", "--algorithm", "dsa"], USAGE, "rsa or ed25519"),
    (["add", "demo", "a.test", "--bits", "512"], USAGE, "2048 to 4096"),
    (["add", "demo", "a.test", "--bits", "2048", "--algorithm", "ed25519"], USAGE, "--bits is for rsa"),
    (["list", "demo", "--bits", "2048"], USAGE, "makes no key"),
    (["add", "demo", "a..test"], FAILED, "no domain name"),
    (["add", "demo", "a.test", "--selector", "a b"], FAILED, "no selector"),
])
def test_wrong_calls(relay, arguments, code, said):
    done = relay.cli("dkim", *arguments)
    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
