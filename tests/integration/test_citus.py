"""The schema on Citus (db/citus.sql), held to Citus's rules without it: Debian 12 has none. db/citus.sql runs on a migrated database in
which Citus's functions only note what they are asked; catalog, functions and every statement of the binary are checked after that.

A new table is to be named in db/citus.sql; a new statement that does not fit is to be written otherwise. Listed below is what is
never asked of Citus (PLAIN), and what asks the shards of all accounts (ALL_ACCOUNTS)."""
import re

import pytest

import mail
import query_tree
import soap
from bracemail import BINARY, ROOT, Bracemail
from citus_rules import Catalog, Statement
from returned import bring, report
from test_campaign import send_campaign
from wait import wait_for

LOCAL = {"schema_migration", "worker", "mta_sts_policy"}
STANDS_IN = """
CREATE TABLE pg_dist_partition (logicalrelid regclass PRIMARY KEY, partkey text, colocated regclass);
CREATE FUNCTION create_reference_table(name regclass) RETURNS void LANGUAGE sql AS
    'INSERT INTO pg_dist_partition VALUES (name)';
CREATE FUNCTION create_distributed_table(name regclass, partkey text, colocate_with text) RETURNS void LANGUAGE sql AS
    'INSERT INTO pg_dist_partition VALUES (name, partkey, CASE WHEN colocate_with = ''none'' THEN name ELSE colocate_with::regclass END)';
"""

# By what a statement has: what Bracemail asks of plain PostgreSQL alone, and what takes its place.
PLAIN = {
    "FROM queue AS q WHERE claim IS NULL AND next_attempt_at <= now()  ORDER BY":
        "Taking what is due locks rows of many accounts and skips those that others locked: queue_claim_divide and queue_claim_of_one.",
}
# These ask every shard, which Citus does: what for.
ALL_ACCOUNTS = {
    "SELECT account_id, delivery_id, message_id FROM (  SELECT": "`bracemail log ADDRESS` without an account",
    "WITH page AS MATERIALIZED (SELECT q.account_id": "`bracemail queue` changes deliveries of all accounts, in pages",
    "WITH page AS MATERIALIZED (SELECT q.* FROM queue AS q": "`bracemail queue list`, in pages",
    "SELECT 1 FROM campaign WHERE ($1::bigint IS NULL": "`bracemail queue --campaign`, without an account",
    "WITH used AS MATERIALIZED (SELECT account_id, hour, in_hour": "`bracemail account list`: a row an account",
    "WITH destination AS (": "`bracemail queue`, by destination",
    "UPDATE queue SET claim = NULL WHERE claim IS NOT NULL": "what dead workers claimed, whosever it is",
    "UPDATE queue SET claim = NULL WHERE claim = $1": "what a worker that leaves had claimed",
    "SELECT next_attempt_at FROM queue WHERE claim IS NULL": "when the next delivery is due",
    "WITH together AS (SELECT claim, age, destination": "the queue's numbers in /metrics",
    "WITH due AS MATERIALIZED ( SELECT q.account_id, q.delivery_id": "which accounts have mail that is due",
}
# Functions of maintenance that ask every shard.
OF_ALL_DAYS = {
    "days_expired": "whether some account keeps what it has of a day, for each day that one keeps no longer",
    "partitions_ensure": "PostgreSQL's own look for accounts that a new table of bounce_report names and that are none: it is empty",
}
# How each function in PL/pgSQL is made to run all that it asks of tables.
CALLS = {
    "attempts_in_trouble": "SELECT * FROM attempts_in_trouble(0, 200)",
    "account_limit_check": "SELECT account_limit_check(1, 5, 'an hour', 0, 0, now())",
    "account_usage_add": "SELECT account_usage_add(ARRAY[1::bigint], ARRAY[1::bigint])",
    "conversations_of_recipient": "SELECT * FROM conversations_of_recipient(1, 1, 'ann@example.net')",
    "day_table_expire": "SELECT day_table_expire((SELECT min(name) FROM day_tables() WHERE parent = 'smtp_log'), 1, 10)",
    "days_expired": "SELECT * FROM days_expired(-5, -5)",
    "partitions_drop": "SELECT partitions_drop(0)",
    "partitions_ensure": "SELECT partitions_ensure(30)",
    "suppression_of": "SELECT * FROM suppression_of(1, 'ann@example.net')",
}
ROWS = """
INSERT INTO account (account_id, name, password_hash, hour_limit) VALUES (1, 'one', 'none', 10);
INSERT INTO campaign (account_id, from_email, from_name, subject, message_plain, message_html, options) VALUES (1, '', '', '', '', '', '');
"""
STATEMENT = re.compile(rb"(?<=\0)(?:SELECT|WITH|INSERT|UPDATE|DELETE|MERGE)\b[\x20-\x7e\n\t]+(?=\0)")


