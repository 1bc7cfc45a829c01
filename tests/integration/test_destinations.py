"""How destinations are driven: retries by what the reply says, rest after failures, connections, rate."""
import time

import pytest

import mail
import soap
from dns_server import DnsServer
from processes import free_port
from smtp_script import ScriptedServer
from test_delivery import text_lines
from wait import wait_for

SILENT, GOOD, SCRIPTED = "127.0.0.31", "127.0.0.32", "127.0.0.33"
ZONE = {
    "silent.example": {"A": [SILENT]},
    "good.example": {"A": [GOOD]},
    "halfdead.example": {"MX": [(10, "mx1.halfdead.example"), (20, "mx2.halfdead.example")]},
    "mx1.halfdead.example": {"A": [SILENT]},
    "mx2.halfdead.example": {"A": [GOOD]},
    "scripted.example": {"A": [SCRIPTED]},
}


@pytest.fixture
def dns():
    server = DnsServer(ZONE).start()
    yield server
    server.stop()


@pytest.fixture
def script():
    """Factory of scripted servers on one port, which all hosts share."""
    port, made = free_port(), []

    def make(address, **replies):
        made.append(ScriptedServer(address, port, **replies).start())
        return made[-1]
    yield make
    for server in made:
        server.stop()


def relay(make_server, dns, server, **delivery):
    return make_server(workers=1, delivery={"route": "mx", "resolver": f"127.0.0.1@{dns.port}", "port": server.port,
                                            "retry": [600], **delivery})


def send(server, domain, count=1):
    recipients = [f"{mail.unique('to')}@{domain}" for _ in range(count)]
    with mail.client(server) as smtp:
        for recipient in recipients:
            smtp.sendmail(mail.SENDER, recipient, mail.build(to=recipient))
    return recipients


@pytest.mark.parametrize("reply, key", [
    ("450 4.2.0 <x>: Recipient address rejected: Greylisted", "retry_greylisted"),
    ("451 4.7.1 Please try again in a while", "retry_greylisted"),
    ("452 4.2.2 The mailbox is full", "retry_full"),
])
def test_waits_by_what_the_reply_says(make_server, dns, script, reply, key):
    """The ordinary wait is long for greylisting and short for a full mailbox: only the key's own comes out right."""
    replies = iter([reply])
    server = script(SCRIPTED, RCPT=lambda line: next(replies, "250 2.1.5 Ok"))
    sender = relay(make_server, dns, server, **{"retry": [600 if key == "retry_greylisted" else 1], key: 3})
    recipient, = send(sender, "scripted.example")
    soap.delivery(sender, recipient, "Deferred")
    deferred = time.monotonic()
    attempts = text_lines(sender, recipient, "Delivered")
    assert time.monotonic() - deferred > 1.5
    assert list(attempts) == [1, 2] and ("in", reply) in attempts[1]


def test_a_silent_destination_rests_and_holds_up_nobody(make_server, dns, script):
    silent = script(SILENT, greeting=None)
    good = script(GOOD)
    sender = relay(make_server, dns, good, reply_timeout=2, retry=[5])
    waiting = send(sender, "silent.example", 30)
    recipient, = send(sender, "good.example")
    soap.delivery(sender, recipient, "Delivered", 2)
    # The first few fail for themselves, the others are told so at once, and not one by one.
    notes = [next(text for direction, text in reversed(text_lines(sender, each, "Deferred")[1]) if direction == "note")
             for each in waiting]
    assert silent.most_open <= 5
    tried = [note for note in notes if note == "timed out after 2 s"]
    told = [note for note in notes if note.startswith("destination silent.example failed")]
    assert len(tried) + len(told) == 30 and 3 <= len(tried) <= 5
    assert "times, the last time: timed out after 2 s, next try at 2" in told[0]
    # Then one alone tries.
    before = silent.connections
    wait_for(lambda: silent.connections > before, 15, "the next try")
    assert silent.open == 1


def test_a_destination_that_comes_back_gets_all(make_server, dns, script):
    good = script(GOOD)
    sender = relay(make_server, dns, good, retry=[1])
    waiting = send(sender, "scripted.example", 20)
    for recipient in waiting:
        soap.delivery(sender, recipient, "Deferred")
    scripted = script(SCRIPTED)
    for recipient in waiting:
        soap.delivery(sender, recipient, "Delivered", 30)
    assert sum(command.startswith("RCPT") for command in scripted.commands) == 20


def test_a_dead_host_is_passed_over(make_server, dns, script):
    """The first deliveries wait for the better MX, the later ones go to the other at once."""
    silent, good = script(SILENT, greeting=None), script(GOOD)
    sender = relay(make_server, dns, good, reply_timeout=1, destination_connections=1, idle_timeout=0)
    notes = []
    for _ in range(4):
        recipient, = send(sender, "halfdead.example")
        lines = text_lines(sender, recipient, "Delivered")[1]
        notes.append([text for direction, text in lines if direction == "note" and "passed over" in text])
    assert silent.connections == 2
    assert [len(each) for each in notes] == [0, 0, 1, 1]
    assert notes[2] == [f"mx1.halfdead.example [{SILENT}]:{good.port} passed over: it failed 2 times"]


def test_421_at_the_door_shrinks(make_server, dns, script):
    """A server that takes one connection at a time gets everything, nearly one at a time."""
    server = script(SCRIPTED)
    server.replies["EHLO"] = lambda line: "421 4.7.0 Too many connections" if server.open > 1 else "250 script"
    sender = relay(make_server, dns, server, retry=[1])
    recipients = send(sender, "scripted.example", 40)
    for recipient in recipients:
        soap.delivery(sender, recipient, "Delivered", 60)
    assert sum(command.startswith("RCPT") for command in server.commands) == 40
    assert server.connections < 20


def test_connections_grow_to_the_limit(make_server, dns, script):
    server = script(SCRIPTED)

    def slowly(line):
        time.sleep(0.3)
        return "250 2.1.5 Ok"
    server.replies["RCPT"] = slowly
    sender = relay(make_server, dns, server, destination_connections=12)
    send(sender, "scripted.example", 80)
    wait_for(lambda: server.most_open == 12, 20, "twelve connections")
    wait_for(lambda: sum(command == "DATA" for command in server.commands) == 80, 30, "all sent")
    assert server.most_open == 12


def test_rate(make_server, dns, script):
    server = script(SCRIPTED)
    sender = relay(make_server, dns, server, destination_rate=300)
    started = time.monotonic()
    recipients = send(sender, "scripted.example", 16)
    wait_for(lambda: sum(command == "DATA" for command in server.commands) == 16, 20, "all sent")
    assert time.monotonic() - started > 2.5
    for recipient in recipients:
        soap.delivery(sender, recipient, "Delivered")
