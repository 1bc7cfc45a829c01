"""OpenSMTPD from Debian's package, which cannot be installed beside Postfix."""
import pathlib

from processes import free_port, is_listening
from unpacked import Unpacked

PACKAGES = ["opensmtpd", "opensmtpd-filter-dkimsign", "libopensmtpd0", "libdb5.3"]
USERS = {"opensmtpd": 64901, "opensmtpq": 64902, "opensmtpf": 64903}
QUEUE = USERS["opensmtpq"]
# As the package's installation makes them.
SPOOL = [("lib/opensmtpd/empty", 0o755, 0, 0), ("spool/smtpd", 0o711, 0, 0), ("spool/smtpd/offline", 0o770, 0, QUEUE),
         *((f"spool/smtpd/{each}", 0o700, QUEUE, 0) for each in ("queue", "corrupt", "incoming", "purge", "temporary"))]

CONFIGURATION = """
pki peer cert "{certificate}"
pki peer key "{key}"
table secrets file:{secrets}
{settings}
listen on 127.0.0.1 port {port} tls pki peer hostname opensmtpd.example.test{listen}
action "out" relay host "{host}"{options}
match from any for any action "out"
"""


class OpenSMTPD:
    """Hands all mail to 127.0.0.1:next_port; with a login (name, password) by STARTTLS. Needs root.

    settings: further lines of smtpd.conf; listen: further options of its listener; files: {name: text} beside it.
    """

    def __init__(self, next_port, certificate, key, login=None, settings="", listen="", files=None):
        self.port = free_port()
        self._peer = Unpacked("opensmtpd", PACKAGES, USERS, SPOOL)
        for name, text in (files or {}).items():
            self._peer.write(name, text)
        values = {
            "certificate": self._peer.write("certificate", pathlib.Path(certificate).read_text()),
            "key": self._peer.write("key", pathlib.Path(key).read_text(), 0o600),
            "secrets": self._peer.write("secrets", "next {}:{}\n".format(*login) if login else ""),
            "port": self.port, "settings": settings, "listen": listen,
            "host": f"smtp+tls://next@127.0.0.1:{next_port}" if login else f"smtp://127.0.0.1:{next_port}",
            "options": " auth <secrets> tls no-verify" if login else ""}
        configuration = self._peer.write("smtpd.conf", CONFIGURATION.format(**values))
        self._peer.run(f"/usr/sbin/smtpd -d -f {configuration}", lambda: is_listening(self.port))

    def stop(self):
        self._peer.stop()
