"""Mail that other servers bring to a return path: reports of bounces and complaints."""
import pathlib

from smtp_session import Session

REPORTS = pathlib.Path(__file__).resolve().parent.parent / "data" / "bounces"


def report(name, recipient):
    return (REPORTS / f"{name}.eml").read_bytes().replace(b"ann@example.net", recipient.encode())


def bring(relay, return_path, message, sender=""):
    """As any server on the Internet would: without a login, from a network that nobody registered. Returns the reply
    to the message, or to RCPT where that is not 250."""
    with Session(relay.smtp_port) as session:
        session.hello()
        session.expect(f"MAIL FROM:<{sender}>", "250")
        reply = session.command(f"RCPT TO:<{return_path}>")
        if not reply.startswith("250"):
            return reply
        session.expect("DATA", "354")
        session.write(message + (b"" if message.endswith(b"\r\n") else b"\r\n"))
        return session.command(".")
