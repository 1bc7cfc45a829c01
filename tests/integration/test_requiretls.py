"""REQUIRETLS and TLS-Required: No (RFC 8689), with DNSSEC, DANE and MTA-STS for real."""
import contextlib

import pytest

import certificates
import mail
import soap
from policy_server import PolicyServer, policy
from processes import free_port
from signed_zone import SignedZones
from smtp_script import ScriptedServer
from smtp_session import Session, logged_in
from test_dane import key_digest
from test_delivery import text_lines
from test_delivery_tls import context_of
from wait import wait_for

PASSING, OLD, CLEAR, POLICIES = "127.0.0.81", "127.0.0.82", "127.0.0.83", "127.0.0.84"
STARTTLS = "250-script.example.test\r\n250 STARTTLS"
OFFERS = "250-script.example.test\r\n250 REQUIRETLS"
LEFT_OUT = "REQUIRETLS is asked for, and neither DNSSEC nor an MTA-STS policy vouches for its name"


@pytest.fixture(scope="module")
def hops(tmp_path_factory):
    """{"passing": offers REQUIRETLS under TLS, "old": does not, "clear": knows no TLS}, settings of a relay."""
    folder = tmp_path_factory.mktemp("requiretls")
    good, port = certificates.make(folder, "good.hosts.example"), free_port()
    right, wrong = f"3 1 1 {key_digest(good[0])}", f"3 1 1 {'00' * 32}"
    signed = [f"{host}.hosts A {address}" for host, address in (
        ("good", PASSING), ("dane", PASSING), ("wrong", PASSING), ("other", PASSING), ("old", OLD), ("clear", CLEAR))]
    signed += [f"_{port}._tcp.{host}.hosts TLSA {record}" for host, record in (
        ("dane", right), ("wrong", wrong), ("old", right))]
    signed += [f"{domain} MX 10 {domain}.hosts" for domain in ("good", "dane", "wrong", "other", "old", "clear")]
    signed += ["down.hosts A 127.0.0.85", "awaited MX 10 down.hosts", "awaited MX 20 old.hosts"]
    signed += ["second MX 10 old.hosts", "second MX 20 clear.hosts", "second MX 30 dane.hosts"]
    unsigned, policies = ["open MX 10 good.hosts.example."], {
        "sts": policy("enforce", "*.hosts.example"), "strict": policy("enforce", "nobody.example")}
    for domain in policies:
        unsigned += [f"{domain} MX 10 good.hosts.example.", f"mta-sts.{domain} A {POLICIES}",
                     f'_mta-sts.{domain} TXT "v=STSv1; id=1;"']
    with contextlib.ExitStack() as stack:
        zones = SignedZones(folder, {"example": signed}, {"unsigned": unsigned}, {}).start()
        stack.callback(zones.stop)
        server = PolicyServer(folder, POLICIES, [f"{domain}.unsigned" for domain in policies]).start()
        stack.callback(server.stop)
        server.answers = {f"{domain}.unsigned": answer for domain, answer in policies.items()}
        found = {"passing": ScriptedServer(PASSING, port, EHLO=STARTTLS, STARTTLS="220 Go", tls_context=context_of(good),
                                           secure={"EHLO": OFFERS}),
                 "old": ScriptedServer(OLD, port, EHLO=STARTTLS, STARTTLS="220 Go", tls_context=context_of(good),
                                       secure={"EHLO": "250 script.example.test"}),
                 # Outside TLS the word means nothing.
                 "clear": ScriptedServer(CLEAR, port, EHLO=OFFERS)}
        for hop in found.values():
            stack.callback(hop.start().stop)
        authorities = folder / "authorities.pem"
        authorities.write_text("".join(each.read_text() for each in [good[0], *server.certificates]))
        yield found, {"route": "mx", "resolver": f"127.0.0.1@{zones.port}", "port": port, "retry": [600],
                      "trust_anchor": zones.trust_anchor, "tls_authorities": authorities, "mta_sts_port": server.port,
                      "failure_reports": "always"}


@pytest.fixture(scope="module")
def relay(hops, make_module_server):
    return make_module_server(workers=1, delivery=hops[1])


def send(relay, domain, *options, headers=(), sender=mail.SENDER):
    recipient = f"{mail.unique('to')}@{domain}"
    mail.send(relay, mail.build(to=recipient, headers=headers), recipient, sender=sender, options=options)
    return recipient


