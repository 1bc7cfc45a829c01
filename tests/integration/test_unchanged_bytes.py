"""Only the Subject changes: every other byte leaves as it came."""
import pytest

import mail
from wait import wait_for
from sink import Sink

EVERY_BYTE = bytes(byte for byte in range(256) if byte not in b"\r\n")

HEADS = {
    "sender": b"Sender: Robot <robot@elsewhere.example.test>",
    "odd case and spacing": b"x-ODD-Header:no space after the colon   ",
    "folds with tabs": b"References: <a@b>\r\n\t<c@d>\r\n   <e@f>",
    "empty value": b"X-Empty:\r\nX-Blank: ",
    "raw 8-bit": b"X-Latin: caf\xe9 \xff",
    "raw utf-8": "X-Utf8: Grüße 🙂".encode(),
    "long line": b"X-Long: " + b"a" * 5000,
    "repeated": b"Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000\r\nX-A: 1\r\nX-A: 2\r\nX-A: 1",
    "braces elsewhere": b"Comments: not {a group}\r\nX-Subject: {nor this}",
    "dkim": b"DKIM-Signature: v=1; a=rsa-sha256; h=from:to;\r\n\tb=abc\r\n def=",
    "mime": b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=\"x\"",
}

BODIES = {
    "plain": b"Hello.\r\n",
    "no line end at the end": b"Hello.\r\nlast",
    "dots": b".\r\n..\r\n.x\r\n...\r\n. \r\n",
    "trailing spaces": b"a  \r\n\t\r\n   \r\nb\t \r\n",
    "empty lines": b"\r\n\r\n\r\nx\r\n\r\n\r\n",
    "8-bit": "Grüße\r\n".encode() + b"caf\xe9 \x80\xff\r\n",
    "every byte": EVERY_BYTE + b"\r\n" + EVERY_BYTE * 3 + b"\r\n",
    "long lines": b"x" * 998 + b"\r\n" + b"y" * 100_000 + b"\r\n",
    "from at the line's head": b"From here on\r\n>From there\r\n",
    "headers within": b"Subject: not {this}\r\nBcc: me@example.test\r\n",
    "several read buffers": b"".join(b"%07d .\r\n.%d\r\n" % (n, n) for n in range(20_000)),
}


@pytest.fixture(scope="module")
def sink():
    receiver = Sink()
    receiver.start()
    yield receiver
    receiver.stop()


@pytest.fixture(scope="module")
def relay(sink, make_module_server):
    return make_module_server(delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{sink.port}"})


def through(relay, sink, message, **options):
    """Sends it and returns it as it arrived."""
    recipient = mail.address()
    mail.send(relay, message, recipient, **options)
    wait_for(lambda: sink.to(recipient), what="the message in the sink")
    return sink.to(recipient)[0].content


def added_fields(sent, arrived):
    """The fields that arrived has before or between those of sent; fails when one of sent is missing."""
    fields, extra = mail.split(sent)[0], []
    expected = iter(fields)
    wanted = next(expected, None)
    for each in mail.split(arrived)[0]:
        if each == wanted:
            wanted = next(expected, None)
        else:
            extra.append(each)
    assert wanted is None, f"missing or changed: {wanted!r}"
    return extra


COMPLETE = ["Date: Mon, 1 Jan 2024 00:00:00 +0000", "Message-ID: <kept@sender.example.test>"]


@pytest.mark.parametrize("name", HEADS)
def test_headers(relay, sink, name):
    sent = mail.build("unchanged", headers=[*COMPLETE, HEADS[name]])
    extra = added_fields(sent, through(relay, sink, sent))
    assert [each.partition(b":")[0] for each in extra] == [b"Received"]


@pytest.mark.parametrize("name", BODIES)
def test_body(relay, sink, name):
    sent = mail.build("cut {Bytes}", headers=COMPLETE, body=BODIES[name])
    arrived = through(relay, sink, sent)
    body = BODIES[name]
    # DATA ends with CR LF . CR LF (RFC 5321 4.1.1.4): a last line without its end gets one.
    assert mail.split(arrived)[1] == (body if body.endswith(b"\r\n") else body + b"\r\n")
    assert mail.field(arrived, "Subject") == [b"cut"]


def test_fields_around_the_subject_keep_their_order(relay, sink):
    sent = mail.build("cut {Bytes}", headers=[*COMPLETE, "X-Before: 1"])
    sent = sent.replace(b"\r\n\r\n", b"\r\nX-After: 2\r\n\r\n", 1)
    arrived = through(relay, sink, sent)
    assert added_fields(sent.replace(b"cut {Bytes}", b"cut"), arrived)[0].startswith(b"Received:")


def test_bcc_is_removed_with_its_folds(relay, sink):
    sent = mail.build(headers=[*COMPLETE, "Bcc: a@example.test,\r\n b@example.test", "X-After: 1",
                               "bcc: c@example.test", "Resent-Bcc: d@example.test"])
    arrived = through(relay, sink, sent)
    for gone in (b"a@example.test", b"b@example.test", b"c@example.test"):
        assert gone not in arrived
    assert mail.field(arrived, "Bcc") == []
    assert mail.field(arrived, "X-After") == [b"1"]


def test_date_and_message_id_are_added_only_if_missing(relay, sink):
    arrived = through(relay, sink, mail.build())
    assert len(mail.field(arrived, "Date")) == 1
    (message_id,) = mail.field(arrived, "Message-ID")
    assert message_id.startswith(b"<") and message_id.endswith(f"@{relay.hostname}>".encode())
    assert mail.parse(arrived)["Date"].datetime is not None
    kept = through(relay, sink, mail.build(headers=COMPLETE))
    assert mail.field(kept, "Date") == [b"Mon, 1 Jan 2024 00:00:00 +0000"]
    assert mail.field(kept, "Message-ID") == [b"<kept@sender.example.test>"]


def test_received_is_on_top_and_says_how_it_came(relay, sink):
    arrived = through(relay, sink, mail.build())
    first = mail.split(arrived)[0][0]
    text = b" ".join(first.split()).decode()
    assert text.startswith("Received: from client.example.test ")
    assert "[127.0.0.1]" in text
    assert f"by {relay.hostname}" in text
    assert "with ESMTPSA" in text
    assert relay.password not in text


def test_smtputf8_subject_and_addresses(relay, sink):
    recipient = "grüße." + mail.address()
    message = mail.build("Grüße {Utf8}", to=recipient)
    mail.send(relay, message, recipient, options=["SMTPUTF8", "BODY=8BITMIME"])
    wait_for(lambda: sink.to(recipient), what="the message in the sink")


def test_fifty_mebibytes(relay, sink):
    line = b"0123456789abcdef" * 4 + b"\r\n"
    overhead = 4096
    sent = mail.build(headers=COMPLETE, body=line * ((50 * 1024 * 1024 - overhead) // len(line)))
    recipient = mail.address()
    mail.send(relay, sent, recipient)
    wait_for(lambda: sink.to(recipient), 60, "the large message in the sink")
    assert mail.split(sink.to(recipient)[0].content)[1] == mail.split(sent)[1]
