"""SendMassEmailRaw: a campaign whose content the caller wrote as MIME, in each binding."""
import pytest

import mail
import soap
from test_api import BINDINGS, Api, id_of, zeep_client  # noqa: F401 (a fixture)
from test_campaign import recipients
from wait import wait_for

TO = {"ToGroups": "", "ToGroupFilter": "", "ToOther": "", "ToWebDatabase": ""}
PARTS = """preamble
--outer
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Dear %%Name%%, =E2=82=AC 5
--outer
Content-Type: text/html

<p>Dear %%Name%%, Größe</p>
--outer
Content-Type: application/octet-stream; name="x.bin"
Content-Transfer-Encoding: base64

AAEC%%Name%%
--outer--
"""


@pytest.fixture(params=BINDINGS)
def api(server, zeep_client, request):  # noqa: F811
    return Api(zeep_client, request.param, server.account, server.password)


def send(api, raw, boundary="", **parameters):
    return id_of(api("SendMassEmailRaw", **{"FromEmail": "news@shop.test", "FromName": "The Shöp", "Subject": "Hello %%Name%%",
                                            "RawMessage": raw, "Boundary": boundary, "Options": "", **TO, **parameters}))


def received(server, word):
    return mail.parse(mail.captured(server, word))


def test_parts_and_their_fields(server, api):
    group, address = mail.unique(), mail.address()
    api("AddGroup", GroupName=group)
    api("AddGroupMemberString", GroupName=group, EmailAddress=address, FieldNames="Name", FieldValues="Ann <Ö>")
    send(api, PARTS, "outer", ToGroups=group)
    raw = mail.captured(server, address)
    assert raw.isascii() and b"MIME-Version: 1.0" in raw
    message = mail.parse(raw)
    assert message["Subject"] == "Hello Ann <Ö>" and message["From"].addresses[0].display_name == "The Shöp"
    assert message.get_content_type() == "multipart/alternative" and message.get_boundary() == "outer"
    plain, html, binary = message.iter_parts()
    assert plain.get_content().rstrip() == "Dear Ann <Ö>, € 5"
    assert html.get_content().rstrip() == "<p>Dear Ann &lt;Ö&gt;, Größe</p>"
    assert binary.get_filename() == "x.bin" and b"AAEC%%Name%%" in raw


def test_what_has_no_field_leaves_as_it_came(server, api):
    address, word = mail.address(), mail.unique()
    parts = f"--b\nContent-Type: text/plain\nContent-ID: <{word}@x>\nX-Own:  two  spaces\n\n{word} =20 %  %%\n\n--b--\n"
    send(api, parts, "b", ToOther=address)
    raw = mail.captured(server, word)
    assert parts.replace("\n", "\r\n").encode() in raw


@pytest.mark.parametrize("raw, kind, text", [
    ("Just text: {word} Größe", "text/plain", "Just text: {word} Größe"),
    ("Content-Type: text/html; charset=utf-8\n\n<b>{word}</b>", "text/html", "<b>{word}</b>"),
    ("MIME-Version: 1.0\nSubject: Mine\nBcc: x@y.test\nContent-Type: text/html\n\n{word} Ä", "text/html", "{word} Ä"),
    ("Content-Type: multipart/mixed; boundary=q\n\n--q\n\n{word} one\n--q\nContent-Type: text/html\n\ntwo\n--q--\n", "multipart/mixed", None)])
def test_an_entity_of_its_own(server, api, raw, kind, text):
    address, word = mail.address(), mail.unique()
    send(api, raw.format(word=word), ToOther=address, Subject="Ours")
    message = received(server, address)
    assert message.get_content_type() == kind and message.get_all("Subject") == ["Ours"] and message["Bcc"] is None
    assert len(message.get_all("MIME-Version")) == 1
    if text is None:
        assert [part.get_content().rstrip() for part in message.iter_parts()] == [f"{word} one", "two"]
    else:
        assert message.get_content().rstrip() == text.format(word=word)


