"""The machines of docs/cluster.md, with the very files of packaging/cluster: three databases, two relay nodes, two API nodes, HAProxy."""
import os
import re
import signal

import requests

import network
from bracemail import BINARY, ROOT
from wait import wait_for

TEMPLATES = ROOT / "packaging" / "cluster"
START_SECONDS = 120
PASSWORDS = {name: f"{name.lower()}-not-secret-here" for name in ("SUPERUSER_PASSWORD", "REPLICATION_PASSWORD", "REWIND_PASSWORD", "BRACEMAIL_PASSWORD")}
DATA = "/var/lib/postgresql/15/bracemail"


def template(name, machine):
    values = {"NAME": machine.name, "ADDRESS": machine.address, **PASSWORDS}
    return re.sub(r"@([A-Z_]+)@", lambda at: values[at[1]], (TEMPLATES / name).read_text())


def get(url, seconds=1):
    try:
        return requests.get(url, timeout=seconds)
    except requests.RequestException:
        return None


class Database(network.Machine):
    """etcd and PostgreSQL under Patroni."""

    def __init__(self, name, number, folder):
        super().__init__(name, number, folder)
        self.folder_for("/var/lib/etcd", "etcd")
        self.folder_for("/run/postgresql", "postgres").chmod(0o755)
        self._data = self.folder_for("/var/lib/postgresql", "postgres") / "15" / "bracemail"
        configuration = self.folder_for("/etc/patroni", "postgres") / "config.yml"
        configuration.write_text(template("patroni.yml", self))
        self.etcd = dict(re.findall(r'(?m)^(\w+)="(.*)"$', template("etcd", self)))

    def start_etcd(self):
        self.start("etcd", ["/usr/bin/etcd"], "etcd", self.etcd)

    def start_patroni(self):
        self.start("patroni", ["/usr/bin/patroni", "/etc/patroni/config.yml"], "postgres")

    def _is(self, role):
        answer = get(f"http://{self.address}:8008/{role}")
        return answer is not None and answer.status_code == 200

    def is_primary(self):
        return self._is("primary")

    def is_synchronous(self):
        """The one that Patroni would promote."""
        return self._is("sync")

    def postgres_pids(self):
        """The postmaster is nobody's child: Patroni leaves it alone, so that it outlives Patroni."""
        try:
            postmaster = int((self._data / "postmaster.pid").read_text().split()[0])
        except (OSError, IndexError):
            return []
        return network.tree(postmaster)

    def kill_postgres(self):
        for pid in self.postgres_pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def kill_machine(self):
        """As of a power cut: Patroni first, which would start PostgreSQL again."""
        self.kill("patroni")
        self.kill_postgres()
        self.kill("etcd")
        wait_for(lambda: not self.postgres_pids(), what="PostgreSQL is gone")


class Databases:
    def __init__(self, folder):
        self.nodes = [Database(f"db-{number}", 10 + number, folder) for number in (1, 2, 3)]

    def start(self):
        """etcd, the first node, the others, a role and a database for Bracemail."""
        for node in self.nodes:
            node.start_etcd()
        first = self.nodes[0]
        first.start_patroni()
        wait_for(first.is_primary, START_SECONDS, "Patroni has made a primary")
        for node in self.nodes[1:]:
            node.start_patroni()
        self.wait_until_well()
        for sql in (f"CREATE ROLE bracemail LOGIN PASSWORD '{PASSWORDS['BRACEMAIL_PASSWORD']}'",
                    "CREATE DATABASE bracemail OWNER bracemail ENCODING 'UTF8' TEMPLATE template0"):
            done = first.run("psql", "-X", "-v", "ON_ERROR_STOP=1", "-c", sql, user="postgres")
            assert done.returncode == 0, done.stderr

    def primary(self):
        """The one that says it is, or None."""
        return next((node for node in self.nodes if node.is_primary()), None)

    def _standbys(self):
        """The nodes that follow the primary, as it sees them."""
        primary = self.primary()
        if primary is None:
            return []
        done = primary.run("psql", "-XAt", "-c", "SELECT application_name FROM pg_stat_replication WHERE state = 'streaming'", user="postgres")
        return [node for node in self.nodes if node.name in done.stdout.split()]

    def synchronous_standby(self):
        """Or None."""
        return next((node for node in self._standbys() if node.is_synchronous()), None)

    def wait_until_well(self):
        """A primary, and two that follow, one of them synchronously."""
        wait_for(lambda: len(self._standbys()) == len(self.nodes) - 1 and self.synchronous_standby(), START_SECONDS, "all databases are there")


class Node(network.Machine):
    """A relay node or an API node. settings: sections that packaging/cluster/bracemail.conf leaves to the operator."""

    def __init__(self, name, number, folder, settings):
        super().__init__(name, number, folder)
        passfile = self.folder / "pgpass"
        passfile.touch(0o600)
        passfile.write_text(f"*:*:bracemail:bracemail:{PASSWORDS['BRACEMAIL_PASSWORD']}\n")
        self.configuration = self.folder / "bracemail.conf"
        text = template("bracemail.conf", self).replace("/etc/bracemail/pgpass", str(passfile))
        self.configuration.write_text(f'data_dir = "{self.folder}/data"\nworkers = 1\n{text}{settings}\n')
        self._begins = 0

    def serve(self):
        log = self.folder / "serve.log"
        self._begins = log.stat().st_size if log.exists() else 0
        self.start("serve", [BINARY, "serve", "--only", self.name.partition("-")[0], "--config", self.configuration])

    def log_since_start(self):
        return self.log("serve")[self._begins:]

    def is_ready(self):
        return " ready" in self.log_since_start()

    def cli(self, *arguments, **options):
        done = self.run(BINARY, *arguments, "--config", self.configuration, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout


class Cluster:
    """All of it. start() once; account and password are those of `shop`, whose mail from here needs none."""

    account, password = "shop", "a pass word of shop"

    def __init__(self, folder, settings):
        network.make_bridge()
        folder.chmod(0o755)
        self.databases = Databases(folder)
        self.relays = [Node(f"relay-{number}", 20 + number, folder, settings) for number in (1, 2)]
        self.apis = [Node(f"api-{number}", 30 + number, folder, settings) for number in (1, 2)]
        self.balancer = network.Machine("balancer", 40, folder)
        self.api_url = f"http://{self.balancer.address}:8080/api.asmx"
        network.meet([*self.databases.nodes, *self.relays, *self.apis, self.balancer])

    def start(self):
        self.databases.start()
        for node in (*self.apis, *self.relays):
            node.serve()
            wait_for(node.is_ready, START_SECONDS, f"{node.name} is ready; {node.folder}")
        self.apis[0].cli("account", "add", self.account, "--password-stdin", input=self.password + "\n")
        self.apis[0].cli("account", "allow-ip", self.account, f"{network.HERE}/32")
        self.balancer.start("haproxy", ["haproxy", "-db", "-f", TEMPLATES / "haproxy.cfg"])
        wait_for(lambda: get(f"http://{self.balancer.address}:8080/healthz") is not None, START_SECONDS, "HAProxy answers")

    def stop(self):
        """All of it at once, so that nothing writes into the folder any more."""
        for machine in (self.balancer, *self.relays, *self.apis):
            machine.kill()
        for node in self.databases.nodes:
            node.kill_machine()
