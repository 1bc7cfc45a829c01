"""Bracemail as the other runner: its private PostgreSQL, durable as it always is, and one smarthost."""
from bracemail import Bracemail as Installation


class Bracemail:
    name = "Bracemail"

    def __init__(self, sink_port, limits=None):
        # One listener, without TLS, for a known network: what Postfix offers here.
        self._installation = Installation(
            None, capture=None, listener={
                "smtp": {"tls": "none"}, "submission": None, "smtps": None},
            limits={"address_rate": 1_000_000, **(limits or {})},   # all clients share one address here
            delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{sink_port}"})
        self.port = self._installation.smtp_port
        self._installation.start()
        self._installation.add_account("bench", "not used")
        allowed = self._installation.cli("account", "allow-ip", "bench", "127.0.0.1/32")
        assert allowed.returncode == 0, allowed.stderr

    @property
    def pid(self):
        """The supervisor's."""
        return self._installation.pid

    def stop(self):
        self._installation.remove()
