"""What SOAP toolkits of 2004 to 2012 put on the wire, envelope by envelope, and the bytes they get back."""
import re
import xml.etree.ElementTree as ElementTree

import pytest
import requests

import mail
import soap
from soap import ENVELOPE, NAMESPACE

ENVELOPE_12 = "http://www.w3.org/2003/05/soap-envelope"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
XSD = 'xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
HEAD = ('<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{soap}" ' + XSI + " " + XSD + "><soap:Body>")
TAIL = "</soap:Body></soap:Envelope>"

# {user} and {password} are the account's; each calls AuthenticateUser.
CLIENTS = {
    "dotnet": f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{ENVELOPE}" {XSI} {XSD}><soap:Body>'
              f'<AuthenticateUser xmlns="{NAMESPACE}"><Username>{{user}}</Username><Password>{{password}}</Password>'
              '</AuthenticateUser></soap:Body></soap:Envelope>',
    "axis-document": f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE}" {XSD} {XSI}>'
                     f'<soapenv:Body><AuthenticateUser xmlns="{NAMESPACE}"><Username>{{user}}</Username><Password>'
                     '{password}</Password></AuthenticateUser></soapenv:Body></soapenv:Envelope>',
    "axis-rpc": f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE}" {XSD} {XSI}><soapenv:Body><ns1:AuthenticateUser '
                f'soapenv:encodingStyle="{ENCODING}" xmlns:ns1="{NAMESPACE}"><ns1:Username xsi:type="xsd:string">{{user}}'
                '</ns1:Username><ns1:Password xsi:type="xsd:string">{password}</ns1:Password></ns1:AuthenticateUser>'
                '</soapenv:Body></soapenv:Envelope>',
    "axis-addressing": f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE}"><soapenv:Header><wsa:MessageID '
                       'soapenv:mustUnderstand="0" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/03/addressing">uuid:1'
                       f'</wsa:MessageID></soapenv:Header><soapenv:Body><AuthenticateUser xmlns="{NAMESPACE}"><Username>'
                       '{user}</Username><Password>{password}</Password></AuthenticateUser></soapenv:Body>'
                       '</soapenv:Envelope>',
    "php": f'<?xml version="1.0" encoding="UTF-8"?>\n<SOAP-ENV:Envelope xmlns:SOAP-ENV="{ENVELOPE}" xmlns:ns1="{NAMESPACE}">'
           '<SOAP-ENV:Body><ns1:AuthenticateUser><ns1:Username>{user}</ns1:Username><ns1:Password>{password}'
           '</ns1:Password></ns1:AuthenticateUser></SOAP-ENV:Body></SOAP-ENV:Envelope>\n',
    "php-without-wsdl": f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{ENVELOPE}" xmlns:ns1="{NAMESPACE}" {XSD} {XSI} '
                        f'xmlns:SOAP-ENC="{ENCODING}" SOAP-ENV:encodingStyle="{ENCODING}"><SOAP-ENV:Body>'
                        '<ns1:AuthenticateUser><Username xsi:type="xsd:string">{user}</Username><Password '
                        'xsi:type="xsd:string">{password}</Password></ns1:AuthenticateUser></SOAP-ENV:Body>'
                        '</SOAP-ENV:Envelope>',
    "soap4r": f'<?xml version="1.0" encoding="utf-8" ?>\n<env:Envelope {XSD}\n    xmlns:env="{ENVELOPE}"\n    {XSI}>\n'
              f'  <env:Body>\n    <n1:AuthenticateUser xmlns:n1="{NAMESPACE}">\n      <n1:Username>{{user}}</n1:Username>\n'
              '      <n1:Password>{password}</n1:Password>\n    </n1:AuthenticateUser>\n  </env:Body>\n</env:Envelope>',
    "savon": f'<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:wsdl="{NAMESPACE}" xmlns:env="{ENVELOPE}">'
             '<env:Body><wsdl:AuthenticateUser><Username>{user}</Username><Password>{password}</Password>'
             '</wsdl:AuthenticateUser></env:Body></env:Envelope>',
    "suds": f'<SOAP-ENV:Envelope xmlns:ns0="{NAMESPACE}" xmlns:ns1="{ENVELOPE}" {XSI} xmlns:SOAP-ENV="{ENVELOPE}">'
            '<SOAP-ENV:Header/><ns1:Body><ns0:AuthenticateUser><ns0:Username>{user}</ns0:Username><ns0:Password>'
            '{password}</ns0:Password></ns0:AuthenticateUser></ns1:Body></SOAP-ENV:Envelope>',
    "cdata-comments-unknown": f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body><!-- c --><AuthenticateUser xmlns="{NAMESPACE}">'
                              '<?pi x?><x:New xmlns:x="urn:x"><x:y/></x:New><Username><![CDATA[{user}]]></Username>'
                              '<Password><!-- p -->{password}</Password></AuthenticateUser></s:Body></s:Envelope>',
    "soap12": f'<env:Envelope xmlns:env="{ENVELOPE_12}"><env:Header><x:Trace xmlns:x="urn:x"/></env:Header><env:Body>'
              f'<AuthenticateUser xmlns="{NAMESPACE}"><Username>{{user}}</Username><Password>{{password}}</Password>'
              '</AuthenticateUser></env:Body></env:Envelope>',
}


