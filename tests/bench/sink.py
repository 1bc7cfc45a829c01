"""smtp-sink: takes everything, keeps nothing, and says how many messages it took."""
import re
import signal
import subprocess
import threading

from processes import free_port, is_listening, start
from wait import wait_for

COUNT = re.compile(rb"mesg=\s*(\d+)")
BACKLOG = "4096"


class Sink:
    def __init__(self, port=None):
        self.port = port or free_port()
        self.messages = 0
        self._process = start(["smtp-sink", "-u", "nobody", "-c", f"127.0.0.1:{self.port}", BACKLOG],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        threading.Thread(target=self._read, daemon=True).start()
        wait_for(lambda: is_listening(self.port), what="smtp-sink listens")

    def _read(self):
        # It rewrites one line of counters, with a carriage return.
        rest = b""
        while True:
            data = self._process.stdout.read1(65536)
            if not data:
                return
            rest = (rest + data)[-200:]
            counts = COUNT.findall(rest)
            if counts:
                self.messages = int(counts[-1])

    def hold(self):
        """It takes nothing more, and answers nothing, until go_on()."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self._process.send_signal(signal.SIGCONT)

    def stop(self):
        self.go_on()
        self._process.terminate()
        self._process.wait()
