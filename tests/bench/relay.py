"""Bracemail as the other runner: its private PostgreSQL, or the one named, durable as it always is, and one smarthost."""
import contextlib
import os

import psycopg2

from bracemail import START_SECONDS, Bracemail as Installation
from offer import DOMAIN, Offer
from wait import wait_for

ACCOUNT, PASSWORD = "bench", "not used"
WORKER_UP = " worker-up "
WAL_SEGMENT, WAL_SEGMENTS = 16 << 20, 40


class Bracemail:
    name = "Bracemail"
    account, password = ACCOUNT, PASSWORD

    def __init__(self, sink_port, offer=Offer(), limits=None, database=None):
        # One listener for a known network, without TLS unless it is asked for: what Postfix offers here.
        self._installation = Installation(
            database, capture=None, drain_timeout=2, listener={
                "smtp": {"tls": "starttls" if offer.certificate else "none"}, "submission": None, "smtps": None},
            limits={"address_rate": 1_000_000, **(limits or {})},   # all clients share one address here
            delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{sink_port}"})
        self.port = self._installation.smtp_port
        self.api_url = self._installation.api_url
        try:
            self._installation.start()
            self._installation.add_account(ACCOUNT, PASSWORD)
            self._command("account", "allow-ip", ACCOUNT, "127.0.0.1/32")
            if offer.dkim_key:
                self._command("dkim", "add", ACCOUNT, DOMAIN)
            if database is None:
                self._fill_wal()
        except BaseException:
            self._installation.remove()
            raise

    def _command(self, *arguments):
        done = self._installation.cli(*arguments)
        assert done.returncode == 0, done.stderr

    def _fill_wal(self):
        """PostgreSQL uses the segments of its log again, as it does in a relay that has run for a while: a new one is first written
        full of zeroes, which would be told as bytes of messages."""
        with contextlib.closing(psycopg2.connect(self.conninfo)) as connection:
            connection.autocommit = True
            for _ in range(WAL_SEGMENTS):
                connection.cursor().execute("SELECT pg_logical_emit_message(false, 'bench', repeat('x', %s))", (WAL_SEGMENT,))
        self.settle()

    @property
    def pid(self):
        """The supervisor's."""
        return self._installation.pid

    @property
    def conninfo(self):
        """Of its private PostgreSQL."""
        # Lines of postmaster.pid: process, data directory, time, port, folder of the socket.
        lines = (self._installation.folder / "data" / "postgres" / "data" / "postmaster.pid").read_text().splitlines()
        return f"host={lines[4]} port={lines[3]} user=bracemail dbname=bracemail"

    @staticmethod
    def cannot(_offer):
        return None

    def settle(self):
        """What PostgreSQL would write later is written now."""
        with contextlib.closing(psycopg2.connect(self.conninfo)) as connection:
            connection.autocommit = True
            connection.cursor().execute("CHECKPOINT")

    def halt(self):
        """SIGTERM; returns when all of it has ended. launch() starts it again."""
        self._installation.stop()

    def kill(self):
        """kill -9, to its PostgreSQL as well."""
        self._installation.kill()

    def launch(self):
        """Starts it again, and does not wait for it."""
        self._workers_up = self._installation.log.count(WORKER_UP)
        self._installation.launch()

    def await_workers(self):
        """After launch(): until all its workers take mail. A listener that is there may have no database yet."""
        wanted = self._workers_up + len(os.sched_getaffinity(0))
        wait_for(lambda: self._installation.is_ready() and self._installation.log.count(WORKER_UP) >= wanted, START_SECONDS,
                 "each worker is up")

    def stop(self):
        self._installation.remove()
