"""kill -9: what got 250 arrives, whatever is killed and when."""
import collections
import contextlib
import os
import random
import signal

import pytest

import mail
import soap
from load import Load
from sink import Sink
from wait import wait_for

MESSAGES, CONNECTIONS, KILLS = 200, 20, 5
LOAD_SECONDS = 120
DELIVERY_SECONDS = 60


def to_sink(make_server, sink, **settings):
    return make_server(delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{sink.port}", "retry": [1]},
                       workers=2, **settings)


def arrivals(sink):
    """{subject: how often it arrived}."""
    return collections.Counter(taken.recipients[0].partition("@")[0] for taken in sink.snapshot())


def report(load, sink):
    counts = arrivals(sink)
    duplicates = sum(counts[subject] - 1 for subject in counts)
    print(f"accepted {len(load.accepted)}, arrived {len(counts)}, duplicates {duplicates}, "
          f"not promised yet delivered {len(set(counts) - set(load.accepted))}")


@pytest.mark.parametrize("postgres", ["external", "private"])
def test_every_process_killed_five_times(make_server, capsys, postgres):
    sink = Sink()
    sink.start()
    try:
        settings = {} if postgres == "external" else {"database": None}
        server = to_sink(make_server, sink, **settings)
        load = Load(server, MESSAGES, CONNECTIONS)
        moments = sorted(random.sample(range(MESSAGES // 10, MESSAGES * 9 // 10), KILLS))
        load.start()
        for moment in moments:
            wait_for(lambda: len(load.accepted) >= moment, LOAD_SECONDS, f"{moment} messages accepted")
            server.kill()
            server.start()
        load.join(LOAD_SECONDS)
        wait_for(lambda: set(load.accepted) <= set(arrivals(sink)), DELIVERY_SECONDS, "all accepted arrive")
        with capsys.disabled():
            print()
            report(load, sink)
    finally:
        sink.stop()


def test_single_processes_killed_are_replaced(make_server, capsys):
    sink = Sink()
    sink.start()
    try:
        server = to_sink(make_server, sink)
        children = server.pids()[1:]
        load = Load(server, MESSAGES, CONNECTIONS).start()
        for moment in range(20, 20 + KILLS * 20, 20):
            wait_for(lambda: len(load.accepted) >= moment, LOAD_SECONDS, f"{moment} messages accepted")
            with contextlib.suppress(ProcessLookupError):   # a short-lived child may have ended meanwhile
                os.kill(random.choice(server.pids()[1:]), signal.SIGKILL)
        load.join(LOAD_SECONDS)
        wait_for(lambda: set(load.accepted) <= set(arrivals(sink)), DELIVERY_SECONDS, "all accepted arrive")
        wait_for(lambda: len(server.pids()) == 1 + len(children), 20, "as many processes as at first")
        assert soap.call(server, "AuthenticateUser").startswith("0\nSUCCESS")
        with capsys.disabled():
            print()
            report(load, sink)
    finally:
        sink.stop()


def test_clean_stop_under_load_loses_and_doubles_nothing(make_server):
    sink = Sink()
    sink.start()
    try:
        server = to_sink(make_server, sink)
        load = Load(server, MESSAGES, CONNECTIONS).start()
        for moment in (MESSAGES // 3, MESSAGES * 2 // 3):
            wait_for(lambda: len(load.accepted) >= moment, LOAD_SECONDS, f"{moment} messages accepted")
            assert server.stop() == 0
            server.start()
        load.join(LOAD_SECONDS)
        wait_for(lambda: set(load.accepted) <= set(arrivals(sink)), DELIVERY_SECONDS, "all accepted arrive")
        last = mail.address()
        mail.send(server, mail.build(to=last), last)
        soap.delivery(server, last, "Delivered")
        assert max(arrivals(sink).values()) == 1
    finally:
        sink.stop()
