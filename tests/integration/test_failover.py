"""Connection strings with several hosts: a primary that goes, a standby that takes over, and servers that are no use just now."""
import asyncio
import contextlib
import os
import re
import signal
import socket
import threading

import pytest

import mail
import soap
from load import Load
from sink import Sink
from test_crash import arrivals
from test_log import send
from test_restored import copies, deliver_deferred, restored, state
from wait import wait_for

MESSAGES, CONNECTIONS = 300, 10
LOAD_SECONDS = 120


def to_sink(sink):
    return {"route": "smarthost", "smarthost": f"[127.0.0.1]:{sink.port}", "retry": [1]}


@contextlib.contextmanager
def silent_host():
    """Takes connections and never says a word. Yields its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        yield listener.getsockname()[1]


def several(database, *clusters):
    """Nobody says target_session_attrs here: Bracemail wants the one that takes writes."""
    return f"host={','.join(str(cluster.folder) for cluster in clusters)} user=postgres dbname={database}"


def test_a_host_that_does_not_answer_is_passed_over(database, make_server):
    """Every process gets past it, and a command does."""
    with silent_host() as port:
        server = make_server(database=f"host=127.0.0.1,{database.folder} port={port},5432 user=postgres connect_timeout=2 "
                             f"dbname={database.create_database()}")
        address = mail.address()
        mail.send(server, mail.build(to=address), address)
        mail.captured(server, address)
        assert soap.call(server, "AuthenticateUser")
        assert server.log.count("database-connected") >= 3


def test_the_standby_takes_over(make_database, make_server, sink):
    """Named first, it is passed over while it is one; the primary dies under load, and what had 250 arrives by way of the standby."""
    primary = make_database()
    database = primary.create_database()
    standby = make_database(standby_of=primary)
    primary.set("synchronous_standby_names", "*")
    server = make_server(database=several(database, standby, primary), workers=2, delivery=to_sink(sink))
    pids = server.pids()
    load = Load(server, MESSAGES, CONNECTIONS).start()
    wait_for(lambda: len(load.accepted) >= MESSAGES // 4, LOAD_SECONDS, "the load runs")
    primary.stop(signal.SIGQUIT)
    standby.promote()
    load.join(LOAD_SECONDS)
    wait_for(lambda: set(load.accepted) <= set(arrivals(sink)), 60, "all accepted arrive")
    assert {code // 100 for code in load.refusals} <= {4}, load.refusals
    assert server.pids() == pids, "a process ended"
    assert soap.call(server, "AuthenticateUser")
    assert server.cli("queue").returncode == 0


def test_a_standby_that_had_not_got_everything(make_database, make_server):
    """What is lost with the primary is told by the relay that runs through it, nothing leaves twice, and no id is given out again."""
    primary = make_database()
    database = primary.create_database()
    standby = make_database(standby_of=primary)
    server = make_server(database=several(database, standby, primary), workers=2, delivery={"retry": [3600]})
    twice_address = f"defer-451@{mail.unique()}.test"
    _, twice = send(server, twice_address)
    wait_for(lambda: state(server, twice) == "Deferred", what="the first attempt")
    standby.stop()
    gone_address = mail.address("gone")
    lost, gone = send(server, gone_address)
    deliver_deferred(server, twice)
    wait_for(lambda: state(server, gone) == "Delivered", what="the lost one is delivered")
    pids = server.pids()
    primary.stop(signal.SIGQUIT)
    standby.start()
    standby.promote()
    wait_for(lambda: server.log.count(" worker-up ") == 4, what="both workers are back")
    assert re.search(r" error relay-[12]\[\d+\] database-restored lost_messages=1 lost_campaigns=0 held=1 ", server.log)
    assert server.log.count(" database-restored ") == 1
    found = restored(server)
    assert [each["message"] for each in found["messages"]] == [lost]
    assert [(each["delivery"], each["state"]) for each in found["twice"]] == [(twice, "held")]
    new_address = mail.address("new")
    new, _ = send(server, new_address)
    assert new > gone
    mail.captured(server, new_address)
    assert (copies(server, twice_address), copies(server, gone_address)) == (1, 1)
    assert server.pids() == pids, "a process ended"
    # Once more, to a server that lacks nothing.
    standby.stop(signal.SIGQUIT)
    standby.start()
    wait_for(lambda: server.log.count(" worker-up ") == 6, what="both workers are back again")
    assert server.log.count(" database-restored ") == 1


def test_a_server_that_takes_no_writes_any_more_is_left(make_database, make_server, sink):
    """As of a primary that is on its way to be a standby: SQLSTATE 25006."""
    cluster = make_database()
    server = make_server(database=cluster.conninfo(cluster.create_database()), workers=1, delivery=to_sink(sink))
    load = Load(server, MESSAGES, CONNECTIONS).start()
    wait_for(lambda: len(load.accepted) >= MESSAGES // 4, LOAD_SECONDS, "the load runs")
    cluster.set("default_transaction_read_only", "on")
    wait_for(lambda: len(load.refusals) >= CONNECTIONS, LOAD_SECONDS, "refusals")
    for connection in ("accept", "results"):
        wait_for(lambda: f"database-lost connection={connection} " in server.log, what=f"the worker leaves it with {connection}")
    with pytest.raises(soap.Fault) as fault:
        soap.call(server, "AddTransactionalGroup", GroupName="New")
    assert fault.value.name == "DatabaseUnavailableException"
    cluster.set("default_transaction_read_only", None)
    load.join(LOAD_SECONDS)
    wait_for(lambda: set(load.accepted) <= set(arrivals(sink)), 60, "all accepted arrive")
    assert {code // 100 for code in load.refusals} <= {4}, load.refusals


WAITING = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.mark.parametrize("commit_timeout", [3600, 1])
def test_a_commit_that_no_standby_confirmed_is_not_promised(make_database, make_server, commit_timeout):
    """PostgreSQL calls it done when the wait for the standby is cancelled, by hand or by Bracemail; it would be lost with this server."""
    cluster = make_database()
    server = make_server(database=cluster.conninfo(cluster.create_database()), workers=1, limits={"commit_timeout": commit_timeout})
    cluster.set("synchronous_standby_names", "nobody")
    answers = {}

    def send():
        with mail.client(server) as smtp:
            smtp.mail(mail.SENDER)
            smtp.rcpt("ann@recipient.example.test")
            answers["mail"] = smtp.data(mail.build("waits"))[0]

    def call():
        try:
            answers["call"] = soap.call(server, "AddTransactionalGroup", GroupName="Waits")
        except soap.Fault as fault:
            answers["call"] = fault.name
    clients = [threading.Thread(target=each, daemon=True) for each in (send, call)]
    for client in clients:
        client.start()
    if commit_timeout > 1:
        wait_for(lambda: len(cluster.execute(f"SELECT pid {WAITING}")) == 2, what="both wait for the standby")
        assert not answers
        cluster.execute(f"SELECT pg_cancel_backend(pid) {WAITING}")
    for client in clients:
        client.join(30)
    assert answers == {"mail": 451, "call": "DatabaseUnavailableException"}
    assert (" commits-unconfirmed " in server.log) == (commit_timeout == 1)
    cluster.set("synchronous_standby_names", None)
    wait_for(lambda: not cluster.execute(f"SELECT pid {WAITING}"), what="nobody waits any more")
    load = Load(server, 1, 1).start()
    load.join(LOAD_SECONDS)
    mail.captured(server, load.accepted[0])


def test_what_another_node_delivered_while_the_database_was_away_is_not_sent_again(make_database, make_server):
    """The first node has the 250 of the recipient's server and nowhere to write it; the second is back before it, and gives it time."""
    cluster = make_database()
    database = cluster.create_database()
    asked, goes_on = [], threading.Event()

    async def answer(taken):
        asked.append(taken)
        while not goes_on.is_set():
            await asyncio.sleep(0.02)
    sink = Sink(answer=answer)
    sink.start()
    try:
        first = make_server(database=cluster.conninfo(database), workers=1, delivery=to_sink(sink))
        second = make_server(start=False, database=cluster.conninfo(database), workers=1, delivery=to_sink(sink)).start()
        address, later = mail.address(), mail.address()
        mail.send(first, mail.build(to=address), address)
        wait_for(lambda: asked, what="the message waits for its reply")
        cluster.stop(signal.SIGINT)
        wait_for(lambda: " worker-down " in first.log, what="the first node has lost the database")
        goes_on.set()
        wait_for(lambda: sink.to(address), what="it is delivered")
        stopped = first.pids()
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            cluster.start()
            wait_for(lambda: second.log.count(" worker-up ") == 2, what="the second node is back")
            mail.send(second, mail.build(to=later), later)
            wait_for(lambda: sink.to(later), what="and delivers")
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        wait_for(lambda: cluster.execute("SELECT count(*) FROM queue", database=database) == [(0,)], what="all is recorded")
        assert len(sink.to(address)) == 1
    finally:
        sink.stop()
