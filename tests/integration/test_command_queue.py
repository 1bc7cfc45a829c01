"""bracemail queue: what waits, where and why; and what an operator does about it."""
import copy
import json
import re
import threading

import psycopg2
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


def wait_tried(server, count, *arguments):
    """Waits until each of so many deliveries was put off once."""
    wait_for(lambda: [(each["attempts"], each["state"]) for each in listed(server, *arguments).values()]
             == [(1, "waiting")] * count, 60, f"{count} deliveries are put off")


def domain_of(address):
    return address.rpartition("@")[2]


def test_list_says_where_and_why(relay, hop):
    group = mail.unique("Group ")
    address, = defer(relay, hop, group=group)
    delivery = listed(relay, "--address", address)[address]
    transactional_id = int(soap.delivery(relay, address)["TransactionalID"])
    queued_at, next_at = delivery.pop("queued_at"), delivery.pop("next_attempt_at")
    assert delivery.pop("message") < transactional_id
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
    wait_tried(relay, 2, "--campaign", str(job_id))
    found = listed(relay, "--campaign", str(job_id))
    assert set(found) == addresses
    for each in found.values():
        assert (each["campaign"], each["sender"], each["group"]) == (job_id, "news@sender.example.test", None)
        assert each["reason"].endswith(LATER)


def test_more_than_a_page_is_listed_once_each(relay, hop):
    domain = f"{mail.unique('d')}.test"
    addresses = [f"a{number}@{domain}" for number in range(2500)]
    hop.later.update(addresses)
    send_campaign(relay, ToOther=",".join(addresses))
    found = [each["recipient"] for each in queue(relay, "list", "--destination", domain)["deliveries"]]
    assert sorted(found) == sorted(addresses)
    assert len(listed(relay, "--destination", domain, "--limit", "1500")) == 1500


def test_each_row_has_what_is_its_own(relay, other, hop):
    domain, group = f"{mail.unique('d')}.test", mail.unique("Group ")
    hop.answer.clear()
    mine, = defer(relay, hop, 1, domain, group)
    news = f"{mail.unique('to')}@{domain}"
    hop.later.add(news)
    job_id = send_campaign(other, ToOther=news)
    wait_tried(relay, 2, "--destination", domain)
    last, = defer(other, hop, 1, domain)
    untried = f"{TRYING}{mail.unique('to')}@{domain}"
    mail.send(relay, mail.build(), untried)
    wait_for(lambda: untried in listed(relay, "--destination", domain), what="it is in the queue")
    default = "Default Transactional Group"
    assert {address: (row["account"], row["sender"], row["group"], row["campaign"], row["attempts"], row["result"])
            for address, row in listed(relay, "--destination", domain).items()} == {
        mine: (relay.account, mail.SENDER, group, None, 1, "deferred 4.3.0"),
        untried: (relay.account, mail.SENDER, default, None, 0, None),
        news: (other.account, "news@sender.example.test", None, job_id, 1, "deferred 4.3.0"),
        last: (other.account, mail.SENDER, default, None, 1, "deferred 4.3.0")}
    hop.answer.set()
    soap.delivery(relay, untried, "Delivered")


def change(server, action, *arguments):
    """The JSON of what an action did: (changed, passed over, being tried)."""
    document = queue(server, action, *arguments)
    assert document["action"] == action
    return document["changed"], document["passed_over"], document["trying"]


def log_of(server, address, status, **login):
    """The text log of the one delivery, and its row in the report."""
    row = wait_for(lambda: [each for each in soap.deliveries(server, address, **login) if each["Status"] == status], 15,
                   f"{address} is {status}")[0]
    return row, soap.smtp_log(server, row["TransactionalID"])


def test_retry_delivers_at_once(relay, hop):
    address, bystander = defer(relay, hop, 2)
    hop.later.remove(address)
    assert change(relay, "retry", "--address", address) == (1, 0, 0)
    soap.delivery(relay, address, "Delivered")
    assert len(hop.taken_for(address)) == 1
    assert listed(relay, "--address", bystander)[bystander]["attempts"] == 1


