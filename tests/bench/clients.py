"""Clients that hold connections: idle after EHLO, or within DATA, a byte a second."""
import asyncio
import threading

CONNECTING_MAX = 200  # at once
SECONDS_A_BYTE = 1.0
ENVELOPE = b"MAIL FROM:<slow@client.example.test>", b"RCPT TO:<to@recipient.example.test>", b"DATA"
TEXT = b"Subject: slow\r\n\r\n" + b"a line that never seems to end\r\n" * 1000


class Refused(Exception):
    pass


async def _reply(reader):
    line = await reader.readline()
    while line[3:4] == b"-":
        line = await reader.readline()
    if line[:1] not in (b"2", b"3"):
        raise Refused(line.decode("ascii", "replace"))


class Clients:
    """start() and stop(). holding: how many are where they are to stay. lost: why the others are not."""

    def __init__(self, port, idle, slow):
        self.holding, self.lost = 0, []
        self._port, self._idle, self._slow = port, idle, slow
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, deadline):
        """Returns when all hold, or some are lost, or after that many seconds."""
        self._thread.start()
        self._ready.wait(deadline)

    def stop(self):
        self._loop.call_soon_threadsafe(self._all.cancel)
        self._thread.join()

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._gate = asyncio.Semaphore(CONNECTING_MAX)
        self._all = asyncio.gather(*(self._client(number < self._slow) for number in range(self._idle + self._slow)))
        try:
            self._loop.run_until_complete(self._all)
        except asyncio.CancelledError:
            pass
        self._loop.close()

    async def _client(self, slow):
        writer = None
        try:
            async with self._gate:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                await _reply(reader)
                for command in (b"EHLO client.example.test", *(ENVELOPE if slow else ())):
                    writer.write(command + b"\r\n")
                    await _reply(reader)
            self._count(1)
            dripping = asyncio.ensure_future(self._drip(writer)) if slow else None
            try:
                line = await reader.readline()
                raise Refused(line.decode("ascii", "replace") or "closed")
            finally:
                self._count(-1)
                if dripping:
                    dripping.cancel()
        except (OSError, Refused) as why:
            self.lost.append(str(why))
            self._ready.set()
        finally:
            if writer:
                writer.close()

    def _count(self, change):
        self.holding += change
        if self.holding == self._idle + self._slow:
            self._ready.set()

    @staticmethod
    async def _drip(writer):
        for octet in TEXT:
            writer.write(bytes([octet]))
            await asyncio.sleep(SECONDS_A_BYTE)
