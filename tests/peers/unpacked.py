"""Mail servers from Debian's packages that cannot be installed beside each other: unpacked, and run in mounts of their own."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from processes import start, tree
from wait import wait_for

PEERS = pathlib.Path(__file__).resolve().parent.parent.parent / "build" / "peers"

# These servers have their paths and users compiled in. What they must find lies over the machine's own folders, in a mount
# namespace that ends with them: their programs over /usr, their users in /etc, a /var of their own. HERE is the server's folder.
# The shell stays, as the first process of a process namespace: all others end with it, those too that a server forgets.
HERE = "/run/peer"
MOUNTS = """
set -eu
mount --make-rprivate /
mount -t overlay overlay -o lowerdir={package}/usr:/usr /usr
for each in passwd group; do mount --bind {folder}/$each /etc/$each; done
mount -t tmpfs -o mode=755 tmpfs /run
mkdir {here}
mount --bind {folder} {here}
mount --bind {here}/var /var
{command}
exit $?
"""


def unpack(name, packages):
    """Debian packages, and libraries of theirs that nothing else brings. Returns the folder, which is kept for the next time."""
    folder = PEERS / name
    if folder.exists():
        return folder
    PEERS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bracemail-packages-") as download:
        shutil.chown(download, "_apt")
        fetch = ["apt-get", "download", "-q=2", *packages]
        if subprocess.run(fetch, cwd=download, check=False).returncode != 0:
            # What it knows of packages may be older than what Debian has.
            subprocess.run(["apt-get", "update", "-q=2"], check=True)
            subprocess.run(fetch, cwd=download, check=True)
        partial = tempfile.mkdtemp(dir=PEERS)
        for package in pathlib.Path(download).glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, partial], check=True)
        os.chmod(partial, 0o755)
        os.rename(partial, folder)
    return folder


class Unpacked:
    """The folder of a server, its users, and its process. Needs root.

    users: {name: id}, made in /etc/passwd and /etc/group. spool: [(path below /var, mode, user, group)].
    """

    def __init__(self, name, packages, users, spool):
        self._package = unpack(name, packages)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"bracemail-{name}-"))
        self.folder.chmod(0o755)
        self._name, self._process = name, None
        self._log = open(self.folder / "log", "wb")
        self._make_users(users)
        (self.folder / "var" / "tmp").mkdir(parents=True)
        (self.folder / "var" / "run").symlink_to("/run")
        for path, mode, user, group in spool:
            (self.folder / "var" / path).mkdir(parents=True)
            os.chown(self.folder / "var" / path, user, group)
            (self.folder / "var" / path).chmod(mode)

    def _make_users(self, users):
        for name, line in (("passwd", "{0}:x:{1}:{1}::/var/tmp:/usr/sbin/nologin\n"), ("group", "{0}:x:{1}:\n")):
            text = pathlib.Path("/etc", name).read_text()
            taken = {int(each.split(":")[2]) for each in text.splitlines()}
            assert not taken & set(users.values()), f"/etc/{name} uses an id of {users}"
            (self.folder / name).write_text(text + "".join(line.format(*each) for each in users.items()))

    def write(self, name, text, mode=0o644):
        """A file in the server's folder. Returns the path that the server sees."""
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(mode)
        return f"{HERE}/{name}"

    def run(self, command, is_up):
        """Starts command (a line of the shell) and waits until is_up()."""
        script = MOUNTS.format(package=self._package, folder=self.folder, here=HERE, command=command)
        self._process = start(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script],
                              death_signal=signal.SIGKILL, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)

        def answers():
            assert self._process.poll() is None, f"{self._name} ended: {self.log[-2000:]}"
            return is_up()
        try:
            wait_for(answers, 30, f"{self._name} is up")
        except BaseException:
            self.stop()
            raise

    @property
    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def stop(self):
        """SIGKILL to all its processes, and its folder is gone."""
        if self._process is not None:
            for shell in tree(self._process.pid)[1:2]:
                os.kill(shell, signal.SIGKILL)
            self._process.wait(timeout=60)
        self._log.close()
        shutil.rmtree(self.folder)
