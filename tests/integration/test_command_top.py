"""bracemail top: what a server does just now."""
import copy
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest

import mail
from bracemail import BINARY
from commands import DONE, USAGE, document, done, refused
from wait import wait_for


@pytest.fixture(scope="module")
def relay(make_module_server):
    """With TLS on every address of the API: what top asks all the same. Puts off and refuses what it is asked to."""
    server = make_module_server(start=False, workers=2, delivery={"retry": [3600]})
    server.settings["api"].update(listen=[f"0.0.0.0:{server.api_port}"], tls_certificate=server.settings["tls_certificate"],
                                  tls_key=server.settings["tls_key"])
    server.write_config()
    server.start()
    server.add_account(server.account, server.password)
    return server


@pytest.fixture(scope="module")
def trouble(relay):
    """One delivery that is put off, and one that is refused: their addresses."""
    later, never = f"defer-451@{mail.unique('d')}.test", f"reject-550@{mail.unique('d')}.test"
    mail.send(relay, mail.build(), [later, never])
    wait_for(lambda: {each["recipient"] for each in top(relay)["errors"]} == {later, never}, 30, "both were tried")
    return later, never


def top(server):
    return document(server, "top", "--once")


def test_queue_destinations_and_errors(relay, trouble):
    later, never = trouble
    told = top(relay)
    assert (told["hostname"], told["counters_problem"], told["database_problem"]) == (relay.hostname, None, None)
    assert {name: told["queue"][name] for name in ("waiting", "trying", "held", "destinations")} == {
        "waiting": 1, "trying": 0, "held": 0, "destinations": 1}
    assert sum(told["queue"]["younger_than"].values()) == 1
    destination, = told["destinations"]
    assert destination.pop("oldest_at") < destination.pop("next_attempt_at")
    assert destination == {"destination": later.partition("@")[2], "waiting": 1, "trying": 0, "held": 0,
                           "trouble": "[127.0.0.1] said: 451 4.3.0 not now: try again"}
    errors = {each["recipient"]: (each["account"], each["result"], each["reason"]) for each in told["errors"]}
    assert errors == {later: (relay.account, "deferred 4.3.0", "[127.0.0.1] said: 451 4.3.0 not now: try again"),
                      never: (relay.account, "failed 5.1.1", "[127.0.0.1] said: 550 5.1.1 there is no such mailbox")}
    database = told["database"]
    assert 0 < database["connections"] < database["connections_max"] and database["idle_in_transaction"] == 0


def test_rates_and_connections(relay):
    stream = subprocess.Popen([BINARY, "top", "--json", "--config", str(relay.config_path)], stdout=subprocess.PIPE, text=True)
    try:
        first = json.loads(stream.stdout.readline())
        with mail.client(relay) as client:
            for _ in range(3):
                client.sendmail(mail.SENDER, [mail.address(), mail.address()], mail.build())
            seen = {"messages": 0, "recipients": 0}
            # What was counted is told once: rates add up.
            for _ in range(30):
                told = json.loads(stream.stdout.readline())
                for name in seen:
                    seen[name] += told["in"][name] * told["interval_seconds"]
                if seen["recipients"] > 5.9:
                    break
            assert told["connections"]["smtp"] >= 1
        assert first["in"]["messages"] == 0 and first["mean_seconds"]["accept"] is None
        assert {name: round(count, 3) for name, count in seen.items()} == {"messages": 3, "recipients": 6}
        assert set(told) >= {"in", "out", "smtp_replies", "api", "mean_seconds"}
        stream.send_signal(signal.SIGTERM)
        assert stream.wait(timeout=30) == DONE
    finally:
        stream.kill()
        stream.wait()
        stream.stdout.close()


def test_text(relay, trouble):
    later, never = trouble
    lines = done(relay, "top", "--once").splitlines()
    assert lines[0].startswith(f"bracemail top   {relay.hostname}   20")
    assert [line.split()[0] for line in lines[1:8]] == ["in", "out", "smtp", "api", "database", "queue", "age"]
    assert max(len(line) for line in lines[:8]) <= 80
    assert [line for line in lines if later.partition("@")[2] in line and line.split()[:3] == ["1", "0", "0"]]
    assert [line for line in lines if f"<{never}>: [127.0.0.1] said: 550" in line]


def size(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def test_a_screen(relay, trouble):
    terminal, end = pty.openpty()
    size(terminal, 9, 40)
    before = termios.tcgetattr(end)
    process = subprocess.Popen([BINARY, "top", "--config", str(relay.config_path)], stdin=end, stdout=end, stderr=end)
    shown = b""

    def read_until(mark):
        nonlocal shown
        until = time.monotonic() + 30
        while mark not in shown:
            assert select.select([terminal], [], [], max(0, until - time.monotonic()))[0], f"{mark} within 30 s, not {shown[-2000:]}"
            shown += os.read(terminal, 65536)

    try:
        read_until(b"\x1b[J")
        assert shown.startswith(b"\x1b[?1049h\x1b[?25l\x1b[H")
        first = shown.split(b"\x1b[H")[1].split(b"\x1b[J")[0].split(b"\r\n")
        assert len(first) <= 9 and max(len(re.sub(rb"\x1b\[K", b"", line)) for line in first) == 40
        shown = b""
        size(terminal, 40, 200)
        process.send_signal(signal.SIGWINCH)
        read_until(f"<{trouble[1]}>".encode())
        os.write(terminal, b"q")
        read_until(b"\x1b[?25h\x1b[?1049l")
        assert process.wait(timeout=30) == DONE
        assert termios.tcgetattr(end) == before
    finally:
        process.kill()
        process.wait()
        os.close(end)
        os.close(terminal)


def test_without_a_server(make_server):
    server = make_server(start=False)
    server.cli("migrate", check=True)
    told = top(server)
    assert f"http://127.0.0.1:{server.api_port}/metrics" in told["counters_problem"] and "in" not in told
    assert (told["queue"]["waiting"], told["destinations"], told["errors"]) == (0, [], [])
    assert "no counters: " in server.cli("top", "--once", check=True).stdout


def test_no_terminal(relay):
    assert "--once" in refused(relay, "top", code=USAGE)


def test_errors_of_each_account_the_newest_first(relay, trouble):
    other = copy.copy(relay)
    other.account, other.password = "other", "another pass word"
    relay.add_account(other.account, other.password)
    never = f"reject-550@{mail.unique('d')}.test"
    mail.send(other, mail.build(), never)
    wait_for(lambda: top(relay)["errors"][0]["recipient"] == never, 30, "it was tried")
    assert [each["account"] for each in top(relay)["errors"]] == [other.account, relay.account, relay.account]
