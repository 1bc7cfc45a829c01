"""PostgreSQL gone for ten seconds under load: 451 or a wait, nothing lost, and everything goes on by itself."""
import signal
import time

import pytest

import soap
from load import Load
from sink import Sink
from test_crash import arrivals, report
from wait import wait_for

MESSAGES, CONNECTIONS = 400, 10
AWAY_SECONDS = 10
LOAD_SECONDS = 120


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
def test_ten_seconds_without_database(make_server, make_database, capsys, how):
    cluster = make_database()
    sink = Sink()
    sink.start()
    try:
        server = make_server(database=cluster.conninfo(cluster.create_database()), workers=2, delivery={
            "route": "smarthost", "smarthost": f"[127.0.0.1]:{sink.port}", "retry": [1]})
        pids = server.pids()
        load = Load(server, MESSAGES, CONNECTIONS).start()
        wait_for(lambda: len(load.accepted) >= MESSAGES // 4, LOAD_SECONDS, "the load runs")
        cluster.stop(how)
        accepted = len(load.accepted)
        away_since = time.monotonic()
        wait_for(lambda: time.monotonic() - away_since > AWAY_SECONDS, AWAY_SECONDS + 5, "time passes")
        # What was in flight may still be counted; nothing else can have been promised.
        assert len(load.accepted) - accepted <= CONNECTIONS
        with pytest.raises(soap.Fault) as fault:
            soap.call(server, "AuthenticateUser")
        assert fault.value.name == "DatabaseUnavailableException"
        cluster.start()
        load.join(LOAD_SECONDS)
        wait_for(lambda: set(load.accepted) <= set(arrivals(sink)), 60, "all accepted arrive")
        assert {code // 100 for code in load.refusals} <= {4}, load.refusals
        assert server.pids() == pids, "a process ended"
        # A worker that had nothing to do may be between two tries to connect.
        last = Load(server, 1, 1).start()
        last.join(LOAD_SECONDS)
        wait_for(lambda: last.accepted[0] in arrivals(sink), what="mail after it all arrives")
        with capsys.disabled():
            print(f"\n{how.name}: {len(load.refusals)} refusals with {sorted(set(load.refusals))}")
            report(load, sink)
    finally:
        sink.stop()
