"""List-Unsubscribe with one click (RFC 8058): the link in a campaign, the page behind it, and who is not mailed any more."""
import asyncio
import html
import re
import threading

import psycopg2
import pytest
import requests

import mail
import soap
from sink import Sink
from smtp_script import ScriptedServer
from test_campaign import send_campaign
from test_dkim import add_key, signatures, verify
from test_suppression import campaign_log, is_listed
from wait import wait_for

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
LINK = re.compile(rb"^List-Unsubscribe: <mailto:u-[a-z2-7]{47}@relay\.example\.test\?subject=unsubscribe>,\r\n <(http://127\.0\.0\.1:\d+/u/([a-z2-7]{47}))>\r$", re.MULTILINE)
NOT_SENT = "not sent: on the account's unsubscribe list since "
BODY_MAX = 16 << 10
SECONDS = 30


def reachable(make, **settings):
    """A started server whose public address is that of its API."""
    server = make(start=False, **settings)
    server.settings["api"]["public_url"] = f"http://127.0.0.1:{server.api_port}/"
    server.write_config()
    server.start()
    server.add_account(server.account, server.password)
    return server


@pytest.fixture(scope="module")
def relay(make_module_server):
    return reachable(make_module_server)


def link_of(raw):
    return LINK.search(raw)[1].decode()


def campaign(server, *to, **parameters):
    """Sends one, waits until all have it. Returns its JobID and the link of each."""
    word = mail.unique()
    job_id = send_campaign(server, ToOther=",".join(to), Subject=word, **parameters)
    raw = mail.captured(server, word, count=len(to))
    links = {mail.field(each, "To")[0].decode(): link_of(each) for each in ([raw] if len(to) == 1 else raw)}
    return job_id, [links[each] for each in to]


def post(link, **request):
    return requests.post(link, timeout=SECONDS, allow_redirects=False, **(request or {"data": ONE_CLICK}))


def unsubscribed(server, address, **login):
    return is_listed(server, address, "CheckUnsubscribe", **login)


def test_both_fields_are_signed(relay):
    domain, word = f"{mail.unique('d')}.example.test", mail.unique()
    key = add_key(relay, domain)
    send_campaign(relay, ToOther=mail.address(), FromEmail=f"news@{domain}", Subject=word)
    raw = mail.captured(relay, word)
    assert mail.field(raw, "List-Unsubscribe-Post") == [b"List-Unsubscribe=One-Click"]
    assert requests.get(link_of(raw), timeout=SECONDS).status_code == 200
    tags, = signatures(raw)
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(tags["h"].lower().split(":"))
    assert verify(raw, key)
    assert not verify(raw.replace(b"/u/", b"/v/"), key)
    assert not verify(raw.replace(b"One-Click", b"Two-Click"), key)


def test_the_link_in_text_and_html(relay):
    word, recipient = mail.unique(), mail.address()
    send_campaign(relay, ToOther=recipient, Subject=word, MessagePlain="Leave: %%UnsubscribeURL%%.",
                  MessageHTML='<p><a href="%%unsubscribeurl%%">Leave</a></p>')
    raw = mail.captured(relay, word)
    plain, rich = mail.parse(raw).iter_parts()
    assert plain.get_content().strip() == f"Leave: {link_of(raw)}."
    assert f'<a href="{link_of(raw)}">' in rich.get_content()
    assert recipient.encode() not in link_of(raw).encode()


def test_mail_that_is_no_campaign_has_no_link(relay):
    one, two = mail.address(), mail.address()
    soap.call(relay, "SendTransactionalEmail", FromEmail=mail.SENDER, FromName="", ToEmailAddress=one, Subject="Order",
              MessagePlain="[%%UnsubscribeURL%%]", MessageHTML="", Options="")
    mail.send(relay, mail.build(to=two), two)
    raw = mail.captured(relay, one)
    assert "[]" in mail.parse(raw).get_content()
    assert b"List-Unsubscribe" not in raw + mail.captured(relay, two)


