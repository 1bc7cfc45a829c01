"""HTTP as the API's server must stand it: old and odd clients, those that leave, a reload and a stop under load."""
import concurrent.futures
import http.client
import os
import signal
import socket
import threading
import time
import urllib.parse

import psycopg2
import pytest
import requests

import soap
from locks import waiting
from processes import name_of
from raw_http import connect, exchange, read_all
from soap import ENVELOPE, NAMESPACE
from wait import wait_for

SECONDS = 30


def request(server, head="POST /api.asmx HTTP/1.1", *headers, password=None):
    body = (f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body><AuthenticateUser xmlns="{NAMESPACE}"><Username>{server.account}'
            f'</Username><Password>{password or server.password}</Password></AuthenticateUser></s:Body></s:Envelope>').encode()
    lines = [head, "Host: api.example.test", "Content-Type: text/xml; charset=utf-8", *headers]
    return "\r\n".join(lines).encode(), body


def test_http_1_0(server):
    head, body = request(server, "POST /api.asmx HTTP/1.0")
    answer = exchange(server, head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert answer.startswith(b"HTTP/1.0 200 ") and answer.endswith(b"</soap:Envelope>")


def test_chunks(server):
    head, body = request(server, "POST /api.asmx HTTP/1.1", "Transfer-Encoding: chunked", "Connection: close")
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[at:at + 50]), body[at:at + 50]) for at in range(0, len(body), 50))
    assert exchange(server, head + b"\r\n\r\n", chunks, b"0\r\n\r\n").startswith(b"HTTP/1.1 200 ")


def test_expect_continue(server):
    head, body = request(server, "POST /api.asmx HTTP/1.1", "Expect: 100-continue", "Connection: close")
    with connect(server) as connection:
        connection.sendall(head + b"\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")


def test_two_calls_on_one_connection(server):
    head, body = request(server)
    once = head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    head, body = request(server, "POST /api.asmx HTTP/1.1", "Connection: close")
    last = head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert exchange(server, once + last).count(b"HTTP/1.1 200 ") == 2


@pytest.mark.parametrize("text", [
    b"\r\n\r\n", b"\x00" * 100, b"GET\r\n\r\n", b"POST /api.asmx HTTP/9.9\r\n\r\n", b"PUT /api.asmx HTTP/1.1\r\n\r\n",
    b"POST /api.asmx HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"POST /api.asmx HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    b"POST /api.asmx HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"POST /%00 HTTP/1.1\r\n: x\r\n\r\n",
    b"POST /api.asmx HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", b"GET /api.asmx?op=%00 HTTP/1.0\r\n\r\n",
    b"GET http://[::1/api.asmx HTTP/1.0\r\n\r\n", b"\x16\x03\x01\x00\x05hello"])
def test_malformed_requests(server, text):
    pids = server.pids()
    with connect(server) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = read_all(connection)
    assert not answer or answer.startswith(b"HTTP/1.")
    assert server.pids() == pids


def test_clients_that_leave_while_a_thread_works(make_server):
    server = make_server()
    pids = server.pids()
    head, body = request(server)
    text = head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
        leavers = [connect(server) for _ in range(20)]
        for leaver in leavers:
            leaver.sendall(text)
        wait_for(lambda: waiting(server) > 0, SECONDS, "a thread waits for the account")
        for leaver in leavers[:10]:
            leaver.close()
        for leaver in leavers[10:]:
            leaver.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            leaver.close()
    connection.close()
    soap.call(server, "AuthenticateUser")
    assert server.pids() == pids


def api_memory(server):
    """Bytes that the api process has of its own."""
    pid, = [pid for pid in server.pids() if "api" in (name_of(pid) or "")]
    with open(f"/proc/{pid}/status") as status:
        line, = [line for line in status if line.startswith("RssAnon:")]
    return int(line.split()[1]) * 1024


