"""Reports that are read from a standby: never older than the bound, never without what was just written, and never from one that is away."""
import re
import signal
import time

import pytest
import requests

import mail
import soap
from cluster import Cluster
from wait import wait_for

STALENESS = 2
SLACK = 3  # seconds that a busy machine may take beside


class Pair:
    """A primary, its standby, and a server whose reports may be read from it."""

    def __init__(self, primary, standby, make_server):
        self.primary, self.standby, self.name = primary, standby, primary.create_database()
        self.server = make_server(database=primary.conninfo(self.name), api={
            "reports_database": self.standby.conninfo(self.name), "reports_staleness": STALENESS})
        self.is_up()

    def is_up(self, times=1):
        wait_for(lambda: self.server.log.count("reports-standby-up") >= times, what="the standby was found")

    def at(self, cluster, sql):
        connection = cluster.connect(self.name)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()

    def pause(self):
        self.at(self.standby, "SELECT pg_wal_replay_pause()")
        wait_for(lambda: self.at(self.standby, "SELECT pg_get_wal_replay_pause_state()") == [("paused",)], what="replay is paused")

    def resume(self):
        self.at(self.standby, "SELECT pg_wal_replay_resume()")
        self.caught_up()

    def caught_up(self):
        end, = self.at(self.primary, "SELECT pg_current_wal_flush_lsn()")
        wait_for(lambda: self.at(self.standby, f"SELECT pg_last_wal_replay_lsn() >= '{end[0]}'") == [(True,)], what="the standby caught up")

    def read(self):
        """{"primary": reports, "standby": reports} that were read so far."""
        text = requests.get(f"http://127.0.0.1:{self.server.api_port}/metrics", timeout=30).text
        return {name: int(count) for name, count in re.findall(r'^bracemail_reports_total\{process="api\S*",database="(\w+)"\} (\d+)', text, re.MULTILINE)}

    def unsubscribed(self):
        """The list, and which database it was read from."""
        before = self.read()
        addresses = soap.call(self.server, "Reports_GetUnsubscribesAll_String", RowDelimiter=";", ColDelimiter=",", TextQualifier="")
        after = self.read()
        where = [name for name in after if after[name] > before[name]]
        assert len(where) == 1
        return addresses, where[0]

    def unsubscribe(self, address):
        """By another process, so that this server's does not know."""
        self.at(self.primary, "INSERT INTO suppression (account_id, kind, email_address) "
                              f"SELECT account_id, 'unsubscribe', '{address}' FROM account WHERE name = 'demo'")


@pytest.fixture(scope="module")
def pair(make_database, make_module_server):
    primary = make_database()
    standby = Cluster(standby_of=primary)
    try:
        yield Pair(primary, standby.start(), make_module_server)
    finally:
        standby.remove()


def test_read_from_the_standby(pair):
    pair.unsubscribe("there@old.example.test")
    pair.caught_up()
    addresses, where = pair.unsubscribed()
    assert "there@old.example.test" in addresses and where == "standby"


def test_a_change_is_seen_by_who_made_it(pair):
    for number in range(10):
        soap.call(pair.server, "AddUnsubscribe", EmailAddress=f"own{number}@old.example.test")
        assert f"own{number}@old.example.test" in pair.unsubscribed()[0]


def test_none_is_older_than_the_bound(pair):
    changed_at = time.monotonic()
    wait_for(lambda: time.monotonic() - changed_at > STALENESS, what="own changes are past")
    pair.at(pair.primary, "INSERT INTO mta_sts_policy VALUES (md5(random()::text), '', 'none', 1, '{}', now(), now(), now(), now())")
    pair.caught_up()
    paused_at = time.monotonic()
    pair.pause()
    try:
        pair.unsubscribe("late@old.example.test")
        addresses, where = pair.unsubscribed()
        if time.monotonic() - paused_at < STALENESS / 2:
            assert where == "standby" and "late@old.example.test" not in addresses
        wait_for(lambda: "late@old.example.test" in pair.unsubscribed()[0], STALENESS + SLACK, "the bound holds")
        assert pair.unsubscribed()[1] == "primary"
        started = time.monotonic()
        for _ in range(20):
            pair.unsubscribed()
        assert time.monotonic() - started < SLACK, "one that is behind is not waited for each time"
        assert pair.server.log.count("reports-standby-behind") == 1
    finally:
        pair.resume()
    assert pair.unsubscribed()[1] == "standby"


def test_no_log_is_missing(pair):
    """However long the standby may lag."""
    to = mail.address()
    pair.caught_up()
    pair.pause()
    try:
        mail.send(pair.server, mail.build("Hello {Logs}"), to)
        wait_for(lambda: pair.at(pair.primary, f"SELECT 1 FROM smtp_log WHERE recipient = '{to}'"), what="it was delivered")
        logs = soap.call(pair.server, "Reports_GetSMTPLog_ByAddress", GroupName="", EmailAddress=to, BeginDate="", EndDate="")
        assert "result delivered" in logs or 'result="delivered' in logs
        # A group that the standby does not know yet is asked for at the primary.
        row, = soap.deliveries(pair.server, to, group="Logs")
        log = soap.call(pair.server, "Reports_GetSMTPLog_Transactional", TransactionalID=row["TransactionalID"])
        assert to in log
    finally:
        pair.resume()


def test_one_that_is_away(pair):
    times = pair.server.log.count("reports-standby-up")
    pair.standby.stop(signal.SIGQUIT)
    started = time.monotonic()
    for _ in range(5):
        assert pair.unsubscribed()[1] == "primary"
    assert time.monotonic() - started < SLACK
    away = pair.server.log.count("reports-standby-away")
    wait_for(lambda: pair.server.log.count("reports-standby-away") > 0, what="it is told")
    assert away <= 2, "once when it went, and once why it does not come back"
    pair.standby.start()
    pair.is_up(times + 1)
    pair.caught_up()
    wait_for(lambda: pair.unsubscribed()[1] == "standby", what="it is read from again")
    assert "DatabaseUnavailable" not in pair.server.log


def test_what_is_no_standby(make_server, database):
    name = database.create_database()
    server = make_server(database=database.conninfo(name), api={
        "reports_database": f"{database.conninfo(name)} target_session_attrs=any"})
    wait_for(lambda: "it is no standby" in server.log, what="it is told")
    soap.call(server, "AddUnsubscribe", EmailAddress="ann@old.example.test")
    assert "ann@old" in soap.call(server, "Reports_GetUnsubscribesAll_String", RowDelimiter="", ColDelimiter="", TextQualifier="")
    assert "api.reports_database is no standby" in server.cli("check").stdout
    server.settings["api"]["reports_database"] = database.conninfo(name)
    server.write_config()
    assert "server is not in hot standby mode" in server.cli("check").stdout
