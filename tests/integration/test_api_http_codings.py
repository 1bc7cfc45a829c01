"""gzip of requests and answers over the API's HTTP server."""
import gzip
import time
import urllib.parse
import zlib

import pytest
import requests

import raw_http
from processes import tree
from soap import ENVELOPE, NAMESPACE

SOAP = {"Content-Type": "text/xml; charset=utf-8"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def envelope(server):
    return (f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body><AuthenticateUser xmlns="{NAMESPACE}"><Username>{server.account}'
            f'</Username><Password>{server.password}</Password></AuthenticateUser></s:Body></s:Envelope>').encode()


def form(server):
    return urllib.parse.urlencode({"Username": server.account, "Password": server.password}).encode()


def post(url, data, headers, **more):
    return requests.post(url, data=data, headers={**headers, **more}, timeout=60)


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP"])
def test_calls_in_gzip(server, coding):
    for url, data, headers in ((server.api_url, envelope(server), SOAP),
                               (server.api_url + "/AuthenticateUser", form(server), FORM)):
        answer = post(url, gzip.compress(data), headers, **{"Content-Encoding": coding})
        assert answer.status_code == 200 and "0\nSUCCESS\n" in answer.text


def test_gzip_in_chunks_and_members(server):
    data = envelope(server)
    parts = [gzip.compress(data[:50]), gzip.compress(data[50:])]
    answer = post(server.api_url, iter(parts), SOAP, **{"Content-Encoding": "gzip"})
    assert answer.status_code == 200 and "0\nSUCCESS\n" in answer.text


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data[:-9], lambda data: data + b"x",
                                    lambda data: b"x" + data, lambda data: b"", lambda data: zlib.compress(data),
                                    lambda data: data[:-8] + bytes([data[-8] ^ 1]) + data[-7:]])
def test_broken_gzip(server, change):
    answer = post(server.api_url, change(gzip.compress(envelope(server))), SOAP, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert answer.text == "The body is not gzip, as its header says.\n"


@pytest.mark.parametrize("coding", ["deflate", "br", "gzip, gzip", "nothing"])
def test_unknown_codings(server, coding):
    answer = post(server.api_url, envelope(server), SOAP, **{"Content-Encoding": coding})
    assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "gzip")


def resident_kib(server):
    total = 0
    for pid in tree(server.pid):
        with open(f"/proc/{pid}/status") as status:
            total += sum(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    return total


def test_a_bomb_gets_413_and_little_memory(make_server):
    server = make_server(api={"body_bytes": 1 << 20})
    squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    bomb = b"".join(squeezer.compress(zeros) for _ in range(500)) + squeezer.flush()
    assert len(bomb) < 1 << 20
    before, began = resident_kib(server), time.monotonic()
    for _ in range(5):
        answer = post(server.api_url, bomb, SOAP, **{"Content-Encoding": "gzip"})
        assert answer.status_code == 413 and answer.text.endswith("when it is inflated.\n")
    assert resident_kib(server) - before < 30 << 10
    assert time.monotonic() - began < 10


def encoding_of(url, accept, method="GET"):
    """Content-Encoding, Vary and the length that is said; the text is inflated by hand and checked to be the same."""
    answer = requests.request(method, url, headers={"Accept-Encoding": accept}, timeout=60, stream=True)
    raw = answer.raw.read(decode_content=False)
    assert answer.status_code == 200
    said = answer.headers.get("Content-Encoding")
    return said, answer.headers["Vary"], int(answer.headers["Content-Length"]), gzip.decompress(raw) if said and raw else raw


@pytest.mark.parametrize("query", ["?WSDL", "", "?op=AddGroup"])
def test_answers_in_gzip(server, query):
    url = server.api_url + query
    plain = encoding_of(url, "identity")
    small = encoding_of(url, "deflate, gzip;q=0.8")
    assert plain[:2] == (None, "Accept-Encoding") and small[:2] == ("gzip", "Accept-Encoding")
    assert plain[3] == small[3] and small[2] < plain[2] / 2
    for refused in ("", "gzip;q=0", "*;q=0", "br"):
        assert encoding_of(url, refused)[0] is None
    assert encoding_of(url, "gzip", "HEAD")[:3] == small[:3]
    assert encoding_of(url, "*")[0] == "gzip"


def test_short_answers_are_not(server):
    answer = requests.get(server.api_url.replace("api.asmx", "healthz"), timeout=60)
    assert "Content-Encoding" not in answer.headers and answer.headers["Vary"] == "Accept-Encoding"


def test_faults_and_results_in_gzip(server):
    answer = requests.post(server.api_url + "/AddGroup", timeout=60, headers={"Accept-Encoding": "gzip"}, data={
        "Username": server.account, "Password": server.password, "GroupName": "x" * 1000 + "{"})
    assert answer.status_code == 500 and answer.text.startswith("InvalidGroupNameException: ")
    names = [f"gzip {number} {'n' * 200}" for number in range(10)]
    for name in names:
        requests.post(server.api_url + "/AddGroup", timeout=60,
                      data={"Username": server.account, "Password": server.password, "GroupName": name})
    listed = requests.post(server.api_url + "/Groups_GetList_XML", timeout=60, headers={"Accept-Encoding": "gzip"},
                           data={"Username": server.account, "Password": server.password})
    assert listed.headers["Content-Encoding"] == "gzip" and all(name in listed.text for name in names)


def test_http_1_0_has_gzip_too(server):
    answer = raw_http.exchange(server, b"GET /api.asmx HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"\r\nContent-Encoding: gzip\r\n" in head and b"AuthenticateUser" in gzip.decompress(body)
