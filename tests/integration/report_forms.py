"""Reports in every form and binding, read back to rows, and held against the contract's schema."""
import xml.etree.ElementTree as ElementTree

import lxml.etree
import requests

from soap import NAMESPACE

SCHEMA = "http://www.w3.org/2001/XMLSchema"
DIFFGRAM = "urn:schemas-microsoft-com:xml-diffgram-v1"
DATA = "urn:schemas-microsoft-com:xml-msdata"
ENVELOPES = {"soap11": "http://schemas.xmlsoap.org/soap/envelope/", "soap12": "http://www.w3.org/2003/05/soap-envelope"}
BINDINGS = (*ENVELOPES, "form")
ROW, COLUMN, QUALIFIER = "|r|", "|c|", "'"
DELIMITERS = {"RowDelimiter": ROW, "ColDelimiter": COLUMN, "TextQualifier": QUALIFIER}
CALL_SECONDS = 60


class Refused(Exception):
    """name: of the exception that the server answered with."""

    def __init__(self, text):
        super().__init__(text)
        self.name = text.partition(":")[0]


class Contract:
    """The published WSDL: operations with their parameters, and its schema."""

    def __init__(self, server):
        document = lxml.etree.fromstring(requests.get(server.api_url + "?WSDL", timeout=CALL_SECONDS).content)
        schema = document.find(f".//{{{SCHEMA}}}schema")
        self.parameters = {}
        for message in document.findall("{http://schemas.xmlsoap.org/wsdl/}message"):
            if message.get("name").endswith("HttpPostIn"):
                self.parameters[message.get("name")[:-len("HttpPostIn")]] = [part.get("name") for part in message]
        # A DataSet's schema is any element here, as XML Schema's own schema is not at hand; read_dataset() uses it.
        for reference in schema.findall(f".//{{{SCHEMA}}}element[@ref='s:schema']"):
            reference.tag, reference.attrib["processContents"] = f"{{{SCHEMA}}}any", "skip"
            del reference.attrib["ref"]
        for wildcard in schema.iter(f"{{{SCHEMA}}}any"):
            wildcard.set("processContents", "skip")
        self._schema = lxml.etree.XMLSchema(lxml.etree.fromstring(lxml.etree.tostring(schema, encoding="utf-8")))

    def reports(self):
        """Operations that give out rows."""
        return [name for name in self.parameters if form_of(name)]

    def validate(self, element):
        self._schema.assertValid(element)


def form_of(operation):
    """"String", "XML" or "DataSet"; None: it is no report."""
    last = operation.rpartition("_")[2].rstrip("2")
    return last if last in ("String", "XML", "DataSet") and not operation.startswith("AddGroup") else None


def call(server, contract, binding, operation, login=None, **parameters):
    """Returns the result element, validated. Parameters that the operation does not have are left out."""
    account, password = login or (server.account, server.password)
    values = {"Username": account, "Password": password, **DELIMITERS, **parameters}
    values = {name: values[name] for name in contract.parameters[operation]}
    if binding == "form":
        answer = requests.post(f"{server.api_url}/{operation}", data=values, timeout=CALL_SECONDS)
        if answer.status_code != 200:
            raise Refused(answer.text)
        result = lxml.etree.fromstring(answer.content)
        if result.tag != "NewDataSet":
            contract.validate(result)
        return result
    return _call_soap(server, contract, ENVELOPES[binding], operation, values)


def _call_soap(server, contract, namespace, operation, values):
    envelope = ElementTree.Element(f"{{{namespace}}}Envelope")
    request = ElementTree.SubElement(ElementTree.SubElement(envelope, f"{{{namespace}}}Body"), f"{{{NAMESPACE}}}{operation}")
    for name, value in values.items():
        ElementTree.SubElement(request, f"{{{NAMESPACE}}}{name}").text = str(value)
    answer = requests.post(server.api_url, data=ElementTree.tostring(envelope, "utf-8"), timeout=CALL_SECONDS,
                           headers={"Content-Type": "text/xml; charset=utf-8"})
    body = lxml.etree.fromstring(answer.content)[0]
    if answer.status_code != 200:
        raise Refused(body.findtext(".//faultstring") or body.findtext(f".//{{{namespace}}}Text"))
    response = lxml.etree.fromstring(lxml.etree.tostring(body[0], encoding="utf-8"))
    contract.validate(response)
    return response[0]


def rows(server, contract, binding, operation, **parameters):
    """The report as a list of lists of text. Booleans are XML's in each form."""
    result = call(server, contract, binding, operation, **parameters)
    form = form_of(operation)
    if form == "String":
        return _read_text(result.text or "")
    if form == "DataSet":
        return read_dataset(result)[1]
    document = result if result.tag == "NewDataSet" else result[0]
    assert document.tag == "NewDataSet"
    return [[column.text or "" for column in row] for row in document]


def _read_text(text):
    booleans = {"True": "true", "False": "false"}
    values = [[value[1:-1].replace(QUALIFIER * 2, QUALIFIER) for value in row.split(COLUMN)] for row in text.split(ROW)]
    return [[booleans.get(value, value) for value in row] for row in values] if text else []


def read_dataset(result):
    """([(column, type)], rows) of a DataSet, whose rows are held against its schema."""
    schema, diffgram = result
    assert (schema.tag, diffgram.tag) == (f"{{{SCHEMA}}}schema", f"{{{DIFFGRAM}}}diffgram")
    [table] = [each for each in schema.iter(f"{{{SCHEMA}}}element") if each.get("type") is None and each.get("name") != "NewDataSet"]
    columns = [(each.get("name"), each.get("type")) for each in table.iter(f"{{{SCHEMA}}}element") if each is not table]
    assert len(diffgram) < 2
    if len(diffgram) == 0:
        return columns, []
    data = lxml.etree.fromstring(lxml.etree.tostring(diffgram[0], encoding="utf-8"))
    for number, row in enumerate(data):
        assert row.attrib.pop(f"{{{DIFFGRAM}}}id") == f"{row.tag}{number + 1}"
        assert row.attrib.pop(f"{{{DATA}}}rowOrder") == str(number)
        assert row.tag == table.get("name") and [value.tag for value in row] == [name for name, _ in columns]
    lxml.etree.XMLSchema(lxml.etree.fromstring(lxml.etree.tostring(schema, encoding="utf-8"))).assertValid(data)
    return columns, [[value.text or "" for value in row] for row in data]
