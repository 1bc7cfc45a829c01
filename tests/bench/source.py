"""smtp-source: sends messages through a relay."""
import subprocess
import time

from wait import wait_for

SEND_SECONDS = 600


def send(port, messages, size=4096, sessions=100, recipients=1, *options):
    """size: None: the message is an option's. options: of smtp-source, too. Returns when it has its last 250. Returns how many recipients that are."""
    made = [] if size is None else ["-l", str(size), "-S", "Bench {Bench}"]
    subprocess.run(
        ["smtp-source", "-d", "-s", str(sessions), "-m", str(messages), "-r", str(recipients), *made, *options,
         "-M", "client.example.test", "-f", "from@client.example.test",
         "-t", "to@recipient.example.test", f"127.0.0.1:{port}"], check=True, timeout=SEND_SECONDS)
    return messages * recipients


def race(relay, sink, messages, size=4096, sessions=100, *options):
    """Sends the messages, as send() does. Returns (accepted, end to end) in messages a second."""
    before = sink.messages
    started = time.monotonic()
    send(relay.port, messages, size, sessions, 1, *options)
    accepted = time.monotonic()
    wait_for(lambda: sink.messages - before >= messages, SEND_SECONDS, f"{relay.name}: all in smtp-sink")
    return messages / (accepted - started), messages / (time.monotonic() - started)
