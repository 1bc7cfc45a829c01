"""`bracemail check --dns`: a zone in which all is right, and everything wrong with it in turn."""
import collections
import contextlib
import copy
import json
import re

import pytest

from dns_server import DnsServer
from policy_server import Answer, PolicyServer, policy

DONE, FAILED, USAGE = 0, 1, 2
SERVFAIL = "SERVFAIL"
POLICIES = "127.0.0.76"
IPV4, IPV6 = "192.0.2.1", "2001:db8::1"
IPV4_REVERSE = "1.2.0.192.in-addr.arpa"
IPV6_REVERSE = "1." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa"
RELAY, BOUNCES, SHOP = "relay.example.test", "bounces.example.test", "shop.test"
ALL = f"v=spf1 ip4:{IPV4} ip6:{IPV6} -all"
MAIL, OLD = f"mail._domainkey.{SHOP}", f"old._domainkey.{SHOP}"
ZONE = {
    RELAY: {"A": [IPV4], "AAAA": [IPV6], "TXT": ["v=spf1 a -all", "other=text"]},
    IPV4_REVERSE: {"PTR": [RELAY]},
    IPV6_REVERSE: {"PTR": ["other.example.test", RELAY]},
    "other.example.test": {"A": ["192.0.2.2"]},
    BOUNCES: {"MX": [(10, RELAY)], "TXT": [ALL]},
    f"_mta-sts.{BOUNCES}": {"TXT": ["v=STSv1; id=1;"]},
    f"mta-sts.{BOUNCES}": {"A": [POLICIES]},
    f"_smtp._tls.{BOUNCES}": {"TXT": ["v=TLSRPTv1; rua=mailto:tls@example.test"]},
    SHOP: {"MX": [(10, f"mx.{SHOP}")], "TXT": ["v=spf1 include:_spf.example.test -all"]},
    "_spf.example.test": {"TXT": [f"v=spf1 ip4:{IPV4}/31 ip6:{IPV6}/64 ~all"]},
    f"_dmarc.{SHOP}": {"TXT": [f"v=DMARC1; p=reject; rua=mailto:dmarc@{SHOP}"]},
    f"mta-sts.{SHOP}": {"A": [POLICIES]},
}
GOOD = {BOUNCES: policy("enforce", RELAY), SHOP: policy("enforce", f"*.{SHOP}")}
Site = collections.namedtuple("Site", "relay dns policies zone")


def records(printed):
    """{name: {"TXT": [value]}} of printed lines of a zone file."""
    return {name: {"TXT": ["".join(re.findall(r'"([^"]*)"', strings))]}
            for name, strings in re.findall(r"^(\S+)\. IN TXT(.*)$", printed, re.MULTILINE)}


@pytest.fixture(scope="module")
def site(tmp_path_factory, make_module_server):
    folder = tmp_path_factory.mktemp("check")
    with contextlib.ExitStack() as stack:
        policies = PolicyServer(folder, POLICIES, [BOUNCES, SHOP]).start()
        stack.callback(policies.stop)
        authorities = folder / "authorities.pem"
        authorities.write_text("".join(each.read_text() for each in policies.certificates))
        dns = DnsServer({}).start()
        stack.callback(dns.stop)
        relay = make_module_server(start=False, delivery={
            "route": "mx", "resolver": f"127.0.0.1@{dns.port}", "bounce_domain": BOUNCES, "tls_authorities": authorities,
            "mta_sts_port": policies.port})
        relay.cli("migrate", check=True)
        relay.add_account("demo", relay.password)
        zone = copy.deepcopy(ZONE)
        for selector, algorithm in (("mail", "rsa"), ("old", "ed25519")):
            done = relay.cli("dkim", "add", "demo", SHOP, "--selector", selector, "--algorithm", algorithm, check=True)
            zone |= records(done.stdout)
        relay.cli("dkim", "disable", "demo", SHOP, "old", check=True)
        yield Site(relay, dns, policies, zone)


