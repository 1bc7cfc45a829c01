"""What a relay is to do in a row of the comparison, besides taking mail and passing it on."""
import collections
import subprocess

import certificates

HOSTNAME = "relay.example.test"
DOMAIN = "client.example.test"  # which load-source's mail comes from
SELECTOR = "bench"

# certificate, key: for STARTTLS; dkim_key: RSA, 2048 bits, for DOMAIN and SELECTOR. None: not in this row.
# accept_only: the next hop does not answer, and a relay that would wait for it with a process for each message need not try.
Offer = collections.namedtuple("Offer", "certificate key dkim_key accept_only", defaults=(None, None, None, False))


class Keys:
    """One certificate and one DKIM key for all relays, in a folder."""

    def __init__(self, folder):
        self._certificate, self._key = certificates.make(folder, HOSTNAME)
        self._dkim_key = folder / "dkim.pem"
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", self._dkim_key, "2048"], check=True, capture_output=True)

    def offer(self, starttls, dkim, accept_only):
        return Offer(self._certificate if starttls else None, self._key if starttls else None,
                     self._dkim_key if dkim else None, accept_only)
