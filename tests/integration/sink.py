"""A recipient's mail server that lives outside Bracemail: keeps what it takes, and answers as a test wants."""
import asyncio
import collections
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from processes import free_port

LINE_MAX = 64 << 20
MESSAGE_MAX = 128 << 20

Taken = collections.namedtuple("Taken", "sender recipients content tls peer")


class _Protocol(SMTP):
    # aiosmtpd refuses long lines and big messages; the relay must not care who is more patient.
    line_length_limit = LINE_MAX


class Sink(Controller):
    """start() and stop(). taken: what got 250 after DATA. answer: f(taken) -> reply line, or None for 250."""

    def __init__(self, port=None, address="127.0.0.1", tls_context=None, answer=None):
        self.taken = []
        self.tls_context = tls_context
        self._answer = answer or (lambda taken: None)
        self._lock = threading.Lock()
        super().__init__(self, hostname=address, port=port or free_port())

    def factory(self):
        return _Protocol(self, hostname="mx.recipient.example.test", tls_context=self.tls_context,
                         enable_SMTPUTF8=True, data_size_limit=MESSAGE_MAX, timeout=300)

    async def handle_DATA(self, smtp, session, envelope):
        taken = Taken(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.original_content,
                      session.ssl is not None, session.peer)
        answer = self._answer(taken)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer is None or answer.startswith("250"):
            with self._lock:
                self.taken.append(taken)
        return answer or "250 2.0.0 Ok"

    def snapshot(self):
        with self._lock:
            return list(self.taken)

    def to(self, recipient):
        """What was taken for one recipient."""
        return [taken for taken in self.snapshot() if recipient in taken.recipients]
