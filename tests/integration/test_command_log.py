"""`bracemail log`: what happened to a message, on the operator's command line."""
import json
import re

import pytest

import mail
import soap
from returned import bring, report
from smtp_session import logged_in
from test_bounces import RETURN_PATH
from test_campaign import send_campaign
from test_cli import DONE, FAILED, USAGE, run
from test_upgrade import cursor_of
from wait import wait_for

HEADING = re.compile(r'delivery=(\d+) (.*)')
DAY_SHIFT, BLOCK = 36, 4096


@pytest.fixture(scope="module")
def relay(make_module_server):
    """Tries again after a second."""
    return make_module_server(delivery={"retry": [1]})


@pytest.fixture(scope="module")
def patient(make_module_server):
    """Tries again after an hour."""
    return make_module_server(delivery={"retry": [3600]})


def log(server, *arguments):
    done = server.cli("log", *arguments)
    assert (done.returncode, done.stderr) == (DONE, ""), done.stderr
    return done.stdout


def log_json(server, *arguments):
    return json.loads(log(server, *arguments, "--json"))


def ids(deliveries):
    return [each["delivery"] for each in deliveries]


def transcripts(delivery):
    return "".join(each["transcript"] for each in delivery["attempts"])


def send(server, recipient, subject="Hello {Log Group}"):
    """Sends to one address or several. Returns the id that the 250 named."""
    to = [recipient] if isinstance(recipient, str) else recipient
    with logged_in(server) as session:
        session.envelope(mail.SENDER, *to)
        session.write(mail.build(subject=subject, to=to[0]))
        return int(re.fullmatch(r"250 2\.0\.0 Ok: queued as \d+, TransactionalID (\d+)", session.command("."))[1])


def send_and_wait(server, recipient, state="Delivered", **options):
    identity = send(server, recipient, **options)
    wait_for(lambda: [each["state"] for each in log_json(server, str(identity))] == [state], 30, f"{recipient} {state}")
    return identity


def test_delivered(relay):
    recipient = mail.address("To")
    identity = send_and_wait(relay, recipient)
    heading, *lines = log(relay, recipient).splitlines()
    number, rest = HEADING.fullmatch(heading).groups()
    assert int(number) == identity
    assert re.fullmatch(
        r'message=\d+ state=Delivered attempts=1 taken=20\d\d-\d\d-\d\dT[\d:]{8}\.\d{3}Z account="demo" group="Log Group" '
        rf'sender="{mail.SENDER}" recipient="{recipient}" subject="Hello"', rest), rest
    assert lines[0].startswith("attempt 1 20") and lines[-1].startswith("result delivered 2.")
    assert any(line[12:] == f" > RCPT TO:<{recipient}>" for line in lines)


def test_an_address_in_other_case(relay):
    recipient = mail.address("Mixed")
    send_and_wait(relay, recipient)
    assert log(relay, recipient.upper()) == log(relay, recipient.lower()) == log(relay, recipient)


def test_failed_and_several_attempts(relay):
    failed = f"reject-550@{mail.unique()}.test"
    send_and_wait(relay, failed, "Failed")
    assert " state=Failed attempts=1 " in log(relay, failed) and " < 550 5.1.1" in log(relay, failed)
    slow = f"defer-451@{mail.unique()}.test"
    send_and_wait(relay, slow)
    text = log(relay, slow)
    assert " state=Delivered attempts=3 " in text
    assert [line.split()[1] for line in text.splitlines() if line.startswith("attempt ")] == ["1", "2", "3"]
    assert [line.split()[1] for line in text.splitlines() if line.startswith("result ")] == ["deferred", "deferred", "delivered"]
    attempts = log_json(relay, slow)[0]["attempts"]
    assert [(each["attempt"], each["status"]) for each in attempts] == [(1, "deferred"), (2, "deferred"), (3, "delivered")]
    assert "".join(each["transcript"] for each in attempts) == text.partition("\n")[2]


def test_deferred_and_waiting(patient):
    recipient = f"defer-451@{mail.unique()}.test"
    send_and_wait(patient, recipient, "Deferred")
    delivery = log_json(patient, recipient)[0]
    assert re.search(rf" state=Deferred attempts=1 next={delivery['next_attempt_at']} taken=", log(patient, recipient))
    assert delivery["next_attempt_at"] > delivery["attempts"][0]["finished_at"] > delivery["taken_at"]
    assert delivery["attempts"][0]["transcript"].splitlines()[-1].startswith("result deferred 4.3.0")


