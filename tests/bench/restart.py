"""A restart with mail that waits: how long until new mail, and one that waited and is due, are at the next hop."""
import collections
import smtplib
import threading
import time

from aiosmtpd.controller import Controller

from wait import wait_for

Restart = collections.namedtuple("Restart", "stopped new waiting")  # seconds

NEW = "new@recipient.example.test"
MESSAGE = "From: from@client.example.test\r\nTo: " + NEW + "\r\nSubject: Bench {Bench}\r\n\r\nnew\r\n"
DUE_ROWS = 200
DUE_SECONDS = 1
FIRST_SECONDS = 120
RETRY_SECONDS = 0.01


class _Sink:
    """Takes everything. first: when the first for NEW and the first for anybody else was taken."""

    def __init__(self, port):
        self.first = {}
        self._controller = Controller(self, hostname="127.0.0.1", port=port)
        self._controller.start()

    async def handle_DATA(self, _server, _session, envelope):
        for recipient in envelope.rcpt_tos:
            self.first.setdefault(recipient == NEW, time.monotonic())
        return "250 2.0.0 Ok"

    def stop(self):
        self._controller.stop()


def _send_new(port, end):
    """As soon as it is taken."""
    while time.monotonic() < end:
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=FIRST_SECONDS) as client:
                client.sendmail("from@client.example.test", [NEW], MESSAGE)
            return
        except (OSError, smtplib.SMTPException):
            time.sleep(RETRY_SECONDS)


def restart(relay, queue, sink_port, how):
    """how: the relay's halt or kill. Some of those that wait become due meanwhile; nobody else may listen on sink_port."""
    sink = _Sink(sink_port)
    try:
        queue.make_due(DUE_ROWS, DUE_SECONDS)
        begun = time.monotonic()
        how()
        stopped = time.monotonic() - begun
        wait_for(lambda: time.monotonic() - begun > DUE_SECONDS, what="they are due")
        assert not sink.first, "they were delivered ahead of the restart"
        started = time.monotonic()
        relay.launch()
        sender = threading.Thread(target=_send_new, args=(relay.port, started + FIRST_SECONDS), daemon=True)
        sender.start()
        wait_for(lambda: len(sink.first) == 2, FIRST_SECONDS, "new mail and some that waited arrive")
        sender.join()
        relay.await_workers()
        return Restart(stopped, sink.first[True] - started, sink.first[False] - started)
    finally:
        sink.stop()
