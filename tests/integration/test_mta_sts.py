"""MTA-STS (RFC 8461): policies from a real HTTPS server, DNS answers from a real DNS server, hosts with real certificates."""
import collections
import contextlib

import pytest

import certificates
import mail
import soap
from dns_server import DnsServer
from policy_server import Answer, PolicyServer, policy
from processes import free_port
from sink import Sink
from test_delivery import text_lines
from test_delivery_tls import context_of
from wait import wait_for

GOOD, MISNAMED, PLAIN, POLICIES, NOBODY = (f"127.0.0.{last}" for last in (71, 72, 73, 74, 75))
HOSTS = {"good": GOOD, "misnamed": MISNAMED, "plain": PLAIN}

# domain: the MX hosts, and what its server of policies answers.
Case = collections.namedtuple("Case", "hosts answer")
CASES = {
    "enforce": Case(["good"], policy("enforce", "good.hosts.example")),
    "wildcard": Case(["good"], policy("enforce", "*.hosts.example")),
    "mismatch": Case(["good"], policy("enforce", "*.other.example", "hosts.example")),
    "badcert": Case(["misnamed"], policy("enforce", "*.hosts.example")),
    "nostarttls": Case(["plain"], policy("enforce", "*.hosts.example")),
    "second": Case(["misnamed", "plain", "good"], policy("enforce", "*.hosts.example")),
    "unnamedfirst": Case(["plain", "good"], policy("enforce", "good.hosts.example")),
    "testmismatch": Case(["good"], policy("testing", "*.other.example")),
    "testbadcert": Case(["misnamed"], policy("testing", "*.hosts.example")),
    "testnostarttls": Case(["plain"], policy("testing", "*.hosts.example")),
    "testgood": Case(["good"], policy("testing", "*.hosts.example")),
    "none": Case(["plain"], policy("none")),
    "broken": Case(["plain"], "version: STSv1\nmode: enforce\n"),
    "toolarge": Case(["plain"], policy("enforce", "*.other.example", x="y" * 70000)),
    "html": Case(["plain"], Answer(policy("enforce", "*.other.example"), kind="text/html")),
    "redirect": Case(["plain"], Answer(policy("enforce", "*.other.example"), 302,
                                       Location="https://mta-sts.enforce.example/.well-known/mta-sts.txt")),
    "missing": Case(["plain"], None),
    "wrongname": Case(["plain"], policy("enforce", "*.other.example")),
    "untrusted": Case(["plain"], policy("enforce", "*.other.example")),
    "norecord": Case(["plain"], policy("enforce", "*.other.example")),
    "tworecords": Case(["plain"], policy("enforce", "*.other.example")),
    "lasting": Case(["plain"], policy("enforce", "*.hosts.example")),
    "changing": Case(["plain"], policy("enforce", "*.hosts.example")),
    "renewed": Case(["good"], policy("enforce", "*.hosts.example", max_age=20)),
}
Site = collections.namedtuple("Site", "policies zone sinks settings")


def record(number):
    return f"v=STSv1; id={number};"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """All but the relay."""
    folder = tmp_path_factory.mktemp("policies")
    port = free_port()
    zone = {f"{host}.hosts.example": {"A": [address]} for host, address in HOSTS.items()}
    for name, case in CASES.items():
        zone[f"{name}.example"] = {"MX": [(10 * number, f"{host}.hosts.example")
                                          for number, host in enumerate(case.hosts)]}
        zone[f"mta-sts.{name}.example"] = {"A": [POLICIES]}
        zone[f"_mta-sts.{name}.example"] = {"TXT": ["v=spf1 -all", record(1)]}
    del zone["_mta-sts.norecord.example"]
    zone["_mta-sts.tworecords.example"] = {"TXT": [record(1), record(2)]}
    pairs = {"good": certificates.make(folder, "good.hosts.example"),
             "misnamed": certificates.make(folder, "another.example")}
    with contextlib.ExitStack() as stack:
        policies = PolicyServer(folder, POLICIES, [f"{name}.example" for name in CASES], ["wrongname.example"]).start()
        stack.callback(policies.stop)
        policies.answers = {f"{name}.example": case.answer for name, case in CASES.items()}
        dns = DnsServer(zone).start()
        stack.callback(dns.stop)
        sinks = {}
        for host, address in HOSTS.items():
            sinks[host] = Sink(port, address, tls_context=context_of(pairs[host]) if host in pairs else None)
            sinks[host].start()
            stack.callback(sinks[host].stop)
        authorities = folder / "authorities.pem"
        trusted = [pair[0] for pair in pairs.values()]
        trusted += [each for each in policies.certificates if "untrusted" not in each.name]
        authorities.write_text("".join(each.read_text() for each in trusted))
        yield Site(policies, zone, sinks, {
            "route": "mx", "resolver": f"127.0.0.1@{dns.port}", "port": port, "retry": [600],
            "tls_authorities": authorities, "mta_sts_port": policies.port, "mta_sts_timeout": 30})