def send(server, text, **headers):
    return requests.post(server.api_url, data=text if isinstance(text, bytes) else text.encode(), timeout=60,
                         headers={"Content-Type": "text/xml; charset=utf-8", **headers})


@pytest.mark.parametrize("client", CLIENTS)
def test_answers_look_as_asmx_wrote_them(server, client):
    answer = send(server, CLIENTS[client].format(user=server.account, password=server.password))
    version = ENVELOPE_12 if ENVELOPE_12 in CLIENTS[client] else ENVELOPE
    assert answer.status_code == 200, answer.text
    assert re.sub(r"\n\d+<", "\n1<", answer.text) == (
        HEAD.format(soap=version) + f'<AuthenticateUserResponse xmlns="{NAMESPACE}"><AuthenticateUserResult>0\nSUCCESS\n1'
        "</AuthenticateUserResult></AuthenticateUserResponse>" + TAIL)


def wrong(soap_namespace):
    return (f'<s:Envelope xmlns:s="{soap_namespace}"><s:Body><AddGroup xmlns="{NAMESPACE}"><Username>no one</Username>'
            '</AddGroup></s:Body></s:Envelope>')


SENTENCE = "The username or the password is wrong."
DETAIL = (f'<Exception xmlns="{NAMESPACE}"><Name>InvalidLoginException</Name><Message>{SENTENCE}</Message></Exception>')


def test_faults_look_as_asmx_wrote_them(server):
    assert send(server, wrong(ENVELOPE)).text == (
        HEAD.format(soap=ENVELOPE) + "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>InvalidLoginException: "
        f"{SENTENCE}</faultstring><detail>{DETAIL}</detail></soap:Fault>" + TAIL)
    assert send(server, wrong(ENVELOPE_12)).text == (
        HEAD.format(soap=ENVELOPE_12) + "<soap:Fault><soap:Code><soap:Value>soap:Sender</soap:Value></soap:Code><soap:Reason>"
        f'<soap:Text xml:lang="en">InvalidLoginException: {SENTENCE}</soap:Text></soap:Reason><soap:Detail>{DETAIL}'
        "</soap:Detail></soap:Fault>" + TAIL)


def test_what_must_be_understood_is_refused(server):
    answer = send(server, f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Header><x:Key xmlns:x="urn:x" s:mustUnderstand="1"/></s:Header>'
                  f'<s:Body><AuthenticateUser xmlns="{NAMESPACE}"/></s:Body></s:Envelope>')
    assert ElementTree.fromstring(answer.content).find(".//faultcode").text == "soap:MustUnderstand"


@pytest.mark.parametrize("charset, declared, sent", [
    ("utf-16", "utf-16", "utf-16"), ("utf-8", "utf-16", "utf-8"), (None, "utf-16", "utf-16"), ("UTF-8", None, "utf-8-sig"),
    ("iso-8859-1", None, "iso-8859-1"), ("windows-1252", "utf-8", "windows-1252"), ('"utf-8"', "UTF-8", "utf-8")])
def test_charsets(server, charset, declared, sent):
    name = mail.unique("Grüße ")
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    text = (declaration + f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body><AddGroup xmlns="{NAMESPACE}"><Username>{server.account}'
            f'</Username><Password>{server.password}</Password><GroupName>{name}</GroupName></AddGroup></s:Body></s:Envelope>')
    answer = send(server, text.encode(sent),
                  **{"Content-Type": "text/xml" + (f"; charset={charset}" if charset else "")})
    assert answer.status_code == 200, answer.text
    assert soap.call(server, "GetGroupMemberCount", GroupName=name) == "0"


@pytest.mark.parametrize("reference", ["&#128512;", "&#x1F600;", "&#x1f600;", "&#x0001F600;", "&#00000128512;"])
def test_character_references(server, reference):
    name = mail.unique("Smile ")
    text = CLIENTS["php"].replace("AuthenticateUser", "AddGroup").replace(
        "</ns1:Password>", f"</ns1:Password><ns1:GroupName>{name} &#228;{reference} &#0000038; &#x3c;</ns1:GroupName>")
    answer = send(server, text.format(user=server.account, password=server.password))
    assert answer.status_code == 200, answer.text
    assert soap.call(server, "GetGroupMemberCount", GroupName=name + " ä\U0001F600 & <") == "0"