def test_without_a_public_url_campaigns_leave_without_a_link(server):
    word = mail.unique()
    send_campaign(server, ToOther=mail.address(), Subject=word, MessagePlain="[%%UnsubscribeURL%%]")
    raw = mail.captured(server, word)
    assert [value[:10] for value in mail.field(raw, "List-Unsubscribe")] == [b"<mailto:u-"]
    assert b"http" not in raw and b"List-Unsubscribe-Post" not in raw
    assert "[]" in mail.parse(raw).get_content()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_follows_the_link_is_asked_and_nothing_changes(relay, method):
    recipient = mail.address()
    _, (link,) = campaign(relay, recipient, FromName="<b>News & Söhne</b>")
    answer = requests.request(method, link, timeout=SECONDS, headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "Set-Cookie" not in answer.headers
    assert not unsubscribed(relay, recipient)
    if method == "HEAD":
        assert answer.text == "" and int(answer.headers["Content-Length"]) > 1000
        return
    assert recipient in answer.text
    assert "<b>" not in answer.text and "<b>News & Söhne</b>" in html.unescape(answer.text)
    form = re.search(r'<form method="post"><input type="hidden" name="([^"]*)" value="([^"]*)">', answer.text)
    assert dict([form.groups()]) == ONE_CLICK
    done = post(link, data=dict([form.groups()]))
    assert (done.status_code, recipient in done.text, "You are unsubscribed" in done.text) == (200, True, True)
    assert unsubscribed(relay, recipient)


@pytest.mark.parametrize("request_", [
    {"data": ONE_CLICK},
    {"files": {"List-Unsubscribe": (None, "One-Click")}},
    {"data": "List-Unsubscribe=One-Click\r\n"},
    {"data": {"other": "x", **ONE_CLICK}},
], ids=["urlencoded", "form-data", "without a type", "among others"])
def test_one_click(relay, request_):
    recipient, bystander = mail.address("Grüße"), mail.address()
    job_id, (link, _) = campaign(relay, recipient, bystander)
    for _ in range(2):
        answer = post(link, **request_)
        assert answer.status_code == 200
        assert not {"Location", "Set-Cookie"} & set(answer.headers)
        assert unsubscribed(relay, recipient)
    assert not unsubscribed(relay, bystander)
    rows = soap.rows(soap.call(relay, "Reports_GetUnsubscribesByCampaign_XML", JobID=job_id))
    assert [row["EmailAddress"] for row in rows] == [recipient]
    second = send_campaign(relay, ToOther=f"{recipient},{bystander}")
    assert NOT_SENT in campaign_log(relay, second, recipient)
    assert "result delivered" in campaign_log(relay, second, bystander)
    assert soap.rows(soap.call(relay, "Reports_GetUnsubscribesByCampaign_XML", JobID=job_id)) == rows


@pytest.mark.parametrize("request_", [
    {"data": b""}, {"data": {"List-Unsubscribe": "Two-Click"}}, {"data": {"Unsubscribe": "One-Click"}},
    {"json": ONE_CLICK}, {"files": {"other": (None, "One-Click")}},
    {"data": b"--x\r\n", "headers": {"Content-Type": "multipart/form-data"}},
    {"data": b"--x", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
])
def test_a_post_that_does_not_say_so(relay, request_):
    recipient = mail.address()
    _, (link,) = campaign(relay, recipient)
    assert post(link, **request_).status_code == 400
    assert not unsubscribed(relay, recipient)


def test_other_methods_and_big_bodies(relay):
    recipient = mail.address()
    _, (link,) = campaign(relay, recipient)
    for method, status in (("PUT", 405), ("DELETE", 405), ("OPTIONS", 204), ("PATCH", 405)):
        answer = requests.request(method, link, timeout=SECONDS, data=ONE_CLICK)
        assert (answer.status_code, answer.headers["Allow"]) == (status, "GET, HEAD, OPTIONS, POST")
    assert post(link, data={**ONE_CLICK, "x": "y" * BODY_MAX}).status_code == 413
    assert not unsubscribed(relay, recipient)


def test_links_that_nobody_was_given(relay, make_server):
    recipient = mail.address()
    _, (link,) = campaign(relay, recipient)
    base, _, token = link.rpartition("/")
    other = reachable(make_server)
    _, (foreign,) = campaign(other, recipient)
    log = campaign_log(relay, campaign(relay, recipient)[0], recipient)
    return_path = re.search(r"MAIL FROM:<b-([a-z2-7]{47})@", log)[1]
    changed = [token[:at] + ("a" if token[at] != "a" else "b") + token[at + 1:] for at in range(len(token))]
    pages = set()
    for bad in ["", token[:-1], token + "a", token + "/", "%00", "x" * 47, "../" + token, foreign.rpartition("/")[2],
                return_path, *changed]:
        for answer in (requests.get(f"{base}/{bad}", timeout=SECONDS), post(f"{base}/{bad}")):
            assert answer.status_code == 404, bad
            pages.add(answer.text)
    assert not unsubscribed(relay, recipient) and not unsubscribed(other, recipient)
    assert post(f"{base}/{token.upper()}").status_code == 200
    assert unsubscribed(relay, recipient)
    # One page for all, but for the path that is none of ours.
    assert len([page for page in pages if "<h1>" in page]) == 1


def test_only_the_account_that_sent_is_told(relay):
    login = {"account": mail.unique("other-"), "password": mail.unique("password")}
    relay.add_account(login["account"], login["password"])
    recipient = mail.address()
    _, (link,) = campaign(relay, recipient)
    assert post(link).status_code == 200
    assert unsubscribed(relay, recipient)
    assert not unsubscribed(relay, recipient, **login)


def test_links_end_with_their_campaign(relay):
    recipient = mail.address()
    job_id, (link,) = campaign(relay, recipient)
    campaign_log(relay, job_id, recipient)
    with psycopg2.connect(relay.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM smtp_log WHERE campaign_id = %s", (job_id,))
    connection.close()
    assert requests.get(link, timeout=SECONDS).status_code == post(link).status_code == 404
    assert not unsubscribed(relay, recipient)


def test_database_away(make_server, make_database):
    cluster = make_database()
    server = reachable(make_server, database=cluster.conninfo(cluster.create_database()))
    recipient = mail.address()
    _, (link,) = campaign(server, recipient)
    cluster.stop()
    for answer in (requests.get(link, timeout=SECONDS), post(link)):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert "Nothing was changed" in answer.text
    cluster.start()
    wait_for(lambda: post(link).status_code == 200, what="the link works again")
    assert unsubscribed(server, recipient)


class Gate:
    """A destination that lets nothing end while it is shut; what it was shown, by recipient."""

    def __init__(self, reply=None):
        self.shown, self.reply = {}, reply
        self.opened = threading.Event()
        self.opened.set()
        self.sink = Sink(answer=self._answer)
        self.sink.start()

    async def _answer(self, taken):
        self.shown[taken.recipients[0]] = taken.content
        if not self.opened.is_set():
            await asyncio.get_running_loop().run_in_executor(None, self.opened.wait, SECONDS)
        return self.reply

    def link_to(self, recipient):
        return link_of(wait_for(lambda: self.shown.get(recipient), what=f"mail to {recipient}"))


@pytest.fixture
def gate():
    made = Gate()
    yield made
    made.opened.set()
    made.sink.stop()


def behind(make_server, port, **delivery):
    return reachable(make_server, workers=1, delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{port}",
                                                       "destination_connections": 1, **delivery})


def wait_for_log(server, word):
    wait_for(lambda: word in server.log, what=f"{word} in the log")


def test_a_retry_of_the_same_campaign_is_not_made(make_server, gate):
    server, recipient = behind(make_server, gate.sink.port, retry=[3]), mail.address()
    gate.reply = "451 4.3.0 Later"
    job_id = send_campaign(server, ToOther=recipient)
    assert post(gate.link_to(recipient)).status_code == 200
    log = wait_for(lambda: "attempt 2" in campaign_log(server, job_id, recipient) and campaign_log(server, job_id, recipient))
    assert log.count("attempt ") == 2 and NOT_SENT in log
    assert log.rstrip("\n").endswith("result failed 5.7.1")
    assert gate.sink.to(recipient) == []


@pytest.mark.parametrize("by, prefix", [("link", "Second"), ("AddUnsubscribe", "Second"), ("AddUnsubscribe", "Grün")])
def test_what_waits_in_memory_is_not_sent(make_server, gate, by, prefix):
    server = behind(make_server, gate.sink.port)
    first, second, third = mail.address(), mail.address(prefix), mail.address()
    send_campaign(server, ToOther=second)
    link = gate.link_to(second)
    gate.opened.clear()
    gate.shown.clear()
    job_id = send_campaign(server, ToOther=f"{first},{second},{third}")
    wait_for(lambda: first in gate.shown, what="the first is under way")
    if by == "link":
        assert post(link).status_code == 200
    else:
        soap.call(server, "AddUnsubscribe", EmailAddress=second.upper())
    wait_for_log(server, "unsubscribed-meanwhile")
    gate.opened.set()
    assert NOT_SENT in campaign_log(server, job_id, second)
    for each in (first, third):
        assert "result delivered" in campaign_log(server, job_id, each)
    assert second not in gate.shown


def test_what_is_past_its_final_dot_arrives(make_server, gate):
    server, recipient = behind(make_server, gate.sink.port), mail.address()
    gate.opened.clear()
    job_id = send_campaign(server, ToOther=recipient)
    assert post(gate.link_to(recipient)).status_code == 200
    gate.opened.set()
    assert "result delivered" in campaign_log(server, job_id, recipient)


def test_a_conversation_before_its_final_dot_is_ended(make_server):
    asked, go_on = threading.Event(), threading.Event()

    def on_rcpt(_):
        asked.set()
        go_on.wait(SECONDS)
        return "250 2.1.5 Ok"
    script = ScriptedServer(RCPT=on_rcpt).start()
    try:
        server, recipient, other = behind(make_server, script.port), mail.address(), mail.address()
        job_id = send_campaign(server, ToOther=f"{recipient},{other}")
        wait_for(asked.is_set, what="the conversation has come to RCPT")
        soap.call(server, "AddUnsubscribe", EmailAddress=recipient)
        assert NOT_SENT in campaign_log(server, job_id, recipient)
        go_on.set()
        assert "result delivered" in campaign_log(server, job_id, other)
        assert not any(recipient in rcpt for taken in script.taken for rcpt in taken.rcpts)
    finally:
        go_on.set()
        script.stop()
