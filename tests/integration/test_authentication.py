"""Who may send: by password (PLAIN, LOGIN, both kinds of TLS) or by network; nobody else."""
import base64
import threading
import time

import mail
import soap
from smtp_session import Session, logged_in
from wait import wait_for


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def test_unknown_client_is_refused_at_rcpt(server):
    with Session(server.smtp_port) as session:
        session.hello()
        session.expect("MAIL FROM:<a@b.test>", "250")
        reply = session.expect("RCPT TO:<c@d.test>", "550 5.7.1")
        assert "we do not relay" in reply


def test_plain_with_initial_response_over_implicit_tls(server):
    with Session(server.smtps_port, tls=True) as session:
        session.hello()
        session.expect("AUTH PLAIN " + encoded(f"\0{server.account}\0{server.password}"), "235 2.7.0")
        session.envelope("a@b.test", "someone@recipient.example.test")


def test_plain_without_initial_response(server):
    with Session(server.smtps_port, tls=True) as session:
        session.hello()
        session.expect("AUTH PLAIN", "334")
        session.expect(encoded(f"\0{server.account}\0{server.password}"), "235 2.7.0")


def test_login_over_starttls(server):
    with Session(server.smtp_port) as session:
        session.hello()
        session.starttls()
        session.hello()
        assert base64.b64decode(session.expect("AUTH LOGIN", "334")[4:]) == b"Username:"
        session.expect(encoded(server.account), "334")
        session.expect(encoded(server.password), "235 2.7.0")


def test_login_with_initial_response_and_name_in_another_case(server):
    with Session(server.smtps_port, tls=True) as session:
        session.hello()
        session.expect("AUTH LOGIN " + encoded(server.account.upper()), "334")
        session.expect(encoded(server.password), "235 2.7.0")


def test_bad_logins(server):
    wrong = encoded(f"\0{server.account}\0wrong")
    unknown = encoded("\0nobody at all\0wrong")
    with Session(server.smtps_port, source="127.0.0.40", tls=True) as session:
        session.hello()
        replies = {session.expect("AUTH PLAIN " + each, "535 5.7.8") for each in (wrong, unknown)}
        assert len(replies) == 1, "the reply tells whether the account exists"
        session.expect("AUTH PLAIN !!!", "501 5.5.2")
        session.expect("AUTH PLAIN", "334")
        session.expect("*", "501 5.")
        session.expect("AUTH CRAM-MD5", "504 5.5.4")
        session.expect("MAIL FROM:<a@b.test>", "250")
        session.expect("RCPT TO:<c@d.test>", "550 5.7.1")


def test_known_network_needs_no_password(server):
    done = server.cli("account", "allow-ip", server.account, "127.0.0.50/32")
    assert done.returncode == 0, done.stderr
    recipient = mail.address()
    with Session(server.smtp_port, source="127.0.0.50") as session:
        session.hello()
        session.envelope("a@b.test", recipient)
        session.write(mail.build() + b".\r\n")
        assert session.reply().startswith("250 2.0.0")
    soap.delivery(server, recipient, "Delivered")
    with Session(server.smtp_port, source="127.0.0.51") as session:
        session.hello()
        session.expect("MAIL FROM:<a@b.test>", "250")
        session.expect("RCPT TO:<c@d.test>", "550 5.7.1")
    assert server.cli("account", "deny-ip", server.account, "127.0.0.50/32").returncode == 0

    def is_refused():
        with Session(server.smtp_port, source="127.0.0.50") as session:
            session.hello()
            session.expect("MAIL FROM:<a@b.test>", "250")
            return session.command("RCPT TO:<c@d.test>").startswith("550 5.7.1")
    wait_for(is_refused, 5, "the network is forgotten")


def test_header_chooses_among_accounts_of_a_network(server):
    word = mail.unique()
    first, second = f"strasse {word}", f"straße {word}"
    passwords = {name: mail.unique("password") for name in (first, second)}
    for name in (first, second):
        server.add_account(name, passwords[name])
        assert server.cli("account", "allow-ip", name, "127.0.0.60/32").returncode == 0

    def send(headers, recipient):
        with Session(server.smtp_port, source="127.0.0.60") as session:
            session.hello()
            session.envelope("a@b.test", recipient)
            session.write(mail.build(headers=headers, to=recipient) + b".\r\n")
            return session.reply()
    for name in (first, second):
        recipient = mail.address()
        assert send([f"X-SMTPUsername: {name.capitalize()}"], recipient).startswith("250")
        login = {"account": name, "password": passwords[name]}
        wait_for(lambda: soap.deliveries(server, recipient, **login), what=f"a delivery of {name}")
        assert b"SMTPUsername" not in mail.captured(server, recipient)
    # An account that did not register the network is not to be had by naming it.
    recipient = mail.address()
    assert send([f"X-SMTPUsername: {server.account}"], recipient).startswith("550 5.7.1 X-SMTPUsername names an account")
    assert soap.deliveries(server, recipient) == []


def test_password_change_and_removal_take_effect(server):
    name = mail.unique("changing-")
    server.add_account(name, "old password")

    def tries(password):
        with Session(server.smtps_port, source="127.0.0.70", tls=True) as session:
            session.hello()
            return session.command("AUTH PLAIN " + encoded(f"\0{name}\0{password}"))[:3]
    assert tries("old password") == "235"
    done = server.cli("account", "password", name, "--password-stdin", input="new password\n")
    assert done.returncode == 0, done.stderr
    wait_for(lambda: tries("new password") == "235", 5, "the new password works")
    assert tries("old password") == "535"
    assert server.cli("account", "remove", name, "--yes").returncode == 0
    wait_for(lambda: tries("new password") == "535", 5, "the account is gone")


def test_guessing_is_slowed_after_ten_wrong_passwords(make_server):
    server = make_server(workers=1, limits={"errors": 100})

    def guess():
        with Session(server.smtps_port, source="127.0.0.80", tls=True) as session:
            session.hello()
            started = time.monotonic()
            session.expect("AUTH PLAIN " + encoded(f"\0{server.account}\0wrong"), "535")
            return time.monotonic() - started
    logged_in(server).write(b"QUIT\r\n")
    free = [guess() for _ in range(10)]
    slowed = [guess() for _ in range(2)]
    assert min(slowed) > max(free)
    assert slowed[0] >= 0.5 and slowed[1] >= 1
    # Nobody else waits; nor does who logged in lately.
    started = time.monotonic()
    logged_in(server).write(b"QUIT\r\n")
    assert time.monotonic() - started < min(slowed)


def test_many_logins_at_once_cost_the_slow_hash_once(server):
    with logged_in(server):
        pass
    started = time.monotonic()
    threads = [threading.Thread(target=lambda: logged_in(server).write(b"QUIT\r\n")) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started < 10
