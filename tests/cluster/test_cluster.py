"""Machines die, lose their network and come back, one after the other, while 20 connections send and the API is called: what got 250 arrives.
Where so many are gone that nobody may promise anything, nobody does, and clients are told."""
import collections
import os
import pathlib
import shutil
import sys
import tempfile
import time
import types

import pytest

import network
import soap
from machines import Cluster
from processes import start
from traffic import Calls, Mail, Messages
from wait import wait_for

CONNECTIONS, CALLERS = 20, 2
SINK_PORT = 2526
STEADY_SECONDS, ARRIVE_SECONDS = 120, 120
TITLE = "{:40} {:>10} {:>8} {:>9} {:>9} {:>8}  {}"
LINE = "{:40} {:10.1f} {:8.1f} {:9.1f} {:9.1f} {:8}  {}"


@pytest.fixture
def folder():
    # Users without rights have to get into it.
    path = pathlib.Path(tempfile.mkdtemp(prefix="bracemail-cluster-"))
    try:
        yield path
    finally:
        if "BRACEMAIL_KEEP" not in os.environ:
            shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def arrived(folder):
    """A function that counts what has come, by address."""
    path = folder / "arrived"
    recorder = start([sys.executable, "-B", pathlib.Path(__file__).parent / "recorder.py", network.HERE, str(SINK_PORT), path])
    try:
        yield lambda: collections.Counter(path.read_text().splitlines())
    finally:
        recorder.terminate()
        recorder.wait(30)


@pytest.fixture
def cluster(folder):
    made = Cluster(folder, f'delivery {{ route = "smarthost" smarthost = "[{network.HERE}]:{SINK_PORT}" retry = {{1}} }}')
    try:
        made.start()
        yield made
    finally:
        made.stop()


class Trial:
    """One fault after the other, and what each costs."""

    def __init__(self, cluster, arrived, say):
        self._cluster, self._arrived, self._say = cluster, arrived, say
        self.mail = Mail(CONNECTIONS, cluster.balancer.address, 587)
        self.calls, self.messages = Calls(CALLERS, cluster), Messages(CALLERS, cluster)
        self._all = (self.mail, self.calls, self.messages)

    def begin(self):
        for clients in self._all:
            clients.start()
        self.steady()
        self._say(TITLE.format("seconds: until others took over, without", "taken over", "a 250", "a reading", "a sending", "twice", "what clients were told"))

    def end(self):
        for clients in self._all:
            clients.stop()

    def twice(self):
        """How many have come more than once, and how often too many."""
        came = self._arrived()
        return sum(came.values()) - len(came)

    def accepted(self):
        return [*self.mail.accepted, *self.messages.accepted]

    def refused(self):
        """Senders are told no, each connection of them."""
        senders = (self.mail, self.messages)
        before = [clients.book.failures.total() for clients in senders]
        wait_for(lambda: all(clients.book.failures.total() - count >= clients.count for clients, count in zip(senders, before)),
                 STEADY_SECONDS, "all senders are told")

    def steady(self):
        """All clients get what they want again."""
        before = [len(clients.book.times) for clients in self._all]

        def goes_on():
            return all(len(clients.book.times) - count >= clients.steady for clients, count in zip(self._all, before))
        try:
            wait_for(goes_on, STEADY_SECONDS, "all goes on")
        except AssertionError:
            self._say(f"{[dict(clients.book.failures) for clients in self._all]}")
            raise

    def fault(self, name, strike, restore, taken_over):
        """taken_over: whether others do what was done by what is struck."""
        row = self._begin_row(name)
        strike()
        wait_for(taken_over, STEADY_SECONDS, "others take over")
        new = time.monotonic() - row.begin
        self.steady()
        restore()
        self._end_row(row, new)

    def outage(self, name, strike, restore, restore_rest):
        """Nobody takes over: nothing is promised from when all senders are told no until `restore`, after which all goes on."""
        row = self._begin_row(name)
        strike()
        self.refused()
        promised = len(self.accepted())
        self.refused()
        assert len(self.accepted()) == promised
        back = time.monotonic()
        restore()
        wait_for(lambda: len(self.accepted()) > promised, STEADY_SECONDS, "somebody gets a 250")
        new = time.monotonic() - back
        self.steady()
        restore_rest()
        self._end_row(row, new)

    def _begin_row(self, name):
        return types.SimpleNamespace(name=name, told=[collections.Counter(clients.book.failures) for clients in self._all], begin=time.monotonic(),
                                     twice=self.twice())

    def _end_row(self, row, new):
        self._cluster.databases.wait_until_well()
        self.steady()
        end = time.monotonic()
        failures = sum((clients.book.failures - before for clients, before in zip(self._all, row.told)), collections.Counter())
        self._say(LINE.format(row.name, new, *(clients.book.longest_gap(row.begin, end) for clients in self._all), self.twice() - row.twice,
                              ", ".join(f"{why} ({count})" for why, count in sorted(failures.items())) or "-"))


