"""What `bracemail serve` tells a service manager (sd_notify): a datagram socket stands for systemd."""
import os
import secrets
import signal
import smtplib
import socket
import time

import pytest
import requests

from processes import is_listening
from wait import wait_for

SECONDS = 30


class Manager:
    """What systemd hears. states: a list of {name: value}, a datagram each, with the moment it was read under "at"."""

    def __init__(self):
        # An abstract name: processes of every user may write to it.
        self.address = f"@bracemail-test-{secrets.token_hex(8)}"
        self.states = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(self.address.replace("@", "\0"))

    def close(self):
        self._socket.close()

    def heard(self, name):
        """The states told so far that have it."""
        while True:
            try:
                text = self._socket.recv(65536).decode()
            except BlockingIOError:
                return [state for state in self.states if name in state]
            self.states.append(dict(line.split("=", 1) for line in text.splitlines()) | {"at": time.monotonic()})

    def wait_for(self, name, count=1):
        return wait_for(lambda: len(self.heard(name)) >= count and self.heard(name), SECONDS, f"{name} told {count} times")

    def names(self):
        """What was told, in order, without signs of life."""
        self.heard("")
        order = ("READY", "RELOADING", "STOPPING", "WATCHDOG")
        told = [next(name for name in order if name in state) for state in self.states]
        return [name for name in told if name != "WATCHDOG"]


@pytest.fixture
def manager(monkeypatch):
    manager = Manager()
    monkeypatch.setenv("NOTIFY_SOCKET", manager.address)
    yield manager
    manager.close()


def test_ready_comes_when_the_ports_answer_and_stopping_before_the_end(make_server, manager):
    server = make_server(start=False).launch()
    ready, = manager.wait_for("READY")
    smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=SECONDS).quit()
    assert requests.get(server.api_url, timeout=SECONDS).status_code == 200
    assert is_listening(server.submission_port) and is_listening(server.smtps_port)
    assert "processes" in ready["STATUS"]
    server.stop()
    assert manager.names() == ["READY", "STOPPING"]
    assert manager.heard("WATCHDOG") == []


def test_the_private_postgres_is_not_ready_in_our_name(make_server, manager):
    server = make_server(start=False, database=None).start()
    manager.wait_for("READY")
    server.stop()
    assert manager.names() == ["READY", "STOPPING"]


def test_a_reload_is_told_from_its_start_to_its_end(make_server, manager):
    server = make_server(start=False).start()
    manager.wait_for("READY")
    os.kill(server.pid, signal.SIGHUP)
    manager.wait_for("READY", 2)
    assert manager.names() == ["READY", "RELOADING", "READY"]
    assert int(manager.heard("RELOADING")[0]["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert " reloaded " in server.log


def test_a_reload_that_is_refused_ends_too(make_server, manager):
    server = make_server(start=False).start()
    manager.wait_for("READY")
    server.config_path.write_text("bogus = 1\n")
    os.kill(server.pid, signal.SIGHUP)
    manager.wait_for("READY", 2)
    assert manager.names() == ["READY", "RELOADING", "READY"]
    assert " reload-refused " in server.log


def test_signs_of_life_come_in_time_until_the_end(make_server, manager, monkeypatch):
    within = 0.6
    monkeypatch.setenv("WATCHDOG_USEC", str(int(within * 1e6)))
    server = make_server(start=False).start()
    alive = manager.wait_for("WATCHDOG", len(manager.heard("WATCHDOG")) + 6)[-6:]
    gaps = [later["at"] - earlier["at"] for earlier, later in zip(alive, alive[1:])]
    assert within / 4 < sum(gaps) / len(gaps) < within
    os.kill(server.pid, signal.SIGSTOP)
    stopped = len(manager.heard("WATCHDOG"))
    with pytest.raises(AssertionError):
        wait_for(lambda: len(manager.heard("WATCHDOG")) > stopped, 2 * within, "a sign of life of a process that stands")
    os.kill(server.pid, signal.SIGCONT)
    manager.wait_for("WATCHDOG", stopped + 1)
    server.stop()


def test_a_start_that_fails_is_never_ready(make_server, manager):
    server = make_server(start=False, database="host=127.0.0.1 port=1 dbname=x").launch()
    wait_for(lambda: " database-away " in server.log, SECONDS, "the database is missed")
    server.stop()
    assert manager.names() == ["STOPPING"]


def wakings(pid):
    """How often a process went to sleep and was woken."""
    with open(f"/proc/{pid}/status") as status:
        return int(next(line for line in status if line.startswith("voluntary_ctxt_switches")).split()[1])


def test_nobody_is_told_without_a_socket(make_server, monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.setenv("WATCHDOG_USEC", "1000")
    server = make_server(start=False).start()
    before, begun = wakings(server.pid), time.monotonic()
    wait_for(lambda: time.monotonic() > begun + 1, SECONDS, "a second")
    assert wakings(server.pid) - before < 100
    assert server.stop() == 0
    assert "service-manager-untold" not in server.log


def test_a_socket_that_is_gone_is_said_and_harms_nobody(make_server, tmp_path, monkeypatch):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "none"))
    server = make_server(start=False).start()
    assert server.stop() == 0
    assert 'service-manager-untold reason="No such file or directory"' in server.log
