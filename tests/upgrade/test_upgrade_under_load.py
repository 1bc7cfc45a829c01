"""A running server is upgraded: the new release starts beside the old one, which is then stopped. Nobody notices."""
import psycopg2
import pytest

import releases
from bracemail import BINARY, Bracemail
from steady import Steady
from surroundings import Reader, arrivals, sink_running
from wait import wait_for

SLOWEST_SECONDS = 2
MESSAGES = 150        # between two events
WAIT_SECONDS = 120
HISTORY = 30000
NEWEST = releases.newest_migration()
THIS = "this"

# Rows of a release of before migration 0014, and of any later one.
HISTORY_SQL = """
INSERT INTO smtp_log (account_id, delivery_id, attempt, status, message_id, started_at, finished_at, recipient, result, transcript)
SELECT (SELECT min(account_id) FROM account), id_floor(now()) + (1::bigint << 35) + n, 1, 'delivered', id_floor(now()) + (1::bigint << 35) + n,
    now(), now(), 'past' || n || '@recipient.example.test', 'delivered 2.0.0', 'attempt 1 2026-03-19T14:05:11.042Z mx1.example.test'
FROM generate_series(1, %s) AS n
"""


class Beside(Bracemail):
    """The new release, with the configuration and the ports of one that runs."""

    serve_arguments = ("--beside",)

    def __init__(self, running):
        self.__dict__.update(running.__dict__)
        self.log_path = running.folder / "log-beside"
        self.binary = BINARY
        self._process = None


@pytest.mark.parametrize("release", [*releases.listed(), THIS], ids=lambda release: release[:8])
def test_nobody_notices(make_server, capsys, release):
    with sink_running() as sink:
        old = make_server(start=False, workers=2,
                          delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{sink.port}", "retry": [1]})
        old.binary = BINARY if release == THIS else releases.binary(release)
        old.start()
        old.add_account(old.account, old.password)
        with psycopg2.connect(old.settings["database"]) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT max(number) FROM schema_migration")
            newest = cursor.fetchone()[0]
            cursor.execute(HISTORY_SQL, (HISTORY,))
        connection.close()
        new, load = Beside(old), Steady(old).start()

        def go_on():
            so_far = len(load.accepted)
            wait_for(lambda: len(load.accepted) >= so_far + MESSAGES, WAIT_SECONDS, f"{MESSAGES} more messages accepted")
        try:
            go_on()
            reader = Reader(old.settings["database"]).start()
            new.launch()
            if newest < NEWEST:
                wait_for(lambda: " migration-waits " in new.log, WAIT_SECONDS, "the migration meets the reader")
                go_on()
                assert not new.is_ready()
            reader.end()
            wait_for(new.is_ready, WAIT_SECONDS, "the new release is ready")
            go_on()
            assert load.ended == 0
            assert old.stop() == 0
            go_on()
        finally:
            load.stop()
            stopped = new.stop()
        with capsys.disabled():
            print(f"\nfrom {release[:8]} (schema {newest}): {load.told()}")
        assert stopped == 0 and load.errors == []
        # Earlier releases did not let clients go on until they say QUIT.
        assert load.ended == 0 or release != THIS
        counts = arrivals(sink)
        assert set(load.accepted) <= set(counts)
        assert max(counts.values()) == 1
        assert max(slow.seconds for slow in load.slowest.values()) < SLOWEST_SECONDS
