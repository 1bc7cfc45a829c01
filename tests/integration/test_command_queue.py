"""bracemail queue: what waits, where and why; and what an operator does about it."""
import copy
import json
import re
import threading

import pytest

import mail
import soap
from smtp_script import ScriptedServer
from test_campaign import send_campaign
from wait import wait_for

DONE, FAILED, USAGE = 0, 1, 2
LATER = "451 4.3.0 come back later"
TRYING = "trying."  # how an address begins whose server answers when it is let


class NextHop(ScriptedServer):
    """Puts off whom it is told to, and lets others wait for an answer until answer is set."""

    def __init__(self):
        self.later = set()
        self.answer = threading.Event()
        super().__init__(RCPT=self._rcpt)

    def _rcpt(self, line):
        address = re.search("<(.*)>", line).group(1)
        if address.startswith(TRYING):
            self.answer.wait(60)
        return LATER if address in self.later else "250 2.1.5 Ok"

    def taken_for(self, address):
        return [taken for taken in self.taken if any(f"<{address}>" in rcpt for rcpt in taken.rcpts)]


@pytest.fixture(scope="module")
def hop():
    server = NextHop().start()
    yield server
    server.answer.set()
    server.stop()


@pytest.fixture(scope="module")
def relay(make_module_server, hop):
    return make_module_server(workers=1, delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{hop.port}",
                                                   "retry": [3600]})


@pytest.fixture(scope="module")
def other(relay):
    """The same server, as another account."""
    account = copy.copy(relay)
    account.account, account.password = "other", "another pass word"
    relay.add_account(account.account, account.password)
    return account


def defer(server, hop, count=1, domain=None, group=""):
    """Sends to `count` addresses that are put off. Returns them, once the queue has them."""
    domain = domain or f"{mail.unique('d')}.test"
    addresses = [f"{mail.unique('to')}@{domain}" for _ in range(count)]
    hop.later.update(addresses)
    mail.send(server, mail.build(f"Hello{{{group}}}" if group else "Hello"), addresses)
    for address in addresses:
        soap.delivery(server, address, "Deferred")
    return addresses


def queue(server, *arguments):
    """The document of --json."""
    done = server.cli("queue", *arguments, "--json")
    assert (done.returncode, done.stderr) == (DONE, "")
    return json.loads(done.stdout)


def listed(server, *arguments):
    return {each["recipient"]: each for each in queue(server, "list", *arguments)["deliveries"]}


def domain_of(address):
    return address.rpartition("@")[2]


def test_list_says_where_and_why(relay, hop):
    group = mail.unique("Group ")
    address, = defer(relay, hop, group=group)
    delivery = listed(relay, "--address", address)[address]
    transactional_id = int(soap.delivery(relay, address)["TransactionalID"])
    queued_at, next_at = delivery.pop("queued_at"), delivery.pop("next_attempt_at")
    assert delivery == {
        "delivery": transactional_id, "account": relay.account, "sender": mail.SENDER, "recipient": address,
        "destination": domain_of(address), "group": group, "campaign": None, "state": "waiting", "attempts": 1,
        "result": "deferred 4.3.0", "reason": f"[127.0.0.1] said: {LATER}"}
    assert queued_at < next_at
    done = relay.cli("queue", "list", "--address", address)
    head, line = done.stdout.splitlines()
    assert head.split()[:2] == ["DELIVERY", "ACCOUNT"]
    assert re.fullmatch(rf"{transactional_id} +{relay.account} +\d+s +1 in 59m\d\ds +"
                        rf"<{re.escape(mail.SENDER)}> > <{re.escape(address)}>: .* said: {LATER}", line)


def test_list_of_what_could_not_be_reached(make_server):
    server = make_server(workers=1, delivery={"route": "smarthost", "smarthost": "[127.0.0.1]:1", "retry": [3600]})
    address = mail.address()
    mail.send(server, mail.build(), address)
    soap.delivery(server, address, "Deferred")
    assert listed(server)[address]["reason"] == "connection refused"


