"""The access log: one line a request, without secrets; and who the client is behind trusted proxies."""
import os
import re
import signal
import time
import urllib.parse

import pytest
import requests

import raw_http
from soap import ENVELOPE, NAMESPACE
from wait import wait_for

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z client=(?P<client>\S+) method=(?P<method>\S+) path=(?P<path>\S+) "
                  r"operation=(?P<operation>\S+) account=(?P<account>\S+) status=(?P<status>\d+) bytes=(?P<bytes>\d+) "
                  r"ms=(?P<ms>\d+) fault=(?P<fault>\S+)")
SECRET = "s3cr3t-of-nobody"


@pytest.fixture(scope="module")
def logged(make_module_server, tmp_path_factory):
    server = make_module_server(api={"access_log": tmp_path_factory.mktemp("access") / "access.log", "http_get": True,
                                     "trusted_proxies": ["127.0.0.0/30", "2001:db8::/64"]})
    server.access_log = server.settings["api"]["access_log"]
    return server


def entries(server):
    """Each line as a dict; a line of another form fails."""
    return [LINE.fullmatch(line).groupdict() for line in server.access_log.read_text().splitlines()]


def added(server, *calls):
    """The entries that the calls add, when as many have come."""
    before = len(entries(server))
    for call in calls:
        call()
    wait_for(lambda: len(entries(server)) >= before + len(calls), 15, "lines of the access log")
    return entries(server)[before:]


def envelope(server, operation="AuthenticateUser", password=None, more="", version=ENVELOPE):
    return (f'<s:Envelope xmlns:s="{version}"><s:Body><x:{operation} xmlns:x="{NAMESPACE}"><x:Username>{server.account}'
            f'</x:Username><x:Password>{password or server.password}</x:Password>{more}</x:{operation}></s:Body></s:Envelope>')


def post(url, data, **headers):
    return requests.post(url, data=data, timeout=60, headers={"Content-Type": "text/xml; charset=utf-8", **headers})


def test_one_line_for_each_binding(logged):
    login = {"Username": logged.account.upper(), "Password": logged.password}
    soap11, soap12, form, get, page = added(
        logged, lambda: post(logged.api_url, envelope(logged)),
        lambda: post(logged.api_url, envelope(logged, version="http://www.w3.org/2003/05/soap-envelope")),
        lambda: requests.post(logged.api_url + "/authenticateuser", data=login, timeout=60),
        lambda: requests.get(logged.api_url + "/AuthenticateUser", params=login, timeout=60),
        lambda: requests.get(logged.api_url + "?op=AddGroup", timeout=60))
    for entry in (soap11, soap12, form, get):
        assert (entry["operation"], entry["account"], entry["status"], entry["fault"]) == (
            "AuthenticateUser", logged.account, "200", "-")
        assert entry["client"] == "127.0.0.1" and int(entry["bytes"]) > 50 and int(entry["ms"]) < 60000
    assert [entry["path"] for entry in (soap11, soap12, form, get)] == [
        "/api.asmx", "/api.asmx", "/api.asmx/authenticateuser", "/api.asmx/AuthenticateUser"]
    assert [entry["method"] for entry in (soap11, get)] == ["POST", "GET"]
    assert (page["path"], page["operation"], page["account"]) == ("/api.asmx", "-", "-")


def test_faults_have_names_and_strangers_none(logged):
    more = "<x:GroupName>no such group</x:GroupName>"
    lines = added(
        logged, lambda: post(logged.api_url, envelope(logged, "GetGroupMemberCount", more=more)),
        lambda: post(logged.api_url, envelope(logged, password="wrong")),
        lambda: post(logged.api_url, envelope(logged, "NoSuchOperation")),
        lambda: requests.post(logged.api_url + "/AddGroup", data={"Username": "a"}, timeout=60),
        lambda: requests.post(logged.api_url + "/Nothing", timeout=60),
        lambda: raw_http.exchange(logged, b"BREW /x HTTP/1.1\r\nHost: a\r\n\r\n"),
        lambda: requests.get(logged.api_url.replace("api.asmx", 'a b"c\\d=e'), timeout=60))
    assert [(entry["operation"], entry["account"], entry["status"], entry["fault"]) for entry in lines] == [
        ("GetGroupMemberCount", logged.account, "500", "GroupNotFoundException"),
        ("AuthenticateUser", "-", "500", "InvalidLoginException"),
        ("-", "-", "500", "UnknownOperationException"),
        ("AddGroup", "-", "500", "-"),
        ("-", "-", "500", "UnknownOperationException"),
        ("-", "-", "501", "-"),
        ("-", "-", "404", "-")]
    assert lines[-1]["path"] == "/a\\x20b\\x22c\\x5Cd"


