"""What one client may take, and what becomes of those that take more."""
import os
import signal
import socket
import time

import mail
from certificates import trusting_context
from smtp_session import Session, logged_in
from test_authentication import encoded
from wait import wait_for


def received(count):
    return [f"Received: from a by b; {number}" for number in range(count)]


def send_raw(session, message):
    session.envelope("a@b.test", mail.address())
    session.write(message + b".\r\n")
    return session.reply()


def test_connections_of_one_address(make_server):
    server = make_server(workers=1, limits={"address_connections": 3})
    held = [Session(server.smtp_port, source="127.0.0.30") for _ in range(3)]
    assert Session(server.smtp_port, source="127.0.0.30").greeting.startswith("421 4.7.0")
    with Session(server.smtp_port, source="127.0.0.31") as other:
        assert other.greeting.startswith("220")
    held.pop().expect("QUIT", "221")

    def is_welcome():
        with Session(server.smtp_port, source="127.0.0.30") as again:
            return again.greeting.startswith("220")
    wait_for(is_welcome, 5, "one that left makes room")
    for session in held:
        session.expect("NOOP", "250")


def test_new_connections_a_minute_of_one_address(make_server):
    server = make_server(workers=1, limits={"address_rate": 5})
    for _ in range(5):
        with Session(server.smtp_port, source="127.0.0.30") as session:
            assert session.greeting.startswith("220")
    with Session(server.smtp_port, source="127.0.0.30") as session:
        assert session.greeting.startswith("421 4.7.0 too many new connections")
        assert session.is_closed()
    with Session(server.smtp_port, source="127.0.0.31") as session:
        assert session.greeting.startswith("220")


def test_connections_of_all(make_server):
    server = make_server(workers=1, limits={"connections": 3})
    held = [Session(server.smtp_port, source=f"127.0.0.3{number}") for number in range(3)]
    with Session(server.submission_port, source="127.0.0.34") as session:
        assert session.greeting == "421 4.3.2 too many connections: try again"
        assert session.is_closed()
    for session in held:
        session.expect("QUIT", "221")


def test_messages_of_one_connection(make_server):
    server = make_server(limits={"messages": 2})
    with logged_in(server) as session:
        for _ in range(2):
            assert send_raw(session, mail.build()).startswith("250")
        session.expect("MAIL FROM:<a@b.test>", "421 4.7.0")
        assert session.is_closed()


def test_loops_end_at_fifty_hops(server):
    with logged_in(server) as session:
        assert send_raw(session, mail.build(headers=received(50))).startswith("250")
        assert send_raw(session, mail.build(headers=received(51))).startswith("554 5.4.6")
        session.expect("NOOP", "250")


def test_header_fields_are_counted(server):
    with logged_in(server) as session:
        fields = [f"X-{number}: x" for number in range(997)]
        assert send_raw(session, mail.build(headers=fields)).startswith("250")
        assert send_raw(session, mail.build(headers=[*fields, "X-More: x"])).startswith("554 5.6.0")
        session.expect("NOOP", "250")


def test_long_lines_and_headers(make_server):
    server = make_server(limits={"line_bytes": 2000, "header_bytes": 4096})
    with logged_in(server) as session:
        assert send_raw(session, mail.build(body=b"x" * 2000 + b"\r\n")).startswith("250")
        assert send_raw(session, mail.build(body=b"x" * 2001 + b"\r\n")) == "554 5.6.0 a line has at most 2000 bytes"
        folds = "X: " + "\r\n ".join(["x" * 1000] * 5)
        assert send_raw(session, mail.build(headers=[folds])) == "552 5.3.4 a header has at most 4096 bytes"
        session.expect("NOOP", "250")


def nested(depth):
    """A message with so many multiparts within each other."""
    parts = [f"--b{number}\r\nContent-Type: multipart/mixed; boundary=b{number + 1}\r\n\r\n"
             for number in range(depth - 1)]
    return mail.build(headers=["Content-Type: multipart/mixed; boundary=b0"], body="".join(parts).encode())


def test_parts_within_parts(make_server):
    server = make_server(limits={"mime_depth": 5})
    with logged_in(server) as session:
        assert send_raw(session, nested(5)).startswith("250")
        assert send_raw(session, nested(6)) == "554 5.6.0 parts lie within parts at most 5 deep"
        session.expect("NOOP", "250")


def test_a_command_ends_at_last(make_server):
    server = make_server(limits={"command_timeout": 2})
    with logged_in(server) as session:
        assert drip(session, 20) == "421 4.4.2 this command takes too long"
        assert session.is_closed()
    with Session(server.smtp_port) as session:
        session.hello()
        session.write(b"NO")
        session.write(b"OP\r\n")
        assert session.reply().startswith("250")
        assert session.reply() == "421 4.4.2 nothing came for too long"


def test_a_handshake_ends_at_last(make_server):
    server = make_server(limits={"command_timeout": 2})
    with socket.create_connection(("127.0.0.1", server.smtps_port), 30) as client:
        client.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")   # the start of a ClientHello

        def is_closed():
            client.settimeout(0.2)
            try:
                client.sendall(b"x")
                return client.recv(1) == b""
            except TimeoutError:
                return False
            except ConnectionError:
                return True
        wait_for(is_closed, 20)


