"""A database that is there and yet not well: a full disk, no answers for a while, no one let in."""
import contextlib
import os
import pathlib
import signal
import smtplib
import subprocess

import pytest

import mail
import soap
from load import Load
from test_crash import arrivals, report
from wait import wait_for

MESSAGES, CONNECTIONS = 200, 10
LOAD_SECONDS = 120
DISK_MIB, BALLAST_STEP = 256, 1 << 20
BODY_BYTES = 150_000
REFUSALS = 5


def to_sink(sink, **delivery):
    return {"route": "smarthost", "smarthost": f"[127.0.0.1]:{sink.port}", "retry": [1], **delivery}


def all_arrive(load, sink, capsys):
    wait_for(lambda: set(load.accepted) <= set(arrivals(sink)), 60, "all accepted arrive")
    assert {code // 100 for code in load.refusals} <= {4}, load.refusals
    with capsys.disabled():
        print(f"\n{len(load.refusals)} refusals with {sorted(set(load.refusals))}")
        report(load, sink)


# A full disk. The private PostgreSQL lives on it: the same service, started by Bracemail.

@contextlib.contextmanager
def small_disk(folder):
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=0755", "tmpfs", folder], check=True)
    try:
        yield folder / "ballast"
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(ballast):
    with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * BALLAST_STEP)


def send_random(server, recipient):
    """The reply's code; None when the connection broke."""
    body = os.urandom(BODY_BYTES // 2).hex().encode()
    lines = b"\r\n".join(body[start:start + 76] for start in range(0, len(body), 76)) + b"\r\n"
    try:
        mail.send(server, mail.build(recipient, lines), recipient)
        return 250
    except smtplib.SMTPResponseException as refused:
        return refused.smtp_code
    except smtplib.SMTPRecipientsRefused as refused:
        return refused.recipients[recipient][0]
    except (smtplib.SMTPException, OSError):
        return None


def send_until(server, accepted, is_enough):
    """Sends message after message, and keeps those with 250. Returns the other codes."""
    refusals = []

    def one():
        recipient = mail.address()
        code = send_random(server, recipient)
        if code == 250:
            accepted.append(recipient)
        elif code is not None:
            refusals.append(code)
        return is_enough(code, refusals)
    wait_for(one, LOAD_SECONDS, "enough replies of that kind")
    return refusals


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_full_disk(make_server, sink, capsys):
    server = make_server(start=False, database=None, delivery=to_sink(sink))
    with small_disk(pathlib.Path(server.settings["data_dir"])) as ballast:
        try:
            server.start()
            server.add_account(server.account, server.password)
            accepted = []
            send_until(server, accepted, lambda code, refusals: len(accepted) == REFUSALS)
            fill(ballast)
            refusals = send_until(server, accepted, lambda code, refusals: len(refusals) >= REFUSALS)
            assert {code // 10 for code in refusals} == {45}, refusals
            ballast.unlink()
            recovered = len(accepted)
            send_until(server, accepted, lambda code, refusals: len(accepted) >= recovered + REFUSALS)
            wait_for(lambda: all(sink.to(each) for each in accepted), 60, "all accepted arrive")
            for each in accepted:
                soap.delivery(server, each, "Delivered", 60)
            with capsys.disabled():
                print(f"\n{len(accepted)} accepted, {len(refusals)} refusals with {sorted(set(refusals))}")
        finally:
            server.stop()


def test_database_without_answers_for_a_while(make_server, make_database, sink, capsys):
    cluster = make_database()
    server = make_server(database=cluster.conninfo(cluster.create_database()), workers=2, delivery=to_sink(sink))
    load = Load(server, MESSAGES, CONNECTIONS).start()
    wait_for(lambda: len(load.accepted) >= MESSAGES // 4, LOAD_SECONDS, "the load runs")
    stopped = cluster.pids()
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        before = len(load.accepted)
        # Nothing is promised, and those who do not need the database just now are served.
        with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=60) as smtp:
            for _ in range(100):
                assert smtp.noop()[0] == 250
        assert len(load.accepted) - before <= CONNECTIONS
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    load.join(LOAD_SECONDS)
    all_arrive(load, sink, capsys)


def test_slow_commits(make_server, make_database, sink, capsys):
    """Each look at table message waits for a lock that is given and taken away, over and over."""
    cluster = make_database()
    database = cluster.create_database()
    server = make_server(database=cluster.conninfo(database), workers=2, delivery=to_sink(sink))
    load = Load(server, MESSAGES, CONNECTIONS).start()
    with contextlib.closing(cluster.connect(database)) as connection:
        cursor = connection.cursor()
        while len(load.accepted) < MESSAGES * 3 // 4:
            cursor.execute("BEGIN; LOCK TABLE message, smtp_log, queue IN ACCESS EXCLUSIVE MODE; "
                           "SELECT pg_sleep(0.3); COMMIT")
    load.join(LOAD_SECONDS)
    all_arrive(load, sink, capsys)
    assert not load.refusals


def test_database_that_lets_nobody_in(make_server, make_database, sink, capsys):
    cluster = make_database()
    database = cluster.create_database()
    server = make_server(database=cluster.conninfo(database), workers=2, delivery=to_sink(sink))
    pids = server.pids()
    load = Load(server, MESSAGES, CONNECTIONS).start()
    wait_for(lambda: len(load.accepted) >= MESSAGES // 4, LOAD_SECONDS, "the load runs")
    with contextlib.closing(cluster.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
        wait_for(lambda: len(load.refusals) >= CONNECTIONS, LOAD_SECONDS, "refusals")
        with pytest.raises(soap.Fault) as fault:
            soap.call(server, "AuthenticateUser")
        assert fault.value.name == "DatabaseUnavailableException"
        cursor.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
    load.join(LOAD_SECONDS)
    all_arrive(load, sink, capsys)
    assert server.pids() == pids, "a process ended"
