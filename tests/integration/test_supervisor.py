"""`bracemail serve` as a family of processes: who starts, who is started again, who is left behind."""
import copy
import os
import signal
import socket
import time

import pytest

import config
import mail
import soap
from processes import is_alive, name_of
from wait import wait_for

SECONDS = 30


@pytest.fixture
def own_server(make_server):
    return make_server(workers=2)


def children(server):
    """{name: pid} of the children by their comm."""
    return {name: pid for pid in server.pids()[1:] if (name := name_of(pid))}


def test_children(own_server):
    assert set(children(own_server)) == {"maintenance", "capture", "relay-1", "relay-2", "api"}


@pytest.mark.parametrize("name", ["maintenance", "capture", "relay-1", "relay-2", "api"])
def test_a_killed_child_is_started_again(own_server, name):
    before = children(own_server)
    os.kill(before[name], signal.SIGKILL)
    wait_for(lambda: children(own_server).get(name, before[name]) != before[name], SECONDS, f"{name} again")
    after = children(own_server)
    assert {other for other in before if before[other] != after.get(other)} == {name}
    assert f"name={name}" in own_server.log


def test_a_child_that_dies_again_and_again_waits(own_server):
    deaths = 0
    last = None
    until = time.monotonic() + 3
    while time.monotonic() < until:
        pid = children(own_server).get("api")
        if pid is not None and pid != last:
            os.kill(pid, signal.SIGKILL)
            last = pid
            deaths += 1
        time.sleep(0.01)
    assert 3 <= deaths <= 8
    wait_for(lambda: children(own_server).get("api", last) != last, SECONDS, "api once more")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_leaves_nobody_behind(own_server, number):
    pids = own_server.pids()
    assert len(pids) == 6
    os.kill(own_server.pid, number)
    assert own_server.stop() == 0
    assert not any(is_alive(pid) for pid in pids)


def test_a_killed_supervisor_leaves_nobody_behind(own_server):
    pids = own_server.pids()
    os.kill(own_server.pid, signal.SIGKILL)
    wait_for(lambda: not any(is_alive(pid) for pid in pids), SECONDS, "all gone")


def test_private_postgres_survives_everything(make_server):
    server = make_server(database=None)
    postgres = [pid for pid in server.pids() if name_of(pid) == "postgres"]
    assert len(postgres) > 1
    os.kill(postgres[0], signal.SIGKILL)
    wait_for(lambda: server.cli("account", "list").returncode == 0, SECONDS, "PostgreSQL again")
    server.kill()
    server.start()
    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    server.start()
    assert server.cli("account", "list", check=True).stdout.startswith("1\tdemo\t")
    pids = server.pids()
    assert server.stop() == 0
    assert not any(is_alive(pid) for pid in pids)


def test_reload_replaces_the_children_and_refuses_nonsense(own_server):
    before = children(own_server)
    os.kill(own_server.pid, signal.SIGHUP)
    wait_for(lambda: " reloaded " in own_server.log, SECONDS, "reloaded")
    wait_for(lambda: len(own_server.pids()) == 6, SECONDS, "predecessors gone")
    after = children(own_server)
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())

    own_server.config_path.write_text("bogus = 1\n")
    os.kill(own_server.pid, signal.SIGHUP)
    wait_for(lambda: "reload-refused" in own_server.log, SECONDS, "refused")
    assert f"{own_server.config_path}:1: no such option 'bogus'" in own_server.log
    assert children(own_server) == after


def test_a_taken_port_is_named(make_server):
    server = make_server(start=False)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", server.smtp_port))
        taken.listen()
        done = server.cli("serve")
    assert done.returncode == 1
    assert f'listener "smtp": 127.0.0.1:{server.smtp_port}: another program listens there' in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_second_one_beside(make_server):
    """It takes over: both serve on the same addresses, until the first is stopped."""
    server = make_server()
    assert "another program listens there" in server.cli("serve").stderr
    second = copy.copy(server)
    second.serve_arguments, second.log_path = ("--beside",), server.folder / "log-beside"
    second.start()
    try:
        assert server.stop() == 0
        to = mail.address()
        mail.send(second, mail.build(to=to), to)
        mail.captured(second, to)
        assert soap.call(second, "AuthenticateUser").startswith("0\nSUCCESS")
    finally:
        assert second.stop() == 0


def test_a_second_one_beside_a_private_database_is_refused(make_server):
    done = make_server(start=False, database=None).cli("serve", "--beside")
    assert (done.returncode, done.stderr) == (1, "bracemail: --beside needs database in the configuration: a private PostgreSQL serves one alone\n")


def test_a_second_one_on_the_same_private_database_is_refused(make_server):
    server = make_server(database=None)
    second = server.folder / "second.conf"
    second.write_text(config.render({
        "data_dir": server.folder / "data", "hostname": "h.example", "api": {"listen": "127.0.0.1:1081"},
        "listener": {"a": {"listen": "127.0.0.1:1082", "tls": "none"}}}))
    server.config_path = second
    done = server.cli("serve")
    assert done.returncode == 1
    assert "another bracemail uses this data_dir" in done.stderr


def test_it_waits_for_a_database_that_is_away(make_server, make_database):
    cluster = make_database()
    server = make_server(start=False, database=cluster.conninfo(cluster.create_database()))
    cluster.stop()
    server.launch()
    wait_for(lambda: "database-away" in server.log, SECONDS, "database-away")
    assert not server.is_ready()
    cluster.start()
    wait_for(server.is_ready, SECONDS, "ready")
