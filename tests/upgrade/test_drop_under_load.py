"""Tables of days that are kept no longer are dropped, and rows of accounts that keep less deleted, beside clients that never pause and a long
report. Nobody notices."""
import os
import signal

import psycopg2

import day_tables
from processes import name_of
from steady import Steady
from surroundings import Reader, arrivals, sink_running
from wait import wait_for

SLOWEST_SECONDS = 2
MESSAGES = 150  # between two events
WAIT_SECONDS = 120
DROPPED, THINNED = range(91, 97), range(20, 24)  # days ago
ROWS = 10000     # of an account in each table
PASSWORD = "a pass word"
KEPT_DAYS = 10   # by the account "short"

ROWS_SQL = """
INSERT INTO smtp_log (account_id, delivery_id, attempt, status, message_id, finished_at, recipient, transcript)
SELECT a.account_id, ((day_number(now()) - %(age)s) << 36) + a.account_id * 1000000 + n, 1, 'delivered', ((day_number(now()) - %(age)s) << 36) + n,
    now(), 'past' || n || '@recipient.example.test', repeat('attempt 1 2026-03-19T14:05:11.042Z mx1.example.test', 20)
FROM account AS a, generate_series(1, %(rows)s) AS n;
"""


def days(cursor):
    """{days ago: how many rows of the account "short"}"""
    cursor.execute("SELECT day_number(now()) - day, (SELECT count(*) FROM smtp_log AS l WHERE l.delivery_id >> 36 = day AND l.account_id = a.account_id) "
                   "FROM day_tables(), account AS a WHERE parent = 'smtp_log' AND a.name = 'short'")
    return dict(cursor.fetchall())


def test_nobody_notices(make_server, capsys):
    with sink_running() as sink:
        server = make_server(workers=2, log={"level": "debug"},
                             delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{sink.port}", "retry": [1]})
        server.add_account("short", PASSWORD)
        server.cli("account", "set", "short", "retention-days", str(KEPT_DAYS), check=True)
        connection = psycopg2.connect(server.settings["database"])
        connection.autocommit = True
        cursor = connection.cursor()
        for age in [*DROPPED, *THINNED]:
            cursor.execute("BEGIN")
            day_tables.make(cursor, age)
            cursor.execute(ROWS_SQL, {"age": age, "rows": ROWS})
            cursor.execute("COMMIT")
        cursor.execute("ANALYZE smtp_log")  # as autovacuum has done with days that are over
        load = Steady(server).start()

        def go_on():
            so_far = len(load.accepted)
            wait_for(lambda: len(load.accepted) >= so_far + MESSAGES, WAIT_SECONDS, f"{MESSAGES} more messages accepted")

        def maintain(event):
            """The supervisor starts maintenance anew, which looks at once. Returns what the log says until the event."""
            before = len(server.log)
            os.kill(next(pid for pid in server.pids() if name_of(pid) == "maintenance"), signal.SIGKILL)
            wait_for(lambda: f" {event} " in server.log[before:], WAIT_SECONDS, event)
            return server.log[before:]
        try:
            go_on()
            reader = Reader(server.settings["database"]).start()
            for _ in range(2):  # at first its tables are detached but for its end; then that is waited for
                assert " retention-waits " in maintain("maintenance-failed")
                go_on()
            reader.end()
            told = maintain("maintained")
            assert " partitions_dropped=18 " in told, [line for line in told.splitlines() if "retention" in line or "maint" in line]
            go_on()
        finally:
            load.stop()
        with capsys.disabled():
            print(f"\n{len(DROPPED)} days dropped, {len(THINNED) * ROWS} rows deleted: {load.told()}")
        left = days(cursor)
        connection.close()
        assert not set(left) & set(DROPPED) and {age: left[age] for age in THINNED} == dict.fromkeys(THINNED, 0)
        assert load.errors == [] and load.ended == 0
        wait_for(lambda: set(load.accepted) <= set(arrivals(sink)), WAIT_SECONDS, "all that got 250 arrives")
        assert max(arrivals(sink).values()) == 1
        assert max(slow.seconds for slow in load.slowest.values()) < SLOWEST_SECONDS
