"""Commands of a running server, as the tests of several of them use them."""
import json
import os
import pty
import subprocess

from bracemail import BINARY

DONE, FAILED, USAGE = 0, 1, 2


def done(server, *arguments, input=None):
    """Standard output of a command that succeeds without a word on standard error."""
    ended = server.cli(*arguments, input=input)
    assert (ended.returncode, ended.stderr) == (DONE, ""), ended.stderr
    return ended.stdout


def document(server, *arguments, input=None):
    """The document of --json; None: there was none."""
    text = done(server, *arguments, "--json", input=input)
    return json.loads(text) if text else None


def refused(server, *arguments, input=None, code=FAILED):
    """The one line that says why not."""
    ended = server.cli(*arguments, input=input)
    assert (ended.returncode, ended.stdout) == (code, ""), ended.stdout
    assert ended.stderr.startswith("bracemail: ") and ended.stderr.count("\n") == 1
    return ended.stderr


def on_terminal(server, *arguments, stdin=subprocess.DEVNULL, answer=None):
    """Runs a command whose standard error is a terminal; answer: on which it is given that. Returns (exit code, what stood there)."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen([BINARY, *arguments, "--config", str(server.config_path)], stderr=theirs,
                                   stdin=stdin if answer is None else theirs, stdout=subprocess.DEVNULL)
        os.close(theirs)
        if answer is not None:
            os.write(ours, answer.encode())
        said = b""
        try:
            while chunk := os.read(ours, 4096):
                said += chunk
        except OSError:  # the other end is closed
            pass
        return process.wait(timeout=60), said.decode()
    finally:
        os.close(ours)
