"""A device that answers SNMP with whatever it likes: made of bytes, so that nothing keeps it in order."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pyasn1.codec.ber import decoder
from pysnmp.proto.api import v2c

INTEGER, OCTETS, NULL, OID, SEQUENCE, RESPONSE = 0x02, 0x04, 0x05, 0x06, 0x30, 0xA2
COUNTER64, TICKS, GAUGE, OPAQUE = 0x46, 0x43, 0x42, 0x44
UPTIME, OPER, CHANGED = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.2.2.1.8", "1.3.6.1.2.1.2.2.1.9"
NAME, IN, OUT = "1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.31.1.1.1.10"

Binding = tuple[str, bytes]
Answers = Iterable[bytes]


def ber(tag: int, content: bytes) -> bytes:
    """One element with its length."""
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def number(value: int, tag: int = INTEGER) -> bytes:
    """Of any size."""
    return ber(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    """Numbers of any size."""
    first, second, *rest = map(int, dotted.split("."))
    content = bytes([40 * first + second])
    for each in rest:
        digits = [each & 0x7F]
        while each := each >> 7:
            digits.append(0x80 | (each & 0x7F))
        content += bytes(reversed(digits))
    return ber(OID, content)


@dataclass(frozen=True)
class Asked:
    """One request: its number, whether it walks, and what it asks for."""

    id: int
    bulk: bool
    names: tuple[str, ...]

    def says(self, bindings: Iterable[Binding], *, request: int | None = None) -> bytes:
        """The answer with these bindings."""
        rows = b"".join(ber(SEQUENCE, oid(name) + value) for name, value in bindings)
        head = number(self.id if request is None else request) + number(0) + number(0)
        pdu = ber(RESPONSE, head + ber(SEQUENCE, rows))
        return ber(SEQUENCE, number(1) + ber(OCTETS, b"public") + pdu)


def read(datagram: bytes) -> Asked:
    """What our own client has sent."""
    message, _ = decoder.decode(datagram, asn1Spec=v2c.Message())
    pdu = v2c.apiMessage.get_pdu(message)
    bulk = pdu.tagSet == v2c.GetBulkRequestPDU.tagSet
    api = v2c.apiBulkPDU if bulk else v2c.apiPDU
    names = tuple(str(name) for name, _ in api.get_varbinds(pdu))
    return Asked(int(api.get_request_id(pdu)), bulk, names)


def good(asked: Asked, octets: int = 1000, ticks: int = 5000) -> list[Binding]:
    """As a router with one port would answer."""
    if asked.bulk:
        following = {NAME: (f"{NAME}.1", ber(OCTETS, b"sfp1"))}
        return [following.get(asked.names[0], ("1.3.6.1.2.1.31.1.1.1.2.1", number(0)))]
    values = {
        UPTIME: number(ticks, TICKS),
        f"{OPER}.1": number(1),
        f"{CHANGED}.1": number(0, TICKS),
        f"{IN}.1": number(octets, COUNTER64),
        f"{OUT}.1": number(octets, COUNTER64),
    }
    return [(name, values.get(name, ber(NULL, b""))) for name in asked.names]


class Hostile:
    """Serves on a port of the loopback in a thread; `behave` makes the datagrams that answer one request."""

    def __init__(self, behave: Callable[[Asked], Answers], pause: float = 0.0, elsewhere: bool = False) -> None:
        self.behave, self.pause = behave, pause
        self.asked = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._from = self._other if elsewhere else self._socket
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Hostile:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._other.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()
        self._other.close()

    def _serve(self) -> None:
        while True:
            data, asker = self._socket.recvfrom(65536)
            if not data:
                return
            self.asked += 1
            time.sleep(self.pause)
            for datagram in self.behave(read(data)):
                try:
                    self._from.sendto(datagram[:65_000], asker)
                except OSError:
                    return
