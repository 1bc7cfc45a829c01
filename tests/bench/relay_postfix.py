"""Postfix in the comparison: tests/integration/postfix.py, with OpenDKIM as its milter where it is to sign."""
from offer import DOMAIN, Offer, SELECTOR
from postfix import Postfix as Installation
from processes import free_port, is_listening
from unpacked import Unpacked

PACKAGES = ["opendkim", "libmilter1.0.1", "libopendbx1", "librbl1", "libvbr2", "liblua5.3-0", "libmemcached11", "libhashkit2",
            "libldap-2.5-0", "libsasl2-2", "libdb5.3", "libbsd0"]
USERS = {"opendkim": 64911}

TLS = """
smtpd_tls_security_level = may
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
"""
MILTER = """
smtpd_milters = inet:127.0.0.1:{port}
milter_default_action = tempfail
"""
OPENDKIM = """
Mode s
Socket inet:{port}@127.0.0.1
Domain {domain}
Selector {selector}
KeyFile {key}
Canonicalization relaxed/relaxed
InternalHosts 127.0.0.1
Syslog no
Background no
"""


class OpenDKIM:
    def __init__(self, key):
        self.port = free_port()
        self._peer = Unpacked("opendkim", PACKAGES, USERS, [])
        configuration = self._peer.write("opendkim.conf", OPENDKIM.format(
            port=self.port, domain=DOMAIN, selector=SELECTOR, key=self._peer.write("key", key.read_text(), 0o600)))
        self._peer.run(f"/usr/sbin/opendkim -f -x {configuration}", lambda: is_listening(self.port))

    def stop(self):
        self._peer.stop()


class Postfix:
    name = "Postfix"

    def __init__(self, sink_port, offer=Offer()):
        settings = TLS.format(certificate=offer.certificate, key=offer.key) if offer.certificate else ""
        self._signer = OpenDKIM(offer.dkim_key) if offer.dkim_key else None
        if self._signer:
            settings += MILTER.format(port=self._signer.port)
        self._installation = Installation(sink_port, settings)
        self.port = self._installation.port

    @staticmethod
    def cannot(_offer):
        return None

    def settle(self):
        """Nothing is left to write later."""

    def stop(self):
        self._installation.stop()
        if self._signer:
            self._signer.stop()
