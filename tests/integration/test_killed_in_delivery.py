"""A worker killed while a delivery stands in each of its states: the message arrives, and twice only where SMTP cannot tell."""
import contextlib
import os
import signal
import socket
import threading

import pytest

import mail
import soap
from processes import name_of
from smtp_script import USUAL, ScriptedServer
from wait import wait_for

STEP_SECONDS = 30


class Held(ScriptedServer):
    """Stops before its reply to the first command `verb`, until release(); held says that it has come so far."""

    def __init__(self, verb, **options):
        self.held, self._released, self._lock_held = threading.Event(), threading.Event(), threading.Lock()
        super().__init__(**options, **({verb: self._hold} if verb else {}))
        self._verb = verb

    def _hold(self, line):
        with self._lock_held:
            first = not self.held.is_set()
            self.held.set()
        if first:
            self._released.wait(STEP_SECONDS)
        return USUAL[self._verb]

    def release(self):
        self._released.set()


def kill_workers(server):
    """SIGKILL to every relay process. Returns when they are gone."""
    pids = [pid for pid in server.pids() if (name_of(pid) or "").startswith("relay-")]
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not set(pids) & set(server.pids()), what="the workers are gone")


@contextlib.contextmanager
def to_script(make_server, script, **settings):
    server = make_server(workers=2, delivery={"route": "smarthost", "retry": [1],
                                              "smarthost": f"[127.0.0.1]:{script.port}"}, **settings)
    try:
        yield server
    finally:
        script.stop()


def arrivals(script, recipient):
    return sum(recipient in rcpt for taken in list(script.taken) for rcpt in taken.rcpts)


def send(server):
    recipient = mail.address()
    mail.send(server, mail.build(to=recipient), recipient)
    return recipient


# After the final dot the other side has the message, whatever becomes of its reply.
@pytest.mark.parametrize("verb, times", [("EHLO", 1), ("MAIL", 1), ("RCPT", 1), ("DATA", 1), (".", 2)])
def test_worker_killed_while_it_waits_for_a_reply(make_server, verb, times):
    script = Held(verb).start()
    with to_script(make_server, script) as server:
        recipient = send(server)
        assert script.held.wait(STEP_SECONDS), f"no {verb}"
        kill_workers(server)
        script.release()
        soap.delivery(server, recipient, "Delivered", STEP_SECONDS)
        assert arrivals(script, recipient) == times
        assert len(soap.deliveries(server, recipient)) == 1


def test_worker_killed_before_the_greeting(make_server):
    script = ScriptedServer(greeting=None).start()
    with to_script(make_server, script) as server:
        recipient = send(server)
        wait_for(lambda: script.connections, STEP_SECONDS, "a connection")
        script.greeting = "220 script.example.test"
        kill_workers(server)
        soap.delivery(server, recipient, "Delivered", STEP_SECONDS)
        assert arrivals(script, recipient) == 1


def test_worker_killed_while_it_connects(make_server):
    """A listener with a full backlog leaves SYNs without an answer."""
    with socket.socket() as full, contextlib.ExitStack() as stack:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(address)
        server = make_server(workers=2, delivery={"route": "smarthost", "retry": [1],
                                                  "smarthost": f"[127.0.0.1]:{address[1]}"})
        recipient = send(server)
        wait_for(lambda: syn_sent(address[1], server.pids()), STEP_SECONDS, "a SYN under way")
        kill_workers(server)
        full.close()
        script = ScriptedServer(port=address[1]).start()
        stack.callback(script.stop)
        soap.delivery(server, recipient, "Delivered", STEP_SECONDS)
        assert arrivals(script, recipient) == 1


def syn_sent(port, pids):
    """Whether one of these processes has a connection to the port in state SYN_SENT."""
    inodes = set()
    with open("/proc/net/tcp") as table:
        for fields in map(str.split, table):
            if fields[2].endswith(f":{port:04X}") and fields[3] == "02":
                inodes.add(f"socket:[{fields[9]}]")
    for pid in pids:
        with contextlib.suppress(OSError):
            for descriptor in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    if os.readlink(f"/proc/{pid}/fd/{descriptor}") in inodes:
                        return True
    return False


def test_worker_killed_before_it_records_the_end(make_server, make_database):
    """Delivered, and the reply was read, but the transaction that says so never committed."""
    cluster = make_database()
    database = cluster.create_database()
    script = ScriptedServer().start()
    with to_script(make_server, script, database=cluster.conninfo(database)) as server:
        blocker = cluster.connect(database)
        blocker.autocommit = False
        with contextlib.closing(blocker):
            blocker.cursor().execute("LOCK TABLE smtp_log IN EXCLUSIVE MODE")
            recipient = send(server)
            wait_for(lambda: arrivals(script, recipient), STEP_SECONDS, "the message arrives")
            wait_for(lambda: waiting_for_lock(cluster, database), STEP_SECONDS, "its record waits")
            kill_workers(server)
        soap.delivery(server, recipient, "Delivered", STEP_SECONDS)
        assert 1 <= arrivals(script, recipient) <= 2


def waiting_for_lock(cluster, database):
    with contextlib.closing(cluster.connect(database)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]
