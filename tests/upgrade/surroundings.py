"""Who takes the mail, and who is in the way of whoever changes tables."""
import collections
import contextlib

import psycopg2

from sink import Sink


@contextlib.contextmanager
def sink_running():
    sink = Sink()
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()


def arrivals(sink):
    return collections.Counter(taken.recipients[0] for taken in sink.snapshot())


class Reader:
    """A report that takes long, as a backup does: a transaction that has read every table."""

    def __init__(self, conninfo):
        self._connection = psycopg2.connect(conninfo)

    def start(self):
        with self._connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for table in ("account", "campaign", "message", "queue", "smtp_log", "bounce_report"):
                cursor.execute(f"SELECT count(*) FROM {table}")
        return self

    def end(self):
        self._connection.close()
