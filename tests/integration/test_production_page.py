"""docs/production.md held against the program: its configuration, its zone, its policy, its metrics."""
import contextlib
import json
import re

import pytest
import requests

import certificates
from bracemail import ROOT
from dns_server import DnsServer
from policy_server import PolicyServer
from test_check_dns import POLICIES, records

PAGE = (ROOT / "docs" / "production.md").read_text()
BOUNCES, SHOP, KEY = "bounces.example.net", "shop.example", "bracemail-rsa._domainkey.shop.example"
VALUES = {"MX": lambda text: (int(text.split()[0]), text.split()[1].rstrip(".")), "TXT": lambda text: text.strip('"'),
          "PTR": lambda text: text.rstrip(".")}


def block(name):
    text = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", PAGE, re.DOTALL)[1]
    return "".join(line[4:] + "\n" for line in text.splitlines() if line.startswith("    ") or not line)


def zone():
    found = {}
    for name, kind, value in re.findall(r"^(\S+)\. +IN +(\w+) +(.+)$", block("zone"), re.MULTILINE):
        found.setdefault(name, {}).setdefault(kind, []).append(VALUES.get(kind, str)(value))
    return found


@pytest.fixture
def relay(tmp_path, make_server):
    """As the page has it, but for its database, and where resolver, policies and trust are to be found."""
    with contextlib.ExitStack() as stack:
        policies = PolicyServer(tmp_path, POLICIES, [BOUNCES]).start()
        stack.callback(policies.stop)
        policies.answers = {BOUNCES: block("policy")}
        dns = DnsServer(zone() | {f"mta-sts.{BOUNCES}": {"A": [POLICIES]}}).start()
        stack.callback(dns.stop)
        certificate, key = certificates.make(tmp_path, "relay.example.net")
        made = make_server(start=False)
        text = block("configuration").replace("/etc/bracemail/tls.crt", str(certificate)).replace("/etc/bracemail/tls.key", str(key))
        text = text.replace("delivery {", f'delivery {{\n  resolver = "127.0.0.1@{dns.port}"\n  mta_sts_port = {policies.port}\n'
                            f'  tls_authorities = "{policies.certificates[0]}"')
        made.config_path.write_text(f'database = "{made.settings["database"]}"\n{text}')
        made.dns = dns
        yield made


def test_its_path(relay):
    """The steps in their order: the configuration, an account, its key, and nothing wrong with DNS once that is published."""
    done = relay.cli("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Note:" not in done.stdout
    relay.cli("migrate", check=True)
    relay.add_account("shop", relay.password)
    published = records(relay.cli("dkim", "add", "shop", SHOP, check=True).stdout)
    assert list(published) == [KEY]
    assert published == records(relay.cli("dkim", "show", "shop", SHOP, "bracemail-rsa", check=True).stdout)
    done = relay.cli("check", "--dns", "--json")
    assert [each["domain"] for each in json.loads(done.stdout) if each["status"] == "wrong"] == [KEY, SHOP]
    relay.dns.zone |= published
    relay.dns.zone[SHOP]["MX"] = [(10, "mail.shop.example")]
    done = relay.cli("check", "--dns", "--json")
    assert done.returncode == 0, done.stdout
    assert [(each["what"], each["domain"]) for each in json.loads(done.stdout) if each["status"] != "ok"] == [
        ("MTA-STS", BOUNCES), ("DMARC", SHOP)]
    relay.cli("account", "set", "shop", "day-limit", "500", check=True)


def test_its_metrics(server):
    said = requests.get(f"http://127.0.0.1:{server.api_port}/metrics", timeout=30).text
    named = re.findall(r"(bracemail_\w+?)(?:_bucket)?(?:\{(\w+=\"\w+\")\})?[ )[]", block("alerts"))
    assert len(named) > 5
    for name, label in named:
        assert f"# TYPE {name} " in said or name == "bracemail_queue_deliveries", name  # which an empty queue has not
        assert label in said or label == 'state="waiting"', label
