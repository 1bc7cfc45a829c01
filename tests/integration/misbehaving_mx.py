"""A mail server that does what a script says, step by step, and nothing else."""
import socket
import struct
import threading

FLOOD_BYTES = 64 << 20  # an endless reply ends here at the latest: the relay is to hang up long before
READ_SECONDS = 60


class Flood:
    """These bytes over and over, until the other side closes."""

    def __init__(self, data):
        self.data = data


class Tls:
    """TLS begins, with that context; a failed handshake ends the script."""

    def __init__(self, context):
        self.context = context


CLOSE, RESET, SILENCE, DRIP, BYTE = "close", "reset", "silence", "drip", "byte"


class MisbehavingMx:
    """scripts: one for each connection, the last for all further ones. In a script bytes are sent; a word in capitals
    waits for a line that begins with it, "." for the end of the content; DRIP: the bytes that follow go one by one; BYTE
    waits for anything at all; Flood, Tls, CLOSE, RESET and SILENCE do what they say. At the end of the script the
    connection is closed. taken: how often the content came whole. connections: how many there were."""

    def __init__(self, address, port, *scripts):
        self.taken = self.connections = 0
        self._scripts = scripts
        self._listener = socket.create_server((address, port), backlog=16)
        self._sockets = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._sockets):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            script = self._scripts[min(self.connections, len(self._scripts) - 1)]
            self.connections += 1
            self._sockets.add(connection)
            threading.Thread(target=self._serve, args=(connection, script), daemon=True).start()

    def _serve(self, connection, script):
        connection.settimeout(READ_SECONDS)
        try:
            self._run(connection, script)
        except (OSError, ValueError, EOFError):
            pass
        finally:
            self._sockets.discard(connection)
            connection.close()

    def _run(self, connection, script):
        lines, drips = connection.makefile("rb"), False
        for step in script:
            if isinstance(step, bytes):
                for piece in ([step[i:i + 1] for i in range(len(step))] if drips else [step]):
                    connection.sendall(piece)
            elif isinstance(step, Flood):
                for _ in range(FLOOD_BYTES // len(step.data)):
                    connection.sendall(step.data)
            elif isinstance(step, Tls):
                connection = step.context.wrap_socket(connection, server_side=True)
                lines = connection.makefile("rb")
            elif step == DRIP:
                drips = True
            elif step == BYTE:
                lines.read(1)
            elif step == CLOSE:
                return
            elif step == RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            elif step == SILENCE:
                lines.read()
                return
            else:
                self._await(lines, step)

    def _await(self, lines, word):
        wanted = b".\r\n" if word == "." else word.encode()
        for line in lines:
            if line == wanted if word == "." else line.upper().startswith(wanted):
                self.taken += word == "."
                return
        raise EOFError