def check(site, *options, changes=None, answers=None):
    """The exit code and the findings, with changes laid over the zone in which all is right. None: the name does not exist."""
    zone = site.zone | (changes or {})
    site.dns.zone = {name: None if values == SERVFAIL else values for name, values in zone.items() if values is not None}
    site.policies.answers = GOOD | (answers or {})
    done = site.relay.cli("check", "--dns", "--json", *options)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def test_all_is_right(site):
    code, findings = check(site)
    assert [each for each in findings if each["status"] != "ok" or each["publish"] is not None] == []
    assert code == DONE
    assert [(each["what"], each["domain"]) for each in findings] == [
        ("A", RELAY), ("AAAA", RELAY), ("PTR", IPV4), ("PTR", IPV6), ("SPF", BOUNCES), ("SPF", BOUNCES), ("SPF", RELAY),
        ("SPF", RELAY), ("MX", BOUNCES), ("MTA-STS", BOUNCES), ("TLSRPT", f"_smtp._tls.{BOUNCES}"), ("SPF", SHOP), ("SPF", SHOP),
        ("DKIM", MAIL), ("DKIM", OLD), ("DMARC", SHOP), ("MX", SHOP)]


def text(name, value):
    return {name: {"TXT": [value]}}


def host(**changes):
    return {RELAY: ZONE[RELAY] | changes}


def bounces(*spf):
    return {BOUNCES: ZONE[BOUNCES] | {"TXT": list(spf)}}


def shop(*spf):
    return {SHOP: ZONE[SHOP] | {"TXT": list(spf)}}