def ended(relay, recipient, result):
    """The notes of the attempt, and the MAIL that was said."""
    lines = text_lines(relay, recipient, result.partition(" ")[0].capitalize())[1]
    row, = soap.deliveries(relay, recipient)
    assert soap.smtp_log(relay, row["TransactionalID"]).find("Attempt").get("result") == result, lines
    mails = [text for direction, text in lines if direction == "out" and text.startswith("MAIL")]
    return [text for direction, text in lines if direction == "note"], mails[-1] if mails else ""


def taken_by(hop, recipient):
    return [each for each in hop.taken if f"RCPT TO:<{recipient}>" in each.rcpts]


def test_it_is_offered_under_tls_alone(server):
    with Session(server.submission_port) as session:
        assert "REQUIRETLS" not in session.hello()
        session.expect("MAIL FROM:<a@b.test> REQUIRETLS", "530 5.7.10")
    with logged_in(server) as session:
        assert "REQUIRETLS" in session.hello().split("\n")[-2]
        session.expect("MAIL FROM:<a@b.test> REQUIRETLS=1", "501 5.5.4")
        session.expect("MAIL FROM:<a@b.test> REQUIRETLS REQUIRETLS", "501 5.5.4")
        session.expect("MAIL FROM:<a@b.test> requiretls", "250")


@pytest.mark.parametrize("domain, result, note", [
    ("dane.example", "delivered 2.0.0", "verified=dane"),
    ("good.example", "delivered 2.0.0", "verified=name"),
    ("sts.unsigned", "delivered 2.0.0", "verified=mta-sts"),
    ("second.example", "delivered 2.0.0", "verified=dane"),
    ("old.example", "failed 5.7.30", "REQUIRETLS is asked for, and the server does not offer it"),
    ("clear.example", "failed 5.7.10", "REQUIRETLS is asked for, and the server does not offer TLS"),
    ("open.unsigned", "failed 5.7.30", LEFT_OUT),
    ("wrong.example", "deferred 4.7.5", "TLS failed: no matching DANE TLSA records"),
    ("other.example", "deferred 4.7.5", "TLS failed: hostname mismatch"),
    ("strict.unsigned", "deferred 4.7.5", "the MTA-STS policy names none of the domain's hosts"),
])
def test_requiretls(relay, hops, domain, result, note):
    recipient = send(relay, domain, "REQUIRETLS")
    notes, said = ended(relay, recipient, result)
    assert any(each.endswith(note) for each in notes), notes
    taken = [bool(taken_by(hop, recipient)) for hop in hops[0].values()]
    assert taken == [result.startswith("delivered"), False, False]
    if taken[0]:
        assert said.endswith(" REQUIRETLS") and taken_by(hops[0]["passing"], recipient)[0].mail.endswith(" REQUIRETLS")
    else:
        assert said == ""


@pytest.mark.parametrize("headers, asked, domain, result", [
    (["TLS-Required: No"], [], "wrong.example", "delivered 2.0.0"),
    (["tls-required:  no "], [], "strict.unsigned", "delivered 2.0.0"),
    (["TLS-Required: No"], [], "clear.example", "delivered 2.0.0"),
    (["TLS-Required: Perhaps"], [], "wrong.example", "deferred 4.7.5"),
    ([], [], "wrong.example", "deferred 4.7.5"),
    ([], [], "strict.unsigned", "deferred 4.7.5"),
    # REQUIRETLS wins.
    (["TLS-Required: No"], ["REQUIRETLS"], "wrong.example", "deferred 4.7.5"),
    (["TLS-Required: No"], ["REQUIRETLS"], "clear.example", "failed 5.7.10"),
])
def test_tls_required_no(relay, hops, headers, asked, domain, result):
    recipient = send(relay, domain, *asked, headers=headers)
    notes, said = ended(relay, recipient, result)
    assert "REQUIRETLS" not in said
    found = [each for hop in hops[0].values() for each in taken_by(hop, recipient)]
    assert len(found) == (1 if result.startswith("delivered") else 0), notes
    if found:
        assert headers[0].encode() in found[0].content


def test_the_operators_own_word_holds_against_tls_required_no(make_server, hops):
    server = make_server(workers=1, delivery={**hops[1], "tls_required": ["other.example"]})
    recipient = send(server, "other.example", headers=["TLS-Required: No"])
    ended(server, recipient, "deferred 4.7.5")