def placed_by(connection):
    cursor = connection.cursor()
    cursor.execute("SELECT logicalrelid::text, partkey, colocated::text FROM pg_dist_partition")
    return {name: (key, colocated) for name, key, colocated in cursor.fetchall()}


def place(conninfo):
    connection = query_tree.connect(conninfo)
    connection.cursor().execute(STANDS_IN)
    for _ in range(2):  # the second time, as after an upgrade, nothing is left to do
        connection.cursor().execute((ROOT / "db" / "citus.sql").read_text())
    return connection


@pytest.fixture(scope="module")
def connection(database):
    server = Bracemail(database.conninfo(database.create_database()))
    try:
        server.cli("migrate", check=True)
        connection = place(server.settings["database"])
        connection.cursor().execute(ROWS)
        yield connection
        connection.close()
    finally:
        server.remove()


@pytest.fixture(scope="module")
def placed(connection):
    return placed_by(connection)


@pytest.fixture(scope="module")
def distributed(placed):
    return {name for name, (key, _) in placed.items() if key}


@pytest.fixture(scope="module")
def catalog(connection, placed, distributed):
    return Catalog(connection, distributed, set(placed) - distributed, LOCAL)


def rows(connection, sql, *values):
    cursor = connection.cursor()
    cursor.execute(sql, values)
    return cursor.fetchall()


def test_every_table_has_its_place(connection, placed, distributed):
    tables = {name for name, in rows(connection, "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
                                     "AND relnamespace = 'public'::regnamespace AND relname <> 'pg_dist_partition'")}
    assert tables == set(placed) | LOCAL
    assert {placed[name] for name in distributed} == {("account_id", "queue")}, "an account's rows lie together"
    for name, in rows(connection, "SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = oid WHERE relkind = 'p'"):
        pytest.fail(f"{name}: Citus takes no partitions of partitions")


def test_keys_lead_by_account(connection, distributed):
    found = rows(connection, """
        SELECT c.relname, i.indexrelid::regclass::text, i.indisprimary, ARRAY(SELECT a.attname::text FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1]))
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
        WHERE (i.indisunique OR i.indisexclusion) AND c.relname = ANY (%s)""", sorted(distributed))
    assert {table for table, _, is_primary, _ in found if is_primary} == distributed
    assert not [(table, index) for table, index, _, columns in found if "account_id" not in columns]


def test_foreign_keys_stay_with_the_account(connection, placed, distributed):
    found = rows(connection, """
        SELECT c.conname, c.conrelid::regclass::text, c.confrelid::regclass::text, ARRAY(SELECT (a.attname, b.attname)::text
            FROM unnest(c.conkey, c.confkey) AS k (one, other) JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = one
            JOIN pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = other)
        FROM pg_constraint AS c WHERE c.contype = 'f' AND c.conparentid = 0""")
    assert found
    for name, table, other, columns in found:
        assert table in placed and other in placed, f"{name} is of a table that stays on the coordinator"
        if table in distributed and other in distributed:
            assert "(account_id,account_id)" in columns, f"{name} leaves the account"
        else:
            assert other not in distributed, f"{name} is of a reference table to a distributed one"


def test_nothing_that_citus_does_not_take(connection, placed):
    names = sorted(placed)
    assert not rows(connection, "SELECT proname FROM pg_proc WHERE 'plan_cache_mode=force_generic_plan' = ANY (proconfig)")
    assert not rows(connection, "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text = ANY (%s)",
                    names)
    assert not rows(connection, "SELECT ev_class::regclass, rulename FROM pg_rewrite WHERE ev_class::regclass::text = ANY (%s)", names)
    assert not rows(connection, "SELECT attrelid::regclass, attname FROM pg_attribute WHERE attidentity <> '' "
                    "AND atttypid <> 'bigint'::regtype AND attrelid::regclass::text = ANY (%s)", names)
    assert not rows(connection, "SELECT inhrelid::regclass FROM pg_inherits JOIN pg_class ON pg_class.oid = inhparent "
                    "WHERE relkind = 'r' AND inhparent::regclass::text = ANY (%s)", names), "no inheritance but partitions"


def statements_of_binary():
    with open(BINARY, "rb") as binary:
        # %s is a partition, found by the id of a delivery.
        return sorted({found.decode().replace("%s", "smtp_log") for found in STATEMENT.findall(binary.read())})