def lookups(count):
    """A record of SPF with that many lookups, half of them within what it includes."""
    inner, outer = ("a:far.test " * each for each in (count // 2 - 1, count - count // 2))
    return (shop(f"v=spf1 {outer} include:inner.test {ALL[7:]}") | text("inner.test", f"v=spf1 {inner} -all")
            | {"far.test": {"A": ["198.51.100.1"], "AAAA": ["2001:db8:1::1"]}})


# Without a signature that passes, and with return paths of another domain.
UNALIGNED = ("wrong", "DMARC", SHOP, f"mail fails the policy reject of {SHOP}: no DKIM signature passes", "the DKIM record above")
# changes of the zone, of the policies' server, and what is not ok: status, what, domain, words of found, words of publish.
WRONG = {
    "no-address": (host(A=[], AAAA=[]), {}, [
        ("wrong", "A", RELAY, "none", f"{RELAY}. IN A with the address")]),
    "private-address": (host(A=["10.1.2.3"], AAAA=[]) | {"3.2.1.10.in-addr.arpa": {"PTR": [RELAY]}}
                        | {name: {"TXT": ["v=spf1 ip4:10.1.2.3 -all"]} | ({"MX": ZONE[name]["MX"]}) for name in (BOUNCES, SHOP)},
                        {}, [("wrong", "A", RELAY, "10.1.2.3, which is of this network alone", f"{RELAY}. IN A with")]),
    "no-ptr": ({IPV4_REVERSE: None}, {}, [
        ("wrong", "PTR", IPV4, "none: the name does not exist", f"{IPV4_REVERSE}. IN PTR {RELAY}.")]),
    "no-ptr-ipv6": ({IPV6_REVERSE: {}}, {}, [("wrong", "PTR", IPV6, "none", f"{IPV6_REVERSE}. IN PTR {RELAY}.")]),
    "ptr-leads-nowhere": ({IPV4_REVERSE: {"PTR": ["other.example.test"]}}, {}, [
        ("wrong", "PTR", IPV4, "other.example.test, which does not lead back", f"IN PTR {RELAY}.")]),
    "ptr-of-another-name": ({IPV4_REVERSE: {"PTR": ["other.example.test"]}, "other.example.test": {"A": [IPV4]}}, {}, [
        ("notice", "PTR", IPV4, "not the name in EHLO", f"IN PTR {RELAY}.")]),
    "ptr-servfail": ({IPV4_REVERSE: SERVFAIL}, {}, [
        ("wrong", "PTR", IPV4, "DNS does not say: SERVFAIL", f"IN PTR {RELAY}.")]),
    "no-spf": (bounces("v=spf10 -all"), {}, [("wrong", "SPF", BOUNCES, "none", f'{BOUNCES}. IN TXT "{ALL}"')]),
    "no-spf-ehlo": (host(TXT=[]), {}, [("notice", "SPF", RELAY, "none", f'{RELAY}. IN TXT "{ALL}"')]),
    "two-spf": (bounces(ALL, "v=spf1 -all"), {}, [
        ("wrong", "SPF", BOUNCES, "2 records, where one is allowed", f'"{ALL}"')]),
    "spf-softfail": (shop("v=spf1 mx ~all") | {f"mx.{SHOP}": {"A": ["192.0.2.9"], "AAAA": ["2001:db8::9"]}}, {}, [
        ("wrong", "SPF", SHOP, f"softfail from {IPV4}, 1 of 10 lookups, by v=spf1 mx ~all", f'"v=spf1 ip4:{IPV4} mx ~all"'),
        ("wrong", "SPF", SHOP, f"softfail from {IPV6}", f'"v=spf1 ip4:{IPV4} ip6:{IPV6} mx ~all"')]),
    "spf-of-one-address": (shop(f"v=spf1 ip4:{IPV4} -all"), {}, [
        ("wrong", "SPF", SHOP, f"fail from {IPV6}", f'"v=spf1 ip6:{IPV6} ip4:{IPV4} -all"')]),
    "spf-neutral": (bounces("v=spf1"), {}, [
        ("wrong", "SPF", BOUNCES, "neutral from", f'"v=spf1 ip4:{IPV4}"'), ("wrong", "SPF", BOUNCES, "neutral from", "ip6:")]),
    "spf-broken": (shop(f"v=spf1 ip5:{IPV4} -all"), {}, 2 * [
        ("wrong", "SPF", SHOP, "permerror: shop.test: \"ip5:192.0.2.1\" cannot be understood", None)]),
    "spf-includes-nothing": (shop("v=spf1 include:nothing.test -all"), {}, 2 * [
        ("wrong", "SPF", SHOP, "permerror: nothing.test, which it includes, has no record", None)]),
    "spf-includes-two": (shop("v=spf1 include:two.test -all") | {"two.test": {"TXT": ["v=spf1 -all", "v=spf1"]}}, {}, 2 * [
        ("wrong", "SPF", SHOP, "permerror: two.test has 2 records", None)]),
    "spf-includes-what-is-broken": (shop("v=spf1 include:inner.test -all") | text("inner.test", "v=spf1 -all/"), {}, 2 * [
        ("wrong", "SPF", SHOP, 'permerror: inner.test: "-all/" cannot be understood', None)]),
    "spf-redirects-to-nothing": (shop("v=spf1 redirect=nothing.test"), {}, 2 * [
        ("wrong", "SPF", SHOP, "permerror: nothing.test, where it redirects to, has no record", None)]),
    "spf-loop": (shop(f"v=spf1 include:{SHOP} -all"), {}, 2 * [
        ("wrong", "SPF", SHOP, "permerror: it takes more than 10 lookups", None)]),
    "spf-include-that-fails": (shop(f"v=spf1 include:inner.test {ALL[7:]}") | text("inner.test", "v=spf1 -all"), {}, []),
    "spf-11-mx": (shop("v=spf1 mx:many.test -all") | {"many.test": {"MX": [(n, f"m{n}.test") for n in range(11)]}}, {}, 2 * [
        ("wrong", "SPF", SHOP, "permerror: many.test has more than 10 MX records", None)]),
    "spf-networks": (shop("v=spf1 a:far.test/24//32 -all") | {"far.test": {"A": ["192.0.2.200"], "AAAA": ["2001:db8:9::9"]}}, {}, []),
    "spf-10-lookups": (lookups(10), {}, []),
    "spf-11-lookups": (lookups(11), {}, 2 * [("wrong", "SPF", SHOP, "permerror: it takes more than 10 lookups", None)]),
    "spf-2-void": (shop(f"v=spf1 a:a.test mx:b.test {ALL[7:]}"), {}, []),
    "spf-3-void": (shop(f"v=spf1 a:a.test mx:b.test exists:c.test {ALL[7:]}"), {}, 2 * [
        ("wrong", "SPF", SHOP, "permerror: it asks for more than 2", None)]),
    "spf-servfail": (shop("v=spf1 include:inner.test -all") | {"inner.test": SERVFAIL}, {}, 2 * [
        ("wrong", "SPF", SHOP, "temperror: DNS does not answer for inner.test: SERVFAIL", None)]),
    "spf-redirect": (shop("v=spf1 redirect=_spf.example.test"), {}, []),
    "spf-exists": (shop(f"v=spf1 exists:%{{i}}.yes.test ip6:{IPV6} -all") | {f"{IPV4}.yes.test": {"A": ["127.0.0.2"]}}, {}, []),
    "spf-mx": (shop("v=spf1 mx:many.test -all") | {"many.test": {"MX": [(n, f"m{n}.test") for n in range(1, 6)]}}
               | {f"m{n}.test": {"A": [f"192.0.2.{n % 5 + 1}"], "AAAA": [f"2001:db8::{n % 5 + 1}"]} for n in range(1, 6)}, {}, []),
    "spf-ptr": (shop("v=spf1 ptr:example.test -all"), {}, []),
    "spf-ends-in-bytes": (shop("v=spf1 x\xff\xfe -all"), {}, 2 * [("wrong", "SPF", SHOP, "permerror: shop.test: \"x", None)]),
    "no-dkim": ({MAIL: None}, {}, [
        ("wrong", "DKIM", MAIL, "none: the name does not exist", f'{MAIL}. IN TXT "v=DKIM1; k=rsa; p=MII'), UNALIGNED]),
    "no-dkim-of-idle-key": ({OLD: None}, {}, [("notice", "DKIM", OLD, "none", f'{OLD}. IN TXT "v=DKIM1; k=ed25519; p=')]),
    "dkim-of-another-key": (text(MAIL, "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQ=="), {}, [
        ("wrong", "DKIM", MAIL, "it is another key than that which signs", "v=DKIM1; k=rsa; p=MII"), UNALIGNED]),
    "dkim-revoked": (text(MAIL, "v=DKIM1; p="), {}, [("wrong", "DKIM", MAIL, "it is revoked", "p=MII"), UNALIGNED]),
    "dkim-of-another-kind": (text(MAIL, "v=DKIM1; k=ed25519; p=AA=="), {}, [("wrong", "DKIM", MAIL, "another kind", "k=rsa"), UNALIGNED]),
    "dkim-of-another-version": (text(MAIL, "v=DKIM2; p=AA=="), {}, [("wrong", "DKIM", MAIL, "v=DKIM1", "k=rsa"), UNALIGNED]),
    "dkim-no-key": (text(MAIL, "v=DKIM1; k=rsa"), {}, [("wrong", "DKIM", MAIL, "it has no p=", "k=rsa"), UNALIGNED]),
    "dkim-no-tags": (text(MAIL, "hello"), {}, [("wrong", "DKIM", MAIL, "it is no list of tags", "k=rsa"), UNALIGNED]),
    "dkim-empty": (text(MAIL, ""), {}, [("wrong", "DKIM", MAIL, "it is no list of tags", "k=rsa"), UNALIGNED]),
    "dkim-two": ({MAIL: {"TXT": ["v=DKIM1; p=", "v=DKIM1; p=AA=="]}}, {}, [("wrong", "DKIM", MAIL, "2 records", "k=rsa"), UNALIGNED]),
    "no-dmarc": ({f"_dmarc.{SHOP}": None}, {}, [
        ("wrong", "DMARC", SHOP, "none", f'_dmarc.{SHOP}. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@{SHOP}"')]),
    "dmarc-none": (text(f"_dmarc.{SHOP}", "v=DMARC1;p=none"), {}, [
        ("notice", "DMARC", SHOP, "mail passes by DKIM; but with p=none", "p=quarantine")]),
    "dmarc-no-policy": (text(f"_dmarc.{SHOP}", "v=DMARC1; p=maybe"), {}, [
        ("wrong", "DMARC", SHOP, f"the record of {SHOP} holds no policy: v=DMARC1; p=maybe", "p=none")]),
    "dmarc-two": ({f"_dmarc.{SHOP}": {"TXT": ["v=DMARC1; p=none"] * 2}}, {}, [("wrong", "DMARC", SHOP, "2 records", "p=none")]),
    "dmarc-servfail": ({f"_dmarc.{SHOP}": SERVFAIL}, {}, [("wrong", "DMARC", SHOP, "DNS does not say", None)]),
    "no-mx": ({BOUNCES: {"TXT": [ALL]}}, {}, [("wrong", "MX", BOUNCES, "none", f"{BOUNCES}. IN MX 10 {RELAY}."),
                                              ("wrong", "MTA-STS", BOUNCES, "does not name", "")]),
    "mx-of-others": ({BOUNCES: {"TXT": [ALL], "MX": [(5, f"mx.{SHOP}")]}}, {}, [
        ("wrong", "MX", BOUNCES, f"5 mx.{SHOP}: bounces do not come back to {RELAY}", f"IN MX 10 {RELAY}."),
        ("wrong", "MTA-STS", BOUNCES, f"the policy, mode enforce, does not name the mail host mx.{SHOP}", f"mx: mx.{SHOP}")]),
    "null-mx": ({BOUNCES: {"TXT": [ALL], "MX": [(0, ".")]}}, {}, [
        ("wrong", "MX", BOUNCES, "0 .: bounces do not come back", f"IN MX 10 {RELAY}."), ("wrong", "MTA-STS", BOUNCES, "", "")]),
    "mx-second": ({BOUNCES: {"TXT": [ALL], "MX": [(5, f"mx.{SHOP}"), (10, RELAY)]}},
                  {BOUNCES: policy("enforce", RELAY, f"mx.{SHOP}")}, [
        ("notice", "MX", BOUNCES, f"bounces go to mx.{SHOP} first", f"IN MX 10 {RELAY}.")]),
    "no-mta-sts": ({f"_mta-sts.{BOUNCES}": None}, {}, [
        ("notice", "MTA-STS", f"_mta-sts.{BOUNCES}", "none", f'IN TXT "v=STSv1; id=1"; and at https://mta-sts.{BOUNCES}/.well-known')]),
    "mta-sts-broken": (text(f"_mta-sts.{BOUNCES}", "v=STSv1; id=a-b"), {}, [
        ("wrong", "MTA-STS", f"_mta-sts.{BOUNCES}", "not whole: v=STSv1; id=a-b", "id=1")]),
    "mta-sts-two": ({f"_mta-sts.{BOUNCES}": {"TXT": ["v=STSv1; id=1", "v=STSv1; id=2"]}}, {}, [
        ("wrong", "MTA-STS", f"_mta-sts.{BOUNCES}", "2 records", "id=1")]),
    "mta-sts-not-served": ({}, {BOUNCES: Answer("nothing", 404)}, [
        ("wrong", "MTA-STS", BOUNCES, "the policy cannot be fetched: HTTP 404", "mode: testing")]),
    "mta-sts-no-server": ({f"mta-sts.{BOUNCES}": None}, {}, [
        ("wrong", "MTA-STS", BOUNCES, "the policy cannot be fetched: its server has no address", "mx: " + RELAY)]),
    "mta-sts-testing": ({}, {BOUNCES: policy("testing", RELAY)}, [
        ("notice", "MTA-STS", BOUNCES, "a policy of mode testing", "mode: enforce")]),
    "mta-sts-short": ({}, {BOUNCES: policy("enforce", RELAY, max_age=600)}, [
        ("notice", "MTA-STS", BOUNCES, "for 600 seconds alone", "max_age: 604800")]),
    "no-tls-reporting": ({f"_smtp._tls.{BOUNCES}": None}, {}, [
        ("notice", "TLSRPT", f"_smtp._tls.{BOUNCES}", "none", f'_smtp._tls.{BOUNCES}. IN TXT "v=TLSRPTv1; rua=mailto:postmaster@')]),
    "tls-reporting-broken": (text(f"_smtp._tls.{BOUNCES}", "v=TLSRPTv1; rua=tls@example.test"), {}, [
        ("wrong", "TLSRPT", f"_smtp._tls.{BOUNCES}", "not whole: v=TLSRPTv1; rua=tls@", "rua=mailto:")]),
    "no-replies": ({SHOP: {"TXT": ZONE[SHOP]["TXT"]}}, {}, [("notice", "MX", SHOP, "none: replies go nowhere", "IN MX with")]),
    "null-mx-of-sender": ({SHOP: {"TXT": ZONE[SHOP]["TXT"], "MX": [(0, ".")]}}, {}, [
        ("notice", "MX", SHOP, "replies go nowhere", "IN MX with")]),
    "sender-mta-sts": (text(f"_mta-sts.{SHOP}", "v=STSv1; id=1"), {}, []),
    "sender-mta-sts-misses-its-host": (text(f"_mta-sts.{SHOP}", "v=STSv1; id=1"), {SHOP: policy("enforce", "mx.other.test")}, [
        ("wrong", "MTA-STS", SHOP, f"does not name the mail host mx.{SHOP}", f"mx: mx.{SHOP}")]),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong(site, case):
    changes, answers, expected = WRONG[case]
    code, findings = check(site, changes=changes, answers=answers)
    found = [each for each in findings if each["status"] != "ok"]
    assert [(each["status"], each["what"], each["domain"]) for each in found] == [row[:3] for row in expected], found
    for each, (*_, words, publish) in zip(found, expected):
        assert words in each["found"], each
        assert each["publish"] is None if publish is None else publish in each["publish"], each
    assert code == (FAILED if "wrong" in [row[0] for row in expected] else DONE)


def named(findings, domain):
    return [(each["status"], each["what"], each["found"]) for each in findings if each["domain"] == domain]


def test_domain_without_a_key(site):
    """Mail of it passes DMARC by SPF, as return paths are of the same organization; sp= holds for it."""
    domain = "news.example.test"
    code, findings = check(site, "--domain", "News.Example.Test.", "--domain", SHOP, "--domain", domain, changes={
        domain: {"TXT": [ALL], "A": [IPV4]}, **text("_dmarc.example.test", "v=DMARC1; p=reject; sp=quarantine; aspf=r")})
    assert code == FAILED
    assert named(findings, domain) == [
        ("ok", "SPF", f"pass from {IPV4}, 0 of 10 lookups, by {ALL}"), ("ok", "SPF", f"pass from {IPV6}, 0 of 10 lookups, by {ALL}"),
        ("wrong", "DKIM", "no key signs for it"), ("ok", "DMARC", "mail passes by SPF the policy quarantine of example.test"),
        ("ok", "MX", "none: replies go to its address")]
    assert sum(each["what"] == "DMARC" for each in findings) == 2


@pytest.mark.parametrize("changes, found", [
    (text("_dmarc.example.test", "v=DMARC1; p=reject; aspf=s"), "mail fails the policy reject of example.test"),
    (text("_dmarc.news.example.test", "v=DMARC1; p=reject") | bounces("v=spf1 -all"), "mail fails the policy reject of news.example"),
    (text("_dmarc.test", "v=DMARC1; p=reject"), "none: the name does not exist"),
])
def test_domain_without_alignment(site, changes, found):
    code, findings = check(site, "--domain", "news.example.test", changes=changes)
    (status, _, words), = [each for each in named(findings, "news.example.test") if each[1] == "DMARC"]
    assert (code, status) == (FAILED, "wrong")
    assert words.startswith(found)


def check_with(site, make_server, changes=None, **settings):
    """The exit code and the findings of another relay, but those of domains with keys: its database is the same."""
    site.dns.zone = site.zone | (changes or {})
    relay = make_server(start=False, database=site.relay.settings["database"], **settings)
    done = relay.cli("check", "--dns", "--json")
    assert done.stderr == ""
    return done.returncode, [each for each in json.loads(done.stdout) if not each["domain"].endswith(SHOP)]


def test_bounces_to_the_host(site, make_server):
    """As installed: return paths are of hostname, which needs no MX record."""
    code, findings = check_with(site, make_server, hostname="Relay.Example.Test",
                                delivery={"route": "mx", "resolver": f"127.0.0.1@{site.dns.port}"})
    assert code == DONE
    assert [each[1:] for each in named(findings, RELAY)] == [
        ("A", IPV4), ("AAAA", IPV6), *(("SPF", f"pass from {each}, 1 of 10 lookups, by v=spf1 a -all") for each in (IPV4, IPV6)),
        ("MX", "none: bounces come to its address")]
    assert {each["status"] for each in findings if each["domain"] != RELAY} == {"ok", "notice"}


def test_smarthost(site, make_server):
    """What leaves by others is theirs to set right."""
    code, findings = check_with(site, make_server, hostname=RELAY, changes={IPV4_REVERSE: {}}, delivery={
        "route": "smarthost", "smarthost": "smtp.test:25", "resolver": f"127.0.0.1@{site.dns.port}"})
    assert code == DONE
    assert [(each["status"], each["what"]) for each in findings] == [
        ("notice", "SPF"), ("ok", "A"), ("ok", "AAAA"), ("ok", "MX"), ("notice", "MTA-STS"), ("notice", "TLSRPT")]
    assert "mail leaves by smtp.test:25" in findings[0]["found"]


def test_no_full_name(site, make_server):
    code, findings = check_with(site, make_server, hostname="relay", delivery={"route": "mx"})
    assert code == FAILED
    assert [(each["status"], each["what"], each["domain"]) for each in findings] == [("wrong", "A", "relay")]


class Failing(dict):
    """A zone in which every name is there, and none can be told about."""

    def __contains__(self, name):
        return True

    def get(self, name, default=None):
        return None

    def __getitem__(self, name):
        return None


def test_resolver_does_not_answer(site):
    """One line, not one for every record."""
    site.dns.zone = Failing()
    done = site.relay.cli("check", "--dns", "--json")
    finding, = json.loads(done.stdout)
    assert (done.returncode, finding["status"], finding["what"]) == (FAILED, "wrong", "DNS")
    assert finding["found"] == f"the resolver 127.0.0.1@{site.dns.port} does not answer: SERVFAIL"
    assert "delivery.resolver" in finding["publish"]


def test_lines(site):
    """For people: a line each, with nothing in it that would move the cursor."""
    site.dns.zone = {name: values for name, values in (site.zone | shop("v=spf1 \x1b[2J -all")).items()}
    site.policies.answers = GOOD
    done = site.relay.cli("check", "--dns")
    first, *lines = done.stdout.splitlines()
    while not lines[0].startswith("ok "):
        assert lines.pop(0).startswith("Note: ")
    assert (done.returncode, done.stderr) == (FAILED, "")
    assert first.endswith("bracemail.conf is right.")
    assert lines[0] == f"ok      A        {RELAY:<{len(BOUNCES) + len('_smtp._tls.')}}  {IPV4}"
    wrong = [line for line in lines if line.startswith("wrong ")]
    assert len(wrong) == 2 and all("permerror" in line and "\\x1B[2J" in line for line in wrong), wrong
    assert "\x1b" not in done.stdout


def test_usage(site):
    for options in (["--domain", SHOP], ["--json"]):
        done = site.relay.cli("check", *options)
        assert (done.returncode, done.stdout) == (USAGE, "")
        assert "--domain and --json go with --dns" in done.stderr
    done = site.relay.cli("check", "--dns", "--domain", "no domain")
    assert done.returncode == FAILED
    assert "no domain" in done.stderr and done.stderr.count("\n") == 1
