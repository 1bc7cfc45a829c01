"""Other people's mail clients and servers hand their mail to Bracemail: with a login, under TLS, by group."""
import base64
import os
import pathlib
import smtplib
import subprocess

import pytest

import mail
import soap
from certificates import make
from opensmtpd import OpenSMTPD
from postfix import Postfix

HERE = pathlib.Path(__file__).resolve().parent
CLIENT_SECONDS = 60
GROUP = "Peers"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="this server's own processes need root to start")


def run(*command, input=None, **options):
    done = subprocess.run([str(each) for each in command], input=input, text=True, capture_output=True,
                          timeout=CLIENT_SECONDS, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def swaks(server, to, subject, *options):
    run("swaks", "--server", "127.0.0.1", "--from", mail.SENDER, "--to", to, "--h-Subject", subject,
        "--auth-user", server.account, "--auth-password", server.password, *options)


def swaks_starttls(server, to, subject):
    swaks(server, to, subject, "--port", server.submission_port, "--tls")


def swaks_implicit(server, to, subject):
    swaks(server, to, subject, "--port", server.smtps_port, "--tlsc")


def swaks_pipelined(server, to, subject):
    swaks(server, to, subject, "--port", server.submission_port, "--tls", "--pipeline")


def curl(server, to, subject):
    run("curl", "-sS", "--insecure", "--ssl-reqd", "-T", "-", "--user", f"{server.account}:{server.password}",
        "--mail-from", mail.SENDER, "--mail-rcpt", to, f"smtp://127.0.0.1:{server.submission_port}",
        input=mail.build(subject, to=to).decode())


def openssl(server, to, subject):
    """By hand, as somebody does who looks what is wrong: -quiet, or openssl takes R and Q of RCPT and QUIT."""
    plain = base64.b64encode(f"\0{server.account}\0{server.password}".encode()).decode()
    dialogue = ["EHLO client.example.test", f"AUTH PLAIN {plain}", f"MAIL FROM:<{mail.SENDER}>", f"RCPT TO:<{to}>",
                "DATA", mail.build(subject, to=to).decode().replace("\r\n", "\n"), ".", "QUIT", ""]
    run("openssl", "s_client", "-quiet", "-crlf", "-ign_eof", "-starttls", "smtp", "-connect",
        f"127.0.0.1:{server.submission_port}", input="\n".join(dialogue))


def python_smtplib(server, to, subject):
    mail.send(server, mail.build(subject, to=to), to)


def script(server, to, subject, *command):
    run(*command, server.submission_port, server.account, server.password, mail.SENDER, to, subject,
        env={**os.environ, "NODE_PATH": "/usr/share/nodejs"})


def nodemailer(server, to, subject):
    script(server, to, subject, "node", HERE / "client.js")


def phpmailer(server, to, subject):
    script(server, to, subject, "php", HERE / "client.php")


def hand_over(port, to, subject):
    with smtplib.SMTP("127.0.0.1", port, timeout=CLIENT_SECONDS) as smtp:
        smtp.sendmail(mail.SENDER, to, mail.build(subject, to=to))


def postfix(server, to, subject):
    passwords = server.folder / "sasl-passwords"
    passwords.write_text(f"[127.0.0.1]:{server.submission_port} {server.account}:{server.password}\n")
    relay = Postfix(server.submission_port, settings=f"""
smtp_tls_security_level = encrypt
smtp_sasl_auth_enable = yes
smtp_sasl_tls_security_options = noanonymous
smtp_sasl_password_maps = texthash:{passwords}
""")
    try:
        hand_over(relay.port, to, subject)
        return arrived(server, subject)
    finally:
        relay.stop()


def opensmtpd(server, to, subject):
    relay = OpenSMTPD(server.submission_port, *make(server.folder, "opensmtpd.example.test"),
                      login=(server.account, server.password))
    try:
        hand_over(relay.port, to, subject)
        return arrived(server, subject)
    finally:
        relay.stop()


def arrived(server, subject):
    return mail.captured(server, subject.partition("{")[0].split()[-1], deadline=60)


@pytest.mark.parametrize("client", [
    swaks_starttls, swaks_implicit, swaks_pipelined, curl, openssl, python_smtplib, nodemailer, phpmailer,
    pytest.param(postfix, marks=needs_root), pytest.param(opensmtpd, marks=needs_root)],
    ids=lambda client: client.__name__)
def test_delivers_through_bracemail(server, client):
    to, word = mail.address(), mail.unique()
    message = client(server, to, f"Greetings {word} {{{GROUP}}}") or arrived(server, word)
    assert mail.parse(message)["Subject"] == f"Greetings {word}"
    row = soap.delivery(server, to, "Delivered")
    assert soap.deliveries(server, to, group=GROUP), f"not in group {GROUP}: {row}"