def test_pending_and_withdrawn(patient):
    """A campaign whose one recipient was deferred is deleted; another waits for its first attempt."""
    deferred, waits = f"defer-451@{mail.unique()}.test", mail.address()
    job = send_campaign(patient, ToOther=deferred)
    wait_for(lambda: [each["state"] for each in log_json(patient, deferred)] == ["Deferred"], what="a deferred recipient")
    soap.call(patient, "DeleteMassEmail", JobID=job)
    assert [(each["state"], each["next_attempt_at"], len(each["attempts"])) for each in log_json(patient, deferred)] == [
        ("Withdrawn", None, 1)]
    with cursor_of(patient) as cursor:
        cursor.execute("""INSERT INTO queue (account_id, delivery_id, campaign_id, recipient, queued_at, next_attempt_at)
            SELECT account_id, (SELECT ids_new(1)), %s, %s, now(), '2036-01-02 03:04:05.678Z' FROM account""", (job, waits))
    assert [(each["state"], each["queue"], each["next_attempt_at"], each["attempts"]) for each in log_json(patient, waits)] == [
        ("Pending", "waiting", "2036-01-02T03:04:05.678Z", [])]
    assert " state=Pending attempts=0 next=2036-01-02T03:04:05.678Z " in log(patient, waits)
    with cursor_of(patient) as cursor:
        cursor.execute("UPDATE queue SET next_attempt_at = 'infinity' WHERE recipient = %s", (waits,))
    assert [(each["queue"], each["next_attempt_at"]) for each in log_json(patient, waits)] == [("held", None)]
    assert " state=Pending attempts=0 next=held " in log(patient, waits)


def test_a_campaigns_recipient(relay):
    one, two = mail.address(), mail.address()
    job = send_campaign(relay, ToOther=f"{one},{two}", Subject="News of today")
    wait_for(lambda: [each["state"] for each in log_json(relay, one)] == ["Delivered"], what="a delivered recipient")
    delivery = log_json(relay, one)[0]
    assert (delivery["campaign"], delivery["message"], delivery["group"]) == (job, None, None)
    assert (delivery["sender"], delivery["subject"], delivery["recipient"]) == ("news@sender.example.test", "News of today", one)
    text = log(relay, one)
    assert f" campaign={job} " in text and " message=" not in text
    assert transcripts(delivery) == soap.call(relay, "Reports_GetSMTPLog", JobID=job, EmailAddress=one)
    assert text.partition("\n")[2] == transcripts(delivery)
    assert log_json(relay, str(delivery["delivery"])) == [delivery]


def test_ids_of_a_message_with_several_recipients(relay):
    to = [mail.address() for _ in range(5)]
    first = send(relay, to)
    wait_for(lambda: {each["state"] for each in log_json(relay, str(first))} == {"Delivered"}, what="all delivered")
    all_of_it = log_json(relay, str(first))
    assert [each["recipient"] for each in all_of_it] == to and ids(all_of_it)[0] == first
    message = all_of_it[0]["message"]
    assert f"message={message} " in relay.log
    for identity in (message, ids(all_of_it)[3], ids(all_of_it)[4]):
        assert log_json(relay, str(identity)) == all_of_it
    assert [each["recipient"] for each in log_json(relay, to[2])] == [to[2]]
    limited = relay.cli("log", str(ids(all_of_it)[3]), "--limit", "2", "--json")
    assert ids(json.loads(limited.stdout)) == [first, ids(all_of_it)[3]]
    assert "more than these 2" in limited.stderr


