"""Machines, as network namespaces on one bridge. Within tools/isolated alone: nothing here is taken down."""
import os
import shlex
import signal
import subprocess

from processes import start, tree

NETWORK = "10.20.30"
HERE = f"{NETWORK}.1"  # where the tests run: clients, and the recipients' server
BRIDGE = "br0"


def ip(*arguments, inside=None):
    subprocess.run(["ip", *(["-n", inside] if inside else []), *arguments], check=True, capture_output=True, text=True)


def make_bridge():
    if not os.path.isdir("/run/netns") or os.getpid() > 1000:
        raise RuntimeError("these tests change the network: run them by tools/isolated")
    ip("link", "add", BRIDGE, "type", "bridge")
    ip("address", "add", f"{HERE}/24", "dev", BRIDGE)
    ip("link", "set", BRIDGE, "up")


class Machine:
    """One of them, with files of its own: binds are {path as it sees it: path as we do}."""

    def __init__(self, name, number, folder):
        self.name, self.address = name, f"{NETWORK}.{number}"
        self.folder = folder / name
        self.folder.mkdir()
        self.folder.chmod(0o755)
        self.binds = {}
        self._running = {}
        self._wire = f"v-{name}"
        hardware = f"02:00:0a:14:1e:{number:02x}"
        ip("netns", "add", name)
        ip("link", "add", self._wire, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("link", "set", "eth0", "address", hardware, inside=name)
        ip("link", "set", self._wire, "master", BRIDGE, "up")
        ip("address", "add", f"{self.address}/24", "dev", "eth0", inside=name)
        for device in ("lo", "eth0"):
            ip("link", "set", device, "up", inside=name)

    def cut(self):
        """Its cable ends nowhere: both sides go on sending, and nobody is told."""
        ip("link", "set", self._wire, "nomaster")

    def mend(self):
        ip("link", "set", self._wire, "master", BRIDGE)

    def folder_for(self, path, user=None):
        """A folder of its own at `path`."""
        folder = self.folder / path.strip("/").replace("/", "-")
        folder.mkdir(mode=0o700, exist_ok=True)
        if user is not None:
            subprocess.run(["chown", f"{user}:", folder], check=True)
        self.binds[path] = folder
        return folder

    def command(self, arguments, user=None):
        mounts = "".join(f"mount --bind {shlex.quote(str(folder))} {shlex.quote(path)} && " for path, folder in self.binds.items())
        identity = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--"] if user else []
        return ["ip", "netns", "exec", self.name, "sh", "-c", f'{mounts} exec "$@"', "sh", *identity, *map(str, arguments)]

    def run(self, *arguments, user=None, **options):
        return subprocess.run(self.command(arguments, user), text=True, capture_output=True, timeout=120, cwd="/", **options)

    def start(self, what, arguments, user=None, environment=None):
        with open(self.folder / f"{what}.log", "ab") as log:
            self._running[what] = start(self.command(arguments, user), death_signal=signal.SIGKILL, stdin=subprocess.DEVNULL, stdout=log,
                                        stderr=log, cwd="/", env={**os.environ, **(environment or {})})

    def log(self, what):
        return (self.folder / f"{what}.log").read_text(errors="replace")

    def pids(self, what):
        return tree(self._running[what].pid) if what in self._running else []

    def kill(self, *names):
        """SIGKILL to all that it runs, or to these."""
        for what in names or list(self._running):
            for pid in self.pids(what):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if what in self._running:
                self._running.pop(what).wait(30)


def meet(machines):
    """Each knows the others' hardware addresses for good: who is cut off is silent, and not `no route to host`."""
    for machine in machines:
        for other in machines:
            if other is not machine:
                ip("neighbor", "replace", other.address, "lladdr", f"02:00:0a:14:1e:{int(other.address.rpartition('.')[2]):02x}", "dev", "eth0",
                   "nud", "permanent", inside=machine.name)
        ip("neighbor", "replace", machine.address, "lladdr", f"02:00:0a:14:1e:{int(machine.address.rpartition('.')[2]):02x}", "dev", BRIDGE,
           "nud", "permanent")
