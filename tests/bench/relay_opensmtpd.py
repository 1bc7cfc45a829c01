"""OpenSMTPD in the comparison: tests/peers/opensmtpd.py, without brakes, and with opensmtpd-filter-dkimsign where it is to sign."""
import tempfile
import pathlib

import certificates
from offer import DOMAIN, HOSTNAME, Offer, SELECTOR
from opensmtpd import OpenSMTPD as Installation

SETTINGS = """
smtp limit max-mails 1000000
smtp max-message-size 60M
scheduler limit max-inflight 100000
mta limit max-conn-per-host 100
mta limit max-conn-per-route 100
mta limit max-conn-per-relay 100
mta limit max-conn-per-connector 100
mta limit conn-delay-host 0
mta limit conn-delay-relay 0
mta limit conn-delay-domain 0
mta limit conn-delay-connector 0
mta limit conn-delay-source 0
mta limit reconn-delay-route 0
mta limit session-transaction-delay 0
mta limit session-mail-max 1000000
"""
FILTER = """
filter "sign" proc-exec "filter-dkimsign -d {domain} -s {selector} -k /run/peer/dkim.pem -c relaxed/relaxed" user opensmtpf group opensmtpf
"""


class OpenSMTPD:
    name = "OpenSMTPD"
    note = "OpenSMTPD syncs nothing before it answers 250 (strace: no fsync, no O_SYNC): it is not as durable as the others."

    def __init__(self, sink_port, offer=Offer()):
        files, settings, listen = {}, SETTINGS, ""
        if offer.dkim_key:
            files["dkim.pem"] = offer.dkim_key.read_text()
            settings += FILTER.format(domain=DOMAIN, selector=SELECTOR)
            listen = ' filter "sign"'
        with tempfile.TemporaryDirectory() as folder:
            pair = certificates.make(pathlib.Path(folder), HOSTNAME)
            self._installation = Installation(sink_port, *pair, settings=settings, listen=listen, files=files)
        self.port = self._installation.port

    @staticmethod
    def cannot(offer):
        if offer.certificate:
            return "each handshake fails in Debian 12's build"
        return None

    def settle(self):
        """Nothing is left to write later."""

    def stop(self):
        self._installation.stop()
