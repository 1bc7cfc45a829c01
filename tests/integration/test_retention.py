"""How long mail and logs are kept: by the configuration, and by account."""
import os
import signal
import xml.etree.ElementTree as ElementTree

import pytest

import day_tables
import soap
from cluster import cursor_of
from wait import wait_for

SECONDS = 30
PASSWORD = "a pass word"
KEPT = {"short": 10, "plain": None, "long": 200}  # of 90 days
# Which accounts have something of a day so old: before, and after.
DAYS = {
    5: ({"short", "plain", "long"}, {"short", "plain", "long"}),
    10: ({"short", "plain"}, {"short", "plain"}),
    11: ({"short", "plain"}, {"plain"}),
    90: ({"short", "plain", "long"}, {"plain", "long"}),
    91: ({"short", "plain", "long"}, {"long"}),
    95: ({"short", "plain"}, None),  # None: its tables are dropped
    200: ({"long"}, {"long"}),
    201: ({"long"}, None),
}
HELD, ARCHIVED = 120, 130  # days of which an account has mail that waits, and of which an operator took the tables out

ROWS_SQL = """
INSERT INTO message (account_id, message_id, received_at, group_id, size, smtputf8, client, mail_from, subject)
SELECT a.account_id, ((day_number(now()) - %(age)s) << 36) + a.account_id * 10000 + n, now() - make_interval(days => %(age)s), g.group_id, 1, false, 'x', '', 'Old'
FROM account AS a JOIN transactional_group AS g USING (account_id), generate_series(1, %(rows)s) AS n WHERE a.name = %(account)s;
INSERT INTO smtp_log (account_id, delivery_id, attempt, status, message_id, started_at, finished_at, recipient, result, transcript)
SELECT account_id, message_id, 1, 'delivered', message_id, received_at, received_at, %(age)s || '@old.example.test', 'delivered 2.0.0',
    'attempt 1 2026-03-19T14:05:11.042Z mx1.example.test [192.0.2.25]:25' || chr(10) || 'result delivered 2.0.0' || chr(10)
FROM message WHERE message_id >> 36 = day_number(now()) - %(age)s AND account_id = (SELECT account_id FROM account WHERE name = %(account)s);
INSERT INTO bounce_report (account_id, report_id, delivery_id, kind, recipient, diagnostic, client)
SELECT account_id, message_id, message_id, 'permanent', 'x', 'x', 'x'
FROM message WHERE message_id >> 36 = day_number(now()) - %(age)s AND account_id = (SELECT account_id FROM account WHERE name = %(account)s);
"""


def rows(server, sql, *values):
    with cursor_of(server) as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def maintain(server):
    """A reload has maintenance look again. Returns what the log says of it."""
    before = len(server.log)
    os.kill(server.pid, signal.SIGHUP)
    wait_for(lambda: " reloaded " in server.log[before:], SECONDS, "reloaded")
    return wait_for(lambda: " maintained " in server.log[before:] and server.log[before:], SECONDS, "maintenance is done")


def addresses(server, account):
    """Ages of the deliveries that the account's report shows."""
    report = soap.call(server, "Reports_Transactional_GetRecipients_XML", account, PASSWORD, GroupName="", BeginDate="", EndDate="")
    return set() if isinstance(report, str) else {int(row["EmailAddress"].partition("@")[0]) for row in soap.rows(report)}


@pytest.fixture(scope="module")
def kept(make_module_server):
    server = make_module_server(workers=1, log={"retention_days": 90, "level": "debug"})
    for account, days in KEPT.items():
        server.add_account(account, PASSWORD)
        if days:
            server.cli("account", "set", account, "retention-days", str(days), check=True)
    with cursor_of(server) as cursor:
        for age, (accounts, _) in DAYS.items():
            day_tables.make(cursor, age)
            for account in accounts:
                cursor.execute(ROWS_SQL, {"age": age, "account": account, "rows": 1 if age != 91 else 2001})
        for age in (HELD, ARCHIVED):
            day_tables.make(cursor, age)
        cursor.execute("INSERT INTO queue (account_id, delivery_id, campaign_id, recipient, queued_at, next_attempt_at) "
                       "SELECT account_id, ((day_number(now()) - %s) << 36) + 7, 1, 'x', now(), 'infinity' FROM account WHERE name = 'long'", (HELD,))
        cursor.execute("SELECT name, parent FROM day_tables() WHERE day = day_number(now()) - %s", (ARCHIVED,))
        server.archived = cursor.fetchall()
        for name, parent in server.archived:
            cursor.execute(f"ALTER TABLE {parent} DETACH PARTITION {name}")
    server.first_log = maintain(server)
    return server


