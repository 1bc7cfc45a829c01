"""A relay node whose clock is wrong: the database's counts, and the log says so. libfaketime stands for the wrong clock."""
import pathlib

import pytest

import mail
from cluster import cursor_of
from wait import wait_for

RETRY_SECONDS = 1000
LIBRARY = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))


@pytest.mark.parametrize("off, seconds, where", [("-2h", 7200, "behind"), ("+40d", 40 * 86400, "ahead of")])
def test_the_clock_of_the_database_counts(make_server, monkeypatch, off, seconds, where):
    server = make_server(start=False, workers=1, delivery={"route": "smarthost", "smarthost": "[127.0.0.1]:1", "retry": [RETRY_SECONDS]})
    with monkeypatch.context() as wrong:
        for name, value in {"LD_PRELOAD": LIBRARY, "FAKETIME": off, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}.items():
            wrong.setenv(name, str(value))
        server.launch()
    wait_for(server.is_ready, 60, "ready")
    server.add_account(server.account, server.password)
    wait_for(lambda: " worker-up " in server.log, what="the worker is up")
    told = server.log.split(" clock-off seconds=")[1].partition("\n")[0]
    assert f"clock is {where} the database's" in told and abs(int(told.split()[0]) - seconds) <= 60
    to = mail.address()
    mail.send(server, mail.build(to=to), to)
    wait_for(lambda: " attempt-ended " in server.log, what="an attempt")

    def when():
        with cursor_of(server) as cursor:
            cursor.execute("SELECT extract(epoch FROM next_attempt_at - now()), extract(epoch FROM now() - queued_at) FROM queue WHERE attempts = 1")
            return cursor.fetchone()
    due, age = wait_for(when, what="it is in the queue")
    assert RETRY_SECONDS - 60 < due <= RETRY_SECONDS + 1
    assert -1 < age < 60
