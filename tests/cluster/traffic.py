"""Clients that go on whatever happens: mail on many connections, and calls of the API. Each keeps book of what it was promised, and when."""
import collections
import smtplib
import threading
import time
import xml.etree.ElementTree as ElementTree

import requests

import mail
import soap

PATIENCE_SECONDS = 60  # more than limits.commit_timeout: they hear what they are told
PAUSE_SECONDS = 0.1
DOMAIN = "recipient.example.test"


class Book:
    """When something went well, and what did not."""

    def __init__(self):
        self.times, self.failures = [], collections.Counter()
        self._lock = threading.Lock()

    def well(self):
        with self._lock:
            self.times.append(time.monotonic())

    def failed(self, why):
        with self._lock:
            self.failures[why] += 1

    def longest_gap(self, begin, end):
        """Seconds without, between two moments."""
        with self._lock:
            times = [begin, *(each for each in self.times if begin < each < end), end]
        return max(after - before for before, after in zip(times, times[1:]))


class Clients:
    """Threads that run `once` until stop(); it raises what it cannot do. steady: so many more went well: it runs."""

    steady = 10

    def __init__(self, count):
        self.book, self.count = Book(), count
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(count)]

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def stop(self):
        self._ends.set()
        for thread in self._threads:
            thread.join(2 * PATIENCE_SECONDS)
            assert not thread.is_alive()

    def _run(self, number):
        state = {}
        while not self._ends.is_set():
            try:
                self.once(number, state)
                self.book.well()
            except (smtplib.SMTPException, requests.RequestException, soap.Fault, OSError) as why:
                self.book.failed(self._name(why))
                state.pop("connection", None)
                self._ends.wait(PAUSE_SECONDS)

    @staticmethod
    def _name(why):
        if isinstance(why, smtplib.SMTPResponseException):
            return str(why.smtp_code)
        return why.name if isinstance(why, soap.Fault) else type(why).__name__


class Mail(Clients):
    """Each message until it has its 250: an address for each attempt, so that what the relay sends twice is told from what the client does."""

    steady = 200

    def __init__(self, count, host, port):
        super().__init__(count)
        self.accepted = []
        self._host, self._port = host, port

    def once(self, number, state):
        state["attempt"] = state.get("attempt", 0) + 1
        address = f"m{number}.{state.setdefault('message', 1)}.{state['attempt']}@{DOMAIN}"
        if "connection" not in state:
            state["connection"] = smtplib.SMTP(self._host, self._port, "client.example.test", timeout=PATIENCE_SECONDS)
            state["connection"].ehlo()
        smtp = state["connection"]
        for say in (lambda: smtp.mail(mail.SENDER), lambda: smtp.rcpt(address), lambda: smtp.data(mail.build("Load {Load}", body=b"x" * 1000 + b"\r\n"))):
            code, reply = say()
            if code != 250:
                raise smtplib.SMTPResponseException(code, reply)
        self.accepted.append(address)
        state.update(message=state["message"] + 1, attempt=0)


def call(server, operation, **parameters):
    try:
        return soap.call(server, operation, timeout=PATIENCE_SECONDS, **parameters)
    except (AssertionError, ElementTree.ParseError) as why:
        # HAProxy's own word: 502, 503.
        raise requests.HTTPError(str(why)) from why


class Calls(Clients):
    """Calls that only read."""

    def __init__(self, count, server):
        super().__init__(count)
        self._server = server

    def once(self, number, state):
        call(self._server, "GetTransactionalGroupID", GroupName="Read")


class Messages(Calls):
    """Calls that send a message, which is promised as any other."""

    def __init__(self, count, server):
        super().__init__(count, server)
        self.accepted = []

    def once(self, number, state):
        state["call"] = state.get("call", 0) + 1
        address = f"a{number}.{state['call']}@{DOMAIN}"
        call(self._server, "SendTransactionalEmail", FromEmail=mail.SENDER, FromName="", ToEmailAddress=address, Subject="Called {Calls}",
             MessagePlain="Hello", MessageHTML="", Options="")
        self.accepted.append(address)