def test_more_than_can_be_held_is_refused(make_server):
    server = make_server(api={"threads": 1})
    body = b"x" * (31 << 20)
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            first = pool.submit(soap.call, server, "AuthenticateUser")
            calls = [pool.submit(requests.post, server.api_url, data=body, timeout=60) for _ in range(6)]
            # Four of them fit, with the bodies that are still being read.
            wait_for(lambda: sum(call.done() for call in calls) == 2, SECONDS, "two are refused")
            assert all("TooManyRequestsException: " in call.result().text for call in calls if call.done())
            # Nothing is left of the room once the four have come whole.
            wait_for(lambda: api_memory(server) >= 4 * len(body), SECONDS, "four bodies are held")
            page = requests.post(f"http://127.0.0.1:{server.api_port}/u/x", data=body, timeout=60)
            assert page.status_code == 503 and "Nothing was changed." in page.text
            connection.rollback()
            assert first.result()
    connection.close()
    assert any("TooManyRequestsException: " in call.result().text for call in calls)
    assert requests.get(server.api_url, timeout=60).status_code == 200


def test_wrong_passwords_hold_nobody_else_up(make_server):
    server = make_server(api={"threads": 1})
    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        calls = [pool.submit(requests.post, f"{server.api_url}/AuthenticateUser", timeout=60,
                             data={"Username": server.account, "Password": "wrong"}) for _ in range(12)]
        concurrent.futures.wait(calls)
        waiting = pool.submit(requests.post, f"{server.api_url}/AuthenticateUser", timeout=60,
                              data={"Username": server.account, "Password": server.password})
        started = time.monotonic()
        # A page needs the one thread, too.
        assert requests.get(server.api_url + "?op=AddGroup", timeout=60).status_code == 200
        assert time.monotonic() - started < 0.9 and not waiting.done()
        assert waiting.result().status_code == 200


def authenticate(server, source, account, password):
    """By a form, from that address. Returns the status and the seconds that it took."""
    connection = http.client.HTTPConnection("127.0.0.1", server.api_port, timeout=60, source_address=(source, 0))
    started = time.monotonic()
    connection.request("POST", "/api.asmx/AuthenticateUser", urllib.parse.urlencode({"Username": account, "Password": password}),
                       {"Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status == 200 or text.startswith("InvalidLoginException: "), text
    return answer.status, time.monotonic() - started


def test_guesses_at_one_account_from_many_addresses_are_slowed(make_server):
    server = make_server(api={"threads": 1})
    assert authenticate(server, "127.0.1.250", server.account, server.password)[0] == 200
    # One that does not exist is slowed alike: the wait tells nothing.
    for network, account in (("127.0.1", server.account), ("127.0.2", "nobody at all")):
        for number in range(1, 11):
            assert authenticate(server, f"{network}.{number}", account, "wrong")[0] == 500
        assert authenticate(server, f"{network}.20", account, "wrong") >= (500, 0.5)
    # Its owner, who was right lately, does not wait; nor does anybody for the one thread, while a guess does.
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(authenticate, server, "127.0.1.21", server.account, "wrong")
        status, seconds = authenticate(server, "127.0.1.22", server.account, server.password)
        assert status == 200 and not waiting.done()
        assert waiting.result() >= (500, 0.5) and seconds < waiting.result()[1]


def test_a_reload_refuses_no_call(make_server):
    server = make_server()
    stop, answers = threading.Event(), []
    text = server.api_url.replace("api.asmx", "healthz")

    def calls():
        with requests.Session() as session:
            while not stop.is_set():
                answers.append(session.get(text, timeout=60).status_code)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        callers = [pool.submit(calls) for _ in range(3)]
        try:
            os.kill(server.pid, signal.SIGHUP)
            wait_for(lambda: " reloaded " in server.log, SECONDS, "reloaded")
            done = len(answers)
            wait_for(lambda: len(answers) > done + 100, SECONDS, "calls go on")
        finally:
            stop.set()
        for caller in callers:
            caller.result()
    assert set(answers) == {200}