def functions(connection, language):
    return rows(connection, "SELECT p.oid, p.proname, pg_get_functiondef(p.oid), p.pronargs FROM pg_proc AS p JOIN pg_language AS l "
                "ON l.oid = p.prolang WHERE p.pronamespace = 'public'::regnamespace AND l.lanname = %s AND p.prokind = 'f' "
                "AND p.prorettype <> 'trigger'::regtype AND p.proname NOT LIKE 'create%%table' ORDER BY 2, 1", language)


@pytest.fixture(scope="module")
def function_trees(connection):
    """{name: the trees of what it asks}, of functions in PL/pgSQL."""
    names = {name for _, name, _, _ in functions(connection, "plpgsql")}
    assert names == set(CALLS), "a function was added or is gone: CALLS is to say how it is called"
    return {name: query_tree.of_execution(connection, call) for name, call in CALLS.items()}


@pytest.fixture(scope="module")
def reading(function_trees, catalog):
    """Functions that read tables which are Citus's."""
    return {name for name, trees in function_trees.items() if any(Statement(tree, catalog).touches_citus() for tree in trees)}


def test_functions_fit(connection, catalog, function_trees, reading):
    assert {"account_usage_add", "attempts_in_trouble", "conversations_of_recipient", "suppression_of", *OF_ALL_DAYS} == reading
    for name, trees in function_trees.items():
        for tree in trees if name not in OF_ALL_DAYS else []:
            statement = Statement(tree, catalog)
            assert not statement.check(), name
            assert not statement.tables or statement.names_account(), name
    for _, name, definition, count in functions(connection, "sql"):
        for tree in query_tree.of_execution(connection, definition):
            assert not (count and Statement(tree, catalog).touches_citus()), f"{name}() is to be PL/pgSQL"


def named_in(listed, statement):
    return {part for part in listed if part in statement}


def test_every_statement_fits(connection, catalog, reading):
    found = statements_of_binary()
    assert len(found) > 100
    plain = {text for text in found if named_in(PLAIN, text)}
    assert len(plain) == len(PLAIN)
    unfit, all_accounts, used = [], [], set()
    for text in set(found) - plain:
        statement = Statement(query_tree.of_statement(connection, text), catalog, reading)
        if statement.check():
            unfit.append((statement.check(), text))
        if statement.tables and not statement.names_account():
            used |= named_in(ALL_ACCOUNTS, text)
            all_accounts += [] if named_in(ALL_ACCOUNTS, text) else [text]
    assert not unfit
    assert not all_accounts, "these restrict no account"
    assert not set(ALL_ACCOUNTS) - used, "these restrict the account by now, or are gone"


@pytest.mark.parametrize("sql, rule", [
    ("SELECT FROM queue AS q JOIN message AS m USING (message_id) WHERE q.account_id = $1", "not on account_id"),
    ("SELECT FROM queue WHERE delivery_id = $1 FOR UPDATE", "locks rows"),
    ("SELECT (SELECT max(g.name) FROM campaign AS c JOIN email_group AS g USING (account_id) WHERE c.account_id = r.account_id) "
     "FROM (SELECT unnest($1::bigint[]) AS account_id) AS r", "not distributed"),
    ("SELECT FROM unnest($1::bigint[]) AS r (account_id) LEFT JOIN queue USING (account_id)", "outer join"),
    ("DELETE FROM queue WHERE claim IS NULL AND random() < 0.5", "volatile"),
    ("UPDATE queue SET recipient = concat(recipient, 'x') WHERE account_id = $1", "stable"),
    ("UPDATE queue SET next_attempt_at = COALESCE(next_attempt_at, now() + $2::interval) WHERE account_id = $1", "stable"),
    ("DELETE FROM queue WHERE account_id = $1 RETURNING extract(epoch FROM queued_at)", "returns"),
    ("INSERT INTO account (name, password_hash) VALUES ($1, $2) ON CONFLICT (name_key) DO UPDATE SET created_at = now()", "ON CONFLICT"),
    ("SELECT FROM queue AS q JOIN worker AS w ON w.worker_id = q.claim WHERE q.account_id = $1", "coordinator's alone"),
    ("DELETE FROM queue WHERE account_id = $1 RETURNING pg_notify('x', '')", "not on the coordinator"),
    ("SELECT s.* FROM queue AS q CROSS JOIN LATERAL suppression_of(q.account_id, q.recipient) AS s WHERE q.account_id = $1", "calls"),
    ("SELECT FROM queue AS q WHERE q.account_id = $1 OR EXISTS (SELECT FROM message AS m WHERE m.message_id = q.message_id)",
     "not on account_id"),
    ("WITH gone AS (DELETE FROM queue WHERE account_id = $1 RETURNING account_id) SELECT pg_notify('x', '') FROM gone", "runs whole"),
    ("INSERT INTO queue (account_id, delivery_id, recipient, queued_at, next_attempt_at) "
     "SELECT account_id, (SELECT ids_new(1)), '', now(), now() FROM account WHERE account_id = $1", "not on the coordinator"),
    # What fits.
    ("WITH gone AS (DELETE FROM queue WHERE account_id = ANY ($1) RETURNING account_id) SELECT pg_notify('x', '') FROM gone", None),
    ("WITH made AS (INSERT INTO account_usage (account_id, hour, in_hour, day, in_day) VALUES ($1, 0, 0, 0, 0) RETURNING account_id) "
     "SELECT pg_notify('x', '') FROM made", None),
    ("SELECT FROM queue AS q JOIN message AS m USING (account_id, message_id) WHERE q.account_id = $1 FOR UPDATE", None),
    ("SELECT FROM queue AS q JOIN message AS m USING (account_id, message_id)", None),
    ("SELECT (SELECT name FROM transactional_group AS g WHERE g.account_id = r.account_id LIMIT 1) "
     "FROM (SELECT unnest($1::bigint[]) AS account_id) AS r", None),
    ("DELETE FROM queue AS q USING (SELECT unnest($1::bigint[]) AS account_id) AS r WHERE q.account_id = r.account_id", None),
])
def test_the_rules_themselves(connection, catalog, reading, sql, rule):
    broken = Statement(query_tree.of_statement(connection, sql), catalog, reading).check()
    assert bool(broken) == bool(rule), broken
    assert rule is None or any(rule in sentence for sentence in broken)