def test_retry_of_ids(relay, hop):
    addresses = defer(relay, hop, 3)
    numbers = [str(each["delivery"]) for each in listed(relay, "--destination", domain_of(addresses[0])).values()]
    done = relay.cli("queue", "retry", numbers[0], numbers[1], numbers[1])
    assert (done.returncode, done.stdout, done.stderr) == (DONE, "2 deliveries due now\n", "")
    wait_for(lambda: sorted(each["attempts"] for each in
                            listed(relay, "--destination", domain_of(addresses[0])).values()) == [1, 2, 2],
             what="two of them tried again")
    done = relay.cli("queue", "retry", "1", numbers[2])
    assert (done.returncode, done.stdout) == (FAILED, "1 delivery due now\n")
    assert "1 of the 2 deliveries named by ID is not in the queue" in done.stderr


def test_retry_of_a_destination_that_rests(make_server):
    server = NextHop()
    port = server.port
    server.stop()
    relay = make_server(workers=1, delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{port}", "retry": [3600]})
    for _ in range(4):
        address = mail.address()
        mail.send(relay, mail.build(), address)
        soap.delivery(relay, address, "Deferred")
    assert "destination-rests" in relay.log
    assert re.match("destination .* failed 3 times", listed(relay)[address]["reason"])
    server = ScriptedServer(port=port).start()
    assert change(relay, "retry", "--all") == (4, 0, 0)
    wait_for(lambda: len(server.taken) == 4, 15, "all delivered, without waiting for the rest's end")
    server.stop()


def test_delete_ends_it_and_the_log_says_so(relay, hop):
    address, bystander = defer(relay, hop, 2)
    done = relay.cli("queue", "delete", "--address", address)
    assert (done.returncode, done.stdout, done.stderr) == (DONE, "1 delivery deleted\n", "")
    assert listed(relay, "--destination", domain_of(address)).keys() == {bystander}
    row, log = log_of(relay, address, "Failed")
    assert "not sent: deleted by the operator" in row.values()
    assert [(each.get("number"), each.get("result"), each.get("host")) for each in log.iter("Attempt")][1:] == [
        ("2", "failed 5.7.1", domain_of(address))]
    assert soap.lines(log, 2) == [("note", "not sent: deleted by the operator")]
    # Nothing comes of it any more, and its sender is told nothing.
    hop.later.clear()
    assert change(relay, "retry", "--destination", domain_of(address)) == (1, 0, 0)
    soap.delivery(relay, bystander, "Delivered")
    assert hop.taken_for(address) == [] and hop.taken_for(mail.SENDER) == []


def test_delete_of_a_campaigns_delivery(relay, hop):
    address = mail.address()
    hop.later.add(address)
    job_id = send_campaign(relay, ToOther=address)
    wait_tried(relay, 1, "--campaign", str(job_id))
    assert change(relay, "delete", "--campaign", str(job_id)) == (1, 0, 0)
    text = soap.call(relay, "Reports_GetSMTPLog", JobID=job_id, EmailAddress=address)
    assert re.search(rf"^attempt 2 \S+Z {re.escape(domain_of(address))}\n\S{{12}} = not sent: deleted by the operator\n"
                     r"result failed 5\.7\.1$", text.strip(), re.MULTILINE)


def test_an_account_is_never_touched_for_another(relay, other, hop):
    domain = f"{mail.unique('d')}.test"
    mine, = defer(relay, hop, 1, domain)
    others, = defer(other, hop, 1, domain)
    number = str(listed(relay, "--address", others)[others]["delivery"])
    assert change(relay, "delete", "--destination", domain, "--account", relay.account) == (1, 0, 0)
    assert listed(relay, "--destination", domain).keys() == {others}
    done = relay.cli("queue", "delete", number, "--account", relay.account)
    assert (done.returncode, done.stdout) == (FAILED, "0 deliveries deleted\n")
    assert listed(relay, "--destination", domain).keys() == {others}
    assert soap.delivery(relay, mine)["Status"] == "Failed"


def test_held_mail_waits_until_it_is_released(relay, hop):
    held, free = defer(relay, hop, 2)
    domain = domain_of(held)
    done = relay.cli("queue", "hold", "--address", held)
    assert (done.returncode, done.stdout) == (DONE, "1 delivery held\n")
    assert change(relay, "hold", "--destination", domain) == (1, 1, 0)
    hop.later.clear()
    assert change(relay, "release", "--address", free) == (1, 0, 0)
    soap.delivery(relay, free, "Delivered")
    shown = listed(relay, "--address", held)[held]
    assert (shown["state"], shown["next_attempt_at"]) == ("held", None)
    assert " held " in relay.cli("queue", "list", "--address", held).stdout
    assert queue(relay, "--destination", domain)["total"] == {"destinations": 1, "waiting": 0, "trying": 0, "held": 1}
    done = relay.cli("queue", "retry", "--destination", domain)
    assert done.stdout == ("0 deliveries due now\n"
                           "1 left as it is: held: bracemail queue release makes them due\n")
    # What comes after it passes.
    passing = mail.address()
    mail.send(relay, mail.build(), passing)
    soap.delivery(relay, passing, "Delivered")
    assert hop.taken_for(held) == []
    assert change(relay, "release", "--destination", domain) == (1, 0, 0)
    soap.delivery(relay, held, "Delivered")
    assert len(hop.taken_for(held)) == 1
    assert change(relay, "release", "--destination", domain) == (0, 0, 0)


def test_held_mail_does_not_expire(make_server, hop):
    relay = make_server(workers=1, delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{hop.port}",
                                             "retry": [3600], "lifetime": 2})
    held, = defer(relay, hop)
    assert change(relay, "hold", "--all") == (1, 0, 0)
    wait_for(lambda: int(relay.cli("queue").stdout.splitlines()[1].split()[3].rstrip("s")) > 2, what="its lifetime is over")
    assert listed(relay)[held]["state"] == "held"
    hop.later.remove(held)
    assert change(relay, "release", "--all") == (1, 0, 0)
    soap.delivery(relay, held, "Delivered")