def test_a_connection_is_used_again_by_mail_that_it_suits(make_server, hops):
    """One after the other, while the connections before still rest."""
    server = make_server(workers=1, delivery={**hops[1], "idle_timeout": 60})

    def reuses(domain, *options, headers=()):
        recipient = send(server, domain, *options, headers=headers)
        notes, _ = ended(server, recipient, "delivered 2.0.0")
        return any("connection reused" in each for each in notes)
    # Opened without a look at policies, for one that wants none: for no other.
    assert not reuses("dane.example", headers=["TLS-Required: No"])
    assert not reuses("dane.example")
    assert reuses("dane.example")
    assert reuses("dane.example", headers=["TLS-Required: No"])
    # What was verified and offers it will do, whoever opened it.
    assert reuses("dane.example", "REQUIRETLS")
    assert reuses("dane.example")
    # One that was verified by nobody will not.
    assert not reuses("sts.unsigned", headers=["TLS-Required: No"])
    assert not reuses("sts.unsigned", "REQUIRETLS")
    assert reuses("sts.unsigned", "REQUIRETLS")


def test_recipients_of_one_message_go_together(make_server, hops):
    server = make_server(workers=1, delivery=hops[1])
    assert server.cli("account", "set", server.account, "keep-mail-from", "yes").returncode == 0
    recipients = [f"{mail.unique('to')}@good.example" for _ in range(3)]
    mail.send(server, mail.build(), recipients, options=["REQUIRETLS"])
    for recipient in recipients:
        ended(server, recipient, "delivered 2.0.0")
    taken, = taken_by(hops[0]["passing"], recipients[0])
    assert taken.mail.endswith(" REQUIRETLS") and len(taken.rcpts) == 3


def test_a_smarthost_is_vouched_for_by_the_configuration(make_server, hops):
    def relay_to(host):
        return make_server(workers=1, delivery={
            **hops[1], "route": "smarthost", "smarthost": f"{host}.hosts.example:{hops[1]['port']}"})
    server = relay_to("good")
    recipient = send(server, "anywhere.test", "REQUIRETLS")
    notes, said = ended(server, recipient, "delivered 2.0.0")
    assert any(each.endswith("verified=name") for each in notes) and said.endswith(" REQUIRETLS")
    server = relay_to("other")
    ended(server, send(server, "anywhere.test", "REQUIRETLS"), "deferred 4.7.5")


def test_a_host_that_is_down_may_be_the_one(make_server, hops):
    """While it is passed over, the word of the others is not the end."""
    server = make_server(workers=1, delivery={**hops[1], "retry": [1], "retry_greylisted": 1})
    recipients = [send(server, "awaited.example", "REQUIRETLS") for _ in range(3)]
    for recipient in recipients:
        soap.delivery(server, recipient, "Deferred")

    def is_passed_over():
        return any("passed over" in text for recipient in recipients
                   for lines in text_lines(server, recipient, "Deferred").values() for _, text in lines)
    wait_for(is_passed_over, 30, "a host that is passed over")
    assert not any(taken_by(hop, recipient) for hop in hops[0].values() for recipient in recipients)


def test_one_that_rests_and_does_not_suit_makes_room(make_server, hops):
    server = make_server(workers=1, delivery={**hops[1], "idle_timeout": 600, "destination_connections": 1})
    ended(server, send(server, "dane.example", headers=["TLS-Required: No"]), "delivered 2.0.0")
    ended(server, send(server, "dane.example", "REQUIRETLS"), "delivered 2.0.0")


def test_it_outlives_a_kill(make_server, hops):
    settings = {**hops[1], "retry": [1], "reply_timeout": 5}
    server = make_server(workers=1, delivery={**settings, "port": free_port()})
    required, optional = send(server, "good.example", "REQUIRETLS"), send(server, "strict.unsigned", headers=["TLS-Required: No"])
    for recipient in (required, optional):
        soap.delivery(server, recipient, "Deferred")
    server.kill()
    server.settings["delivery"]["port"] = settings["port"]
    server.write_config()
    server.start()
    wait_for(lambda: taken_by(hops[0]["passing"], required) and taken_by(hops[0]["passing"], optional), 30,
             "both are delivered")
    assert taken_by(hops[0]["passing"], required)[0].mail.endswith(" REQUIRETLS")


def test_the_report_asks_for_it_too(relay, hops):
    """And holds nothing but the header, whatever RET said."""
    sender = f"{mail.unique('from')}@good.example"
    recipient = send(relay, "old.example", "REQUIRETLS", "RET=FULL", sender=sender)
    ended(relay, recipient, "failed 5.7.30")
    passing = hops[0]["passing"]
    wait_for(lambda: taken_by(passing, sender), 30, "the report")
    report, = taken_by(passing, sender)
    assert report.mail == "MAIL FROM:<> REQUIRETLS"
    assert b"Status: 5.7.30" in report.content and b"Hello.\r\n" not in report.content
