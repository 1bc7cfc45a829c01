"""Clients that never pause, and measure how long each answer takes."""
import collections
import contextlib
import smtplib
import threading
import time

import mail
import soap
from certificates import trusting_context

CONNECTION_MESSAGES = 20
ANSWER_SECONDS = 60
READER_PAUSE = 0.05

Slow = collections.namedtuple("Slow", "seconds what")


class _Timed(smtplib.SMTP):
    """Tells of each reply how long it took: note(seconds, command)."""

    def __init__(self, note, port):
        self._note = note
        self._command = "connect"
        began = time.monotonic()
        super().__init__("127.0.0.1", port, "client.example.test", ANSWER_SECONDS)
        note(time.monotonic() - began, "connect")

    def putcmd(self, cmd, args=""):
        self._command = cmd
        super().putcmd(cmd, args)

    def getreply(self):
        began = time.monotonic()
        reply = super().getreply()
        self._note(time.monotonic() - began, self._command)
        return reply


class Steady:
    """Senders by SMTP and readers by the API, from start() to stop().

    accepted: addresses whose message got 250, in order. calls: answers of the API. errors: whatever was no success. ended: connections
    that the server ended, by 421 or without a word; the message is sent at once on a new one.
    """

    def __init__(self, server, senders=4, readers=2):
        self.accepted, self.errors = [], []
        self.calls = self.ended = 0
        self.slowest = {}
        self._server = server
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send_on, daemon=True) for _ in range(senders)]
        self._threads += [threading.Thread(target=self._read_on, args=(number,), daemon=True) for number in range(readers)]

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def stop(self):
        self._over.set()
        for thread in self._threads:
            thread.join(2 * ANSWER_SECONDS)
            assert not thread.is_alive()

    def told(self):
        """What came of it, in a line."""
        slowest = ", ".join(f"{part} {slow.seconds * 1000:.0f} ms ({slow.what})" for part, slow in sorted(self.slowest.items()))
        return (f"{len(self.accepted)} messages accepted, {self.calls} calls answered, {len(self.errors)} errors, {self.ended} connections "
                f"ended by the server; slowest: {slowest}")

    def _note(self, part, seconds, what):
        with self._lock:
            self.slowest[part] = max(self.slowest.get(part, Slow(0, "")), Slow(seconds, f"{what} at {time.strftime('%H:%M:%S')}"))

    def _fail(self, what):
        with self._lock:
            self.errors.append(f"{time.strftime('%H:%M:%S')} {what}")

    def _end(self):
        with self._lock:
            self.ended += 1

    def _send_on(self):
        address = mail.address("steady")
        while not self._over.is_set():
            try:
                with contextlib.closing(_Timed(lambda *noted: self._note("SMTP", *noted), self._server.submission_port)) as smtp:
                    smtp.starttls(context=trusting_context())
                    smtp.login(self._server.account, self._server.password)
                    for _ in range(CONNECTION_MESSAGES):
                        if not self._send(smtp, address):
                            break
                        address = mail.address("steady")
                    else:
                        smtp.quit()
            except smtplib.SMTPServerDisconnected:
                self._end()
            except smtplib.SMTPResponseException as refused:
                self._refuse(refused.smtp_code, refused.smtp_error)
            except (smtplib.SMTPException, OSError) as failed:
                self._fail(f"SMTP: {failed!r}")

    def _refuse(self, code, reply):
        if code == 421:
            self._end()
        else:
            self._fail(f"SMTP: {code} {reply!r}")

    def _send(self, smtp, address):
        code, reply = smtp.mail(mail.SENDER)
        if code == 250:
            code, reply = smtp.rcpt(address)
        if code == 250:
            code, reply = smtp.data(mail.build(f"Steady {address} {{Steady}}", to=address, body=b"x" * 2000 + b"\r\n"))
        if code != 250:
            self._refuse(code, reply)
            return False
        with self._lock:
            self.accepted.append(address)
        return True

    def _read_on(self, number):
        """What became of a message of a moment ago, and of the latest, by turns."""
        while not self._over.is_set():
            with self._lock:
                address = self.accepted[-1 - number * 20] if len(self.accepted) > number * 20 else None
            if address is None:
                self._over.wait(READER_PAUSE)
                continue
            began = time.monotonic()
            try:
                soap.call(self._server, "Reports_GetSMTPLog_ByAddress", GroupName="", EmailAddress=address, BeginDate="", EndDate="")
                with self._lock:
                    self.calls += 1
            except Exception as failed:  # whatever it is, it is told
                self._fail(f"API: {failed!r}")
            self._note("API", time.monotonic() - began, "Reports_GetSMTPLog_ByAddress")