def test_what_is_being_tried_is_left_alone(relay, hop):
    address = f"{TRYING}{mail.address()}"
    hop.answer.clear()
    mail.send(relay, mail.build(), address)
    wait_for(lambda: any(address in command for command in hop.commands), what="the next hop is asked")
    assert listed(relay, "--address", address)[address]["state"] == "trying"
    assert queue(relay, "--address", address)["total"]["trying"] == 1
    for action in ("retry", "delete", "hold", "release"):
        assert change(relay, action, "--address", address) == (0, 0, 1)
    done = relay.cli("queue", "delete", "--address", address)
    assert done.stdout.startswith("0 deliveries deleted\n1 left as it is: being tried just now")
    hop.answer.set()
    soap.delivery(relay, address, "Delivered")
    assert len(hop.taken_for(address)) == 1


def test_without_a_server_what_it_left_is_changed(make_server, hop):
    """A killed relay leaves its claims: nobody holds them, so they bind nobody."""
    relay = make_server(workers=1, delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{hop.port}", "retry": [3600]})
    kept, deleted = f"{TRYING}{mail.address()}", f"{TRYING}{mail.address()}"
    hop.answer.clear()
    for address in (kept, deleted):
        mail.send(relay, mail.build(), address)
        wait_for(lambda: any(address in command for command in hop.commands), what="the next hop is asked")
    relay.kill()
    hop.answer.set()
    assert change(relay, "hold", "--address", kept) == (1, 0, 0)
    assert change(relay, "delete", "--address", deleted) == (1, 0, 0)
    relay.start()
    assert soap.delivery(relay, deleted)["Status"] == "Failed"
    assert change(relay, "release", "--all") == (1, 0, 0)
    soap.delivery(relay, kept, "Delivered")
    assert (len(hop.taken_for(kept)), len(hop.taken_for(deleted))) == (1, 0)


def test_more_than_a_page_is_changed_once_each(relay, hop):
    domain = f"{mail.unique('d')}.test"
    addresses = [f"a{number}@{domain}" for number in range(2500)]
    hop.later.update(addresses)
    send_campaign(relay, ToOther=",".join(addresses))
    wait_tried(relay, 2500, "--destination", domain)
    assert change(relay, "hold", "--destination", domain, "--limit", "1200") == (1200, 0, 0)
    assert change(relay, "delete", "--destination", domain) == (2500, 0, 0)
    assert listed(relay, "--destination", domain) == {}


@pytest.mark.parametrize("arguments, said", [
    (["--account", "nobody"], 'there is no account "nobody"; bracemail account list'),
    (["--group", "Nothing"], 'there is no transactional group "Nothing"'),
    (["--account", "demo", "--group", "Nothing"], 'that account has no transactional group "Nothing"'),
    (["--campaign", "2000000000"], "there is no campaign 2000000000"),
])
def test_unknown_names(relay, arguments, said):
    for action in ([], ["list"], ["retry"], ["delete"], ["hold"], ["release"]):
        done = relay.cli("queue", *action, *arguments)
        assert (done.returncode, done.stdout) == (FAILED, "")
        assert said in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments, said", [
    (["eat"], 'queue cannot "eat"'),
    (["list", "one"], '"one" is no delivery ID'),
    (["delete"], "queue delete of which deliveries?"),
    (["retry", "--limit", "5"], "--all means all that waits"),
    (["hold", "--all", "--account", "demo"], "with it there is nothing to choose"),
    (["list", "--all"], "--all goes with retry"),
    (["--limit", "0"], "--limit takes a number from 1 to 10000"),
    (["list", "--limit", "x"], "--limit takes a number"),
    (["--campaign", "x"], "--campaign takes its number"),
    (["--password-stdin"], "queue has no option --password-stdin"),
])
def test_wrong_usage(relay, arguments, said):
    done = relay.cli("queue", *arguments)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert said in done.stderr and "--help" in done.stderr and done.stderr.count("\n") == 1


