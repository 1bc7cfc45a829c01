"""DNS with DNSSEC: zones signed by ldns, served by nsd on 127.0.0.1."""
import subprocess

from processes import free_port, start
from wait import wait_for

START_SECONDS = 10
CONFIGURATION = """server:
  ip-address: 127.0.0.1@{port}
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  logfile: "{folder}/nsd.log"
  database: ""
  server-count: 1
remote-control:
  control-enable: no
"""
HEAD = "$ORIGIN {name}.\n$TTL 60\n@ SOA ns hostmaster 1 3600 900 86400 60\n@ NS ns\nns A 127.0.0.1\n"


class SignedZones:
    """signed and unsigned: {"example": [records as in a zone file]}. forged: {"name. TYPE": another line for that record},
    put in after the signing. trust_anchor: the path of the signed zone's key."""

    def __init__(self, folder, signed, unsigned, forged):
        self.folder, self.port = folder, free_port()
        configuration = CONFIGURATION.format(folder=folder, port=self.port)
        for zones, path_of in ((signed, self._signed), (unsigned, self._plain)):
            for name, records in zones.items():
                configuration += f'zone:\n  name: "{name}"\n  zonefile: "{path_of(name, records)}"\n'
        for name in signed:
            self._forge(folder / f"{name}.signed", forged)
        (folder / "nsd.conf").write_text(configuration)
        self._process = None

    def start(self):
        self._process = start(["/usr/sbin/nsd", "-d", "-c", self.folder / "nsd.conf"])
        wait_for(lambda: "nsd started" in (self.folder / "nsd.log").read_text()
                 if (self.folder / "nsd.log").exists() else False, START_SECONDS, "nsd to start")
        return self

    def stop(self):
        self._process.terminate()
        self._process.wait(timeout=30)

    def _plain(self, name, records):
        path = self.folder / f"{name}.zone"
        path.write_text(HEAD.format(name=name) + "\n".join(records) + "\n")
        return path

    def _signed(self, name, records):
        zone, signed = self._plain(name, records), self.folder / f"{name}.signed"
        key = self._run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", name).strip()
        self._run("ldns-signzone", "-f", signed, zone, key)
        self.trust_anchor = self.folder / f"{key}.key"
        return signed

    def _run(self, *command):
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout

    @staticmethod
    def _forge(path, forged):
        lines = path.read_text().split("\n")
        for beginning, line in forged.items():
            found = [index for index, words in enumerate(map(str.split, lines))
                     if words[:1] + words[3:4] == beginning.split()]
            assert len(found) == 1, beginning
            lines[found[0]] = line
        path.write_text("\n".join(lines))
