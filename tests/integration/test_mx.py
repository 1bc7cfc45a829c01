"""Delivery by MX (RFC 5321 5.1), asked of a DNS server of the test's own."""
import pytest

import mail
import soap
from dns_server import DnsServer
from processes import free_port
from sink import Sink
from test_delivery import text_lines
from wait import wait_for

# Names under .example: libunbound answers .test itself (RFC 6761).
# All hosts listen on one port, so each has an address of its own; nobody listens on DEAD.
FIRST, SECOND, DEAD = "127.0.0.21", "127.0.0.22", "127.0.0.23"
# Domains with two hosts of equal preference: that all of these go to one host happens once in 500,000 runs.
EQUAL = 20

ZONE = {
    "one.example": {"MX": [(10, "mx1.one.example")]},
    "mx1.one.example": {"A": [FIRST]},
    "prefers.example": {"MX": [(20, "mx2.prefers.example"), (10, "mx1.prefers.example")]},
    "mx1.prefers.example": {"A": [FIRST]},
    "mx2.prefers.example": {"A": [SECOND]},
    "backup.example": {"MX": [(10, "dead.backup.example"), (20, "mx2.backup.example")]},
    "dead.backup.example": {"A": [DEAD]},
    "mx2.backup.example": {"A": [SECOND]},
    "addresses.example": {"MX": [(10, "both.addresses.example")]},
    "both.addresses.example": {"A": [DEAD, SECOND]},
    "nomx.example": {"A": [FIRST]},
    **{f"equal{number}.example": {"MX": [(10, f"mx1.equal{number}.example"), (10, f"mx2.equal{number}.example")]}
       for number in range(EQUAL)},
    **{f"mx1.equal{number}.example": {"A": [FIRST]} for number in range(EQUAL)},
    **{f"mx2.equal{number}.example": {"A": [SECOND]} for number in range(EQUAL)},
    "null.example": {"MX": [(0, ".")], "A": [FIRST]},
    "nothing.example": {},
    "dangling.example": {"MX": [(10, "missing.example")]},
    "broken.example": None,
    "dead.example": {"MX": [(10, "dead.backup.example")]},
}


@pytest.fixture(scope="module")
def hosts():
    port = free_port()
    sinks = {address: Sink(port, address) for address in (FIRST, SECOND)}
    for sink in sinks.values():
        sink.start()
    yield sinks
    for sink in sinks.values():
        sink.stop()


@pytest.fixture(scope="module")
def relay(hosts, make_module_server):
    dns = DnsServer(ZONE).start()
    yield make_module_server(delivery={
        "route": "mx", "resolver": f"127.0.0.1@{dns.port}", "port": hosts[FIRST].port, "retry": [1], "lifetime": 3})
    dns.stop()


def send(relay, domain):
    recipient = f"{mail.unique('to')}@{domain}"
    mail.send(relay, mail.build(to=recipient), recipient)
    return recipient


@pytest.mark.parametrize("domain, address", [
    ("one.example", FIRST), ("prefers.example", FIRST), ("backup.example", SECOND), ("addresses.example", SECOND),
    ("nomx.example", FIRST), ("ONE.example", FIRST), ("[127.0.0.22]", SECOND),
])
def test_goes_to(relay, hosts, domain, address):
    recipient = send(relay, domain)
    # A domain may be written in lower case on its way.
    wait_for(lambda: any(taken.recipients[0].lower() == recipient.lower() for taken in hosts[address].snapshot()),
             what=f"the message at {address}")
    row = soap.delivery(relay, recipient, "Delivered")
    attempt = soap.smtp_log(relay, row["TransactionalID"]).find("Attempt")
    # The host that an attempt began with stands at its head, each further one in a line.
    assert attempt.get("ip") == address or any(
        line.get("direction") == "note" and f"[{address}]" in line.text for line in attempt.iter("Line"))


@pytest.mark.parametrize("domain, note", [
    ("null.example", "null MX"), ("absent.example", "no such domain"), ("nothing.example", "no MX"),
])
def test_fails_at_once(relay, domain, note):
    recipient = send(relay, domain)
    attempts = text_lines(relay, recipient, "Failed")
    assert list(attempts) == [1]
    notes = [text.lower() for direction, text in attempts[1] if direction == "note"]
    assert any(note.lower() in text for text in notes), notes


@pytest.mark.parametrize("domain", ["broken.example", "dead.example", "dangling.example"])
def test_is_tried_again(relay, domain):
    recipient = send(relay, domain)
    attempts = text_lines(relay, recipient, "Failed")
    if domain != "dangling.example":
        assert len(attempts) >= 2
    for lines in attempts.values():
        assert any(direction == "note" for direction, _ in lines), "an attempt without a line"


def test_one_dead_destination_does_not_hold_up_others(relay, hosts):
    for _ in range(20):
        send(relay, "dead.example")
    recipient = send(relay, "one.example")
    wait_for(lambda: hosts[FIRST].to(recipient), 5, "mail to a living host")


def test_equal_preferences_share_the_mail(relay, hosts):
    recipients = [f"{mail.unique('to')}@equal{number}.example" for number in range(EQUAL)]
    mail.send(relay, mail.build(), recipients)
    for recipient in recipients:
        soap.delivery(relay, recipient, "Delivered")
    counts = [sum(len(hosts[address].to(recipient)) for recipient in recipients) for address in (FIRST, SECOND)]
    assert sum(counts) == EQUAL and min(counts) > 0


def test_recipients_of_different_domains(relay, hosts):
    recipients = [f"{mail.unique('to')}@{domain}" for domain in ("one.example", "nomx.example", "backup.example")]
    mail.send(relay, mail.build(), recipients)
    for recipient in recipients:
        soap.delivery(relay, recipient, "Delivered")
