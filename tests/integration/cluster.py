"""A PostgreSQL cluster of its own, in a temporary folder, durable as in production."""
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid

import psycopg2

from processes import start, tree
from wait import wait_for

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
SUPERUSER = "postgres"
SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "listen_addresses": "",
    "max_connections": "300",
    "timezone": "UTC",
    "logging_collector": "off",
}


class Cluster:
    """initdb at once; start() and stop() as often as wanted; remove() at the end.

    standby_of: a running cluster that it follows (pg_basebackup, streaming) until promote().
    """

    def __init__(self, standby_of=None):
        # Sockets live in here: their path must stay below 108 bytes.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bracemail-pg-"))
        self.data = self.folder / "data"
        self.log_path = self.folder / "log"
        self._process = None
        self._identity = {}
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._identity = {"user": user.pw_uid, "group": user.pw_gid,
                              "extra_groups": os.getgrouplist(user.pw_name, user.pw_gid)}
        self.folder.chmod(0o711)
        if standby_of is None:
            self._run("initdb", "--pgdata", self.data, "--username", SUPERUSER, "--auth", "trust",
                      "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
        else:
            self._run("pg_basebackup", "--pgdata", self.data, "--write-recovery-conf", "--checkpoint", "fast", "--no-sync",
                      "--dbname", standby_of.conninfo())

    def _run(self, program, *arguments):
        subprocess.run([PROGRAMS / program, *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/",
                       **self._identity)

    def start(self):
        settings = {**SETTINGS, "unix_socket_directories": str(self.folder)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        with open(self.log_path, "ab") as log:
            # SIGQUIT is PostgreSQL's immediate shutdown: it also gives shared memory back.
            self._process = start([PROGRAMS / "postgres", "-D", self.data, *options],
                                  death_signal=signal.SIGQUIT, stdout=log, stderr=log, cwd="/",
                                  **self._identity)
        wait_for(self.answers, 60, f"PostgreSQL answers; its log: {self.log_path}")
        return self

    def answers(self):
        if self._process.poll() is not None:
            raise RuntimeError("PostgreSQL ended:\n" + self.log_path.read_text(errors="replace"))
        try:
            self.connect().close()
            return True
        except psycopg2.OperationalError:
            return False

    def stop(self, how=signal.SIGINT):
        """how: SIGINT ends sessions and stops cleanly, SIGQUIT as a crash would."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(timeout=60)
        self._process = None

    def promote(self):
        """A standby becomes a primary; returns when it is one."""
        self.execute("SELECT pg_promote()")

    def set(self, name, value):
        """ALTER SYSTEM, and read anew. value: None is what it was."""
        self.execute(f"ALTER SYSTEM RESET {name}" if value is None else f"ALTER SYSTEM SET {name} = '{value}'")
        self.execute("SELECT pg_reload_conf()")

    def execute(self, sql, *values, database="postgres"):
        """One statement. Returns its rows, or None."""
        with contextlib.closing(self.connect(database)) as connection:
            cursor = connection.cursor()
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else None

    def pids(self):
        """Every process of it, the postmaster first."""
        return tree(self._process.pid) if self._process else []

    def remove(self):
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def conninfo(self, database="postgres"):
        return f"host={self.folder} user={SUPERUSER} dbname={database}"

    def connect(self, database="postgres"):
        connection = psycopg2.connect(self.conninfo(database))
        connection.autocommit = True
        return connection

    def create_database(self):
        """A new, empty database. Returns its name."""
        name = "test_" + uuid.uuid4().hex[:12]
        connection = self.connect()
        connection.cursor().execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        connection.close()
        return name


@contextlib.contextmanager
def cursor_of(server):
    """A cursor in a server's database; what it did is committed at the end."""
    connection = psycopg2.connect(server.settings["database"])
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