def test_changes_beside_delivery_lose_and_double_nothing(make_server):
    """Two workers deliver what the operator holds, releases, retries and deletes at the same time: each delivery ends once."""
    hop = NextHop().start()
    hop.answer.set()
    relay = make_server(workers=2, delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{hop.port}", "retry": [3600]})
    domain = f"{mail.unique('d')}.test"
    addresses = [f"a{number}@{domain}" for number in range(3000)]
    hop.later.update(addresses)
    job_id = send_campaign(relay, ToOther=",".join(addresses))
    wait_tried(relay, 3000)
    hop.later.clear()
    changed = []

    def act(*actions):
        for action in actions:
            changed.append((action, change(relay, action, "--all", *(["--limit", "700"] if action == "delete" else []))[0]))
    operators = [threading.Thread(target=act, args=actions) for actions in
                 [("retry", "hold", "release", "delete"), ("retry", "delete", "hold", "release")]]
    for operator in operators:
        operator.start()
    for operator in operators:
        operator.join()
    change(relay, "release", "--all")
    change(relay, "retry", "--all")
    wait_for(lambda: queue(relay) == {"destinations": [],
                                      "total": {"destinations": 0, "waiting": 0, "trying": 0, "held": 0}}, 60, "all ended")
    deleted = sum(count for action, count in changed if action == "delete")
    delivered = [re.search("<(.*?)>", rcpt).group(1) for taken in hop.taken for rcpt in taken.rcpts]
    assert len(delivered) == len(set(delivered)) == 3000 - deleted
    assert len(soap.call(relay, "Reports_GetRecipients_String", JobID=job_id).split()) == 3000
    hop.stop()


def test_what_outlived_its_log_is_deleted_without_one(relay):
    connection = psycopg2.connect(relay.settings["database"])
    connection.autocommit = True
    address = mail.address()
    connection.cursor().execute(
        "INSERT INTO queue (account_id, delivery_id, message_id, recipient, attempts, queued_at, next_attempt_at) "
        "SELECT account_id, 5, 5, %s, 1, now() - interval '100 days', 'infinity' FROM account WHERE name = %s",
        (address, relay.account))
    connection.close()
    shown = listed(relay, "--address", address)[address]
    assert [shown[name] for name in ("delivery", "sender", "state", "result", "reason")] == [5, "", "held", None, None]
    assert " 100d00h " in relay.cli("queue", "list", "5").stdout
    assert change(relay, "delete", "5") == (1, 0, 0)
    assert listed(relay, "--address", address) == {}


def test_works_on_the_private_database_of_a_stopped_server(make_server, hop):
    relay = make_server(database=None, workers=1, delivery={
        "route": "smarthost", "smarthost": f"[127.0.0.1]:{hop.port}", "retry": [3600]})
    retried, deleted = defer(relay, hop, 2)
    assert relay.stop() == DONE
    assert set(listed(relay)) == {retried, deleted}
    assert change(relay, "retry", "--address", retried) == (1, 0, 0)
    assert change(relay, "delete", "--address", deleted) == (1, 0, 0)
    hop.later.clear()
    relay.start()
    soap.delivery(relay, retried, "Delivered")
    assert soap.delivery(relay, deleted)["Status"] == "Failed" and hop.taken_for(deleted) == []
