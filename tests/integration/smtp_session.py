"""A raw SMTP client: says exactly the bytes it is told to, for what smtplib is too polite for."""
import base64
import socket

from certificates import trusting_context

REPLY_SECONDS = 30


class Closed(Exception):
    """The server closed the connection."""


class Session:
    def __init__(self, port, source="127.0.0.1", tls=False, before=b""):
        """before: bytes that are said before all else, as by a balancer."""
        self._socket = socket.create_connection(("127.0.0.1", port), REPLY_SECONDS, (source, 0))
        self._buffer = b""
        if before:
            self.write(before)
        if tls:
            self._start_tls()
        self.greeting = self.reply()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _start_tls(self):
        self._socket = trusting_context().wrap_socket(self._socket)

    def write(self, data):
        self._socket.sendall(data)

    def _line(self):
        while b"\r\n" not in self._buffer:
            try:
                received = self._socket.recv(65536)
            except ConnectionResetError:
                received = b""
            if not received:
                raise Closed(self._buffer.decode(errors="replace"))
            self._buffer += received
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line.decode()

    def reply(self):
        """The next reply, its lines joined by a line feed."""
        lines = [self._line()]
        while lines[-1][3:4] == "-":
            lines.append(self._line())
        return "\n".join(lines)

    def command(self, line):
        self.write(line.encode() + b"\r\n")
        return self.reply()

    def expect(self, line, code):
        reply = self.command(line)
        assert reply.startswith(code), f"{line!r} got {reply!r}, not {code}"
        return reply

    def hello(self):
        return self.expect("EHLO client.example.test", "250")

    def starttls(self):
        self.expect("STARTTLS", "220")
        self._start_tls()

    def login(self, account, password):
        """EHLO, STARTTLS, EHLO, AUTH PLAIN."""
        self.hello()
        self.starttls()
        self.hello()
        secret = base64.b64encode(f"\0{account}\0{password}".encode()).decode()
        self.expect(f"AUTH PLAIN {secret}", "235")

    def envelope(self, sender, *recipients):
        """MAIL, RCPT and DATA, up to the 354."""
        self.expect(f"MAIL FROM:<{sender}>", "250")
        for recipient in recipients:
            self.expect(f"RCPT TO:<{recipient}>", "250")
        self.expect("DATA", "354")

    def is_closed(self):
        """Whether the server closes now (waits for it)."""
        try:
            self.reply()
        except Closed:
            return True
        return False


def logged_in(server):
    session = Session(server.submission_port)
    session.login(server.account, server.password)
    return session
