"""OpenSMTPD from Debian's package, which cannot be installed beside Postfix: unpacked, and run in mounts of its own."""
import os
import pathlib
import shutil
import subprocess
import tempfile

from processes import free_port, is_listening, start
from wait import wait_for

# smtpd has its paths and users compiled in. What it must find there lies over the machine's own folders, in a mount
# namespace that ends with it: programs and /etc from the unpacked package, an empty spool, its two users.
MOUNTS = """
set -eu
mount --make-rprivate /
mount -t overlay overlay -o lowerdir={folder}/package/usr:/usr /usr
mount -t overlay overlay -o lowerdir={folder}/package/etc:/etc /etc
mount -t overlay overlay -o lowerdir=/var,upperdir={folder}/var,workdir={folder}/work /var
mount -t tmpfs tmpfs /run
exec /usr/sbin/smtpd -d -f {folder}/smtpd.conf
"""
USERS = {"opensmtpd": 64901, "opensmtpq": 64902}

CONFIGURATION = """
pki peer cert "{certificate}"
pki peer key "{key}"
table secrets file:{folder}/secrets
listen on 127.0.0.1 port {port} tls pki peer hostname opensmtpd.example.test
action "out" relay host "{host}"{options}
match from any for any action "out"
"""


class OpenSMTPD:
    """Hands all mail to 127.0.0.1:next_port; with a login (name, password) by STARTTLS. Needs root."""

    def __init__(self, next_port, certificate, key, login=None):
        self.port = free_port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bracemail-opensmtpd-"))
        self.folder.chmod(0o755)
        self._unpack()
        self._make_users()
        self._make_spool()
        (self.folder / "secrets").write_text("next {}:{}\n".format(*login) if login else "")
        values = {"folder": self.folder, "port": self.port, "certificate": certificate, "key": key,
                  "host": f"smtp+tls://next@127.0.0.1:{next_port}" if login else f"smtp://127.0.0.1:{next_port}",
                  "options": " auth <secrets> tls no-verify" if login else ""}
        (self.folder / "smtpd.conf").write_text(CONFIGURATION.format(**values))
        self._log = open(self.folder / "log", "wb")
        self._process = start(["unshare", "--mount", "sh", "-c", MOUNTS.format(folder=self.folder)],
                              stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        try:
            wait_for(self._is_up, 30, "OpenSMTPD listens")
        except BaseException:
            self.stop()
            raise

    def _is_up(self):
        assert self._process.poll() is None, (self.folder / "log").read_text(errors="replace")
        return is_listening(self.port)

    def _unpack(self):
        download = self.folder / "download"
        download.mkdir()
        shutil.chown(download, "_apt")
        subprocess.run(["apt-get", "download", "-q=2", "opensmtpd"], cwd=download, check=True)
        package, = download.glob("opensmtpd_*.deb")
        subprocess.run(["dpkg", "-x", package, self.folder / "package"], check=True)

    def _make_users(self):
        """/etc/passwd and /etc/group with OpenSMTPD's users."""
        for name, line in (("passwd", "{0}:x:{1}:{1}::/var/lib/opensmtpd/empty:/usr/sbin/nologin\n"),
                           ("group", "{0}:x:{1}:\n")):
            text = pathlib.Path("/etc", name).read_text()
            taken = {int(each.split(":")[2]) for each in text.splitlines()}
            assert not taken & set(USERS.values()), f"/etc/{name} uses an id of {USERS}"
            lines = "".join(line.format(*each) for each in USERS.items())
            (self.folder / "package" / "etc" / name).write_text(text + lines)

    def _make_spool(self):
        """The folders below /var, as the package's installation makes them."""
        (self.folder / "work").mkdir()
        var = self.folder / "var"
        queue = USERS["opensmtpq"]
        for path, mode, user, group in (("lib/opensmtpd/empty", 0o755, 0, 0), ("spool/smtpd", 0o711, 0, 0),
                                        ("spool/smtpd/queue", 0o700, queue, 0),
                                        ("spool/smtpd/corrupt", 0o700, queue, 0),
                                        ("spool/smtpd/incoming", 0o700, queue, 0),
                                        ("spool/smtpd/purge", 0o700, queue, 0),
                                        ("spool/smtpd/temporary", 0o700, queue, 0),
                                        ("spool/smtpd/offline", 0o770, 0, queue)):
            (var / path).mkdir(parents=True)
            os.chown(var / path, user, group)
            (var / path).chmod(mode)
        for each in ("lib", "spool", "."):
            (var / each).chmod(0o755)

    def stop(self):
        """SIGTERM to its parent process, which ends the others."""
        self._process.terminate()
        self._process.wait(timeout=60)
        wait_for(lambda: not is_listening(self.port), 30, "OpenSMTPD is gone")
        self._log.close()
        shutil.rmtree(self.folder)
