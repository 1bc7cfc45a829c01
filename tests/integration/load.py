"""Many clients at once, each keeping book of what the relay promised to deliver."""
import smtplib
import threading

import mail
from certificates import trusting_context

RETRY_SECONDS = 0.05


class Load:
    """`connections` threads send `messages` in all, each message until it got 250, however often that fails.

    accepted: subjects that got 250, in order; refusals: the codes of all other replies.
    """

    def __init__(self, server, messages, connections, recipient_domain="recipient.example.test"):
        self.accepted = []
        self.refusals = []
        self._server = server
        self._domain = recipient_domain
        self._left = [mail.unique("load") for _ in range(messages)]
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(connections)]

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def join(self, deadline):
        """Waits until all is accepted; fails when it takes longer."""
        for thread in self._threads:
            thread.join(deadline)
            assert not thread.is_alive(), f"{len(self._left)} messages still not accepted"

    def stop(self):
        self._stop.set()

    def _next(self):
        with self._lock:
            return self._left.pop() if self._left else None

    def _run(self):
        subject = self._next()
        while subject and not self._stop.is_set():
            try:
                with self._connect() as smtp:
                    while subject and not self._stop.is_set():
                        self._send(smtp, subject)
                        subject = self._next()
            except smtplib.SMTPResponseException as refused:
                with self._lock:
                    self.refusals.append(refused.smtp_code)
            except (smtplib.SMTPException, OSError):
                pass
            self._stop.wait(RETRY_SECONDS)

    def _connect(self):
        smtp = smtplib.SMTP("127.0.0.1", self._server.submission_port, "client.example.test", timeout=60)
        smtp.starttls(context=trusting_context())
        smtp.login(self._server.account, self._server.password)
        return smtp

    def _send(self, smtp, subject):
        message = mail.build(subject, body=b"x" * 2000 + b"\r\n")
        code, reply = smtp.mail(mail.SENDER)
        if code == 250:
            code, reply = smtp.rcpt(f"{subject}@{self._domain}")
        if code == 250:
            code, reply = smtp.data(message)
        if code != 250:
            raise smtplib.SMTPResponseException(code, reply)
        with self._lock:
            self.accepted.append(subject)
