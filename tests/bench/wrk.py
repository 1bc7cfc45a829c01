"""wrk: posts Reports_GetSMTPLog of random recipients."""
import pathlib
import re
import subprocess

SCRIPT = pathlib.Path(__file__).resolve().parent / "get_smtp_log.lua"


def get_smtp_log(url, conversations, login, connections, seconds):
    """Returns (calls a second, median, 99th of 100 latencies in ms, answers without a log). login: user name and password."""
    done = subprocess.run(
        ["wrk", "-t", "2", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "30s", "-s", SCRIPT, url, "--", *login,
         str(conversations.first_job), str(conversations.jobs), str(conversations.recipients)],
        capture_output=True, text=True, check=True)
    return tuple(map(float, re.search(r"result (\S+) (\S+) (\S+) (\S+)", done.stdout).groups()))
