"""A database that went back in time: what it lacks is told by the ledger, and nothing leaves twice."""
import json
import re
import stat

import mail
import soap
from test_campaign import send_campaign
from test_cli import DONE, FAILED, USAGE
from test_log import send
from wait import wait_for


def state(server, number):
    found = json.loads(server.cli("log", str(number), "--json").stdout or "[]")
    return {each["delivery"]: each["state"] for each in found}.get(number)


def restored(server, *arguments):
    done = server.cli("restored", *arguments, "--json")
    assert (done.returncode, done.stderr) == (DONE, ""), done.stderr
    return json.loads(done.stdout)


def deliver_deferred(server, number):
    """The capture server takes it from the third attempt on."""
    def tried():
        assert server.cli("queue", "retry", str(number)).returncode == DONE
        return state(server, number) == "Delivered"
    wait_for(tried, 30, "the deferred one is delivered")


def copies(server, recipient):
    return sum(recipient.encode() in path.read_bytes() for path in mail.captured_files(server))


def test_what_a_restored_database_lacks(make_server, database):
    server = make_server(delivery={"retry": [3600]})
    kept_address, twice_address = mail.address("kept"), f"defer-451@{mail.unique()}.test"
    _, kept = send(server, kept_address)
    _, twice = send(server, twice_address)
    wait_for(lambda: (state(server, kept), state(server, twice)) == ("Delivered", "Deferred"), 30, "first attempts")
    ledger = server.folder / "data" / "ledger"
    file, = ledger.iterdir()
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", file.name)
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(ledger.stat().st_mode)) == (0o600, 0o700)
    assert restored(server) == {"messages": [], "campaigns": [], "twice": [], "compared": 2, "unreadable": 0, "nodes": []}

    # A copy of the database, and the time goes on.
    server.stop()
    source = re.search(r"dbname=(\S+)", server.settings["database"])[1]
    database.execute(f'CREATE DATABASE "{source}_restored" TEMPLATE "{source}"')
    server.start()
    gone_address, failed_address, waits_address = mail.address("gone"), f"reject-550@{mail.unique()}.test", f"defer-451@{mail.unique()}.test"
    lost, first = send(server, gone_address, failed_address, waits_address)
    by_api = soap.result_id(soap.call(
        server, "SendTransactionalEmail", FromEmail=mail.SENDER, FromName="", ToEmailAddress=mail.address("api"), Subject="Hello",
        MessagePlain="Hello", MessageHTML="", Options=""))
    campaign = send_campaign(server, ToOther=mail.address("campaign"))
    deleted = send_campaign(server, ToOther=mail.address("deleted"))
    soap.call(server, "DeleteMassEmail", JobID=deleted)
    assert server.cli("campaign", "delete", str(send_campaign(server, ToOther=mail.address("deleted"))),
                      "--yes", "--account", server.account).returncode == DONE
    deliver_deferred(server, twice)
    wait_for(lambda: state(server, by_api) == "Delivered" and state(server, first) == "Delivered" and copies(server, twice_address) == 1, 30,
             "deliveries")
    server.stop()

    server.settings["database"] = server.settings["database"].replace(source, f"{source}_restored")
    server.write_config()
    found = restored(server)
    assert [each["message"] for each in found["messages"]] == [lost, found["messages"][1]["message"]]
    results = {each["recipient"]: each["result"] for each in found["messages"][0]["recipients"]}
    assert results == {gone_address: "delivered 2.0.0", failed_address: "failed 5.1.1", waits_address: None}
    assert (found["messages"][0]["sender"], found["messages"][0]["group"], found["messages"][0]["account"]) == (mail.SENDER, "Log", "demo")
    assert [each["delivery"] for each in found["messages"][1]["recipients"]] == [by_api]
    assert [(each["delivery"], each["result"], each["state"]) for each in found["twice"]] == [(twice, "delivered 2.0.0", "waiting")]

    assert [(each["campaign"], each["recipients"]) for each in found["campaigns"]] == [(campaign, 1)]
    # Of the nodes that served it then; to list changes nothing.
    database.execute("INSERT INTO worker (node, process_id) VALUES ('other', 1)", database=f"{source}_restored")
    assert [restored(server)["nodes"] for _ in range(2)] == [["other"], ["other"]]
    assert 'node="other" delivered for this database, too: run bracemail restored settle there' in server.cli("restored").stdout

    # serve holds what would leave twice, and gives out no id again.
    server.start()
    assert re.search(r" error maintenance\[\d+\] database-restored lost_messages=2 lost_campaigns=1 held=1 ", server.log)
    assert restored(server)["twice"][0]["state"] == "held"
    wait_for(lambda: restored(server)["nodes"] == [], what="who does not run is no node any more")
    new, _ = send(server, mail.address("new"))
    assert new > max(lost, by_api)
    told = server.cli("restored").stdout
    assert f"lost message={lost} delivery={first} accepted=" in told and f'recipient="{waits_address}" ended="no"' in told
    assert f"twice delivery={twice} " in told and "2 messages lost (4 deliveries, of which 3 had ended)" in told
    assert restored(server, "settle")["settled"] == 1
    assert state(server, twice) == "Delivered" and "the conversation is lost" in server.cli("log", str(twice)).stdout
    assert restored(server)["twice"] == [] and copies(server, twice_address) == 1
    server.stop()
    server.start()
    assert server.log.count(" database-restored ") == 1
    assert len(restored(server)["messages"]) == 2


def test_mail_goes_on_with_a_ledger_that_cannot_be_read(make_server, database):
    server = make_server(workers=1)
    (server.folder / "data" / "ledger" / "2999-01-01").mkdir()
    name = re.search(r"dbname=(\S+)", server.settings["database"])[1]
    database.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    wait_for(lambda: server.log.count(" worker-up ") == 2, 30, "the worker is back")
    assert re.search(r' error relay-1\[\d+\] ledger-not-compared reason="\S+/2999-01-01: Is a directory', server.log)
    recipient = mail.address()
    send(server, recipient)
    mail.captured(server, recipient)


def test_mail_goes_on_without_a_ledger(make_server):
    server = make_server(start=False)
    blocked = server.folder / "blocked"
    blocked.write_text("no folder")
    server.settings["ledger"] = {"directory": blocked / "ledger"}
    server.write_config()
    server.start()
    server.add_account(server.account, server.password)
    recipient = mail.address()
    send(server, recipient)
    mail.captured(server, recipient)
    assert re.search(r' error relay-1\[\d+\] ledger-failed reason="the ledger ', server.log)
    server.settings["ledger"] = {"days": 0}
    server.write_config()
    done = server.cli("restored")
    assert done.returncode == FAILED and "ledger.days is 0" in done.stderr
    assert server.cli("restored", "nonsense").returncode == USAGE
