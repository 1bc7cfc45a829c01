"""Sending mail as an application would, and finding what arrived."""
import email
import email.policy
import smtplib
import uuid

from certificates import trusting_context
from wait import wait_for

SENDER = "shop@sender.example.test"
SEND_SECONDS = 60


def unique(prefix="m"):
    """A word that occurs nowhere else: names a message, a group or an address of one test."""
    return f"{prefix}{uuid.uuid4().hex[:16]}"


def address(prefix="to"):
    return f"{unique(prefix)}@recipient.example.test"


def build(subject="Hello", body=b"Hello.\r\n", headers=(), sender=SENDER, to="someone@recipient.example.test"):
    """A message as bytes. headers: further lines without CR LF, before the Subject; str or bytes."""
    lines = [f"From: {sender}", f"To: {to}", *headers, f"Subject: {subject}"]
    head = b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    return head + b"\r\n\r\n" + body


def client(server, source="127.0.0.1"):
    """A logged-in smtplib client on the submission port."""
    smtp = smtplib.SMTP("127.0.0.1", server.submission_port, local_hostname="client.example.test",
                        timeout=SEND_SECONDS, source_address=(source, 0))
    smtp.starttls(context=trusting_context())
    smtp.login(server.account, server.password)
    return smtp


def send(server, message, to, sender=SENDER, options=()):
    """Sends bytes as they are, through STARTTLS and a login. to: an address or a list."""
    with client(server) as smtp:
        smtp.sendmail(sender, to, message, mail_options=list(options))


def captured_files(server):
    """Paths of what the capture server holds; a file that it still writes begins with a dot."""
    return sorted(server.capture_dir.glob("[!.]*.eml"))


def captured(server, word, count=1, deadline=15):
    """Waits for `count` captured messages that hold the word. Returns their bytes (the bytes, if count is 1)."""
    word = word.encode()
    seen = {}

    def found():
        for path in captured_files(server):
            if path not in seen:
                data = path.read_bytes()
                seen[path] = data if word in data else None
        return [data for data in seen.values() if data is not None]
    wait_for(lambda: len(found()) >= count, deadline, f"{count} captured messages with {word!r}")
    messages = found()
    assert len(messages) == count
    return messages[0] if count == 1 else messages


def parse(raw):
    return email.message_from_bytes(raw, policy=email.policy.default)


def split(raw):
    """(list of header fields as bytes, folds and all, without the last CR LF; body bytes)."""
    head, _, body = raw.partition(b"\r\n\r\n")
    fields = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] += b"\r\n" + line
        else:
            fields.append(line)
    return fields, body


def field(raw, name):
    """The values of that header field, raw bytes, in order."""
    prefix = name.lower().encode() + b":"
    return [each[len(prefix):].strip() for each in split(raw)[0] if each.lower().startswith(prefix)]
