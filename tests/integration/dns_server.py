"""An authoritative DNS server for tests: a dictionary of answers over UDP, nothing more (RFC 1035)."""
import ipaddress
import socket
import struct
import threading

from processes import free_port

TYPES = {"A": 1, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}
CLASS_IN = 1
TTL = 60
STRING_MAX = 255  # of a TXT record
NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3
AUTHORITATIVE_ANSWER = 0x8580  # QR, AA, RD, RA


def _name(text):
    labels = [label for label in text.split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def _data(kind, value):
    if kind == "MX":
        preference, host = value
        return struct.pack(">H", preference) + _name(host)
    if kind == "PTR":
        return _name(value)
    if kind == "TXT":
        text = value.encode("latin-1")
        strings = [text[at:at + STRING_MAX] for at in range(0, len(text), STRING_MAX)] or [b""]
        return b"".join(bytes([len(each)]) + each for each in strings)
    return ipaddress.ip_address(value).packed


class DnsServer:
    """zone: {"example.test": {"MX": [(10, "mx.example.test")], "A": ["127.0.0.1"]}}. A name that is not there is
    NXDOMAIN, one that maps to None is SERVFAIL."""

    def __init__(self, zone):
        self.zone = zone
        self.port = free_port()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", self.port))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._socket.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()

    def _serve(self):
        while True:
            query, client = self._socket.recvfrom(4096)
            if not query:
                return
            self._socket.sendto(self._answer(query), client)

    def _answer(self, query):
        labels, position = [], 12
        while query[position]:
            labels.append(query[position + 1:position + 1 + query[position]].decode().lower())
            position += 1 + query[position]
        kind_number, = struct.unpack_from(">H", query, position + 1)
        question = query[12:position + 5]
        kind = next((name for name, number in TYPES.items() if number == kind_number), None)
        name = ".".join(labels)
        records = self.zone.get(name, {}) if name in self.zone else None
        code = NOERROR
        if name not in self.zone:
            code = NXDOMAIN
        elif records is None:
            code = SERVFAIL
        values = (records or {}).get(kind, [])
        answers = b"".join(
            struct.pack(">HHHIH", 0xC00C, kind_number, CLASS_IN, TTL, len(data)) + data
            for data in (_data(kind, value) for value in values))
        authority = b"" if answers else self._start_of_authority(name)
        head = struct.pack(">2sHHHHH", query[:2], AUTHORITATIVE_ANSWER | code, 1, len(values), 1 if authority else 0, 0)
        return head + question + answers + authority

    def _start_of_authority(self, name):
        """What makes an empty answer believable (RFC 2308)."""
        zone = _name(name.rpartition(".")[2])
        data = _name("ns.test") + _name("root.test") + struct.pack(">IIIII", 1, 60, 60, 60, 0)
        return zone + struct.pack(">HHIH", TYPES["SOA"], CLASS_IN, 0, len(data)) + data
