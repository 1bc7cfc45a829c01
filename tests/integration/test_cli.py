"""The command line: exit codes, accounts, what is said about wrong configurations."""
import json
import os
import pty
import pwd
import re
import signal
import subprocess
import termios

import pytest

from bracemail import BINARY
from commands import DONE, FAILED, USAGE, on_terminal, refused


def run(*arguments, **options):
    return subprocess.run([BINARY, *arguments], text=True, capture_output=True, timeout=60,
                          stdin=subprocess.DEVNULL, **options)


@pytest.mark.parametrize("arguments", [["--version"], ["version"], ["--help"], ["help"]]
                         + [[command, "--help"] for command in ("serve", "check", "migrate", "account", "dkim", "group", "campaign", "suppression", "queue",
                                                       "log", "top", "bench")])
def test_help_and_version(arguments):
    done = run(*arguments)
    assert done.returncode == DONE
    assert "bracemail" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("arguments, said", [
    ([], "which command?"),
    (["frobnicate"], 'no command "frobnicate"'),
    (["serve", "--bogus"], "serve has no option --bogus"),
    (["serve", "--only"], "--only takes a value"),
    (["account", "list", "--selector", "mail"], "account has no option --selector"),
    (["migrate", "--json"], "migrate has no option --json"),
    (["serve", "--only", "smtp"], 'not "smtp"'),
    (["serve", "now"], '"now" is one word too many'),
    (["check", "--only", "api"], "check has no option"),
    (["account"], "account does what?"),
    (["account", "eat"], 'account cannot "eat"'),
    (["account", "add"], "takes 1 word"),
    (["account", "allow-ip", "demo"], "takes 2 words"),
    (["account", "list", "demo"], "takes 0 words"),
    (["account", "add", "demo"], "--password-stdin"),
    (["bench", "--messages", "0"], '--messages takes a number from 1 to 1000000, not "0"'),
    (["bench", "--sessions", "many"], 'not "many"'),
])
def test_wrong_usage(arguments, said):
    done = run(*arguments)
    assert done.returncode == USAGE
    assert said in done.stderr
    assert "--help" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_missing_configuration(tmp_path):
    missing = str(tmp_path / "none.conf")
    for command in (["check"], ["serve"], ["migrate"], ["account", "list"]):
        done = run(*command, "--config", missing)
        assert done.returncode == FAILED
        assert done.stderr == f"bracemail: {missing}: No such file or directory\n"


def test_check_names_file_and_line_of_everything(tmp_path):
    path = tmp_path / "wrong.conf"
    path.write_text('# a comment\nworkers = 1000\nlistener "in" {\n  listen = {"nowhere"}\n  tls = "perhaps"\n}\n')
    done = run("check", "--config", str(path))
    assert done.returncode == FAILED
    lines = done.stderr.splitlines()
    assert [line.split(":")[2] for line in lines] == ["2", "4", "5"]
    assert all(line.startswith(f"bracemail: {path}:") for line in lines)


def test_check_of_a_right_configuration(server):
    done = server.cli("check")
    assert (done.returncode, done.stderr) == (DONE, "")


@pytest.mark.parametrize("url, note", [
    (None, "Note: api.public_url is not set: campaigns leave without a link in List-Unsubscribe"),
    ("http://a.example.test/", "Note: links to unsubscribe begin with http://a.example.test: "), ("https://a.example.test", "")])
def test_check_notes_where_links_to_unsubscribe_lead(make_server, url, note):
    done = make_server(start=False, api={"public_url": url}).cli("check")
    assert (done.returncode, done.stderr) == (DONE, "")
    assert [line[:len(note)] for line in done.stdout.splitlines()[1:]] == [note] * bool(note)


def test_check_sees_bad_certificates_and_a_database_that_is_away(make_server, tmp_path):
    server = make_server(start=False, database="host=127.0.0.1 port=1 dbname=x password=sesame",
                         tls_key=str(tmp_path / "no.key"))
    done = server.cli("check")
    assert done.returncode == FAILED
    assert "no.key: cannot be used" in done.stderr
    assert "database: " in done.stderr
    assert "sesame" not in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root does things in another user's folder")
