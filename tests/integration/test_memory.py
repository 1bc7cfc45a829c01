"""What mail that waits for its next hop costs a worker in memory, and what is left of that when it has gone."""
import asyncio
import pathlib
import threading

import pytest

import mail
from processes import name_of
from sink import Sink
from test_campaign import send_campaign
from wait import wait_for

MIB = 1 << 20
MESSAGES, BODY = 150, b"x" * 78 + b"\r\n"
BODY_LINES = 5000
DEADLINE = 60


@pytest.fixture
def held_sink():
    """A next hop that answers no message before sink.go is set."""
    go = threading.Event()

    async def answer(taken):
        sink.waiting += 1
        while not go.is_set():
            await asyncio.sleep(0.05)
    sink = Sink(answer=answer)
    sink.go, sink.waiting = go, 0
    sink.start()
    yield sink
    go.set()
    sink.stop()


def worker_memory(server):
    """Anonymous memory of its one worker, in bytes."""
    worker = next(pid for pid in server.pids() if name_of(pid).startswith("relay"))
    status = pathlib.Path(f"/proc/{worker}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) * 1024


def test_a_backlog_waits_in_the_database_and_memory_is_given_back(make_server, held_sink):
    server = make_server(workers=1, limits={"memory_bytes": 64 * MIB, "message_bytes": 8 * MIB},
                         delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{held_sink.port}",
                                   "destination_connections": 2})
    mail.send(server, mail.build(), mail.address())
    before = worker_memory(server)
    recipients = [mail.address() for _ in range(MESSAGES)]
    content = mail.build(body=BODY * BODY_LINES)
    with mail.client(server) as smtp:
        for recipient in recipients:
            smtp.sendmail(mail.SENDER, recipient, content)
    # 57 MiB wait: 8 of them may in memory.
    wait_for(lambda: worker_memory(server) - before < 24 * MIB, DEADLINE, "most of the backlog is not in memory")
    held_sink.go.set()
    wait_for(lambda: len(held_sink.snapshot()) == MESSAGES + 1, DEADLINE, "all have arrived")
    assert {taken.recipients[0] for taken in held_sink.snapshot()} >= set(recipients)
    for recipient in recipients:
        assert held_sink.to(recipient)[0].content.endswith(BODY * BODY_LINES)
    wait_for(lambda: worker_memory(server) - before < 12 * MIB, DEADLINE, "memory is given back")


def test_campaigns_that_are_composed_wait_for_memory(make_server, held_sink):
    """Each recipient's copy is made when a connection sends it: of 30 connections only some may hold one at a time."""
    server = make_server(workers=1, limits={"memory_bytes": 64 * MIB},
                         delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{held_sink.port}", "destination_connections": 30})
    held_sink.go.set()
    first = [mail.address() for _ in range(100)]  # with each that it takes it is given more connections
    send_campaign(server, ToOther=",".join(first))
    wait_for(lambda: len(held_sink.snapshot()) == len(first), DEADLINE, "it has proved itself")
    held_sink.go.clear()
    held_sink.waiting, before = 0, worker_memory(server)
    recipients = [mail.address() for _ in range(30)]
    send_campaign(server, ToOther=",".join(recipients), MessagePlain="Hello %%emailaddress%%. " + "x" * (4 * MIB))
    # A quarter of the memory is for such copies, of 5 MiB each. All at once took 140 MiB.
    wait_for(lambda: held_sink.waiting >= 3, DEADLINE, "some are under way")
    assert worker_memory(server) - before < 80 * MIB
    held_sink.go.set()
    wait_for(lambda: {to for taken in held_sink.snapshot() for to in taken.recipients} >= set(recipients), DEADLINE, "all have arrived")
    wait_for(lambda: worker_memory(server) - before < 40 * MIB, DEADLINE, "memory is given back")
