"""Waiting for an event with a deadline, instead of sleeping and hoping."""
import time

POLL_SECONDS = 0.02


def wait_for(predicate, deadline=15.0, what=None):
    """Calls predicate until it returns something true, which is returned. deadline: seconds."""
    end = time.monotonic() + deadline
    while True:
        found = predicate()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what or predicate.__name__}")
        time.sleep(POLL_SECONDS)
