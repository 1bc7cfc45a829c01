"""What a relay uses, all its processes together, those that have ended too: by a control group (v2, or v1's cpuacct and memory)
around it, and by the counters of the disk that its queue lives on."""
import contextlib
import os
import pathlib
import signal
import threading
import time

ROOT = pathlib.Path("/sys/fs/cgroup")
SAMPLE_SECONDS = 0.1
SECTOR_BYTES = 512
LEAVE_SECONDS = 20


def _number(path, name):
    for line in path.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    raise LookupError(f"{path}: no {name}")


class Hierarchy:
    """One mounted tree of control groups, and where this process was in it."""

    def __init__(self, mount, former, name):
        self._mount, self._former = mount, mount / former.lstrip("/")
        self.group = mount / f"bracemail-bench-{os.getpid()}{name}"
        self.group.mkdir(exist_ok=True)

    def enter(self):
        (self.group / "cgroup.procs").write_text(str(os.getpid()))

    def leave(self):
        (self._former / "cgroup.procs").write_text(str(os.getpid()))

    def remove(self):
        """Ends what is left of it, as deliveries that outlive a relay's first process."""
        end = time.monotonic() + LEAVE_SECONDS
        while True:
            try:
                return self.group.rmdir()
            except OSError:
                if time.monotonic() > end:
                    raise
            for pid in (self.group / "cgroup.procs").read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            time.sleep(0.05)


def _hierarchies(name):
    """{what it counts: Hierarchy}"""
    mine = {}
    for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        for counted in names.split(","):
            mine[counted] = path
    if (ROOT / "cgroup.controllers").exists():
        control = ROOT / "cgroup.subtree_control"
        if "memory" not in control.read_text().split():
            control.write_text("+memory +cpu")
        both = Hierarchy(ROOT, mine[""], name)
        return {"cpu": both, "memory": both}
    return {"cpu": Hierarchy(ROOT / "cpuacct", mine["cpuacct"], name), "memory": Hierarchy(ROOT / "memory", mine["memory"], name)}


class ControlGroup:
    """`with group:` what is started within belongs to it. remove() when all that is gone. name: of one of several."""

    def __init__(self, name=""):
        self._of = _hierarchies(name)
        self._is_v1 = (self._of["cpu"].group / "cpuacct.usage").exists()

    def __enter__(self):
        for each in set(self._of.values()):
            each.enter()
        return self

    def __exit__(self, *_what):
        for each in set(self._of.values()):
            each.leave()

    def cpu_seconds(self):
        group = self._of["cpu"].group
        if self._is_v1:
            return int((group / "cpuacct.usage").read_text()) / 1e9
        return _number(group / "cpu.stat", "usage_usec") / 1e6

    def memory_bytes(self):
        """Anonymous and shared memory (PostgreSQL's buffers are shared memory); no file's cache."""
        stat = self._of["memory"].group / "memory.stat"
        return _number(stat, "rss" if self._is_v1 else "anon") + _number(stat, "shmem")

    def remove(self):
        for each in set(self._of.values()):
            each.remove()


class PeakMemory(threading.Thread):
    """`with PeakMemory(group) as memory:` memory.bytes is the most that was seen."""

    def __init__(self, group):
        super().__init__(daemon=True)
        self.bytes = group.memory_bytes()
        self._group, self._stopped = group, threading.Event()

    def run(self):
        while not self._stopped.wait(SAMPLE_SECONDS):
            self.bytes = max(self.bytes, self._group.memory_bytes())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_what):
        self._stopped.set()
        self.join()


class Disk:
    """The block device under a folder."""

    def __init__(self, folder):
        device = os.stat(folder).st_dev
        self._stat = pathlib.Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat")
        if not self._stat.exists():
            raise RuntimeError(f"{folder} is on no disk of its own that counts what is written: set TMPDIR to a folder on one")

    def written(self):
        """Bytes since the machine started, after all that waits to be written has been."""
        os.sync()
        return int(self._stat.read_text().split()[6]) * SECTOR_BYTES