def test_a_message_whose_ids_go_on_in_another_block(relay):
    """The last id of a block is the message's: the rest of its deliveries are anywhere later that day."""
    to = [mail.address() for _ in range(4)]
    with cursor_of(relay) as cursor:
        cursor.execute("SELECT (id_floor(now()) + 1000 * 4096 + 4093)")
        message = cursor.fetchone()[0]
        deliveries = [message + 1, message + 2, message + 2 + 7 * BLOCK, message + 2 + 7 * BLOCK + 1]
        assert message >> DAY_SHIFT == deliveries[-1] >> DAY_SHIFT and deliveries[1] % BLOCK == BLOCK - 1
        cursor.execute("""INSERT INTO message (account_id, message_id, received_at, group_id, size, smtputf8, client, mail_from, subject)
            SELECT account_id, %s, now(), 0, 1, false, 'x', '', 'Old' FROM account WHERE name = 'demo'""", (message,))
        for delivery, address in zip(deliveries, to):
            add_row(cursor, delivery, address, "attempt 1\nresult delivered 2.0.0\n", message=message)
    assert [each["recipient"] for each in log_json(relay, str(message))] == to
    assert [each["recipient"] for each in log_json(relay, str(deliveries[2]))] == to


def add_row(cursor, delivery, address, transcript, message=None, finished="now()", status="delivered"):
    """A row as it was before conversations were compressed."""
    cursor.execute(f"""INSERT INTO smtp_log (account_id, delivery_id, attempt, status, message_id, campaign_id, started_at, finished_at,
            recipient, result, transcript)
        SELECT account_id, %s, 1, %s, %s, CASE WHEN %s::bigint IS NULL THEN 2147483647 END, now(), {finished}, %s, 'x', %s
        FROM account WHERE name = 'demo'""", (delivery, status, message, message, address, transcript))


def new_id(cursor, day="now()"):
    cursor.execute(f"SELECT id_floor({day}) + (ids_new(1) & ((1::bigint << 36) - 1))")
    return cursor.fetchone()[0]


def test_rows_of_before_and_control_characters(relay):
    recipient = mail.address("old")
    plain = "attempt 1 2026-03-19T14:05:11.042Z mx [192.0.2.25]:25\n14:05:11.050 < 220 mx\u00fc \\xFF\t<&>\nresult delivered 2.0.0\n"
    hostile = "attempt 1\n14:05:11.050 < 220 \x1b[2J\x9b31m\x7f \u202e\nresult delivered 2.0.0\n"
    send_and_wait(relay, recipient)
    with cursor_of(relay) as cursor:
        for text in (plain, hostile):
            add_row(cursor, new_id(cursor), recipient, text)
        cursor.execute("UPDATE message SET subject = E'\\x1b]0;title\\x07\\n' WHERE subject = 'Hello' AND message_id = "
                       "(SELECT message_id FROM smtp_log WHERE recipient = %s AND message_id IS NOT NULL)", (recipient,))
    output = log(relay, recipient)
    assert plain in output
    assert ("14:05:11.050 < 220 \\x1B[2J\\xC2\\x9B31m\\x7F \\xE2\\x80\\xAE\n") in output
    assert 'subject="\\x1B]0;title\\x07\\x0A"' in output
    assert [transcripts(each) for each in log_json(relay, recipient)][1:] == [plain, hostile]
    raw = log(relay, recipient, "--json")
    for text in (output, raw):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_the_same_text_as_the_apis(relay):
    """Compressed rows, of several attempts."""
    recipient = f"defer-451@{mail.unique()}.test"
    identity = send_and_wait(relay, recipient)
    with cursor_of(relay) as cursor:
        cursor.execute("SELECT count(*), count(transcript) FROM smtp_log WHERE delivery_id = %s", (identity,))
        assert cursor.fetchone() == (3, 0)
    shown = soap.smtp_log(relay, identity)
    delivery = log_json(relay, recipient)[0]
    for number in (1, 2, 3):
        recorded = delivery["attempts"][number - 1]["transcript"].splitlines()
        directions = {"<": "in", ">": "out", "=": "note"}
        assert [(directions[line[13]], line[15:]) for line in recorded[1:-1]] == [
            (direction, text) for direction, text in soap.lines(shown, number)]