def test_each_account_has_what_it_keeps(kept):
    for account in KEPT:
        expected = {age for age, (_, after) in DAYS.items() if account in (after or ())}
        assert addresses(kept, account) == expected, account
        for age, (before, _) in DAYS.items():
            if account in before:
                log = soap.call(kept, "Reports_GetSMTPLog_ByAddress", account, PASSWORD, GroupName="", EmailAddress=f"{age}@old.example.test",
                                BeginDate="", EndDate="")
                assert (len(ElementTree.fromstring(log)) > 0) == (age in expected)


@pytest.mark.parametrize("table", ["message", "smtp_log", "bounce_report"])
def test_tables_are_dropped_when_nobody_keeps_them(kept, table):
    days = {age for age, in rows(kept, "SELECT day_number(now()) - day FROM day_tables() WHERE parent = %s", table)}
    assert {age for age in days if age > 1} == {age for age, (_, after) in DAYS.items() if after} | {HELD}
    key = {"message": "message_id", "smtp_log": "delivery_id", "bounce_report": "report_id"}[table]
    found = rows(kept, f"SELECT day_number(now()) - ({key} >> 36), a.name FROM {table} JOIN account AS a USING (account_id) GROUP BY 1, 2")
    assert {age: {name for day, name in found if day == age} for age in DAYS if DAYS[age][1]} == {age: after for age, (_, after) in DAYS.items() if after}


def test_what_an_operator_took_out_stays(kept):
    assert len(kept.archived) == 3
    assert rows(kept, "SELECT count(*) FROM pg_class WHERE relname = ANY (%s)", [name for name, _ in kept.archived]) == [(3,)]


def test_the_log_tells_once(kept):
    account_ids = dict(rows(kept, "SELECT name, account_id FROM account"))
    lines = [line for line in kept.first_log.splitlines() if " retention " in line]
    told = {account: [line for line in lines if f" account={account_ids[account]} " in line] for account in KEPT}
    assert [len(told[account]) for account in KEPT] == [1, 1, 0]
    assert f"rows_deleted={3 * (2001 + 2)} " in told["short"][0] and f"rows_deleted={3 * 2001} " in told["plain"][0]
    assert sum(" partitions_dropped=6 days_kept=90" in line for line in lines) == 1
    assert " retention " not in maintain(kept)


def test_another_node_is_at_it(kept):
    with cursor_of(kept) as cursor:
        day_tables.make(cursor, 400)
    with cursor_of(kept) as cursor:
        cursor.execute("SELECT pg_advisory_lock(1112, 2)")
        assert " retention " not in maintain(kept)
    assert " partitions_dropped=3 " in maintain(kept)


@pytest.mark.parametrize("value", ["4", "1101", "x", "none", ""])
def test_days_that_cannot_be(kept, value):
    done = kept.cli("account", "set", "plain", "retention-days", value)
    assert (done.returncode, done.stderr) == (
        1, "bracemail: retention-days is a number of days from 5 (delivery.lifetime: mail may wait so long) to 1100, or default, "
           f'not "{value}"\n')


def test_the_list_tells(kept):
    def listed():
        return [line.split("\t") for line in kept.cli("account", "list", check=True).stdout.splitlines()]
    assert {name: told for _, name, _, told in listed() if name in KEPT} == {"short": "10 days kept", "plain": "", "long": "200 days kept"}
    kept.cli("account", "set", "SHORT", "retention-days", "default", check=True)
    assert {name: told for _, name, _, told in listed()}["short"] == ""
