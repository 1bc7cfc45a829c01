"""A recipients' server that writes down for whom it took mail, a line each. usage: recorder.py ADDRESS PORT FILE"""
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration"))

from sink import Sink  # noqa: E402


class Recorder(Sink):
    def __init__(self, address, port, path):
        super().__init__(port, address)
        self._file = open(path, "ab", buffering=0)

    async def handle_DATA(self, smtp, session, envelope):
        self._file.write("".join(f"{recipient}\n" for recipient in envelope.rcpt_tos).encode())
        return "250 2.0.0 Ok"


if __name__ == "__main__":
    recorder = Recorder(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    recorder.start()
    print("ready", flush=True)
    signal.sigwait({signal.SIGTERM})
    recorder.stop()