def test_what_came_back_after_it_was_delivered(relay):
    recipient = mail.address()
    identity = send_and_wait(relay, recipient)
    assert log_json(relay, recipient)[0]["reports"] == []
    assert bring(relay, RETURN_PATH.search(log(relay, recipient))[0], report("dsn-postfix", recipient)).startswith("250")
    with cursor_of(relay) as cursor:
        cursor.execute("""INSERT INTO bounce_report (account_id, report_id, delivery_id, kind, recipient, diagnostic, client)
            SELECT account_id, (SELECT ids_new(1)), %s, 'complaint', '', E'\\x1b[2J', '192.0.2.1' FROM account WHERE name = 'demo'""",
                       (identity,))
    first, second = log_json(relay, recipient)[0]["reports"]
    assert (first["kind"], first["reply"], first["client"]) == ("permanent", "550 5.1.1", "127.0.0.1")
    assert (second["kind"], second["reply"], second["diagnostic"]) == ("complaint", None, "\x1b[2J")
    last = log(relay, str(identity)).splitlines()[-2:]
    assert last == [f'report {first["received_at"]} permanent reply="550 5.1.1" client="127.0.0.1" diagnostic="{first["diagnostic"]}"',
                    f'report {second["received_at"]} complaint client="192.0.2.1" diagnostic="\\x1B[2J"']


def test_the_account_limits(relay):
    other, recipient = mail.unique("other"), mail.address()
    relay.add_account(other, "a pass word")
    identity = send_and_wait(relay, recipient)
    foreign = int(soap.result_id(soap.call(
        relay, "SendTransactionalEmail", other, "a pass word", FromEmail="shop@sender.example.test", FromName="", ToEmailAddress=recipient,
        Subject="Of the other", MessagePlain="x", MessageHTML="", Options="")))
    assert ids(log_json(relay, recipient)) == [identity, foreign]
    assert ids(log_json(relay, recipient, "--account", "DEMO")) == [identity]
    assert ids(log_json(relay, recipient, "--account", other)) == [foreign]
    assert ids(log_json(relay, str(foreign), "--account", other)) == [foreign]
    for asked in (str(foreign), mail.address()):
        done = relay.cli("log", asked, "--account", "demo")
        assert (done.returncode, done.stdout) == (FAILED, "")
        assert done.stderr.count("\n") == 1
    nobody = relay.cli("log", recipient, "--account", "nobody")
    assert nobody.returncode == FAILED and "bracemail account list" in nobody.stderr


def test_since_until_and_limit(relay):
    recipient = mail.address()
    with cursor_of(relay) as cursor:
        cursor.execute("SELECT (now() AT TIME ZONE 'UTC')::date::text, ((now() - interval '1 day') AT TIME ZONE 'UTC')::date::text")
        today, yesterday = cursor.fetchone()
        made = []
        # Ids are in another order than times.
        for day, time in ((yesterday, "10:00:00"), (yesterday, "23:59:59.999999"), (today, "00:00:02"), (today, "00:00:01")):
            made.append(new_id(cursor, f"timestamptz '{day} {time}Z'"))
            cursor.execute("""INSERT INTO message (account_id, message_id, received_at, group_id, size, smtputf8, client, mail_from, subject)
                SELECT account_id, %s, %s, 0, 1, false, 'x', '', 'Old' FROM account WHERE name = 'demo'""",
                           (made[-1] - 1, f"{day} {time}Z"))
            add_row(cursor, made[-1], recipient, f"attempt 1\nresult {time}\n", message=made[-1] - 1)
    first, late, second, earlier = made

    def found(*arguments):
        return ids(log_json(relay, recipient, *arguments))
    assert found() == [first, late, earlier, second]
    assert found("--since", today) == [earlier, second]
    assert found("--until", yesterday) == [first, late]
    assert found("--since", yesterday, "--until", today) == [first, late, earlier, second]
    assert found("--since", f"{yesterday}T10:00:00Z", "--until", f"{yesterday}T10:00:00Z") == [first]
    assert found("--since", f"{yesterday}T10:00:01Z", "--until", f"{today}T00:00:01Z") == [late, earlier]
    assert found("--limit", "4") == [first, late, earlier, second]
    limited = relay.cli("log", recipient, "--limit", "2")
    assert re.findall(r"^delivery=(\d+)", limited.stdout, re.M) == [str(earlier), str(second)]
    assert limited.returncode == DONE and "there are more than these 2; --limit takes up to" in limited.stderr
    none = relay.cli("log", recipient, "--until", "2020-01-01")
    assert (none.returncode, none.stdout) == (FAILED, "") and "ask without" in none.stderr


