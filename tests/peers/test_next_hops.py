"""Other people's mail servers take mail from Bracemail, by STARTTLS, and pass it on whole."""
import os

import pytest

import mail
import soap
from certificates import make
from opensmtpd import OpenSMTPD
from postfix import Postfix
from wait import wait_for

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="these servers' own processes need root to start")


def postfix(port, certificate, key):
    return Postfix(port, settings=f"""
smtpd_tls_security_level = may
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
""")


# Debian 12's OpenSMTPD offers STARTTLS and fails in each handshake, as it is built with OpenSSL 3
# (github.com/OpenSMTPD/OpenSMTPD/issues/1171): it gets its mail without, after one more connection.
@pytest.mark.parametrize("make_peer, secured", [(postfix, "TLSv1.3"), (OpenSMTPD, "trying again without TLS")],
                         ids=["postfix", "opensmtpd"])
def test_takes_mail_from_bracemail(make_server, sink, tmp_path, make_peer, secured):
    peer = make_peer(sink.port, *make(tmp_path, "peer.example.test"))
    try:
        server = make_server(delivery={"route": "smarthost", "smarthost": f"[127.0.0.1]:{peer.port}", "retry": [1]})
        word, recipients = mail.unique(), [mail.address() for _ in range(20)]
        body = b"".join(b".line %d\r\n" % number for number in range(5000)) + b"Gr\xc3\xbc\xc3\x9fe\r\n"
        message = mail.build(f"Greetings {word}", body, to=recipients[0])
        mail.send(server, message, recipients, options=["BODY=8BITMIME"])
        lines = []
        for recipient in recipients:
            row = soap.delivery(server, recipient, "Delivered", 60)
            log = soap.smtp_log(server, row["TransactionalID"])
            lines += [line.text or "" for line in log.iter("Line")]
            taken, = wait_for(lambda: sink.to(recipient), 60, f"{recipient} in the sink")
            assert mail.split(taken.content)[1] == mail.split(message)[1]
        assert any(secured in line for line in lines), "\n".join(lines)
    finally:
        peer.stop()
