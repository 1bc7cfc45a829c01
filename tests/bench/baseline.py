"""What the database alone does: pgbench writes the rows that the relay wrote, in batches as large, into the same cluster."""
import contextlib
import os
import re
import subprocess
import tempfile

import psycopg2

PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"
SECONDS = 5
# A worker stores on one connection and records on another.
CLIENTS = 2 * len(os.sched_getaffinity(0))

# Of the rows that the relay wrote: how many in a transaction, and one of each, to write again.
STORED = "SELECT count(*)::float8 / count(DISTINCT xmin::text) FROM message"
RECORDED = "SELECT count(*)::float8 / count(DISTINCT xmin::text) FROM smtp_log"
MODEL = """
CREATE UNLOGGED TABLE bench_log AS SELECT * FROM smtp_log WHERE status = 'delivered' LIMIT 1;
CREATE UNLOGGED TABLE bench_message AS SELECT m.* FROM message AS m JOIN bench_log USING (account_id, message_id)
"""
COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
"""

# A batch is stored, then recorded. The content is made anew, so that it is compressed anew.
ID = "(id_floor(now()) | (1::bigint << 35) | (:client_id::bigint << 28)) + :first::bigint + n"
SCRIPT = """
\\set first :first + :batch
BEGIN;
INSERT INTO message ({message_columns}) SELECT {message_values} FROM bench_message AS m, generate_series(1, :batch::int) AS n;
INSERT INTO queue (account_id, delivery_id, message_id, recipient, queued_at, next_attempt_at, claim)
    SELECT l.account_id, {id}, {id}, l.recipient, now(), now(), 1 FROM bench_log AS l, generate_series(1, :batch::int) AS n;
COMMIT;
BEGIN;
INSERT INTO smtp_log ({log_columns}) SELECT {log_values} FROM bench_log AS m, generate_series(1, :batch::int) AS n
    ON CONFLICT (account_id, delivery_id, attempt) DO NOTHING;
DELETE FROM queue AS q USING (SELECT l.account_id, {id} AS delivery_id FROM bench_log AS l, generate_series(1, :batch::int) AS n) AS r
    WHERE q.account_id = r.account_id AND q.delivery_id = r.delivery_id;
COMMIT;
"""
ANEW = {"message_id": ID, "delivery_id": ID, "content": "m.content || ''::bytea", "transcript": "m.transcript || ''"}


def _columns(cursor, table):
    cursor.execute(COLUMNS, (table,))
    names = [name for name, in cursor.fetchall()]
    return ", ".join(names), ", ".join(ANEW.get(name, "m." + name) for name in names)


def _mean(cursor, query):
    cursor.execute(query)
    return cursor.fetchone()[0]


def measure(conninfo):
    """Returns (messages a second, messages in a stored batch, deliveries in a recorded one). One recipient a message."""
    with contextlib.closing(psycopg2.connect(conninfo)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        stored, recorded = _mean(cursor, STORED), _mean(cursor, RECORDED)
        cursor.execute(MODEL)
        (message_columns, message_values), (log_columns, log_values) = _columns(cursor, "message"), _columns(cursor, "smtp_log")
        parameters = connection.get_dsn_parameters()
    script = SCRIPT.format(id=ID, message_columns=message_columns, message_values=message_values, log_columns=log_columns,
                           log_values=log_values)
    batch = max(round((stored + recorded) / 2), 1)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(
            [PGBENCH, "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", str(CLIENTS), "-T", str(SECONDS), "-D", "first=0",
             "-D", f"batch={batch}", "-f", file.name, "-h", parameters["host"], "-p", parameters["port"], "-U",
             parameters["user"], parameters["dbname"]], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise RuntimeError("pgbench: " + done.stderr.strip()[-500:])
    return float(re.search(r"tps = ([0-9.]+)", done.stdout).group(1)) * batch, stored, recorded
