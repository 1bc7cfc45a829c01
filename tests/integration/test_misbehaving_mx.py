"""Servers that misbehave, each in one way: what becomes of the delivery, and that its transcript tells what happened.

All rows run at once against one relay, each server on an address of its own; a recipient's domain is that address."""
import collections
import ssl
import warnings

import psycopg2
import pytest

import certificates
import mail
import soap
from misbehaving_mx import BYTE, CLOSE, DRIP, RESET, SILENCE, Flood, MisbehavingMx, Tls
from processes import free_port
from wait import wait_for

GREETING, HELLO, OK, GO, TAKEN, BYE = (
    b"220 mx ESMTP\r\n", b"250 mx\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 2.0.0 taken\r\n", b"221 bye\r\n")
AT_HELLO = [GREETING, "EHLO"]
AT_MAIL = [*AT_HELLO, HELLO, "MAIL"]
AT_RCPT = [*AT_MAIL, OK, "RCPT"]
AT_DATA = [*AT_RCPT, OK, "DATA"]
AT_DOT = [*AT_DATA, GO, "."]
AT_QUIT = [*AT_DOT, TAKEN, "QUIT"]
STEPS = {"greeting": [], "EHLO": AT_HELLO, "MAIL": AT_MAIL, "RCPT": AT_RCPT, "DATA": AT_DATA, "dot": AT_DOT}
PIPELINING = b"250-mx\r\n250 PIPELINING\r\n"
STARTTLS = [GREETING, "EHLO", b"250-mx\r\n250 STARTTLS\r\n", "STARTTLS"]
REST = ["EHLO", HELLO, "MAIL", OK, "RCPT", OK, "DATA", GO, ".", TAKEN, "QUIT", BYE]
BYE_NOW = b"421 4.3.2 shutting down\r\n"

# result: of the attempt. note: how one of the transcript's lines ends, or None. taken: how often the server had the whole
# content. tls: "required" where the domain's configuration says so.
Row = collections.namedtuple("Row", "script result note taken tls again", defaults=(None, 0, None, None))