@pytest.fixture(scope="module")
def relay(site, make_module_server):
    return make_module_server(workers=1, delivery=site.settings)


def send(relay, domain, result):
    """Returns the notes of the attempt."""
    recipient = f"{mail.unique('to')}@{domain}.example"
    mail.send(relay, mail.build(to=recipient), recipient)
    lines = text_lines(relay, recipient, result.partition(" ")[0].capitalize())[1]
    row, = soap.deliveries(relay, recipient)
    assert soap.smtp_log(relay, row["TransactionalID"]).find("Attempt").get("result") == result, lines
    return [text for direction, text in lines if direction == "note"]


@pytest.mark.parametrize("domain, result, note", [
    ("enforce", "delivered 2.0.0", "verified=mta-sts"),
    ("wildcard", "delivered 2.0.0", "verified=mta-sts"),
    ("mismatch", "deferred 4.7.5", "the MTA-STS policy names none of the domain's hosts"),
    ("badcert", "deferred 4.7.5", "TLS failed: hostname mismatch"),
    ("nostarttls", "deferred 4.7.4", "TLS is required here, and the server does not offer it"),
    ("second", "delivered 2.0.0", "verified=mta-sts"),
    ("unnamedfirst", "delivered 2.0.0", "verified=mta-sts"),
    ("testmismatch", "delivered 2.0.0", "would be left out: the MTA-STS policy does not name it"),
    ("testbadcert", "delivered 2.0.0", "MTA-STS testing: with mode enforce this host would not be used"),
    ("testnostarttls", "delivered 2.0.0", "MTA-STS testing: with mode enforce this host would not be used"),
    ("testgood", "delivered 2.0.0", "verified=name"),
])
def test_policy(relay, domain, result, note):
    notes = send(relay, domain, result)
    assert any(each.endswith(note) for each in notes), notes
    if domain.startswith("test") and domain != "testgood":
        assert f'mta-sts-testing domain="{domain}.example"' in relay.log
    if domain == "testgood":
        assert not any("testing:" in each for each in notes), notes


@pytest.mark.parametrize("domain, reason", [
    ("none", None), ("norecord", None), ("tworecords", None),
    ("broken", "it lacks its max_age"), ("toolarge", "it is too large"), ("html", "it is no text/plain"),
    ("redirect", "HTTP 302"), ("missing", "HTTP 404"), ("wrongname", "SSL"), ("untrusted", "SSL"),
])
def test_no_policy(relay, site, domain, reason):
    """What is no policy is as none: mail goes, and the log says why."""
    send(relay, domain, "delivered 2.0.0")
    failures = [line for line in relay.log.splitlines()
                if "mta-sts-fetch-failed" in line and f'"{domain}.example"' in line]
    assert [reason in line for line in failures] == ([True] if reason else []), failures
    fetched = {"none", "broken", "toolarge", "html", "redirect", "missing"}
    assert site.policies.asked.count(f"{domain}.example") == (1 if domain in fetched else 0)


def test_one_fetch_serves_many(relay, site):
    for _ in range(3):
        send(relay, "enforce", "delivered 2.0.0")
    assert site.policies.asked.count("enforce.example") == 1


def test_a_policy_outlives_its_server_and_a_restart(relay, site):
    send(relay, "lasting", "deferred 4.7.4")
    relay.stop()
    site.policies.answers["lasting.example"] = None
    relay.start()
    send(relay, "lasting", "deferred 4.7.4")
    assert site.policies.asked.count("lasting.example") == 1
    # With a new id it is asked for again; while its server fails, the one before holds.
    relay.stop()
    site.zone["_mta-sts.lasting.example"] = {"TXT": [record(2)]}
    relay.start()
    send(relay, "lasting", "deferred 4.7.4")
    assert site.policies.asked.count("lasting.example") == 2
    # Neither does it end with its record, nor where nobody answers.
    relay.stop()
    del site.zone["_mta-sts.lasting.example"]
    site.zone["mta-sts.lasting.example"] = {"A": [NOBODY]}
    relay.start()
    send(relay, "lasting", "deferred 4.7.4")


def test_a_changed_id(relay, site):
    send(relay, "changing", "deferred 4.7.4")
    relay.stop()
    site.policies.answers["changing.example"] = policy("none")
    site.zone["_mta-sts.changing.example"] = {"TXT": [record(2)]}
    relay.start()
    send(relay, "changing", "delivered 2.0.0")


def test_a_policy_is_fetched_ahead_of_its_end(relay, site):
    send(relay, "renewed", "delivered 2.0.0")
    wait_for(lambda: site.policies.asked.count("renewed.example") >= 2, 60, "the second fetch")


def test_it_can_be_turned_off(site, make_server):
    server = make_server(workers=1, delivery={**site.settings, "mta_sts": False})
    asked = len(site.policies.asked)
    send(server, "nostarttls", "delivered 2.0.0")
    assert len(site.policies.asked) == asked
