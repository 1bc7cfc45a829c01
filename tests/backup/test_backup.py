"""Backup and restore as docs/backup.md has it: pg_basebackup under load, WAL, recovery to a point in time, and what is told of the rest."""
import collections
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import threading

import mail
from cluster import PROGRAMS, Cluster
from processes import start
from test_log import send
from wait import wait_for

SENDERS = 4
NEVER_DELIVERED = "defer-451@"


class Load:
    """Clients that never pause: each message that got 250, by its id. One of eight is deferred, one of eight refused."""

    def __init__(self, server):
        self._server = server
        self._lock = threading.Lock()
        self._stopping = False
        self._threads = []
        self.taken = {}

    def _run(self):
        number = 0
        while not self._stopping:
            number += 1
            local = {0: NEVER_DELIVERED, 4: "reject-550@"}.get(number % 8)
            recipient = f"{local}{mail.unique()}.test" if local else mail.address("load")
            message, delivery = send(self._server, recipient)
            with self._lock:
                self.taken[message] = (delivery, recipient)

    def start(self):
        self._stopping = False
        self._threads = [threading.Thread(target=self._run) for _ in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Returns what was taken so far."""
        self._stopping = True
        for thread in self._threads:
            thread.join()
        return dict(self.taken)

    def wait_for(self, count):
        before = len(self.taken)
        wait_for(lambda: len(self.taken) >= before + count, 120, f"{count} more messages")


def captured_recipients(server):
    found = collections.Counter()
    for path in mail.captured_files(server):
        for line in path.read_bytes().split(b"\r\n\r\n", 1)[0].splitlines():
            if line.lower().startswith(b"to:"):
                found[line.split(b":", 1)[1].strip().decode()] += 1
                break
    return found


def states(server):
    """Of each delivery that the database knows: by the queue, and by the log."""
    waiting = json.loads(server.cli("queue", "list", "--json").stdout)["deliveries"]
    return {each["delivery"]: each["state"] for each in waiting}


def check_restored(server, before, after, twice):
    """before, after: messages taken before the point and after it. twice: deliveries made after it of messages taken before."""
    done = server.cli("restored", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {each["message"] for each in found["messages"]} == set(after)
    assert {each["delivery"] for each in found["twice"]} == twice
    for each in found["messages"]:
        delivery, recipient = after[each["message"]]
        to, = each["recipients"]
        assert (to["delivery"], to["recipient"]) == (delivery, recipient)
        expected = {NEVER_DELIVERED[0:9]: None, "reject-55": "failed 5.1.1"}.get(recipient[:9], "delivered 2.0.0")
        assert to["result"] == expected, each
    print(f"\n{len(before)} messages before the point, {len(after)} lost behind it, {len(twice)} deliveries not made twice")

    server.start()
    assert re.search(rf"database-restored lost_messages={len(after)} lost_campaigns=0 held={len(twice)} ", server.log)
    assert {delivery for delivery, state in states(server).items() if state == "held"} == twice
    for message, (delivery, recipient) in before.items():
        known = json.loads(server.cli("log", str(message), "--json").stdout)
        assert [each["delivery"] for each in known] == [delivery], (message, recipient)
    # New mail goes on, with ids of its own, and what waited is delivered.
    new, _ = send(server, mail.address("new"))
    assert new > max(after)
    assert json.loads(server.cli("restored", "settle", "--json").stdout)["settled"] == len(twice)

    def delivered():
        server.cli("queue", "retry", "--all")
        return not states(server)
    wait_for(delivered, 120, "the queue empties")
    copies = captured_recipients(server)
    for message, (delivery, recipient) in before.items():
        assert copies[recipient] == (0 if recipient.startswith("reject-550@") else 1), (message, recipient)
    assert not [recipient for recipient, count in copies.items() if count > 1]


def taken_before_and_after(server, load, backup, point):
    """Runs the course: load, backup(), load, point(), load. Returns (before, after, twice)."""
    load.start()
    load.wait_for(30)
    backup()
    load.wait_for(60)
    before = load.stop()
    deferred = [delivery for delivery, recipient in before.values() if recipient.startswith(NEVER_DELIVERED)]
    wait_for(lambda: set(states(server)) == set(deferred), 60, "first attempts")
    point()
    twice = set(deferred[: len(deferred) // 2])

    def tried():
        server.cli("queue", "retry", *map(str, twice))
        return not twice & set(states(server))
    wait_for(tried, 60, "deliveries behind the point")
    load.start()
    load.wait_for(40)
    everything = load.stop()
    after = {message: taken for message, taken in everything.items() if message not in before}
    wait_for(lambda: all(recipient.startswith(NEVER_DELIVERED) or delivery not in states(server)
                         for delivery, recipient in after.values()), 60, "deliveries of the rest")
    return before, after, twice


def test_an_external_postgresql_with_an_archive(make_server):
    cluster = Cluster()
    archive, backup = cluster.folder / "archive", cluster.folder / "backup"
    archive.mkdir()
    if os.geteuid() == 0:
        shutil.chown(archive, "postgres", "postgres")
    try:
        with open(cluster.data / "postgresql.auto.conf", "a") as settings:
            settings.write("archive_mode = on\n"
                           f"archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f.part && mv {archive}/%f.part {archive}/%f'\n")
        cluster.start()
        server = make_server(database=cluster.conninfo(cluster.create_database()), delivery={"retry": [3600]})
        load = Load(server)
        times = {}

        def point():
            times["point"], = cluster.execute("SELECT clock_timestamp()::text")[0]

        before, after, twice = taken_before_and_after(
            server, load, lambda: cluster._run("pg_basebackup", "--pgdata", backup, "--checkpoint", "fast", "--dbname", cluster.conninfo()),
            point)
        last, = cluster.execute("SELECT pg_walfile_name(pg_switch_wal())")[0]
        wait_for((archive / last).exists, 60, "the last segment in the archive")
        server.kill()
        cluster.stop(signal.SIGQUIT)
        shutil.rmtree(cluster.data)
        shutil.move(backup, cluster.data)
        with open(cluster.data / "postgresql.auto.conf", "a") as settings:
            settings.write(f"restore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{times['point']}'\n"
                           "recovery_target_action = 'promote'\n")
        (cluster.data / "recovery.signal").touch()
        cluster.start()
        wait_for(lambda: cluster.execute("SELECT NOT pg_is_in_recovery()")[0][0], 120, "the end of the recovery")
        check_restored(server, before, after, twice)
    finally:
        cluster.remove()


def test_the_private_postgresql_with_pg_receivewal(make_server):
    server = make_server(database=None, delivery={"retry": [3600]})
    place = (server.folder / "data" / "postgres").resolve()
    owner = pwd.getpwuid(place.stat().st_uid)
    identity = {"user": owner.pw_uid, "group": owner.pw_gid,
                "extra_groups": os.getgrouplist(owner.pw_name, owner.pw_gid)} if os.geteuid() == 0 else {}
    socket = next(path for path in place.glob("socket/.s.PGSQL.*") if path.suffix[1:].isdigit())
    conninfo = f"host={socket.parent} port={socket.suffix[1:]} user=bracemail"
    copies = place / "copies"
    copies.mkdir()
    archive, backup = copies / "wal", copies / "base"
    archive.mkdir()
    if identity:
        for folder in (copies, archive):
            os.chown(folder, owner.pw_uid, owner.pw_gid)

    def run(*command):
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **identity)

    run(PROGRAMS / "pg_receivewal", "--dbname", conninfo, "--slot", "archive", "--create-slot")
    receiver = start([PROGRAMS / "pg_receivewal", "--dbname", conninfo, "--slot", "archive", "--directory", archive, "--synchronous"],
                     cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **identity)
    try:
        load = Load(server)
        times = {}

        def sql(text):
            done = subprocess.run([PROGRAMS / "psql", "-XAt", "-d", f"{conninfo} dbname=bracemail", "-c", text], check=True, cwd="/",
                                  capture_output=True, text=True, **identity)
            return done.stdout.strip()

        def point():
            times["point"] = sql("SELECT clock_timestamp()")

        before, after, twice = taken_before_and_after(
            server, load, lambda: run(PROGRAMS / "pg_basebackup", "--pgdata", backup, "--checkpoint", "fast", "--dbname", conninfo), point)
        last = sql("SELECT pg_walfile_name(pg_switch_wal())")
        wait_for((archive / last).exists, 60, "the last segment")
        server.kill()
    finally:
        receiver.terminate()
        receiver.wait(timeout=30)
    shutil.rmtree(place / "data")
    shutil.move(backup, place / "data")
    with open(place / "data" / "postgresql.auto.conf", "a") as settings:
        settings.write(f"restore_command = 'cp {archive}/%f %p'\nrecovery_target_time = '{times['point']}'\n"
                       "recovery_target_action = 'promote'\n")
    signal_file = place / "data" / "recovery.signal"
    signal_file.touch()
    if identity:
        os.chown(signal_file, owner.pw_uid, owner.pw_gid)
    check_restored(server, before, after, twice)
