"""load-sink: takes everything, keeps nothing, and says for how many recipients it has taken mail."""
import pathlib
import signal
import subprocess
import threading

from processes import free_port, is_listening, start
from wait import wait_for

PROGRAM = pathlib.Path(__file__).resolve().parent.parent.parent / "build" / "bench" / "load-sink"


class LoadSink:
    def __init__(self, delay_ms=0):
        self.port = free_port()
        self.taken = 0
        self._process = start([PROGRAM, str(self.port), str(delay_ms)], stdout=subprocess.PIPE)
        threading.Thread(target=self._read, daemon=True).start()
        wait_for(lambda: is_listening(self.port), what="load-sink listens")

    def _read(self):
        for line in self._process.stdout:
            self.taken = int(line)

    def hold(self):
        """It takes nothing more, and answers nothing: connections to it are made, and wait."""
        self._process.send_signal(signal.SIGSTOP)

    def stop(self):
        self._process.kill()
        self._process.wait()