@pytest.mark.parametrize("form", [[], ["--json"]])
@pytest.mark.parametrize("asked, said", [("nobody@nowhere.example.test", "log.retention_days"), ("12345", "or it is no longer kept"),
                                         ("9223372036854775807", "or it is no longer kept")])
def test_what_is_not_there(relay, asked, said, form):
    done = relay.cli("log", asked, *form)
    assert (done.returncode, done.stdout) == (FAILED, "")
    assert asked in done.stderr and said in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments, said", [
    ([], "log of which ADDRESS or ID?"),
    (["word"], '"word" is neither an address'),
    (["0"], "neither an address"), (["-1"], "no option"), (["9223372036854775808"], "neither an address"), (["1 "], "neither"),
    (["a@b", "c@d"], "one word too many"),
    (["a@b", "--since", "yesterday"], '--since takes a date or time of UTC such as 2026-03-19 or 2026-03-19T14:05:00Z, not "yesterday"'),
    (["a@b", "--until", "2026-02-30"], "--until takes a date"),
    (["a@b", "--since", "2026-02-03", "--until", "2026-02-02"], "--until is before --since"),
    (["17", "--since", "2026-02-03"], "for an address"),
    (["a@b", "--limit", "0"], "--limit takes 1 to 100000"), (["a@b", "--limit", "100001"], "--limit takes 1 to 100000"),
    (["a@b", "--limit", "ten"], 'not "ten"'), (["a@b", "--limit"], "--limit takes a value"),
    (["a@b", "--selector", "x"], "log has no option"),
])
def test_wrong_usage(arguments, said):
    done = run("log", *arguments)
    assert done.returncode == USAGE
    assert said in done.stderr and "see bracemail log --help" in done.stderr
    assert (done.stderr.count("\n"), done.stdout) == (1, "")


def test_help_tells_of_it():
    assert re.search(r"^  log +what happened to a message", run("--help").stdout, re.M)
    told = run("log", "--help").stdout
    for word in ("TransactionalID", "message=", "delivery=", "--account", "--since", "--until", "--limit", "--json", "Withdrawn"):
        assert word in told
    assert "has no option --json" in run("migrate", "--json").stderr


def test_without_a_server_and_with_a_private_database(make_server):
    server = make_server(database=None)
    recipient = mail.address()
    identity = send_and_wait(server, recipient)
    running = log(server, recipient)
    assert server.stop() == 0
    assert log(server, recipient) == log(server, str(identity)) == running


def test_no_days_table_is_read_as_a_whole(relay):
    """What was read of each table: nothing but the queue, accounts and what is an account's own by a sequential scan."""
    address = mail.address()
    identity = send_and_wait(relay, address)
    with cursor_of(relay) as cursor:
        # Rows enough that a scan of all of them would be seen.
        cursor.execute("""INSERT INTO smtp_log (account_id, delivery_id, attempt, status, message_id, finished_at, recipient, transcript)
            SELECT account_id, id_floor(now()) + (1::bigint << 35) + n, 1, 'delivered', id_floor(now()) + (1::bigint << 34) + n, now(),
                'bulk' || n || '@recipient.example.test', 'attempt 1' FROM account, generate_series(1, 50000) AS n WHERE name = 'demo'""")
        cursor.execute("""INSERT INTO message (account_id, message_id, received_at, group_id, size, smtputf8, client, mail_from, subject)
            SELECT account_id, id_floor(now()) + (1::bigint << 34) + n, now(), 0, 1, false, 'x', '', 'Bulk'
            FROM account, generate_series(1, 50000) AS n WHERE name = 'demo'""")
    counted = """SELECT COALESCE(sum(seq_tup_read), 0)::bigint FROM pg_stat_user_tables
        WHERE (relname LIKE 'smtp\\_log\\_2%' OR relname LIKE 'message\\_2%')"""

    def read():
        with cursor_of(relay) as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute(counted)
            return cursor.fetchone()[0]
    before = read()
    for asked in (address, str(identity), str(log_json(relay, address)[0]["message"]), "bulk7@recipient.example.test"):
        for form in ([], ["--json"], ["--account", "demo"]):
            log(relay, asked, *form)
    assert read() - before < 10000