def test_fields_that_are_no_content(server, api):
    """Of the caller's fields none is left, and the message is whole all the same."""
    address, word = mail.address(), mail.unique()
    send(api, f"MIME-Version: 1.0\nX-Mine: 1\n\n{word}\n", ToOther=address)
    message = received(server, word)
    assert message["X-Mine"] is None and message.get_content().rstrip() == word


def test_a_missing_closing_delimiter_is_added(server, api):
    address, word = mail.address(), mail.unique()
    send(api, f"--b\n\n{word}", "b", ToOther=address)
    raw = mail.captured(server, word)
    assert raw.rstrip().endswith(b"--b--")


def test_long_lines_and_8_bit_text_are_encoded(server, api):
    address, word = mail.address(), mail.unique()
    line = word + "Ä" * 1200
    send(api, f"Content-Type: text/plain\n\n{line}\n", ToOther=address)
    raw = mail.captured(server, address)
    assert raw.isascii() and max(map(len, raw.split(b"\r\n"))) <= 998
    assert mail.parse(raw).get_content().rstrip() == line


def test_dots_at_the_start_of_a_line(server, api):
    address, word = mail.address(), mail.unique()
    send(api, f".\n..{word}\n.", ToOther=address)
    assert received(server, word).get_content().splitlines() == [".", f"..{word}", "."]


def test_again_by_its_number(server, api):
    first, second, word = mail.address(), mail.address(), mail.unique()
    job = send(api, f"--b\n\n{word} to %%EmailAddress%%\n--b--\n", "b", ToOther=first)
    again = id_of(api("SendMassEmailPrevious", JobID=job, **{**TO, "ToOther": second}))
    assert f"{word} to {second}" in mail.captured(server, f"to {second}").decode()
    assert recipients(server, job) == [first] and recipients(server, again) == [second]


@pytest.mark.parametrize("name, parameters", [
    ("InvalidBoundaryException", {"Boundary": "other"}), ("InvalidBoundaryException", {"Boundary": 'a"b'}),
    ("InvalidBoundaryException", {"Boundary": "x" * 71}), ("InvalidBoundaryException", {"Boundary": "oute"}),
    ("EmptyMessageException", {"RawMessage": " \n "}), ("InvalidEmailAddressException", {"FromEmail": "nobody"}),
    ("InvalidSubjectException", {"Subject": "a\nb"}), ("NoRecipientsException", {"ToOther": ""}),
    ("NotSupportedException", {"ToWebDatabase": "x"}), ("GroupNotFoundException", {"ToGroups": "no such group"})])
def test_what_is_refused(api, name, parameters):
    given = {"FromEmail": "news@shop.test", "FromName": "", "Subject": "", "RawMessage": PARTS, "Boundary": "outer",
             "Options": "", **TO, "ToOther": mail.address(), **parameters}
    assert api.error("SendMassEmailRaw", **given) == name


@pytest.mark.parametrize("raw, reason", [
    ("".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(5000)) + "\nx\n",
     "nested more than 50 deep"),
    ("Content-Type: multipart/mixed; boundary=b\n\n" + "--b\n\nx\n" * 100_000, "more than 10000 header lines"),
    ("Content-Type: text/plain\n" + "a:\n" * 100_000 + "\nx\n", "more than 10000 header lines")], ids=["within", "beside", "fields"])
def test_parts_have_an_end(server, api, raw, reason):
    """Readers recurse, and make an object of each; who is sent such a thing is told why it failed."""
    address = mail.address()
    job = send(api, raw, ToOther=address)

    def log():
        try:
            return soap.call(server, "Reports_GetSMTPLog", JobID=job, EmailAddress=address)
        except soap.Fault:
            return None

    text = wait_for(log, what="the log")
    assert reason in text and "result failed 5.6" in text
