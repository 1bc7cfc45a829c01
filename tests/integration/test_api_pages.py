"""What the API's server shows to people, and operations called by HTTP GET where that is turned on."""
import html.parser
import re
import xml.etree.ElementTree as ElementTree

import pytest
import requests
import zeep

from soap import NAMESPACE

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\r\n'
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"


class Page(html.parser.HTMLParser):
    """links: href of each; forms: [(attributes, [attributes of its inputs])]; samples: text of each <pre>."""

    def __init__(self, text):
        super().__init__()
        self.links, self.forms, self.samples = [], [], []
        self._in_sample = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "a":
            self.links.append(attributes["href"])
        elif tag == "form":
            self.forms.append((attributes, []))
        elif tag in ("input", "textarea"):
            self.forms[-1][1].append(attributes)
        elif tag == "pre":
            self._in_sample = True
            self.samples.append("")

    def handle_endtag(self, tag):
        self._in_sample = self._in_sample and tag != "pre"

    def handle_data(self, data):
        if self._in_sample:
            self.samples[-1] += data


@pytest.fixture
def with_get(make_server):
    return make_server(api={"http_get": True})


def page(server, operation):
    answer = requests.get(f"{server.api_url}?op={operation}", timeout=60)
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return Page(answer.text)


def operations(server):
    return [link.partition("?op=")[2] for link in Page(requests.get(server.api_url, timeout=60).text).links
            if link.startswith("?op=")]


def test_each_operation_has_a_page_with_what_the_wsdl_says(server):
    contract = ElementTree.fromstring(requests.get(server.api_url + "?WSDL", timeout=60).content)
    names = [each.get("name") for each in contract.find(f"{WSDL}portType[@name='JangoMailSoap']")]
    assert operations(server) == names
    for name in names:
        shown = page(server, name)
        [(form, inputs)] = shown.forms
        message = contract.find(f"{WSDL}message[@name='{name}HttpPostIn']")
        assert [each["name"] for each in inputs] == [part.get("name") for part in message], name
        assert form["action"] == f"{server.api_url}/{name}" and form["method"] == "post"


def test_samples_are_the_envelopes_that_a_client_sends(server):
    shown = page(server, "Groups_Rename").samples
    soap = [sample for sample in shown if sample.startswith("POST /api.asmx HTTP/1.1\n")]
    assert len(soap) == 2 and f'SOAPAction: "{NAMESPACE}Groups_Rename"' in soap[0]
    for sample in soap:
        body = ElementTree.fromstring(sample.partition("\n\n")[2].encode())[0]
        assert [child.tag for child in body[0]] == [
            f"{{{NAMESPACE}}}{name}" for name in ("Username", "Password", "OldGroupName", "NewGroupName")]
    answers = [sample for sample in shown if sample.startswith("HTTP/1.1 200 OK\n")]
    assert len(answers) == 3 and "<Groups_RenameResult>string</Groups_RenameResult>" in answers[0]
    assert f'<string xmlns="{NAMESPACE}">string</string>' in answers[2]
    assert "GET /api.asmx" not in "".join(shown)


def test_the_sample_for_a_shell_works(server):
    [sample] = [text for text in page(server, "AuthenticateUser").samples if "--data-urlencode" in text]
    fields = dict(re.findall(r"--data-urlencode '(\w+)=(\w+)'", sample))
    url = sample.split()[1]
    answer = requests.post(url, data={**fields, "Username": server.account, "Password": server.password}, timeout=60)
    assert answer.text.startswith(f'{DECLARATION}<string xmlns="{NAMESPACE}">0\nSUCCESS\n')


def test_hostile_host_is_text(server):
    answer = requests.get(f"{server.api_url}?op=AddGroup", timeout=60, headers={"Host": 'x"><script>alert(1)</script>'})
    assert answer.status_code == 400 or "<script" not in answer.text


def test_get_is_off(server):
    answer = requests.get(f"{server.api_url}/AuthenticateUser", timeout=60,
                          params={"Username": server.account, "Password": server.password})
    assert answer.status_code == 405 and answer.headers["Allow"] == "OPTIONS, POST"
    assert "HttpGet" not in requests.get(server.api_url + "?WSDL", timeout=60).text


def test_get_where_it_is_on(with_get):
    login = {"Username": with_get.account, "Password": with_get.password}

    def call(operation, **parameters):
        return requests.get(f"{with_get.api_url}/{operation}", params={**login, **parameters}, timeout=60)
    made = call("addgroup", groupname="Grüße & <b>")
    assert made.status_code == 200 and made.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert re.fullmatch(rf'{re.escape(DECLARATION)}<string xmlns="{NAMESPACE}">0\nSUCCESS\n\d+</string>', made.text)
    assert "Grüße &amp; &lt;b&gt;" in call("Groups_GetList_XML").content.decode()
    missing = call("AddGroup")
    assert (missing.status_code, missing.text) == (500, "Missing parameter: GroupName.\r\n")
    assert call("AddGroup", GroupName="Grüße & <b>").text.startswith("DuplicateGroupNameException: ")
    # Who asks for the head of an answer does not mean the deed.
    head = requests.head(f"{with_get.api_url}/AddGroup", params={**login, "GroupName": "Head"}, timeout=60)
    assert head.status_code == 405
    assert "Head" not in call("Groups_GetList_XML").text
    assert with_get.password not in with_get.log


def test_clients_are_generated_from_the_get_binding(with_get):
    text = requests.get(with_get.api_url + "?WSDL", timeout=60).text
    assert text.count("HttpGetIn") == text.count("HttpPostIn") > 0
    service = zeep.Client(with_get.api_url + "?WSDL").bind("JangoMail", "JangoMailHttpGet")
    assert service.AuthenticateUser(Username=with_get.account, Password=with_get.password).startswith("0\nSUCCESS\n")
    assert any(sample.startswith("GET /api.asmx/AddGroup?Username=string&Password=string&GroupName=string HTTP/1.1")
               for sample in page(with_get, "AddGroup").samples)
