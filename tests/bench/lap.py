"""One relay, one row, once: a fresh installation, warmed up, then as many messages as it takes in the time it is given."""
import collections
import tempfile
import time

from load_sink import LoadSink
from load_source import LoadFailed, send
from rows import MIB
from usage import ControlGroup, Disk, PeakMemory
from wait import wait_for

# rate: messages a second. cpu: seconds a thousand messages. memory: MiB at most. written: bytes to disk a message.
Result = collections.namedtuple("Result", "rate cpu memory written messages")

WARM_UP = 200
WARM_UP_BYTES = 32 * MIB
MESSAGES = 40_000
LAP_BYTES = 1024 * MIB
LAP_SECONDS = 120


class Lap:
    def __init__(self, relay, sink, row):
        self._relay, self._sink, self._row = relay, sink, row

    def race(self, messages):
        """Returns the seconds until all were accepted, or delivered."""
        row, before = self._row, self._sink.taken
        wanted = before + messages * row.recipients
        started = time.monotonic()
        send(self._relay.port, messages, row.sessions, row.size, row.recipients, row.starttls, LAP_SECONDS)
        if not row.accept_only:
            try:
                wait_for(lambda: self._sink.taken >= wanted, LAP_SECONDS)
            except AssertionError:
                raise LoadFailed(f"{self._sink.taken - before} of {messages * row.recipients} arrived within {LAP_SECONDS} s")
        return time.monotonic() - started

    def messages_within(self, seconds):
        """How many it may take: by a warm-up, which for a row of many sessions or large messages is as long as it must be."""
        size = self._row.size
        warm_up = min(max(WARM_UP, self._row.sessions), max(WARM_UP_BYTES // size, 2))
        rate = warm_up / self.race(warm_up)
        return int(max(warm_up, min(rate * seconds, MESSAGES, LAP_BYTES // size)))


def run(relay_class, row, keys, seconds, afterwards=None):
    """afterwards(relay, result): while the relay still runs. Returns a Result; a LoadFailed tells what went wrong."""
    sink, group = LoadSink(row.delay_ms), ControlGroup()
    disk = Disk(tempfile.gettempdir())
    try:
        if row.accept_only:
            sink.hold()
        with group:
            relay = relay_class(sink.port, keys.offer(row.starttls, row.dkim, row.accept_only))
        try:
            lap = Lap(relay, sink, row)
            messages = lap.messages_within(seconds)
            relay.settle()
            written, cpu = disk.written(), group.cpu_seconds()
            with PeakMemory(group) as memory:
                taken = lap.race(messages)
            relay.settle()
            cpu, written = group.cpu_seconds() - cpu, disk.written() - written
            result = Result(messages / taken, cpu * 1000 / messages, memory.bytes / MIB, written / messages, messages)
            if afterwards:
                afterwards(relay, result)
            return result
        finally:
            sink.stop()  # first: nobody waits for one that is held
            relay.stop()
    finally:
        sink.stop()
        group.remove()
