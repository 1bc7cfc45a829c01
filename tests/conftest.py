"""Fixtures of integration and peers: a PostgreSQL cluster, a running Bracemail, and a factory for more of them."""
import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "integration"))

from bracemail import BINARY, Bracemail  # noqa: E402
from cluster import Cluster  # noqa: E402
from sink import Sink  # noqa: E402

LOG_SHOWN = 6000


def pytest_configure(config):
    """SIGTERM ends the run as Ctrl-C does: what the fixtures started is stopped and removed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def database():
    """A running PostgreSQL cluster (class Cluster); databases are made on it by create_database()."""
    cluster = Cluster()
    try:
        yield cluster.start()
    finally:
        cluster.remove()


@pytest.fixture(scope="session")
def make_database():
    """Factory: a further running cluster, for tests that stop it. standby_of: as for Cluster."""
    clusters = []

    def make(standby_of=None):
        clusters.append(Cluster(standby_of))
        return clusters[-1].start()
    yield make
    for cluster in clusters:
        cluster.remove()


def _with_account(server):
    server.start()
    server.add_account(server.account, server.password)
    return server


@pytest.fixture(scope="session")
def server(database):
    """The Bracemail that most tests share: all mail goes to its capture server."""
    assert pathlib.Path(BINARY).exists(), f"{BINARY} is missing: run make"
    installation = Bracemail(database.conninfo(database.create_database()))
    try:
        yield _with_account(installation)
    finally:
        installation.remove()


def _factory(database):
    """Yields make(): a Bracemail with settings laid over the usual ones. database=None is the private PostgreSQL;
    start=False leaves starting (and the account) to the caller."""
    made = []

    def make(*, start=True, **settings):
        if "database" not in settings:
            settings["database"] = database.conninfo(database.create_database())
        made.append(Bracemail(**settings))
        return _with_account(made[-1]) if start else made[-1]
    try:
        yield make
    finally:
        for installation in made:
            installation.remove()


@pytest.fixture
def make_server(database):
    """Factory of servers that end with the test."""
    yield from _factory(database)


@pytest.fixture(scope="module")
def make_module_server(database):
    """Factory of servers that end with the file's tests."""
    yield from _factory(database)


@pytest.fixture
def sink():
    """A next hop that takes all mail."""
    receiver = Sink()
    receiver.start()
    yield receiver
    receiver.stop()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the end of the logs of the servers it used."""
    report = (yield).get_result()
    if report.when != "call" or not report.failed:
        return
    for name, value in getattr(item, "funcargs", {}).items():
        if isinstance(value, Bracemail):
            report.sections.append((f"log of {name}", value.log[-LOG_SHOWN:]))
