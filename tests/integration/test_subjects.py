"""Every row of tests/data/subjects.tsv through the relay: the Subject that leaves, the group, and the report."""
import codecs
import pathlib
import re

import pytest

import mail
import soap
from sink import Sink
from smtp_session import logged_in
from wait import wait_for

PATH = pathlib.Path(__file__).resolve().parent.parent / "data" / "subjects.tsv"
ESCAPE = re.compile(rb"\\(\\|t|r|n|x[0-9a-fA-F]{2})")
BARE_NEWLINE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
DEFAULT_GROUP = "Default Transactional Group"


def unescape(cell):
    """bytes, or None for \\N."""
    if cell == r"\N":
        return None
    return ESCAPE.sub(lambda match: codecs.escape_decode(match.group())[0], cell.encode())


def read_rows():
    for line in PATH.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, *cells = line.split("\t")
            yield pytest.param(*map(unescape, cells), id=name)


@pytest.fixture(scope="module")
def sink():
    receiver = Sink()
    receiver.start()
    yield receiver
    receiver.stop()


@pytest.fixture(scope="module")
def relay(sink, make_module_server):
    return make_module_server(delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{sink.port}"})


def subject_line(message):
    """The whole Subject field, folds included."""
    return next(field for field in mail.split(message)[0] if field.lower().startswith(b"subject:"))


@pytest.mark.parametrize("came, reported, group, leaves, note", read_rows())
def test_row(relay, sink, came, reported, group, leaves, note):
    if BARE_NEWLINE.search(came) or b"\0" in came:
        pytest.skip("SMTP cannot carry it")
    recipient = mail.address()
    line = b"Subject: " + came
    with logged_in(relay) as session:
        session.envelope(mail.SENDER, recipient)
        session.write(b"From: a@b.test\r\n" + line + b"\r\n\r\nText.\r\n.\r\n")
        assert session.reply().startswith("250")
    wait_for(lambda: sink.to(recipient), what="the message in the sink")
    if leaves is not None:
        line = b"Subject: " + leaves if leaves else b"Subject:"
    assert subject_line(sink.to(recipient)[0].content) == line
    row = soap.delivery(relay, recipient, "Delivered")
    assert row["Subject"] == reported.decode()
    assert row["GroupName"] == (DEFAULT_GROUP if group is None else group.decode())
    if note is not None:
        assert note.decode() in row["Note"]
