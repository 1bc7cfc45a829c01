"""Requests that mean no good: {what: (body as bytes, content type)}. The answer to each is a fault."""
from soap import ENVELOPE, NAMESPACE

XML = "text/xml; charset=utf-8"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
MEGABYTE = 1 << 20


def envelope(content, soap=ENVELOPE, before="", attributes=""):
    """With content in the Body, and before, as a DOCTYPE, ahead of all."""
    return (f'<?xml version="1.0" encoding="utf-8"?>{before}<s:Envelope xmlns:s="{soap}" {attributes}><s:Body>{content}'
            "</s:Body></s:Envelope>")


def operation(name, login, parameters, attributes=""):
    """parameters: XML."""
    username, password = login
    return (f'<{name} xmlns="{NAMESPACE}" {attributes}><Username>{username}</Username><Password>{password}</Password>{parameters}'
            f"</{name}>")


def _entities(count):
    """A billion laughs, or as many as count makes."""
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, count))
    return f'<!DOCTYPE x [<!ENTITY e0 "laugh">{lines}]>'


def requests(login):
    """login: (name, password), right ones, so that each request gets as far as it can."""
    def add_group(name, attributes="", **around):
        return envelope(operation("AddGroup", login, f"<GroupName>{name}</GroupName>", attributes), **around)

    def member(parameters):
        return envelope(operation("AddGroupMember", login, f"<GroupName>x</GroupName><EmailAddress>a@b.test</EmailAddress>{parameters}"),
                        attributes=f'xmlns:e="{ENCODING}" xmlns:i="{XSI}" xmlns:t="{NAMESPACE}"')

    def number(value, name="DeleteGroupByID", parameter="GroupID"):
        return envelope(operation(name, login, f"<{parameter}>{value}</{parameter}>"))
    told = {
        "nothing": "",
        "a DOCTYPE": add_group("x", before="<!DOCTYPE x>"),
        "an entity": add_group("&e0;", before=_entities(1)),
        "a billion laughs": add_group("&e9;", before=_entities(10)),
        "quadratic entities": add_group("&e0;" * 50_000, before=f'<!DOCTYPE x [<!ENTITY e0 "{"x" * 50_000}">]>'),
        "a file as entity": add_group("&e;", before='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
        "a URL as entity": add_group("&e;", before='<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:1/">]>'),
        "a parameter entity": add_group("x", before='<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]>'),
        "a DTD elsewhere": add_group("x", before='<!DOCTYPE x SYSTEM "file:///etc/passwd">'),
        "an entity without DOCTYPE": add_group("&nbsp;"),
        "too deep": add_group("<a>" * 100 + "</a>" * 100),
        "much too deep": "<a>" * 1_000_000,
        "deep in a header": envelope("", before="").replace("<s:Body>", "<s:Header>" + "<a>" * 100_000),
        "100,000 attributes": add_group("{}", attributes=" ".join(f'a{n}="1"' for n in range(100_000))),
        "100,000 namespaces": add_group("{}", attributes=" ".join(f'xmlns:n{n}="urn:{n}"' for n in range(100_000))),
        "an attribute twice": add_group("x", attributes='a="1" a="2"'),
        "an attribute of 9 MiB": add_group("{}", attributes=f'a="{"x" * 9 * MEGABYTE}"'),
        "an element's name of 9 MiB": add_group(f"<{'x' * 9 * MEGABYTE}/>"),
        "a value of 9 MiB": add_group("x" * 9 * MEGABYTE),
        "a CDATA section of 9 MiB": add_group(f"<![CDATA[{'x' * 9 * MEGABYTE}]]>"),
        "a parameter of 9 MiB that is none": add_group(f"{{}}</GroupName><x>{'x' * 9 * MEGABYTE}</x><GroupName>"),
        "an array's value of 9 MiB": member(f"<FieldNames><string>{'x' * 9 * MEGABYTE}</string></FieldNames><FieldValues/>"),
        "comments of 9 MiB": add_group("{" + f"<!--{'x' * 10_000}-->" * 900),
        "a comment of 9 MiB": add_group(f"{{}}<!--{'x' * 9 * MEGABYTE}-->"),
        "a million elements": add_group("{}" + "<a/>" * 1_000_000),
        "a million character references": add_group("&#x41;" * 1_000_000),
        "170,000 character references": add_group("&#x41;" * 170_000),
        "unclosed": add_group("x").removesuffix("</s:Envelope>"),
        "two roots": add_group("x") + "<a/>",
        "rubbish behind": add_group("x") + "\x00\x01",
        "only tags that open": "<" * MEGABYTE,
        "a character reference to NUL": add_group("a&#0;b"),
        "a character reference to a control": add_group("a&#1;b"),
        "a character reference to a surrogate": add_group("a&#xD800;b"),
        "a character reference beyond Unicode": add_group("a&#x110000;b"),
        "a huge character reference": add_group(f"a&#{'9' * 1000};b"),
        "a control": add_group("a\x01b"),
        "a NUL": add_group("a\x00b"),
        "a noncharacter": add_group("a\ufffeb"),
        "a control that XML allows, in a name": add_group("a\tb"),
        "another envelope": add_group("x", soap="http://www.w3.org/2001/09/soap-envelope"),
        "an operation of another namespace": add_group("x").replace(f'<AddGroup xmlns="{NAMESPACE}"', '<AddGroup xmlns="urn:other"'),
        "an operation of nearly the namespace": add_group("x").replace(f'xmlns="{NAMESPACE}"', f'xmlns="{NAMESPACE}x"'),
        "an undeclared prefix": add_group("x").replace("<AddGroup", "<y:AddGroup"),
        "no operation": envelope(""),
        "two operations that are none": envelope("<a/><b/>"),
        "an empty name": envelope(f'<AddGroup xmlns="{NAMESPACE}"/>'),
        "no Body": envelope("").replace("<s:Body></s:Body>", ""),
        "a header that must be understood": add_group("x").replace("<s:Body>", '<s:Header><a s:mustUnderstand="1"/></s:Header><s:Body>'),
        "a reference to nowhere": add_group("").replace("<GroupName>", '<GroupName href="#nowhere">'),
        "a reference to itself": envelope(f'<AddGroup xmlns="{NAMESPACE}" id="a" href="#a"/>'),
        "an attachment that is not there": add_group('<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:1"/>{'),
        "an array of two thousand million": member('<FieldNames e:arrayType="t:string[2000000000]"/><FieldValues/>'),
        "an array at a far place": member(
            '<FieldNames e:arrayType="t:string[2]" e:offset="[2000000000]"><string>a</string></FieldNames><FieldValues/>'),
        "100,000 fields": member(f"<FieldNames>{'<string>a</string>' * 100_000}</FieldNames><FieldValues/>"),
        "a type that is none": member('<FieldNames i:type="t:int">1</FieldNames><FieldValues/>').replace(">x</Gr", ">{</Gr"),
        "SQL for a name": envelope(operation("DeleteGroupByName", login, "<GroupName>' OR true; DROP TABLE email_group; --</GroupName>")),
        "XML for a name": envelope(operation("DeleteGroupByName", login, "<GroupName><![CDATA[</GroupName><x>&amp;]]></GroupName>")),
        "a backslash for a name": envelope(operation("DeleteGroupByName", login, "<GroupName>\\' \\x00 %00 %s%n</GroupName>")),
    }
    for value in ("99999999999999999999", "-99999999999999999999", "2147483648", "9" * 100_000, "1e9", "0x10", "1.5", "x", "NaN",
                  "١", "--1", "1 2"):
        told[f"{value[:20]} for an int"] = number(value)
    for value in ("9223372036854775808", "9" * 100_000, "x"):
        told[f"{value[:20]} for a long"] = number(value, "Reports_GetSMTPLog_Transactional", "TransactionalID")
    told = {what: (text.encode(), XML) for what, text in told.items()}
    good = add_group("Größe {")
    told |= {
        "NULs": (bytes(MEGABYTE), XML),
        "random bytes": (bytes(n * 7919 % 251 for n in range(100_000)), XML),
        "broken UTF-8": (add_group("a?b").encode().replace(b"?", b"\xff"), XML),
        "UTF-8 that is cut": (add_group("a?b").encode().replace(b"?", b"\xe2\x82"), XML),
        "overlong UTF-8": (add_group("a?b").encode().replace(b"?", b"\xc0\xaf"), XML),
        "a surrogate in UTF-8": (add_group("a?b").encode().replace(b"?", b"\xed\xa0\x80"), XML),
        "a NUL in modified UTF-8": (add_group("a?b").encode().replace(b"?", b"\xc0\x80"), XML),
        "UTF-16 that says UTF-8": (good.encode("utf-16-le"), XML),
        "UTF-7": (good.encode("utf-7"), "text/xml; charset=utf-7"),
        "EBCDIC": (good.encode("cp037", "replace"), "text/xml; charset=utf-8"),
        "a charset that is none": (good.encode(), "text/xml; charset=no-such-charset"),
        "a charset as long as a book": (good.encode(), f"text/xml; charset={'x' * 20_000}"),
        "a multipart without parts": (b"--x--\r\n", 'multipart/related; boundary="x"; type="text/xml"'),
        "JSON": (b'{"GroupName": "x"}', "application/json"),
        "SOAP 1.2 as rubbish": (b"<a", "application/soap+xml; charset=utf-8"),
    }
    return told