def test_no_secret_is_in_it(logged):
    """Right and wrong passwords and usernames that are none, in each binding, whole and broken."""
    secrets = urllib.parse.urlencode({"Username": SECRET, "Password": SECRET})
    url = logged.api_url
    added(logged, lambda: post(url, envelope(logged).replace(logged.account, SECRET)),
          lambda: post(url, envelope(logged, password=SECRET)),
          lambda: post(url, envelope(logged, password=SECRET)[:-30]),
          lambda: post(url, envelope(logged, operation=SECRET)),
          lambda: post(url + "/AuthenticateUser", secrets, **{"Content-Type": "application/x-www-form-urlencoded"}),
          lambda: post(url + f"?{secrets}", envelope(logged)),
          lambda: requests.get(f"{url}/AuthenticateUser?{secrets}", timeout=60),
          lambda: requests.get(f"{url}/AuthenticateUser%3F{secrets}", timeout=60),
          lambda: requests.get(f"{url}/AuthenticateUser%253F{secrets}", timeout=60),
          lambda: requests.get(f"{url}/AuthenticateUser;{secrets}", timeout=60),
          lambda: requests.get(f"{url}/AuthenticateUser&{secrets}", timeout=60),
          lambda: requests.get(url.replace("api.asmx", "u/" + SECRET), timeout=60),
          lambda: requests.get(url.replace("api.asmx", "%75/" + SECRET), timeout=60),
          lambda: raw_http.exchange(logged, f"GET http://{SECRET}:{SECRET}@a/api.asmx?{secrets} HTTP/1.0\r\n\r\n".encode()),
          lambda: raw_http.exchange(logged, f"GET /api.asmx/AuthenticateUser?{secrets}\r\n\r\n".encode()),
          lambda: raw_http.exchange(logged, f"{SECRET} /{SECRET} HTTP/1.1\r\nAuthorization: {SECRET}\r\n\r\n".encode()))
    text = logged.access_log.read_text()
    assert SECRET not in text and logged.password not in text and urllib.parse.quote_plus(logged.password) not in text
    assert SECRET not in logged.log and logged.password not in logged.log


def test_bytes_are_those_of_the_answer(logged):
    small, whole, head = added(
        logged, lambda: requests.get(logged.api_url + "?WSDL", headers={"Accept-Encoding": "gzip"}, timeout=60),
        lambda: requests.get(logged.api_url + "?WSDL", headers={"Accept-Encoding": "identity"}, timeout=60),
        lambda: requests.head(logged.api_url + "?WSDL", timeout=60))
    answer = requests.get(logged.api_url + "?WSDL", headers={"Accept-Encoding": "identity"}, timeout=60)
    assert int(whole["bytes"]) == len(answer.content) > int(small["bytes"]) > 0 and head["bytes"] == "0"


def forwarded(server, source, *fields):
    """The client's address that is logged for a request from there with those fields."""
    text = "".join(f"X-Forwarded-For: {field}\r\n" for field in fields)

    def ask():
        with raw_http.connect(server, source) as connection:
            connection.sendall(f"GET /healthz HTTP/1.1\r\nHost: a\r\n{text}\r\n".encode())
            assert raw_http.read_answer(connection)[0] == 200
    [entry] = added(server, ask)
    return entry["client"]


