"""Deliveries that wait for their next attempt: one that the relay deferred, as often as wanted; and how the queue's table keeps."""
import collections
import contextlib

import psycopg2

from source import send
from wait import wait_for

DEFER_SECONDS = 60
MODEL_BYTES = 512

# As if they had been accepted yesterday, so that their ids are older than those of what comes now, and deferred until
# some time in the hours to come. Each has a message of its own, and a domain with a thousand others.
MESSAGES = """
INSERT INTO message SELECT m.* FROM message AS model, generate_series(1, %(rows)s) AS n, LATERAL jsonb_populate_record(model,
    jsonb_build_object('message_id', id_floor(now() - interval '1 day') + n, 'received_at', now() - interval '20 hours')) AS m
WHERE model.message_id = (SELECT message_id FROM queue LIMIT 1)
"""
QUEUE = """
INSERT INTO queue SELECT q.* FROM queue AS model, generate_series(1, %(rows)s) AS n,
    LATERAL jsonb_populate_record(model, jsonb_build_object('message_id', id_floor(now() - interval '1 day') + n,
        'delivery_id', id_floor(now() - interval '1 day') + n, 'recipient', format('waits%%s@late%%s.example.test', n, n %% 1000),
        'queued_at', now() - interval '20 hours',
        'next_attempt_at', now() + interval '1 second' * (%(first)s + random() * %(spread)s))) AS q
"""
# The one that they are made of stays out of the way.
MODEL_LAST = "UPDATE queue SET next_attempt_at = now() + interval '1 second' * (%(first)s + %(spread)s)"

DUE = """
UPDATE queue SET next_attempt_at = now() + interval '1 second' * %(seconds)s WHERE (account_id, delivery_id) IN
    (SELECT account_id, delivery_id FROM queue WHERE claim IS NULL AND recipient LIKE 'waits%%' LIMIT %(rows)s)
"""
BLOAT = """
SELECT n_live_tup, n_dead_tup, pg_table_size('queue'), autovacuum_count, last_autovacuum,
    (SELECT json_object_agg(indexrelid::regclass, pg_relation_size(indexrelid)) FROM pg_index WHERE indrelid = 'queue'::regclass)
FROM pg_stat_user_tables WHERE relid = 'queue'::regclass
"""


class Bloat(collections.namedtuple("Bloat", "live dead table vacuums vacuumed indexes")):
    """What PostgreSQL's statistics say of table queue. Sizes in bytes."""

    @property
    def bytes(self):
        return self.table + sum(self.indexes.values())

    def __str__(self):
        sizes = ", ".join(f"{name} {size / 2**20:.1f} MiB" for name, size in {"table": self.table, **self.indexes}.items())
        last = f", the last {self.vacuumed:%H:%M:%S}" if self.vacuumed else ""
        return f"{self.live} rows, {self.dead} dead; {sizes}; {self.vacuums} autovacuums{last}"


class Queue:
    """The queue of a relay, in its database."""

    def __init__(self, relay):
        self._relay = relay

    def _query(self, query, parameters=None):
        with contextlib.closing(psycopg2.connect(self._relay.conninfo)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute(query, parameters)
            return cursor.fetchone() if cursor.description else cursor.rowcount

    def fill(self, rows, first, spread):
        """The next hop must not listen yet. The rows are due `first` to `first + spread` seconds from now."""
        parameters = {"rows": rows, "first": first, "spread": spread}
        send(self._relay.port, 1, MODEL_BYTES, 1)
        wait_for(lambda: self._query("SELECT count(*) FROM queue WHERE attempts = 1 AND claim IS NULL")[0] == 1, DEFER_SECONDS,
                 "a delivery is deferred")
        for statement in (MODEL_LAST, MESSAGES, QUEUE, "VACUUM (ANALYZE, FREEZE) message", "VACUUM (ANALYZE, FREEZE) queue", "CHECKPOINT"):
            self._query(statement, parameters)
        assert self.waiting() == rows + 1

    def waiting(self):
        return self._query("SELECT count(*) FROM queue")[0]

    def make_due(self, rows, seconds):
        """So many of those that wait are due in so many seconds."""
        assert self._query(DUE, {"rows": rows, "seconds": seconds}) == rows

    def bloat(self):
        return Bloat(*self._query(BLOAT))
