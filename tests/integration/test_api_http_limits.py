"""Limits of the API's HTTP server: connections, sizes, and clients that take too long."""
import contextlib
import resource
import socket
import ssl
import time

import pytest
import requests

import certificates
import raw_http
from soap import call
from wait import wait_for

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


def ask(connection):
    connection.sendall(HEALTH)
    return raw_http.read_answer(connection)[0]


def is_closed_by_server(connection):
    try:
        return connection.recv(4096) == b""
    except ConnectionError:
        return True


def test_connections_of_one_address(make_server):
    server = make_server(api={"address_connections": 3})
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(raw_http.connect(server)) for _ in range(3)]
        assert [ask(each) for each in kept] == [200, 200, 200]
        one_more = stack.enter_context(raw_http.connect(server))
        status, fields, body = raw_http.read_answer(one_more)
        assert (status, fields["retry-after"], fields["connection"]) == (503, "60", "close")
        assert body == b"There are too many connections just now.\n"
        assert is_closed_by_server(one_more)
        # Neither those that are there nor other addresses notice.
        assert [ask(each) for each in kept] == [200, 200, 200]
        assert ask(stack.enter_context(raw_http.connect(server, "127.0.0.9"))) == 200
        kept[0].close()
        wait_for(lambda: requests.get(server.api_url.replace("api.asmx", "healthz"), timeout=60).status_code == 200, 15,
                 "room for another")
    assert " api-connections-full client=127.0.0.1 " in server.log


def test_connections_in_all(make_server):
    server = make_server(api={"connections": 3})
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(raw_http.connect(server, f"127.0.0.{number}")) for number in (2, 3, 4)]
        assert [ask(each) for each in kept] == [200, 200, 200]
        # One that has asked is told as well as one that has not.
        asks = stack.enter_context(raw_http.connect(server, "127.0.0.5"))
        asks.sendall(HEALTH)
        assert raw_http.read_answer(asks)[0] == 503
        assert [ask(each) for each in kept] == [200, 200, 200]


def test_refusals_are_limited_themselves(make_server):
    server = make_server(api={"connections": 1})
    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(raw_http.connect(server))
        assert ask(kept) == 200
        more = [stack.enter_context(raw_http.connect(server)) for _ in range(300)]
        ends = [raw_http.read_all(each) for each in more]
        assert sum(each.startswith(b"HTTP/1.1 503 ") for each in ends) >= 256
        assert all(not each or each.startswith(b"HTTP/1.1 503 ") for each in ends)
        assert ask(kept) == 200


def test_two_thousand_idle_connections(server):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most[1], most[1]))
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(raw_http.connect(server)) for _ in range(2000)]
        assert [ask(each) for each in idle] == [200] * 2000
        assert call(server, "AuthenticateUser").startswith("0\nSUCCESS\n")
        assert [ask(each) for each in idle[::100]] == [200] * 20
    resource.setrlimit(resource.RLIMIT_NOFILE, most)


@pytest.fixture(scope="module")
def hasty(make_module_server):
    return make_module_server(api={"request_timeout": 2, "idle_timeout": 1, "head_bytes": 2048, "body_bytes": 100000})


@pytest.mark.parametrize("start", [b"GET /healthz HTTP/1.1\r\nX-Slow: ",
                                   b"POST /api.asmx HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
                                   b"POST /api.asmx HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n"])
def test_a_byte_now_and_then(hasty, start):
    began = time.monotonic()
    with raw_http.connect(hasty) as connection:
        connection.settimeout(0.2)
        connection.sendall(start)
        answer = b""
        while not answer and time.monotonic() - began < 20:
            with contextlib.suppress(socket.timeout):
                answer = connection.recv(4096)
            if not answer:
                connection.sendall(b"x")
    assert answer.startswith(b"HTTP/1.1 408 ") and b"\r\nConnection: close\r\n" in answer
    assert 1.5 < time.monotonic() - began < 10