@pytest.mark.parametrize("source, fields, client", [
    ("127.0.0.1", ["192.0.2.7"], "192.0.2.7"),
    ("127.0.0.1", ["203.0.113.1, 192.0.2.7"], "192.0.2.7"),
    ("127.0.0.1", ["203.0.113.1", "192.0.2.7", "127.0.0.2"], "192.0.2.7"),
    ("127.0.0.1", ["192.0.2.7, 2001:db8::5"], "192.0.2.7"),
    ("127.0.0.1", ["2001:db8:1::7"], "2001:db8:1::7"),
    ("127.0.0.1", ["[2001:db8:1::7]:4711"], "2001:db8:1::7"),
    ("127.0.0.1", ["192.0.2.7, nonsense"], "127.0.0.1"),
    ("127.0.0.1", [], "127.0.0.1"),
    ("127.0.0.9", ["192.0.2.7"], "127.0.0.9"),
])
def test_who_is_named_by_a_proxy(logged, source, fields, client):
    assert forwarded(logged, source, *fields) == client


def test_guesses_count_for_who_made_them(make_server):
    server = make_server(api={"trusted_proxies": ["127.0.0.1/32"]})

    def guess(address, account, password="wrong"):
        began = time.monotonic()
        answer = requests.post(server.api_url + "/AuthenticateUser", timeout=60, headers={"X-Forwarded-For": address},
                               data={"Username": account, "Password": password})
        return answer.status_code, time.monotonic() - began
    for number in range(10):
        assert guess("192.0.2.7", f"nobody {number}")[0] == 500
    slowed = [guess("192.0.2.7", "nobody else")[1] for _ in range(3)]
    assert min(slowed) > 0.5
    # The proxy's other clients do not wait.
    assert guess("192.0.2.8", server.account, server.password) < (200, max(slowed))


def test_proxies_may_have_more_connections(make_server):
    server = make_server(api={"trusted_proxies": ["127.0.0.1/32"], "address_connections": 2})
    kept = [raw_http.connect(server) for _ in range(5)] + [raw_http.connect(server, "127.0.0.9") for _ in range(3)]
    for connection in kept:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    assert [raw_http.read_answer(connection)[0] for connection in kept] == [200] * 7 + [503]
    for connection in kept:
        connection.close()


def test_the_scheme_that_a_proxy_took(logged):
    fields = {"X-Forwarded-Proto": "https", "Host": "api.example.test"}
    assert 'location="https://api.example.test/api.asmx"' in requests.get(
        logged.api_url + "?WSDL", headers=fields, timeout=60).text
    with raw_http.connect(logged, "127.0.0.9") as connection:
        connection.sendall(b"GET /api.asmx?WSDL HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\n\r\n")
        assert b'location="http://a/api.asmx"' in raw_http.read_answer(connection)[2]


def test_rotated_by_sighup(logged):
    old = logged.access_log.with_suffix(".1")
    logged.access_log.rename(old)
    os.kill(logged.pid, signal.SIGHUP)
    wait_for(lambda: " reloaded " in logged.log, 30, "reloaded")
    wait_for(logged.access_log.exists, 15, "a new file")
    length = old.stat().st_size
    assert len(added(logged, lambda: requests.get(logged.api_url, timeout=60))) == 1
    assert old.stat().st_size == length
    assert logged.access_log.stat().st_mode & 0o777 == 0o600


def test_lines_of_the_processs_own_log(make_server):
    server = make_server(api={"access_log": "-"})
    requests.get(server.api_url + f"?op={SECRET}", timeout=60)
    wait_for(lambda: " info api" in server.log and " api-access client=127.0.0.1 method=GET path=/api.asmx operation=- " in server.log,
             15, "a line")
    assert SECRET not in server.log


def test_none_unless_asked_for(server):
    requests.get(server.api_url, timeout=60)
    assert "api-access" not in server.log


def test_a_file_that_cannot_be_written_is_said(make_server):
    server = make_server(start=False, api={"access_log": "/nonexistent/access.log"})
    with pytest.raises(RuntimeError, match="cannot write the access log /nonexistent/access.log: No such file"):
        server.start()
