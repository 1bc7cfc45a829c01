"""Several recipients of one message in one transaction on the way out, each with a transcript of its own."""
import contextlib
import itertools

import pytest

import mail
from dns_server import DnsServer
from processes import free_port
from smtp_script import ScriptedServer
from test_delivery import text_lines

LIMIT = 6
PIPELINING = "250-script.example.test\r\n250 PIPELINING"
ADDRESSES = {name: f"127.0.1.{number}" for number, name in enumerate(
    ("all", "piped", "limit", "alone", "mixed", "many", "none", "first", "second", "again", "verp"), 1)}
ZONE = {f"{name}.example": {"A": [address]} for name, address in ADDRESSES.items()}
ZONE["pair.example"] = {"MX": [(10, "first.example"), (20, "second.example")]}


@pytest.fixture(scope="module")
def relay(make_module_server):
    dns = DnsServer(ZONE).start()
    try:
        server = make_module_server(workers=1, delivery={
            "route": "mx", "resolver": f"127.0.0.1@{dns.port}", "port": free_port(), "retry": [1],
            "transaction_recipients": LIMIT})
        server.cli("account", "set", server.account, "keep-mail-from", "yes", check=True)
        yield server
    finally:
        dns.stop()


@pytest.fixture
def script(relay):
    """Factory of scripted servers at one of the addresses."""
    with contextlib.ExitStack() as stack:
        def make(name, **replies):
            server = ScriptedServer(ADDRESSES[name], relay.settings["delivery"]["port"], **replies).start()
            stack.callback(server.stop)
            return server
        yield make


def send(relay, domain, prefixes, sender=mail.SENDER):
    recipients = [f"{mail.unique(prefix)}@{domain}.example" for prefix in prefixes]
    mail.send(relay, mail.build(), recipients, sender=sender)
    return recipients


def commands(lines, verb):
    return [text for direction, text in lines if direction == "out" and text.startswith(verb)]


def assert_delivered_at_once(relay, recipients):
    for recipient in recipients:
        attempts = text_lines(relay, recipient, "Delivered")
        assert list(attempts) == [1]
        assert commands(attempts[1], "RCPT") == [f"RCPT TO:<{recipient}>"]
        assert len(commands(attempts[1], "DATA")) == 1
        assert ("in", "250 2.0.0 Ok") in attempts[1]


def rcpts(taken):
    """The addresses of one transaction."""
    return sorted(line[len("RCPT TO:<"):-1] for line in taken.rcpts)


@pytest.mark.parametrize("domain, ehlo", [("all", "250 script.example.test"), ("piped", PIPELINING)])
@pytest.mark.parametrize("sender", [mail.SENDER, ""])
def test_one_transaction(relay, script, domain, ehlo, sender):
    server = script(domain, EHLO=ehlo)
    recipients = send(relay, domain, ["to"] * 5, sender)
    assert_delivered_at_once(relay, recipients)
    taken, = server.taken
    assert taken.mail == f"MAIL FROM:<{sender}>"
    assert rcpts(taken) == sorted(recipients)


def test_limit(relay, script):
    server = script("limit")
    recipients = send(relay, "limit", ["to"] * (2 * LIMIT + 1))
    assert_delivered_at_once(relay, recipients)
    assert sorted(len(taken.rcpts) for taken in server.taken) == [1, LIMIT, LIMIT]
    assert sorted(itertools.chain(*map(rcpts, server.taken))) == sorted(recipients)


def test_a_return_path_of_its_own_stays_alone(relay, script):
    server = script("verp")
    relay.cli("account", "set", relay.account, "keep-mail-from", "no", check=True)
    try:
        recipients = send(relay, "verp", ["to"] * 3)
        assert_delivered_at_once(relay, recipients)
    finally:
        relay.cli("account", "set", relay.account, "keep-mail-from", "yes", check=True)
    assert len(server.taken) == 3 == len({taken.mail for taken in server.taken})


def test_other_messages_stay_apart(relay, script):
    server = script("alone")
    recipients = []
    for _ in range(3):
        recipients += send(relay, "alone", ["to"])
    assert_delivered_at_once(relay, recipients)
    assert [len(taken.rcpts) for taken in server.taken] == [1, 1, 1]