def contexts(folder):
    """{"good": trusted by nobody, "old": TLS 1.1 at most}."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificates.make(folder, "mx.example"))
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    old.load_cert_chain(*certificates.make(folder, "old.example"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    return {"good": context, "old": old}


def table(tls):
    rows = {}
    for name, before in STEPS.items():
        had = 1 if name == "dot" else 0
        rows[f"421 at {name}"] = Row([*before, BYE_NOW], "deferred 4.3.2", "421 4.3.2 shutting down", had)
        rows[f"silence at {name}"] = Row([*before, SILENCE], "deferred 4.4.2", "timed out after 3 s", had)
        rows[f"close at {name}"] = Row([*before, CLOSE], "deferred 4.4.2", "connection closed", had)
        rows[f"reset at {name}"] = Row([*before, RESET], "deferred 4.4.2", "connection reset", had)
        rows[f"half a reply at {name}"] = Row([*before, b"25", CLOSE], "deferred 4.4.2", "connection closed", had)
        rows[f"half of many lines at {name}"] = Row(
            [*before, b"250-one\r\n250-", SILENCE], "deferred 4.4.2", "timed out after 3 s", had)
        rows[f"an endless line at {name}"] = Row(
            [*before, Flood(b"220 " + b"x" * 4096)], "deferred 4.5.0", "the reply does not end", had)
        rows[f"endless lines at {name}"] = Row(
            [*before, Flood(b"250-more\r\n")], "deferred 4.5.0", "the reply does not end", had)
        rows[f"binary rubbish at {name}"] = Row(
            [*before, b"\x00\xff\x1b[2J\x80\r\n", SILENCE], "deferred 4.5.0", "that is no SMTP reply", had)
        rows[f"HTTP at {name}"] = Row(
            [*before, b"HTTP/1.1 400 Bad Request\r\n\r\n", SILENCE], "deferred 4.5.0", "that is no SMTP reply", had)
        for code in (b"000", b"199", b"999", b"2500"):
            rows[f"{code.decode()} at {name}"] = Row(
                [*before, code + b" what\r\n", SILENCE], "deferred 4.5.0", "that is no SMTP reply", had)
    rows |= {
        "554 for a greeting": Row([b"554 5.3.2 no mail here\r\n", "QUIT", BYE], "failed 5.3.2"),
        "a greeting byte by byte": Row(
            [DRIP, b"220-mx\r\n220 mx\r\n", "EHLO", HELLO, "MAIL", OK, "RCPT", OK, "DATA", GO, ".", TAKEN, "QUIT",
            BYE], "delivered 2.0.0", taken=1),
        "EHLO refused, HELO taken": Row(
            [*AT_HELLO, b"502 what?\r\n", "HELO", HELLO, "MAIL", OK, "RCPT", OK, "DATA", GO, ".", TAKEN, "QUIT",
            BYE], "delivered 2.0.0", taken=1),
        "EHLO and HELO refused": Row([*AT_HELLO, b"502 what?\r\n", "HELO", b"502 what?\r\n", "QUIT"], "failed 5.5.1"),
        "the relay's own name": Row(
            [*AT_HELLO, b"250-Relay.example.test at your service\r\n250 PIPELINING\r\n", SILENCE], "failed 5.4.6",
            "this server is the relay itself: mail for this domain goes in a circle"),
        "a name like the relay's": Row(
            [*AT_HELLO, b"250-relay.example.test.example\r\n250 relay.example.test\r\n", *REST[2:]], "delivered 2.0.0", taken=1),
        "no reply to QUIT": Row([*AT_QUIT, SILENCE], "delivered 2.0.0", taken=1),
        "closed instead of QUIT": Row([*AT_DOT, TAKEN, CLOSE], "delivered 2.0.0", taken=1),
        "354 to MAIL": Row([*AT_MAIL, GO, SILENCE], "deferred 4.5.0"),
        "354 to RCPT": Row([*AT_RCPT, GO, SILENCE], "deferred 4.5.0"),
        "250 to DATA": Row([*AT_DATA, OK, SILENCE], "deferred 4.5.0"),
        "354 to the content": Row([*AT_DOT, GO, SILENCE], "deferred 4.5.0", taken=1),
        "the reply before its command": Row([GREETING + HELLO, "EHLO", OK, "MAIL", OK, SILENCE], "deferred 4.4.2"),
        "replies ahead of their commands": Row([*AT_HELLO, HELLO + OK + OK + GO + TAKEN, SILENCE], "deferred 4.5.0"),
        "a reply within the content": Row([*AT_DATA, GO + b"554 5.6.0 enough\r\n", SILENCE], "deferred 4.5.0"),
        "taken within the content": Row([*AT_DATA, GO + TAKEN, SILENCE], "deferred 4.5.0"),
        "closed within the content": Row([*AT_DATA, GO, CLOSE], "deferred 4.4.2"),
        "lines that end with LF": Row(
            [GREETING.replace(b"\r", b""), "EHLO", b"250 mx\n", "MAIL", b"250 ok\n", "RCPT", b"250 ok\n", "DATA",
            b"354 go\n", ".", b"250 2.0.0 ok\n", "QUIT"], "delivered 2.0.0", taken=1),
        "a reply that ends with CR": Row([*AT_MAIL, b"250 ok\r", SILENCE], "deferred 4.4.2"),
        "a NUL in a reply": Row(
            [*AT_MAIL, b"550 5.7.1 no\x00way\r\n", "QUIT", BYE], "failed 5.7.1", "550 5.7.1 no\\x00way"),
        "8-bit in a reply": Row(
            [*AT_RCPT, b"550 5.1.1 kein Empf\xe4nger\r\n", "QUIT", BYE], "failed 5.1.1",
            "550 5.1.1 kein Empf\\xE4nger"),
        "two codes in one reply": Row([*AT_MAIL, b"250-one\r\n550 two\r\n", SILENCE], "failed 5.0.0"),
        "twice the same reply": Row([*AT_DOT, TAKEN + TAKEN, "QUIT"], "delivered 2.0.0", taken=1),
        "pipelined: closed after MAIL": Row([*AT_HELLO, PIPELINING, "MAIL", OK, CLOSE], "deferred 4.4.2"),
        "pipelined: too few replies": Row([*AT_HELLO, PIPELINING, "DATA", OK + OK, SILENCE], "deferred 4.4.2"),
        "pipelined: 421 for RCPT": Row([*AT_HELLO, PIPELINING, "DATA", OK + BYE_NOW], "deferred 4.3.2"),
        "pipelined: refused, DATA taken": Row(
            [*AT_HELLO, PIPELINING, "DATA", OK + b"550 5.1.1 no\r\n" + GO, ".", b"554 5.5.1 none\r\n", "QUIT", BYE],
            "failed 5.1.1", taken=1),
        "SIZE too small": Row([*AT_HELLO, b"250-mx\r\n250 SIZE 10\r\n", "QUIT", BYE], "failed 5.3.4"),
        "a SIZE that is none": Row(
            [*AT_HELLO, b"250-mx\r\n250 SIZE huge\r\n", "MAIL", OK, "RCPT", OK, "DATA", GO, ".", TAKEN, "QUIT", BYE],
            "delivered 2.0.0", taken=1),
        # TLS
        "STARTTLS refused": Row([*STARTTLS, b"454 4.7.0 not now\r\n", *REST[2:]], "delivered 2.0.0", taken=1),
        "STARTTLS refused where required": Row(
            [*STARTTLS, b"454 4.7.0 not now\r\n", SILENCE], "deferred 4.7.4", "the server refuses it", tls="required"),
        "no STARTTLS where required": Row(
            [*AT_HELLO, HELLO, SILENCE], "deferred 4.7.4", "the server does not offer it", tls="required"),
        "STARTTLS: 421": Row([*STARTTLS, BYE_NOW], "deferred 4.3.2"),
        "STARTTLS: silence": Row([*STARTTLS, SILENCE], "deferred 4.4.2"),
        "STARTTLS: an answer injected": Row(
            [*STARTTLS, b"220 go\r\n250 ok\r\n", SILENCE], "deferred 4.5.0", "the server spoke unasked"),
        "handshake: rubbish": Row(
            [*STARTTLS, b"220 go\r\n", BYTE, b"this is no TLS\r\n" * 10, SILENCE], "deferred 4.7.5", tls="required"),
        "handshake: silence": Row([*STARTTLS, b"220 go\r\n", SILENCE], "deferred 4.4.2", tls="required"),
        "handshake: closed": Row([*STARTTLS, b"220 go\r\n", CLOSE], "deferred 4.7.5", tls="required"),
        "handshake: reset": Row([*STARTTLS, b"220 go\r\n", RESET], "deferred 4.7.5", tls="required"),
        "handshake: TLS 1.1": Row(
            [*STARTTLS, b"220 go\r\n", Tls(tls["old"]), *REST], "delivered 2.0.0", "trying again without TLS",
            taken=1, again=[GREETING, *REST]),
        "handshake: a stranger's certificate": Row(
            [*STARTTLS, b"220 go\r\n", Tls(tls["good"]), *REST], "deferred 4.7.5", tls="required"),
        "a stranger's certificate where any will do": Row(
            [*STARTTLS, b"220 go\r\n", Tls(tls["good"]), *REST], "delivered 2.0.0", "verified=none", taken=1),
        "a failed handshake, then in the clear": Row(
            [*STARTTLS, b"220 go\r\n", BYTE, b"this is no TLS\r\n" * 10, CLOSE], "delivered 2.0.0", taken=1,
            again=[GREETING, *REST]),
        "under TLS: closed at once": Row([*STARTTLS, b"220 go\r\n", Tls(tls["good"]), CLOSE], "deferred 4.4.2"),
        "under TLS: silence": Row([*STARTTLS, b"220 go\r\n", Tls(tls["good"]), SILENCE], "deferred 4.4.2"),
        "under TLS: 421": Row([*STARTTLS, b"220 go\r\n", Tls(tls["good"]), "EHLO", BYE_NOW], "deferred 4.3.2"),
        "under TLS: closed in the content": Row(
            [*STARTTLS, b"220 go\r\n", Tls(tls["good"]), *REST[:7], GO, CLOSE], "deferred 4.4.2"),
        "under TLS: STARTTLS again": Row(
            [*STARTTLS, b"220 go\r\n", Tls(tls["good"]), "EHLO", b"250-mx\r\n250 STARTTLS\r\n", *REST[2:]],
            "delivered 2.0.0", taken=1),
    }
    return rows


def address_of(number):
    return f"127.0.{3 + number // 200}.{1 + number % 200}"


NAMES = list(table({"good": None, "old": None}))


@pytest.fixture(scope="module")
def relay_and_servers(make_module_server, tmp_path_factory):
    """All has been sent. The second: {name: (row, server, recipient)}."""
    rows, port = table(contexts(tmp_path_factory.mktemp("misbehaving"))), free_port()
    required = [f"[{address_of(number)}]" for number, row in enumerate(rows.values()) if row.tls]
    relay = make_module_server(workers=1, delivery={
        "route": "mx", "port": port, "retry": [600], "connect_timeout": 3, "reply_timeout": 3, "final_timeout": 3,
        "tls_required": required})
    servers = {}
    try:
        for number, (name, row) in enumerate(rows.items()):
            server = MisbehavingMx(address_of(number), port, row.script, *([row.again] if row.again else []))
            servers[name] = row, server, f"{mail.unique('to')}@[{address_of(number)}]"
        with mail.client(relay) as client:
            for _, _, recipient in servers.values():
                client.sendmail(mail.SENDER, recipient, mail.build(to=recipient))
        yield relay, servers
    finally:
        for _, server, _ in servers.values():
            server.stop()


@pytest.fixture(scope="module")
def attempts(relay_and_servers):
    """{recipient: [<Attempt>]}, when each delivery has had one."""
    relay, servers = relay_and_servers

    def report():
        return soap.rows(soap.call(relay, "Reports_Transactional_GetRecipients_XML", GroupName="",
                                   BeginDate="", EndDate=""))
    wait_for(lambda: len(report()) == len(servers) and all(
        row["Status"] in ("Delivered", "Deferred", "Failed") for row in report()), 60,
             "the end of each attempt")
    return {row["EmailAddress"]: list(soap.smtp_log(relay, row["TransactionalID"]).iter("Attempt")) for row in report()}


@pytest.mark.parametrize("name", NAMES)
def test_a_server_that_misbehaves(relay_and_servers, attempts, name):
    row, server, recipient = relay_and_servers[1][name]
    attempt, = attempts[recipient]
    lines = [(line.get("direction"), line.text or "") for line in attempt.iter("Line")]
    assert attempt.get("result") == row.result, lines
    assert row.note is None or any(text.endswith(row.note) for _, text in lines), lines
    assert server.taken == row.taken and server.connections == (2 if row.again else 1), lines
    # What the server got whole is said to have been sent.
    said = any(direction == "out" and text.startswith("[") for direction, text in lines)
    assert said or not row.taken or name == "pipelined: refused, DATA taken"


def test_nothing_is_stuck_and_nobody_died(relay_and_servers, attempts):
    relay, servers = relay_and_servers
    with psycopg2.connect(relay.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(claim), bool_and(next_attempt_at > now()) FROM queue")
        waiting, claimed, is_later = cursor.fetchone()
    connection.close()
    assert (waiting, claimed, is_later) == (
        sum(row.result.startswith("deferred") for row, _, _ in servers.values()), 0, True)
    assert relay.is_running() and "process-ended" not in relay.log
