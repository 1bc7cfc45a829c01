"""Child processes that never outlive the tests, free ports, and who is whose child."""
import ctypes
import os
import random
import signal
import socket
import subprocess

PR_SET_PDEATHSIG = 1
# Below Linux's range of ephemeral ports, so that no outgoing connection takes one meanwhile; each process of pytest-xdist has its own.
PORTS = range(18000 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]), 32000, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1)))

_libc = ctypes.CDLL(None)
_ports_given = set()


def start(command, death_signal=signal.SIGTERM, **options):
    """A Popen that gets death_signal when this thread ends, however it ends."""
    def before_exec():
        _libc.prctl(PR_SET_PDEATHSIG, death_signal)
    return subprocess.Popen(command, preexec_fn=before_exec, **options)


def free_port():
    """A port of 127.0.0.1 that nobody listens on, never the same twice."""
    while True:
        port = random.choice(PORTS)
        if port in _ports_given:
            continue
        _ports_given.add(port)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def is_listening(port, address="127.0.0.1"):
    try:
        socket.create_connection((address, port), timeout=1).close()
        return True
    except OSError:
        return False


def _parents():
    """{pid: parent pid} of all processes that are not zombies."""
    parents = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", "rb") as stat:
                state, parent = stat.read().rpartition(b")")[2].split()[:2]
        except OSError:
            continue
        if state != b"Z":
            parents[int(entry)] = int(parent)
    return parents


def tree(root):
    """The pids of root and of everything below it, root first. Empty when root is gone."""
    parents = _parents()
    if root not in parents:
        return []
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def is_alive(pid):
    return pid in _parents()


def name_of(pid):
    """What a process calls itself; None when it is gone."""
    try:
        with open(f"/proc/{pid}/comm") as comm:
            return comm.read().strip()
    except OSError:
        return None
