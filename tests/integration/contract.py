"""The published contract: what operations take, and calls in each binding whose answers are held against its schema."""
import pathlib
import xml.etree.ElementTree as ElementTree

import lxml.etree
import requests

from soap import NAMESPACE

SCHEMA = "http://www.w3.org/2001/XMLSchema"
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
ENVELOPES = {"soap11": "http://schemas.xmlsoap.org/soap/envelope/", "soap12": "http://www.w3.org/2003/05/soap-envelope"}
CONTENT_TYPES = {"soap11": "text/xml; charset=utf-8", "soap12": "application/soap+xml; charset=utf-8"}
FAULT_STATUS = {"soap11": (500,), "soap12": (400, 500)}
BINDINGS = (*ENVELOPES, "form")
CALL_SECONDS = 60
_ENVELOPE_SCHEMAS = {binding: lxml.etree.XMLSchema(file=str(
    pathlib.Path(__file__).resolve().parent.parent / "data" / "soap" / f"{binding}.xsd")) for binding in ENVELOPES}


class Refused(Exception):
    """name: of the exception that the server answered with."""

    def __init__(self, text):
        super().__init__(text)
        self.name = text.partition(":")[0]


def client_at(source):
    """A requests.Session that calls from that address."""
    http, adapter = requests.Session(), requests.adapters.HTTPAdapter()
    adapter.init_poolmanager(1, 1, source_address=(source, 0))
    http.mount("http://", adapter)
    return http


class Contract:
    """The WSDL of a server. operations: {name: {parameter: its type, as "string", "int", "long" or "ArrayOfString"}}."""

    def __init__(self, server):
        self._url = server.api_url
        self._http = requests.Session()
        document = lxml.etree.fromstring(self._http.get(self._url + "?WSDL", timeout=CALL_SECONDS).content)
        schema = document.find(f".//{{{SCHEMA}}}schema")
        elements = {element.get("name"): element for element in schema.findall(f"{{{SCHEMA}}}element")}
        self.operations = {
            each.get("name"): {part.get("name"): part.get("type").partition(":")[2]
                               for part in elements[each.get("name")].iter(f"{{{SCHEMA}}}element") if part.get("type")}
            for each in document.find(f"{WSDL}portType[@name='JangoMailSoap']")}
        # What the form bindings answer with; None: a document of its own.
        self._answers = {message.get("name").removesuffix("HttpPostOut"): (message[0].get("element") or "").partition(":")[2]
                         for message in document.findall(f"{WSDL}message") if message.get("name").endswith("HttpPostOut")}
        # A DataSet's schema is any element here, as XML Schema's own schema is not at hand; read_dataset() uses it.
        for reference in schema.findall(f".//{{{SCHEMA}}}element[@ref='s:schema']"):
            reference.tag, reference.attrib["processContents"] = f"{{{SCHEMA}}}any", "skip"
            del reference.attrib["ref"]
        for wildcard in schema.iter(f"{{{SCHEMA}}}any"):
            wildcard.set("processContents", "skip")
        self._schema = lxml.etree.XMLSchema(lxml.etree.fromstring(lxml.etree.tostring(schema, encoding="utf-8")))

    def call(self, binding, operation, http=None, **values):
        """binding: "soap11", "soap12", "form" or "get"; an array is a list. http: a requests.Session in place of its own.
        Returns the element of the result, or raises Refused; either way the answer is as the contract has it."""
        assert values.keys() == self.operations[operation].keys(), operation
        http = http or self._http
        if binding in ENVELOPES:
            return self._call_soap(http, binding, operation, values)
        url = f"{self._url}/{operation}"
        if binding == "form":
            return self._read_form(operation, http.post(url, data=values, timeout=CALL_SECONDS))
        return self._read_form(operation, http.get(url, params=values, timeout=CALL_SECONDS))

    def _read_form(self, operation, answer):
        if answer.status_code != 200:
            assert (answer.status_code, answer.headers["Content-Type"]) == (500, "text/plain; charset=utf-8"), answer.text
            line, end = answer.text.split("\r\n")
            assert end == "" and ": " in line
            raise Refused(line)
        assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
        assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>\r\n<')
        result = lxml.etree.fromstring(answer.content)
        if self._answers[operation]:
            assert result.tag == f"{{{NAMESPACE}}}{self._answers[operation]}", operation
            self._schema.assertValid(result)
        return result

    def _call_soap(self, http, binding, operation, values):
        namespace = ENVELOPES[binding]
        envelope = ElementTree.Element(f"{{{namespace}}}Envelope")
        request = ElementTree.SubElement(ElementTree.SubElement(envelope, f"{{{namespace}}}Body"), f"{{{NAMESPACE}}}{operation}")
        for name, value in values.items():
            element = ElementTree.SubElement(request, f"{{{NAMESPACE}}}{name}")
            if isinstance(value, list):
                for each in value:
                    ElementTree.SubElement(element, f"{{{NAMESPACE}}}string").text = str(each)
            else:
                element.text = str(value)
        answer = http.post(self._url, data=ElementTree.tostring(envelope, "utf-8"), timeout=CALL_SECONDS,
                           headers={"Content-Type": CONTENT_TYPES[binding], "SOAPAction": f'"{NAMESPACE}{operation}"'})
        assert answer.headers["Content-Type"] == CONTENT_TYPES[binding]
        document = lxml.etree.fromstring(answer.content)
        _ENVELOPE_SCHEMAS[binding].assertValid(document)
        content = document[0][0]
        if content.tag == f"{{{namespace}}}Fault":
            assert answer.status_code in FAULT_STATUS[binding]
            text = content.findtext("faultstring") or content.findtext(f".//{{{namespace}}}Text")
            assert text == ": ".join(content.find(f".//{{{NAMESPACE}}}Exception").itertext())
            raise Refused(text)
        assert answer.status_code == 200 and content.tag == f"{{{NAMESPACE}}}{operation}Response"
        response = lxml.etree.fromstring(lxml.etree.tostring(content, encoding="utf-8"))
        self._schema.assertValid(response)
        return response[0]
