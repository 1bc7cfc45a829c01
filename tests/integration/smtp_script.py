"""A mail server that says what a test wrote down: greeting, replies by verb, silence."""
import collections
import contextlib
import socket
import threading

from processes import free_port

USUAL = {"EHLO": "250 script.example.test", "MAIL": "250 2.1.0 Ok", "RCPT": "250 2.1.5 Ok", "DATA": "354 Go on",
         ".": "250 2.0.0 Ok", "RSET": "250 2.0.0 Ok", "QUIT": "221 2.0.0 Bye"}

# A transaction whose content got 250; mail and rcpts: the whole commands.
Taken = collections.namedtuple("Taken", "mail rcpts content")


class ScriptedServer:
    """replies: {"RCPT": "450 4.2.0 Greylisted"} over the usual ones; a function gets the command line. A greeting of
    None is silence. A reply that begins with 421 closes the connection. tls_context: TLS begins after STARTTLS got 220;
    secure: what replies are then."""

    def __init__(self, address="127.0.0.1", port=None, greeting="220 script.example.test", tls_context=None, secure=None,
                 **replies):
        self.address, self.port = address, port or free_port()
        self.greeting = greeting
        self.replies = {**USUAL, **replies}
        self._secure = {**self.replies, **(secure or {})}
        self._tls_context = tls_context
        self.connections = 0    # taken in all
        self.open = 0           # at this moment
        self.most_open = 0
        self.commands = []
        self.taken = []
        self._lock = threading.Lock()
        self._sockets = set()
        self._listener = socket.create_server((address, self.port), backlog=128)

    def start(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._sockets:
                with contextlib.suppress(OSError):   # the other side may have closed it
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with self._lock:
            self._sockets.add(connection)
            self.connections += 1
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        try:
            self._talk(connection)
        except (OSError, ValueError):   # ValueError: TLS, shut down by stop()
            pass
        finally:
            with self._lock:
                self._sockets.discard(connection)
                self.open -= 1
            connection.close()

    def _talk(self, connection):
        if self.greeting is None:
            connection.makefile("rb").read()
        elif self._say(connection, self.greeting):
            self._take(connection, self.replies)

    def _talk_securely(self, connection):
        with self._tls_context.wrap_socket(connection, server_side=True) as secured:
            self._take(secured, self._secure)

    def _take(self, connection, replies):
        lines = connection.makefile("rb")
        mail, rcpts = "", []
        for line in lines:
            line = line.rstrip(b"\r\n").decode()
            reply = self._reply(line, replies)
            if not self._say(connection, reply):
                return
            if line == "STARTTLS" and reply.startswith("220"):
                return self._talk_securely(connection)
            if line.startswith("MAIL"):
                mail, rcpts = line, []
            elif line.startswith("RCPT") and reply.startswith("2"):
                rcpts.append(line)
            elif line == "DATA" and reply.startswith("354"):
                content = b"".join(iter(lines.readline, b".\r\n"))
                reply = self._reply(".", replies)
                if rcpts and reply.startswith("2"):
                    self.taken.append(Taken(mail, rcpts, content))
                if not self._say(connection, reply):
                    return
            elif line == "QUIT":
                return

    def _reply(self, line, replies):
        with self._lock:
            self.commands.append(line)
        reply = replies.get(line.split()[0].upper(), "500 5.5.2 What?")
        return reply(line) if callable(reply) else reply

    @staticmethod
    def _say(connection, reply):
        connection.sendall(reply.encode() + b"\r\n")
        return not reply.startswith("421")