def drip(session, seconds):
    """Sends a byte now and then for so long. Returns the reply that comes meanwhile, or None."""
    started = time.monotonic()
    session._socket.settimeout(0.2)
    while time.monotonic() - started < seconds:
        session.write(b"x")
        try:
            return session.reply()
        except TimeoutError:
            pass
    session._socket.settimeout(30)
    return None


def test_data_ends_at_last(make_server):
    server = make_server(limits={"data_total_timeout": 2})
    with logged_in(server) as session:
        session.envelope("a@b.test", mail.address())
        assert drip(session, 20).startswith("421 4.4.2")


def test_silence_within_data(make_server):
    server = make_server(limits={"data_timeout": 2})
    with logged_in(server) as session:
        session.envelope("a@b.test", mail.address())
        session.write(mail.build())
        assert session.reply().startswith("421 4.4.2")
        assert session.is_closed()


def test_memory_of_all(make_server):
    """Two messages are more than may be held: who has the turn and says no more makes room for who waits."""
    server = make_server(workers=1, limits={"memory_bytes": 1 << 20, "message_bytes": 1 << 20, "turn_timeout": 2})
    chunk = mail.build(body=b"0123456789\r\n" * 50_000)
    with logged_in(server) as first, logged_in(server) as second:
        for session in (first, second):
            session.expect("MAIL FROM:<a@b.test>", "250")
            session.expect(f"RCPT TO:<{mail.address()}>", "250")
            session.write(b"BDAT %d\r\n" % len(chunk) + chunk)
            assert session.reply().startswith("250")
        with Session(server.smtp_port) as third:
            third.hello()  # commands are answered meanwhile
        first.write(b"BDAT 6 LAST\r\nlast\r\n")
        assert second.reply() == "421 4.3.1 memory is short, and this message comes too slowly"
        assert second.is_closed()
        assert first.reply().startswith("250")
        assert send_raw(first, mail.build()).startswith("250")


def test_data_has_a_least_rate(make_server):
    server = make_server(limits={"data_timeout": 3, "data_rate": 1000})
    with logged_in(server) as slow, logged_in(server) as fast:
        for session in (slow, fast):
            session.envelope("a@b.test", mail.address())
        # What came early counts: it is the average that does.
        fast.write(mail.build(body=b"0123456789\r\n" * 5000))

        def reply():
            fast.write(b"x")
            return drip(slow, 0.5)
        assert wait_for(reply, 20) == "421 4.4.2 this message takes too long"
        assert drip(fast, 2) is None
        fast.write(b"\r\n.\r\n")
        assert fast.reply().startswith("250")


def test_passwords_in_the_clear_from_named_networks(make_server):
    server = make_server(plaintext_networks=["127.0.0.32/30"])
    with Session(server.submission_port, source="127.0.0.33") as session:
        assert "AUTH PLAIN LOGIN" in session.hello()
        session.expect("AUTH PLAIN " + encoded(f"\0{server.account}\0{server.password}"), "235")
        assert send_raw(session, mail.build()).startswith("250")
    with Session(server.submission_port, source="127.0.0.36") as session:
        assert "AUTH" not in session.hello()
        session.expect("AUTH PLAIN AGRlbW8AeA==", "538 5.7.11")


def test_guesses_at_one_account_from_many_addresses_are_slowed(make_server):
    server = make_server(workers=1)

    def guess(source, account):
        with Session(server.smtps_port, source=source, tls=True) as session:
            session.hello()
            started = time.monotonic()
            session.expect("AUTH PLAIN " + encoded(f"\0{account}\0wrong"), "535")
            return time.monotonic() - started
    for number in range(10):
        guess(f"127.0.1.{number + 1}", server.account)
    assert guess("127.0.1.20", server.account) >= 0.5
    # One that does not exist is slowed alike: the wait tells nothing.
    for number in range(10):
        guess(f"127.0.2.{number + 1}", "nobody at all")
    assert guess("127.0.2.20", "nobody at all") >= 0.5


def test_tls_clients_that_leave_at_once_are_forgotten(make_server):
    """Each closes before it reads the greeting, which can then not be sent."""
    server = make_server(workers=1)

    def open_files():
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in server.pids())
    with socket.create_connection(("127.0.0.1", server.smtps_port), 30) as raw:
        with trusting_context().wrap_socket(raw) as client:
            client.recv(4)
    before = open_files()
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", server.smtps_port), 30) as raw:
            trusting_context().wrap_socket(raw).close()
    wait_for(lambda: open_files() <= before + 5, 10, "their connections are closed")


def test_a_stop_tells_who_waits_to_be_accepted(make_server):
    """Each of a crowd that connects while the server stops is served, told so, or finds no listener; none is reset."""
    server = make_server(workers=1)
    clients = []
    server._process.send_signal(signal.SIGTERM)
    try:
        for _ in range(200):
            clients.append(socket.create_connection(("127.0.0.1", server.smtp_port), 30))
    except ConnectionRefusedError:
        pass
    for client in clients:
        with client:
            assert client.recv(4096)[:3] in (b"220", b"421")
    server.stop()