def test_summary_by_destination(relay, hop):
    domain = f"{mail.unique('d')}.test"
    addresses = defer(relay, hop, 3, domain)
    rest, = defer(relay, hop)
    found = queue(relay, "--destination", domain.upper())
    destination, = found["destinations"]
    assert destination.pop("oldest_at") < destination.pop("next_attempt_at")
    counts = {"waiting": 3, "trying": 0, "held": 0}
    assert destination == {"destination": domain, **counts}
    assert found["total"] == {"destinations": 1, **counts}
    everything = queue(relay)
    assert {domain, domain_of(rest)} <= {each["destination"] for each in everything["destinations"]}
    assert everything["total"]["waiting"] == sum(each["waiting"] for each in everything["destinations"])
    lines = relay.cli("queue", "--address", addresses[0]).stdout.splitlines()
    assert lines[0].split() == ["WAITING", "TRYING", "HELD", "OLDEST", "NEXT", "DESTINATION"]
    assert re.fullmatch(rf" +1 +0 +0 +\d+s in 59m\d\ds +{domain}", lines[1])
    assert lines[2].split() == ["1", "0", "0", "in", "all,", "to", "1", "destination"]
    shown = relay.cli("queue", "--limit", "1").stdout.splitlines()
    assert len(shown) == 3 and "--limit shows more" in shown[2]


def test_a_queue_without_mail(make_server):
    server = make_server(start=False)
    assert server.cli("migrate").returncode == DONE
    for arguments in ([], ["list"]):
        done = server.cli("queue", *arguments)
        assert (done.returncode, done.stdout, done.stderr) == (DONE, "nothing waits\n", "")
    assert queue(server, "list") == {"deliveries": []}
    assert queue(server) == {"destinations": [],
                             "total": {"destinations": 0, "waiting": 0, "trying": 0, "held": 0}}


def test_filters_must_all_fit(relay, other, hop):
    domain, group = f"{mail.unique('d')}.test", mail.unique("Group ")
    mine = defer(relay, hop, 2, domain, group)
    others, = defer(other, hop, 1, domain, group)
    rest, = defer(relay, hop, 1, domain)
    assert set(listed(relay, "--destination", domain)) == {*mine, others, rest}
    assert set(listed(relay, "--destination", domain, "--account", relay.account.upper())) == {*mine, rest}
    assert set(listed(relay, "--group", group.upper())) == {*mine, others}
    assert set(listed(relay, "--group", group, "--account", other.account)) == {others}
    assert set(listed(relay, "--address", mine[0].upper())) == {mine[0]}
    assert set(listed(relay, "--address", mine[0], "--group", "Default Transactional Group")) == set()
    assert len(listed(relay, "--destination", domain, "--limit", "3")) == 3
    number = str(listed(relay, "--address", rest)[rest]["delivery"])
    assert set(listed(relay, number)) == {rest}
    assert set(listed(relay, number, "--account", other.account)) == set()


def test_a_campaign_is_chosen_by_its_number(relay, hop):
    addresses = {mail.address() for _ in range(2)}
    hop.later.update(addresses)
    job_id = send_campaign(relay, ToOther=",".join(addresses))
    wait_for(lambda: len([each for each in listed(relay, "--campaign", str(job_id)).values() if each["attempts"] == 1]) == 2,
             what="both tried")
    found = listed(relay, "--campaign", str(job_id))
    assert set(found) == addresses
    for each in found.values():
        assert (each["campaign"], each["sender"], each["group"]) == (job_id, "news@sender.example.test", "")
        assert each["reason"].endswith(LATER)


def test_more_than_a_page_is_listed_once_each(relay, hop):
    domain = f"{mail.unique('d')}.test"
    addresses = [f"a{number}@{domain}" for number in range(2500)]
    hop.later.update(addresses)
    send_campaign(relay, ToOther=",".join(addresses))
    found = [each["recipient"] for each in queue(relay, "list", "--destination", domain)["deliveries"]]
    assert sorted(found) == sorted(addresses)
    assert len(listed(relay, "--destination", domain, "--limit", "1500")) == 1500


@pytest.mark.parametrize("arguments, said", [
    (["--account", "nobody"], 'there is no account "nobody"; bracemail account list'),
    (["--group", "Nothing"], 'there is no transactional group "Nothing"'),
    (["--account", "demo", "--group", "Nothing"], 'that account has no transactional group "Nothing"'),
    (["--campaign", "2000000000"], "there is no campaign 2000000000"),
])
def test_unknown_names(relay, arguments, said):
    for action in ([], ["list"]):
        done = relay.cli("queue", *action, *arguments)
        assert (done.returncode, done.stdout) == (FAILED, "")
        assert said in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments, said", [
    (["eat"], 'queue cannot "eat"'),
    (["list", "one"], '"one" is no delivery ID'),
    (["--limit", "0"], "--limit takes a number from 1 to 10000"),
    (["list", "--limit", "x"], "--limit takes a number"),
    (["--campaign", "x"], "--campaign takes its number"),
    (["--password-stdin"], "queue has no option --password-stdin"),
])
def test_wrong_usage(relay, arguments, said):
    done = relay.cli("queue", *arguments)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert said in done.stderr and "--help" in done.stderr and done.stderr.count("\n") == 1