def test_bracemail_works_on_it(make_server, database):
    """Numbers go on, mail goes out and is told of, an address is not mailed any more; what was deferred leaves, and a campaign."""
    server = make_server(delivery={"retry": [1]})
    server.stop()
    connection = place(server.settings["database"])
    server.start()
    first, second = (soap.result_id(soap.call(server, "AddTransactionalGroup", GroupName=name)) for name in ("One", "Two"))
    assert second == first + 1
    mail.send(server, mail.build("Hello {Three}"), "ann@example.net")
    wait_for(lambda: rows(connection, "SELECT FROM smtp_log WHERE status = 'delivered'"), what="the mail is delivered")
    connection.cursor().execute("LISTEN bracemail_unsubscribe")
    soap.call(server, "AddUnsubscribe", EmailAddress="ann@example.net")
    wait_for(lambda: connection.poll() or connection.notifies, what="workers are told, without a trigger")
    mail.send(server, mail.build("Again {Three}"), "ann@example.net")
    wait_for(lambda: rows(connection, "SELECT FROM smtp_log WHERE status = 'failed'"), what="the second is not sent")
    assert not rows(connection, "SELECT FROM queue")
    later = f"defer-451@{mail.unique()}.test"
    mail.send(server, mail.build("Later {Three}"), later)
    campaign = f"defer-451@{mail.unique()}.test"
    send_campaign(server, ToOther=campaign)
    wait_for(lambda: {to for to, in rows(connection, "SELECT recipient FROM smtp_log WHERE status = 'delivered'")} >= {later, campaign},
             what="what was deferred is delivered")
    assert not rows(connection, "SELECT FROM queue")
    connection.close()


def test_workers_are_told_without_a_trigger(make_server, sink):
    """Of what concerns mail that they have in memory: who complains or is on a list that is imported, and a campaign that is deleted."""
    server = make_server(start=False, delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{sink.port}"})
    server.cli("migrate", check=True)
    connection = place(server.settings["database"])
    connection.cursor().execute("LISTEN bracemail_unsubscribe; LISTEN bracemail_campaign_deleted")
    server.start()
    account_id = server.add_account(server.account, server.password)

    def wait_told(*what):
        wait_for(lambda: connection.poll() or what in [(each.channel, each.payload) for each in connection.notifies], what=str(what))

    mail.send(server, mail.build(), "ann@example.net")
    wait_for(lambda: sink.to("ann@example.net"), what="the mail is delivered")
    bring(server, sink.to("ann@example.net")[0].sender, report("arf-abuse", "ann@example.net"))
    wait_told("bracemail_unsubscribe", f"{account_id} ann@example.net")
    server.cli("suppression", "import", "-", "--kind", "unsubscribe", "--account", server.account, input="bob@example.net\n", check=True)
    wait_told("bracemail_unsubscribe", f"{account_id} bob@example.net")
    job_id = send_campaign(server, ToOther="cy@example.net")
    server.cli("campaign", "delete", str(job_id), "--yes", "--account", server.account, check=True)
    wait_told("bracemail_campaign_deleted", f"{account_id} {job_id}")
    connection.close()