def faults(cluster):
    """(name, strike, restore, whether others took over); each looked up when its turn comes."""
    databases, (relay, other), api = cluster.databases, cluster.relays, cluster.apis[0]

    def another_primary():
        return databases.primary() not in (None, primary)

    def another_synchronous_standby():
        return databases.synchronous_standby() not in (None, standby)

    def claims_taken():
        return " worker-reaped " in other.log("serve")[begins:]

    def back():
        primary.start_etcd()
        primary.start_patroni()
    primary = databases.primary()
    yield "PostgreSQL of the primary killed", primary.kill_postgres, lambda: None, another_primary
    primary = databases.primary()
    yield "the primary's machine killed", primary.kill_machine, back, another_primary
    begins = len(other.log("serve"))
    yield "a relay node killed", relay.kill, relay.serve, claims_taken
    yield "an API node killed", api.kill, api.serve, lambda: True
    primary = databases.primary()
    yield "the primary cut off from the network", primary.cut, primary.mend, another_primary
    standby = databases.synchronous_standby()
    yield "the synchronous standby cut off", standby.cut, standby.mend, another_synchronous_standby
    begins = len(other.log("serve"))
    yield "a relay node cut off", relay.cut, relay.mend, claims_taken


def outages(cluster):
    """(name, strike, restore one of them, restore the other)."""
    databases = cluster.databases

    def kill(*arguments):
        for node in gone:
            node.kill(*arguments)

    def kill_standbys():
        kill("patroni")
        for node in gone:
            node.kill_postgres()
    primary = databases.primary()
    gone = [node for node in databases.nodes if node is not primary]
    yield "PostgreSQL of both standbys killed", kill_standbys, gone[0].start_patroni, gone[1].start_patroni
    primary = databases.primary()
    gone = [primary, databases.synchronous_standby()]
    yield "etcd of two nodes killed", lambda: kill("etcd"), gone[0].start_etcd, gone[1].start_etcd


def test_what_got_250_arrives(cluster, arrived, capsys):
    def say(line):
        with capsys.disabled():
            print(line, flush=True)
    say("")
    soap.call(cluster, "AddTransactionalGroup", GroupName="Read")
    trial = Trial(cluster, arrived, say)
    trial.begin()
    begin = time.monotonic()
    for fault in faults(cluster):
        trial.fault(*fault)
    for outage in outages(cluster):
        trial.outage(*outage)
    seconds = time.monotonic() - begin
    trial.end()
    accepted = trial.accepted()
    assert len(set(accepted)) == len(accepted)
    try:
        wait_for(lambda: set(accepted) <= set(arrived()), ARRIVE_SECONDS, "all that got 250 arrives")
    finally:
        came = arrived()
        lost = set(accepted) - set(came)
        say(f"{len(accepted)} got 250 in {seconds:.0f} s, {len(lost)} of them lost; {trial.twice()} arrived twice; "
            f"{len(set(came) - set(accepted))} arrived though nobody was told 250; longest without 250: "
            f"{trial.mail.book.longest_gap(begin, begin + seconds):.1f} s")
    assert not lost
