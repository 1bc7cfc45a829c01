"""HTTP as bytes on a socket, for what no client library would send."""
import socket

SECONDS = 30


def connect(server, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", server.api_port), timeout=SECONDS, source_address=(source, 0))


def read_all(connection):
    """What comes until the server closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def read_answer(connection):
    """One answer with a Content-Length, or without a body: (status, {field in lower case: value}, body)."""
    data = b""
    while b"\r\n\r\n" not in data:
        got = connection.recv(1)
        assert got, f"closed after {data!r}"
        data += got
    lines = data.decode().split("\r\n")
    fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
    body = b""
    while len(body) < int(fields.get("content-length", 0)):
        got = connection.recv(int(fields["content-length"]) - len(body))
        assert got, "closed within the body"
        body += got
    return int(lines[0].split()[1]), fields, body


def exchange(server, *parts):
    """Sends the parts, returns all that comes until the server closes."""
    with connect(server) as connection:
        for part in parts:
            connection.sendall(part)
        return read_all(connection)
