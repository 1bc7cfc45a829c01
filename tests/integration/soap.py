"""Calls of the API as a plain SOAP 1.1 client makes them, without a generated stub."""
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

import requests

from wait import wait_for

NAMESPACE = "http://api.jangomail.com/"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
CALL_SECONDS = 60


class Fault(Exception):
    """name: "GroupNotFoundException"; the text is the whole faultstring."""

    def __init__(self, text):
        super().__init__(text)
        self.name = text.partition(":")[0]


def call(server, operation, account=None, password=None, timeout=CALL_SECONDS, **parameters):
    """Returns the result: a string, or an Element when the result is an XML document inside the result element."""
    values = {"Username": server.account if account is None else account,
              "Password": server.password if password is None else password, **parameters}
    fields = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())
    body = (f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{ENVELOPE}"><soap:Body>'
            f'<{operation} xmlns="{NAMESPACE}">{fields}</{operation}></soap:Body></soap:Envelope>')
    answer = requests.post(server.api_url, data=body.encode(), timeout=timeout, headers={
        "Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{NAMESPACE}{operation}"'})
    document = ElementTree.fromstring(answer.content)
    fault = document.find(f".//{{{ENVELOPE}}}Fault")
    if fault is not None:
        raise Fault(fault.findtext("faultstring"))
    assert answer.status_code == 200, answer.text
    result = document.find(f".//{{{NAMESPACE}}}{operation}Result")
    if len(result):
        return result[0]
    return result.text or ""


def rows(element):
    """An XML report as a list of {column: text}."""
    return [{_local(column): column.text or "" for column in row} for row in element]


def _local(element):
    return element.tag.rpartition("}")[2]


def result_id(text):
    """The id in "0\\nSUCCESS\\n<id>"."""
    status, word, number = text.split("\n")
    assert (status, word) == ("0", "SUCCESS")
    return int(number)


def deliveries(server, address, group="", **login):
    """Rows of Reports_Transactional_GetRecipients_XML for one address, of all times."""
    report = call(server, "Reports_Transactional_GetRecipients_XML", GroupName=group, BeginDate="",
                  EndDate="", **login)
    if isinstance(report, str):
        return []
    return [row for row in rows(report) if row["EmailAddress"] == address]


def delivery(server, address, status=None, deadline=15):
    """Waits for the one delivery to that address, and for its Status ("Delivered") if one is given. Returns its row."""
    def found():
        matching = deliveries(server, address)
        assert len(matching) < 2
        return matching and status in (None, matching[0]["Status"]) and matching[0]
    return wait_for(found, deadline, f"a delivery to {address} in state {status}")


def smtp_log(server, transactional_id):
    """The XML log of one transactional delivery, as an Element."""
    return ElementTree.fromstring(
        call(server, "Reports_GetSMTPLog_Transactional", TransactionalID=transactional_id))


def lines(log, attempt=1):
    """The lines of one attempt of an XML log: [(direction, text)]."""
    for each in log.iter("Attempt"):
        if each.get("number") == str(attempt):
            return [(line.get("direction"), line.text or "") for line in each.iter("Line")]
    return []