def test_root_leaves_everything_to_the_owner_of_data_dir(make_server):
    """A service's user must be able to start it after root made the first account."""
    server = make_server(start=False, database=None)
    owner = pwd.getpwnam("daemon")
    data = server.folder / "data"
    data.mkdir(mode=0o700)
    os.chown(data, owner.pw_uid, owner.pw_gid)
    server.add_account("first", "sesame")
    made = list(data.rglob("*"))
    assert data / "postgres.lock" in made and len(made) > 100
    assert {path.lstat().st_uid for path in made} == {owner.pw_uid}
    assert list(listed(server)) == ["first"]


def listed(server):
    """{name: networks} of `account list`."""
    done = server.cli("account", "list", check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {name: networks.split() for _, name, networks, _limits in rows}


def test_life_of_an_account(server):
    def account(*arguments, **options):
        return server.cli("account", *arguments, **options)

    added = account("add", "Anna Lifé", "--password-stdin", input="first pass\n")
    assert added.returncode == DONE
    assert int(added.stdout) > 0
    again = account("add", "ANNA LIFÉ", "--password-stdin", input="x\n")
    assert again.returncode == FAILED
    assert "already" in again.stderr
    assert listed(server)["Anna Lifé"] == []

    assert account("allow-ip", "anna lifé", "192.0.2.0/24").returncode == DONE
    assert account("allow-ip", "Anna Lifé", "2001:db8::1").returncode == DONE
    assert account("allow-ip", "Anna Lifé", "192.0.2.0/24").returncode == FAILED
    for network, said in [("192.0.2.0/33", "no address and no network"), ("192.0.2", "no address and no network"),
                          ("192.0.2.7/24", "write 192.0.2.7, or 192.0.2.0/24 for all of it")]:
        for action in "allow-ip", "deny-ip":
            assert said in refused(server, "account", action, "Anna Lifé", network)
    assert account("allow-ip", "nobody", "192.0.2.0/24").returncode == FAILED
    assert len(listed(server)["Anna Lifé"]) == 2
    assert account("deny-ip", "Anna Lifé", "192.0.2.0/24").returncode == DONE
    assert account("deny-ip", "Anna Lifé", "192.0.2.0/24").returncode == FAILED
    assert len(listed(server)["Anna Lifé"]) == 1

    assert account("password", "Anna Lifé", "--password-stdin", input="second\n").returncode == DONE
    assert account("password", "nobody", "--password-stdin", input="second\n").returncode == FAILED
    assert "--yes" in refused(server, "account", "remove", "Anna Lifé", code=USAGE)
    code, said = on_terminal(server, "account", "remove", "anna lifé", answer="n\n")
    assert code == FAILED and 'remove account "Anna Lifé" with its groups' in said and "nothing was changed" in said
    assert account("remove", "Anna Lifé", "--yes").returncode == DONE
    gone = account("remove", "Anna Lifé", "--yes")
    assert gone.returncode == FAILED
    assert 'no account "Anna Lifé"' in gone.stderr
    assert "Anna Lifé" not in listed(server)


def test_json_of_an_account(server):
    def account(*arguments, **options):
        text = server.cli("account", *arguments, "--json", check=True, **options).stdout
        return json.loads(text)

    added = account("add", "Json", "--password-stdin", input="first pass\n")
    assert added == {"action": "add", "name": "Json", "id": added["id"]}
    assert account("allow-ip", "Json", "192.0.2.0/24") == {"action": "allow-ip", "name": "Json"}
    for setting, value in {"manager": "m@a.test", "failure-notices": "both", "keep-mail-from": "yes", "day-limit": "7", "retention-days": "30"}.items():
        account("set", "Json", setting, value)
    assert [each for each in account("list")["accounts"] if each["name"] == "Json"] == [
        {"id": added["id"], "name": "Json", "networks": ["192.0.2.0/24"], "manager": "m@a.test", "keep_mail_from": True,
         "failure_notices": "both", "hour": None, "day": {"limit": 7, "used": 0}, "retention_days": 30}]
    assert account("remove", "Json", "--yes") == {"action": "remove", "name": "Json"}


@pytest.mark.parametrize("given", ["", "\n", "x" * 600 + "\n"])
def test_passwords_that_are_none(server, given):
    done = server.cli("account", "add", "passwordless", "--password-stdin", input=given)
    assert done.returncode == FAILED
    assert "password" in done.stderr
    assert "passwordless" not in listed(server)


@pytest.mark.parametrize("name, why", [("", "is empty"), ("x" * 256, "256 characters; 255 are allowed"), ("a\nb", "control character"),
                                       (b"caf\xe9", "not UTF-8")])
def test_account_names_that_are_none(server, name, why):
    done = server.cli("account", "add", name, "--password-stdin", input="a pass word\n")
    assert (done.returncode, done.stderr.count("\n")) == (FAILED, 1)
    assert "the account's name" in done.stderr and why in done.stderr


def ask(server, name, answers):
    """`account add NAME` on a terminal. Returns (exit code, everything the terminal showed)."""
    terminal, end = pty.openpty()
    process = subprocess.Popen([BINARY, "account", "add", name, "--config", str(server.config_path)],
                               stdin=end, stdout=end, stderr=end)
    os.close(end)
    shown = b""
    for prompt, answer in zip((b"Password: ", b"Again: "), answers):
        while not shown.endswith(prompt):
            shown += os.read(terminal, 1000)
        os.write(terminal, answer + b"\n")
    code = process.wait(timeout=60)
    try:
        while piece := os.read(terminal, 1000):
            shown += piece
    except OSError:
        pass
    os.close(terminal)
    return code, shown.decode()


def test_password_asked_on_a_terminal(server):
    code, shown = ask(server, "typist", [b"typed secret", b"typed secret"])
    assert code == DONE
    assert "typed secret" not in shown
    code, shown = ask(server, "mistypist", [b"one", b"another"])
    assert code == FAILED
    assert "not the same" in shown
    assert "typist" in listed(server) and "mistypist" not in listed(server)


def test_an_interrupted_question_leaves_the_terminal_as_it_was(server):
    terminal, end = pty.openpty()
    usual = termios.tcgetattr(end)
    process = subprocess.Popen([BINARY, "account", "add", "interrupted", "--config", str(server.config_path)], stdin=end, stdout=end,
                               stderr=end)
    shown = b""
    while not shown.endswith(b"Password: "):
        shown += os.read(terminal, 1000)
    assert termios.tcgetattr(end) != usual
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == -signal.SIGINT
    assert termios.tcgetattr(end) == usual
    os.close(terminal)
    os.close(end)


@pytest.mark.parametrize("arguments", [["account", "list"], ["queue", "list", "--json"], ["log", "nobody@example.test", "--help"]])
def test_what_cannot_be_written_is_a_failure(server, arguments):
    with open("/dev/full", "w", encoding="utf-8") as full:
        ended = subprocess.run([BINARY, *arguments, "--config", str(server.config_path)], stdout=full, stderr=subprocess.PIPE, text=True,
                               timeout=60)
    assert (ended.returncode, ended.stderr) == (FAILED, "bracemail: standard output: No space left on device\n")


def test_a_closed_standard_output_is_nobody_elses(server):
    """No connection gets its number, and what is printed."""
    ended = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", BINARY, "queue", "list", "--config", str(server.config_path)],
                           stderr=subprocess.PIPE, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (DONE, "")


def test_each_host_of_a_database_that_is_away_is_named(make_server):
    server = make_server(start=False, database="host=127.0.0.1,127.0.0.2 port=1 dbname=x")
    said = refused(server, "account", "list")
    assert said.count("database:") == 1 and all(f'"{host}", port 1 failed: ' in said for host in ("127.0.0.1", "127.0.0.2"))


def test_migrate_then_accounts_without_a_server(make_server):
    server = make_server(start=False)
    early = server.cli("account", "list")
    assert early.returncode == FAILED
    assert "run bracemail migrate" in early.stderr
    *steps, last = server.cli("migrate", check=True).stdout.splitlines()
    assert last == f"The schema is up to date: {len(steps)} migrations applied." and len(steps) > 1
    assert all(re.fullmatch(rf"{number} of {len(steps)}: \d{{4}}_\w+, \d+\.\d\d s", step) for number, step in enumerate(steps, 1))
    assert server.cli("migrate", check=True).stdout == "The schema is up to date.\n"
    assert server.add_account("early", "bird") == 1


def test_accounts_of_a_private_database_before_during_and_after_serve(make_server):
    server = make_server(start=False, database=None)
    server.add_account("before", "x")
    server.start()
    server.add_account("during", "x")
    assert server.stop() == 0
    server.add_account("after", "x")
    assert list(listed(server)) == ["before", "during", "after"]


def test_private_database_keeps_strangers_out(make_server):
    server = make_server(start=False, database=None)
    server.add_account("someone", "x")
    for path in (server.folder / "data" / "postgres", server.folder / "data" / "postgres" / "socket"):
        assert os.stat(path).st_mode & 0o077 == 0
