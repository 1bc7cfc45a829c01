"""Methods, types and framing of the API's HTTP server, byte by byte where it matters (RFC 9110, RFC 9112)."""
import pytest
import requests

import raw_http

PAGES = {"/api.asmx": "text/html", "/api.asmx?op=AddGroup": "text/html", "/api.asmx?WSDL": "text/xml", "/API.ASMX?wsdl": "text/xml",
         "/healthz": "text/plain"}
METHODS = {"/api.asmx": "GET, HEAD, OPTIONS, POST", "/api.asmx/AddGroup": "OPTIONS, POST", "/healthz": "GET, HEAD, OPTIONS",
           "/u/x": "GET, HEAD, OPTIONS, POST", "*": "GET, HEAD, OPTIONS, POST"}


def one(server, text):
    with raw_http.connect(server) as connection:
        connection.sendall(text)
        return raw_http.read_answer(connection)


def test_options(server):
    for path, methods in METHODS.items():
        text = raw_http.exchange(server, f"OPTIONS {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        head, _, body = text.decode().partition("\r\n\r\n")
        assert head.startswith("HTTP/1.1 204 No Content\r\n") and f"\r\nAllow: {methods}\r\n" in head and body == ""
        assert "Content-Length" not in head and "Content-Type" not in head
    status, _, _ = one(server, b"OPTIONS /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
    assert status == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "GET", "HEAD", "POST"])
def test_methods_that_a_path_does_not_have(server, method):
    for path, methods in METHODS.items():
        if method in methods.split(", ") or path == "*":
            continue
        with raw_http.connect(server) as connection:
            connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".encode())
            if method == "HEAD":
                assert connection.recv(4096).startswith(b"HTTP/1.1 405 ")
                continue
            status, fields, _ = raw_http.read_answer(connection)
            assert (status, fields["allow"]) == (405, methods)
            assert fields["content-type"] == "text/plain; charset=utf-8"


def test_unknown_methods_and_versions(server):
    assert one(server, b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n")[0] == 501
    assert one(server, b"GET / HTTP/2.0\r\nHost: a\r\n\r\n")[0] == 505
    assert one(server, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")[0] in (501, 505, 400)


@pytest.mark.parametrize("path", PAGES)
def test_head_is_get_without_a_body(server, path):
    url = server.api_url.replace("/api.asmx", path)
    get, head = (requests.request(method, url, timeout=60) for method in ("GET", "HEAD"))
    assert get.status_code == head.status_code == 200 and head.content == b""
    names = ("Content-Type", "Content-Length", "Content-Encoding", "Vary", "Cache-Control")
    assert [head.headers.get(name) for name in names] == [get.headers.get(name) for name in names]
    assert get.headers["Content-Type"] == f"{PAGES[path]}; charset=utf-8"


def test_head_keeps_the_connection(server):
    text = b"HEAD /api.asmx HTTP/1.1\r\nHost: a\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    answers = raw_http.exchange(server, text)
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 2 and answers.endswith(b"\r\n\r\nok\n")


def test_types_of_calls(server):
    login = {"Username": server.account, "Password": server.password}
    url = server.api_url + "/AuthenticateUser"
    assert requests.post(url, data=login, timeout=60).headers["Content-Type"] == "text/xml; charset=utf-8"
    wrong = requests.post(url, data={**login, "Password": "x"}, timeout=60)
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (500, "text/plain; charset=utf-8")
    for asked, told in (("text/xml", "text/xml"), ("application/soap+xml", "application/soap+xml")):
        fault = requests.post(server.api_url, data=b"<x/>", timeout=60, headers={"Content-Type": asked})
        assert fault.headers["Content-Type"] == f"{told}; charset=utf-8"


def test_expectations(server):
    for method, more in (("POST", "Content-Length: 5\r\n"), ("GET", ""), ("POST", "Transfer-Encoding: chunked\r\n")):
        text = f"{method} /api.asmx HTTP/1.1\r\nHost: a\r\nExpect: something\r\n{more}\r\n".encode()
        status, fields, _ = one(server, text)
        assert (status, fields["connection"]) == (417, "close")
    # HTTP/1.0 has no expectations (RFC 9110 10.1.1).
    answer = raw_http.exchange(server, b"GET /healthz HTTP/1.0\r\nExpect: something\r\n\r\n")
    assert answer.startswith(b"HTTP/1.0 200 OK\r\n")


def test_continue_is_sent_only_to_who_waits(server):
    head = b"POST /healthz HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n"
    assert raw_http.exchange(server, head + b"Content-Length: 2\r\n\r\nab").startswith(b"HTTP/1.1 405 ")
    assert raw_http.exchange(server, head + b"Content-Length: 0\r\n\r\n").startswith(b"HTTP/1.1 405 ")
    with raw_http.connect(server) as connection:
        connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
        assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"2\r\nab\r\n0\r\n\r\n")
        assert raw_http.read_all(connection).startswith(b"HTTP/1.1 405 ")


def test_a_hundred_requests_in_one_go(server):
    """Answered in order, each by its own."""
    paths = ["/healthz", "/api.asmx?op=AddGroup", "/nothing", "/api.asmx?WSDL", "/api.asmx/AddGroup"] * 20
    text = "".join(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n" for path in paths).encode()
    with raw_http.connect(server) as connection:
        connection.sendall(text)
        assert [raw_http.read_answer(connection)[0] for _ in paths] == [200, 200, 404, 200, 405] * 20


def test_pipelined_calls_with_bodies_in_pieces(server):
    body = f"Username={server.account.replace(' ', '+')}&Password={server.password.replace(' ', '+')}".encode()
    plain = b"POST /api.asmx/AuthenticateUser HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    chunked = (b"POST /api.asmx/AuthenticateUser HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x;a=b\r\n%s\r\n0\r\n"
               b"Trailer: x\r\n\r\n" % (len(body), body))
    text = (plain + chunked) * 5
    with raw_http.connect(server) as connection:
        for at in range(0, len(text), 37):
            connection.sendall(text[at:at + 37])
        for _ in range(10):
            status, _, answer = raw_http.read_answer(connection)
            assert status == 200 and b"0\nSUCCESS\n" in answer


@pytest.mark.parametrize("framing", [
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", b"Transfer-Encoding: xchunked\r\n\r\n",
    b"Content-Length : 0\r\n\r\n", b"Content-Length: 0\r\n Content-Length: 5\r\n\r\n"])
def test_nothing_is_smuggled_behind_a_request_that_can_be_read_in_two_ways(server, framing):
    answer = raw_http.exchange(server, b"POST /api.asmx HTTP/1.1\r\nHost: a\r\n" + framing + b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 ")) and answer.count(b"\r\nDate: ") == 1


def test_upgrades_are_not_followed(server):
    text = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n"
    with raw_http.connect(server) as connection:
        for _ in range(2):
            connection.sendall(text)
            assert raw_http.read_answer(connection)[0] == 200


def test_http_1_0_keep_alive(server):
    with raw_http.connect(server) as connection:
        for _ in range(2):
            connection.sendall(b"GET /healthz HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
            status, fields, _ = raw_http.read_answer(connection)
            assert (status, fields["connection"]) == (200, "keep-alive")


def test_the_whole_address_as_target(server):
    assert one(server, b"GET http://api.example.test/healthz HTTP/1.1\r\nHost: api.example.test\r\n\r\n")[0] == 200
    assert one(server, b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")[0] == 404
