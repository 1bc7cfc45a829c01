"""PROXY headers of version 2, as a balancer sends them."""
import ipaddress
import struct

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
LOCAL = SIGNATURE + b"\x20\0\0\0"


def of_client(address, fields=b"", port=40000):
    client = ipaddress.ip_address(address)
    here = ipaddress.ip_address("127.0.0.1" if client.version == 4 else "::1")
    family = 0x11 if client.version == 4 else 0x21
    told = client.packed + here.packed + struct.pack("!HH", port, 25) + fields
    return SIGNATURE + struct.pack("!BBH", 0x21, family, len(told)) + told


def field(kind, value):
    return struct.pack("!BH", kind, len(value)) + value
