"""How fast the disk is that the queues are on."""
import os
import tempfile
import time


def fsync_rate():
    """Single fsyncs a second where the queues live: what a relay without group commit is bound by."""
    with tempfile.TemporaryFile() as file:
        started, count = time.monotonic(), 0
        while time.monotonic() - started < 1:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            count += 1
    return count
