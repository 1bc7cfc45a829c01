"""bracemail bench: a server of its own takes and delivers, and nothing of it is left."""
import os
import signal
import subprocess

import pytest

from bracemail import BINARY
from commands import FAILED, document
from processes import tree
from wait import wait_for

MESSAGES, SESSIONS = 60, 3


@pytest.fixture
def installation(make_server):
    """One that has a data_dir, and serves nothing."""
    server = make_server(start=False, database=None, workers=1)
    (server.folder / "data").mkdir()
    return server


def left(installation):
    return list((installation.folder / "data").iterdir())


def test_all_that_is_sent_is_delivered(installation):
    told = document(installation, "bench", "--messages", str(MESSAGES), "--sessions", str(SESSIONS), "--bytes", "500")
    counted = {name: told[name] for name in ("sessions", "bytes", "accepted", "refused", "delivered", "waiting")}
    assert counted == {"sessions": SESSIONS, "bytes": 500, "accepted": MESSAGES, "refused": 0, "delivered": MESSAGES, "waiting": 0}
    assert 0 < told["reply_seconds_median"] <= told["reply_seconds_99"] < told["seconds"]
    assert told["accepted_a_second"] == pytest.approx(MESSAGES / told["seconds"])
    assert 0 < told["delivered_a_second"] <= told["accepted_a_second"]
    assert told["processor_seconds_for_1000"] > 0 and 0 <= told["processor_share_postgres"] <= 1
    assert told["fdatasync_a_second"] > 0
    assert left(installation) == []


def test_an_interrupt_leaves_nothing(installation):
    process = subprocess.Popen([BINARY, "bench", "--messages", "1000000", "--seconds", "3000", "--config", str(installation.config_path)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: process.poll() is not None or list((installation.folder / "data").glob("bench-*/captured/*.eml")), 60,
                 "messages arrive")
        started = set(tree(process.pid)) - {process.pid}
        assert len(started) > 3
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=90)
        assert (process.returncode, out, err) == (FAILED, "", "bracemail: interrupted\n")
        assert left(installation) == []
        wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in started), 30, "what it started is gone")
    finally:
        process.kill()
        process.communicate()