def test_silence(hasty):
    with raw_http.connect(hasty) as never, raw_http.connect(hasty) as once, raw_http.connect(hasty) as begun:
        assert ask(once) == 200
        begun.sendall(b"GET /heal")
        assert raw_http.read_all(never) == b"" and raw_http.read_all(once) == b""
        assert raw_http.read_all(begun).startswith(b"HTTP/1.1 408 ")


def test_empty_lines_are_silence(hasty):
    began = time.monotonic()
    with raw_http.connect(hasty) as connection:
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - began < 20:
                connection.sendall(b"\r\n")
                connection.settimeout(0.1)
                with contextlib.suppress(socket.timeout):
                    if connection.recv(10) == b"":
                        break
    assert time.monotonic() - began < 10


def test_who_does_not_read_an_answer(make_server):
    server = make_server(api={"answer_timeout": 1})
    text = b"GET /api.asmx?WSDL HTTP/1.1\r\nHost: a\r\n\r\n" * 400
    with raw_http.connect(server) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(text)
        # Ended within an answer, for it could not be written in time.
        began = time.monotonic()
        with requests.Session() as other:
            while time.monotonic() - began < 3:
                assert other.get(server.api_url.replace("api.asmx", "healthz"), timeout=60).status_code == 200
        with contextlib.suppress(ConnectionError):
            assert raw_http.read_all(connection).count(b"HTTP/1.1 200 OK") < 400


@pytest.mark.parametrize("text, status, words", [
    (b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 2100 + b"\r\n\r\n", 431, b"longer than 2048 bytes"),
    (b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 150 + b"\r\n", 431, b"more than 100 fields"),
    (b"GET /" + b"x" * 2100 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431, b"longer than 2048 bytes"),
    (b"POST /api.asmx HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n", 413, b"larger than 100000 bytes"),
    (b"POST /api.asmx HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 100001\r\n\r\n", 413, b"larger than"),
    (b"POST /api.asmx HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
     + b"f000\r\n" + b"x" * 0xf000 + b"\r\n" + b"4000\r\n" + b"x" * 0x4000, 413, b"larger than 100000 bytes"),
    (b"POST /api.asmx HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 3000, 431, b"longer than"),
])
def test_sizes(hasty, text, status, words):
    with raw_http.connect(hasty) as connection:
        connection.sendall(text)
        got, fields, body = raw_http.read_answer(connection)
    assert (got, fields["connection"], fields["content-type"]) == (status, "close", "text/plain; charset=utf-8")
    assert words in body


def test_the_whole_body_may_be_sent_before_the_refusal_is_read(hasty):
    """A client that sends all before it reads gets the answer all the same."""
    size = 20 << 20
    with raw_http.connect(hasty) as connection:
        connection.sendall(b"POST /api.asmx HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
        assert raw_http.read_answer(connection)[0] == 413


def test_the_same_by_tls(make_server):
    server = make_server(start=False, api={"address_connections": 2, "idle_timeout": 2})
    server.settings["api"].update(tls_certificate=server.settings["tls_certificate"], tls_key=server.settings["tls_key"])
    server.write_config()
    server.start()
    context = certificates.trusting_context()
    with contextlib.ExitStack() as stack:
        def connect():
            return stack.enter_context(context.wrap_socket(raw_http.connect(server)))
        kept = [connect(), connect()]
        assert [ask(each) for each in kept] == [200, 200]
        assert raw_http.read_answer(connect())[0] == 503
        assert [ask(each) for each in kept] == [200, 200]
        kept[0].sendall(HEALTH * 20)
        assert [raw_http.read_answer(kept[0])[0] for _ in range(20)] == [200] * 20
        for each in kept:
            with contextlib.suppress(ssl.SSLEOFError):
                assert raw_http.read_all(each) == b""
        # A handshake that does not go on is ended as well.
        began = time.monotonic()
        assert raw_http.read_all(stack.enter_context(raw_http.connect(server))) == b""
        assert time.monotonic() - began < 20


def test_long_target(server):
    answer = raw_http.exchange(server, b"GET /" + b"x" * 17000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 414 ")
