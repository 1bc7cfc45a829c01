"""load-source: mail for a relay, plain or by STARTTLS. What it sends is told in load_source.c."""
import pathlib
import subprocess

PROGRAM = pathlib.Path(__file__).resolve().parent.parent.parent / "build" / "bench" / "load-source"


class LoadFailed(Exception):
    """What the relay answered instead of 250."""


def send(port, messages, sessions, size, recipients, starttls, seconds):
    """Returns when each message has its 250."""
    command = [PROGRAM, *map(str, (port, messages, sessions, size, recipients)), "starttls" if starttls else "plain"]
    try:
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise LoadFailed(f"{messages} messages were not taken within {seconds} s")
    if done.returncode != 0:
        raise LoadFailed(done.stderr.strip().replace("load-source: ", ""))
