"""bracemail campaign: what became of a campaign; pause, resume, cancel."""
import mail
import pytest
import soap
from commands import USAGE, document, done, refused
from smtp_script import ScriptedServer
from test_campaign import send_campaign
from wait import wait_for

LATER = "451 4.3.0 come back later"


class NextHop(ScriptedServer):
    """Puts off all of a domain until it is told to take them; refuses others' `gone`."""

    def __init__(self):
        self.takes = set()
        super().__init__(RCPT=self._rcpt)

    def _rcpt(self, line):
        address = line[line.index("<") + 1:line.index(">")]
        if address.startswith("gone"):
            return "550 5.1.1 no such user"
        return "250 2.1.5 Ok" if address.partition("@")[2] in self.takes else LATER


@pytest.fixture(scope="module")
def hop():
    server = NextHop().start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def relay(make_module_server, hop):
    return make_module_server(workers=1, delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{hop.port}", "retry": [3600]})


def campaign(relay, action, *arguments):
    return (relay, "campaign", action, *map(str, arguments), "--account", relay.account)


def states(relay, job_id):
    return document(*campaign(relay, "show", job_id))["states"]


def sent(relay, *names):
    """A campaign to these names of a domain of its own, each tried once: (JobID, domain, subject)."""
    domain, subject = f"{mail.unique('d')}.test", mail.unique("News ")
    job_id = send_campaign(relay, ToOther=",".join(f"{name}@{domain}" for name in names), Subject=subject)
    wait_for(lambda: soap.call(relay, "Reports_GetSMTPLog", JobID=job_id, EmailAddress=f"{names[-1]}@{domain}"), 15, "it is tried")
    wait_for(lambda: states(relay, job_id)["trying"] == 0, 15, "nothing is being tried")
    return job_id, domain, subject


def counted(**states):
    return {"waiting": 0, "trying": 0, "held": 0, "delivered": 0, "failed": 0, **states}


def test_show_counts_by_state(relay, hop):
    unsubscribed = mail.address()
    done(relay, "suppression", "add", unsubscribed, "--kind", "unsubscribe", "--account", relay.account)
    domain = f"{mail.unique('d')}.test"
    hop.takes.add(domain)
    job_id = send_campaign(relay, ToOther=f"a@{domain},b@{domain},gone@{domain},later@later.test,{unsubscribed}", Subject="Über alles")
    wait_for(lambda: states(relay, job_id) == counted(waiting=1, delivered=2, failed=2), 15, "all are tried")
    shown = document(*campaign(relay, "show", job_id))
    assert (shown["campaign"], shown["subject"], shown["recipients"], shown["bounces"]) == (job_id, "Über alles", 5, 1)
    text = done(*campaign(relay, "show", job_id)).splitlines()
    assert text[0] == f"campaign {job_id}: Über alles" and {"  waiting: 1", "  delivered: 2", "  failed: 2"} <= set(text)
    listed, = [each for each in document(*campaign(relay, "list"))["campaigns"] if each["campaign"] == job_id]
    assert listed == {key: value for key, value in shown.items() if key not in ("states", "options")}
    assert [line.split()[0] for line in done(*campaign(relay, "list")).splitlines()].count(str(job_id)) == 1


def test_pause_and_resume(relay, hop):
    job_id, domain, _ = sent(relay, "a", "b")
    assert document(*campaign(relay, "pause", job_id)) == {"action": "pause", "changed": 2, "passed_over": 0, "trying": 0}
    assert states(relay, job_id) == counted(held=2)
    hop.takes.add(domain)
    assert done(*campaign(relay, "resume", job_id)) == "2 deliveries released and due now\n"
    wait_for(lambda: states(relay, job_id) == counted(delivered=2), 15, "both are delivered")


def test_cancel_leaves_the_reports(relay):
    job_id, domain, _ = sent(relay, "a", "b")
    assert "--yes" in refused(*campaign(relay, "cancel", job_id), code=USAGE)
    assert done(*campaign(relay, "cancel", job_id, "--yes")) == "2 deliveries deleted\n"
    assert states(relay, job_id) == counted(failed=2)
    assert "result failed" in soap.call(relay, "Reports_GetSMTPLog", JobID=job_id, EmailAddress=f"a@{domain}")


def test_delete(relay):
    job_id, _, subject = sent(relay, "a")
    assert document(*campaign(relay, "delete", job_id, "--yes")) == {"action": "delete", "campaign": job_id}
    assert subject not in done(*campaign(relay, "list"))
    for action in ("show", "pause", "resume", "cancel", "delete"):
        arguments = ["--yes"] if action in ("cancel", "delete") else []
        assert f"has no campaign {job_id}" in refused(*campaign(relay, action, job_id, *arguments))


def test_other_accounts_campaigns_are_not_seen(relay):
    job_id, _, subject = sent(relay, "a")
    relay.add_account("stranger", "a pass word of its own")
    assert done(relay, "campaign", "list", "--account", "stranger") == "no campaigns\n"
    assert "has no campaign" in refused(relay, "campaign", "show", str(job_id), "--account", "stranger")
    assert "has no campaign" in refused(relay, "campaign", "delete", str(job_id), "--account", "stranger", "--yes")
    assert states(relay, job_id) == counted(waiting=1)


def test_wrong_usage(relay):
    assert 'not "news"' in refused(*campaign(relay, "show", "news"), code=USAGE)
    assert 'not "0"' in refused(*campaign(relay, "show", "0"), code=USAGE)