@pytest.mark.parametrize("ehlo", ["250 script.example.test", PIPELINING])
def test_each_has_its_own_verdict(relay, script, ehlo):
    def reply(line):
        return "550 5.1.1 nobody" if "<no" in line else "450 4.2.0 later" if "<later" in line else "250 2.1.5 Ok"
    server = script("mixed", EHLO=ehlo, RCPT=reply)
    refused, good, later, better = send(relay, "mixed", ["no", "to", "later", "to"])
    assert_delivered_at_once(relay, [good, better])
    for recipient, status, answer in ((refused, "Failed", "550 5.1.1 nobody"), (later, "Deferred", "450 4.2.0 later")):
        lines = text_lines(relay, recipient, status)[1]
        assert commands(lines, "RCPT") == [f"RCPT TO:<{recipient}>"]
        assert ("in", answer) in lines and ("in", "250 2.1.5 Ok") not in lines
        assert ("note", "the content goes to other recipients of this transaction alone") in lines
    assert rcpts(server.taken[0]) == sorted([good, better])
    server.replies["RCPT"] = "250 2.1.5 Ok"
    assert list(text_lines(relay, later, "Delivered"))[:2] == [1, 2]


def test_all_refused_there_is_no_content(relay, script):
    server = script("none", RCPT="550 5.1.1 nobody")
    for recipient in send(relay, "none", ["to"] * 3):
        lines = text_lines(relay, recipient, "Failed")[1]
        assert ("in", "550 5.1.1 nobody") in lines and not commands(lines, "DATA")
    assert "DATA" not in server.commands
    assert sum(command.startswith("MAIL") for command in server.commands) == 1


@pytest.mark.parametrize("ehlo", ["250 script.example.test", PIPELINING])
def test_too_many_go_on_in_another_transaction(relay, script, ehlo):
    """RFC 5321 4.5.3.1.10: it is no failure, so there is one attempt."""
    count = itertools.count(1)

    def begin(line):
        nonlocal count
        count = itertools.count(1)
        return "250 2.1.0 Ok"
    server = script("many", EHLO=ehlo, MAIL=begin,
                    RCPT=lambda line: "250 2.1.5 Ok" if next(count) <= 2 else "452 4.5.3 Too many recipients")
    recipients = send(relay, "many", ["to"] * 5)
    transactions = []
    for recipient in recipients:
        attempts = text_lines(relay, recipient, "Delivered")
        assert list(attempts) == [1]
        transactions.append(len(commands(attempts[1], "MAIL")))
        assert len(commands(attempts[1], "RCPT")) == transactions[-1]
    assert sorted(transactions) == [1, 1, 2, 2, 3]
    assert [len(taken.rcpts) for taken in server.taken] == [2, 2, 1]
    assert sorted(itertools.chain(*map(rcpts, server.taken))) == sorted(recipients)
    assert server.connections == 1


def test_the_next_host_gets_whom_the_first_did_not_decide_on(relay, script):
    replies = iter(["550 5.1.1 nobody", "250 2.1.5 Ok", "421 4.3.2 Going down"])
    first, second = script("first", RCPT=lambda line: next(replies)), script("second")
    refused, *others = send(relay, "pair", ["no", "to", "to", "to"])
    lines = text_lines(relay, refused, "Failed")[1]
    assert ("in", "550 5.1.1 nobody") in lines
    for recipient in others:
        attempts = text_lines(relay, recipient, "Delivered")
        assert list(attempts) == [1]
        assert ("in", "421 4.3.2 Going down") in attempts[1]
        assert any(direction == "note" and text.startswith("trying second.example") for direction, text in attempts[1])
    assert not first.taken
    taken, = second.taken
    assert rcpts(taken) == sorted(others)


def test_together_again_when_tried_again(relay, script):
    """The retry is read from the database."""
    seen = set()

    def reply(line):
        new = line not in seen
        seen.add(line)
        return "450 4.2.0 later" if new else "250 2.1.5 Ok"
    server = script("again", RCPT=reply)
    recipients = send(relay, "again", ["to"] * 5)
    for recipient in recipients:
        assert list(text_lines(relay, recipient, "Delivered")) == [1, 2]
    taken, = server.taken
    assert rcpts(taken) == sorted(recipients)
