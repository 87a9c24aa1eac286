"""What a router shows: system, ifTable (RFC 1213) and ifXTable (RFC 2863), in the order of their OIDs. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

Oid = tuple[int, ...]

SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
IF_NUMBER: Oid = (1, 3, 6, 1, 2, 1, 2, 1)
IF_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
IFX_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
# An enterprise number for examples (RFC 5612).
ROUTER: Oid = (1, 3, 6, 1, 4, 1, 32473, 1)
# datalink, internet: layers 2 and 3.
SERVICES = 6
TICKS_PER_SECOND = 100
UP, DOWN, YES, NO = 1, 2, 1, 2
ETHERNET, LOOPBACK = 6, 24
UNLIMITED_BPS = 10_000_000_000
# What a question must show; the settings of the demonstration say it to those who ask.
COMMUNITY = "simpul-lab"


class Type(Enum):
    """Which SNMP type a value travels as."""

    INTEGER = "integer"
    TEXT = "text"
    OID = "oid"
    COUNTER32 = "counter32"
    GAUGE32 = "gauge32"
    TICKS = "ticks"
    COUNTER64 = "counter64"


@dataclass(frozen=True, slots=True)
class Value:
    """One value; numbers are cut to what their type can hold (counters wrap, gauges stay at the top)."""

    type: Type
    content: int | bytes | Oid


@dataclass(frozen=True, slots=True)
class Link:
    """One interface as the kernel tells it. Packets are all packets; `in_multicast` are some of the received."""

    index: int
    name: str
    loopback: bool
    mtu: int
    address: bytes
    admin_up: bool
    oper_up: bool
    in_octets: int = 0
    in_packets: int = 0
    in_multicast: int = 0
    in_errors: int = 0
    in_discards: int = 0
    out_octets: int = 0
    out_packets: int = 0
    out_errors: int = 0
    out_discards: int = 0
    # Ticks since the start of the router at which `oper_up` became what it is.
    changed: int = 0

    @property
    def in_unicast(self) -> int:
        """Received packets that were for one."""
        return max(0, self.in_packets - self.in_multicast)


@dataclass(frozen=True, slots=True)
class Port:
    """What the register says of an interface: its rate, and the line that ends there."""

    rate_bps: int = 0
    line: str = ""


@dataclass(frozen=True, slots=True)
class Router:
    """Who answers."""

    name: str
    description: str
    location: str


class View:
    """All objects of one router at one moment."""

    def __init__(self, rows: Sequence[tuple[Oid, Value]], objects: frozenset[Oid]) -> None:
        self._oids = [oid for oid, _ in rows]
        self._values = dict(rows)
        self._objects = objects

    def get(self, oid: Oid) -> Value | None:
        """The value of exactly this OID."""
        return self._values.get(oid)

    def after(self, oid: Oid) -> tuple[Oid, Value] | None:
        """The first object behind this OID; None at the end of the view."""
        place = bisect_right(self._oids, oid)
        if place == len(self._oids):
            return None
        found = self._oids[place]
        return found, self._values[found]

    def knows(self, oid: Oid) -> bool:
        """Whether there is such an object, if perhaps no such instance of it."""
        return any(oid[: len(known)] == known for known in self._objects)

    def __len__(self) -> int:
        return len(self._oids)


def view(router: Router, links: Sequence[Link], ports: Mapping[str, Port], uptime_s: float) -> View:
    """Everything that the router shows now; `ports` by the interface's name."""
    rows = [((*prefix, 0), value) for prefix, value in _scalars(router, len(links), uptime_s)]
    ordered = sorted(links, key=lambda link: link.index)
    columns: list[tuple[Oid, Column]] = [
        *(((*IF_ENTRY, number), column) for number, column in IF_COLUMNS),
        *(((*IFX_ENTRY, number), column) for number, column in IFX_COLUMNS),
    ]
    for prefix, column in columns:
        rows += [((*prefix, link.index), column(link, ports.get(link.name, Port()))) for link in ordered]
    return View(rows, OBJECTS)


def _scalars(router: Router, count: int, uptime_s: float) -> list[tuple[Oid, Value]]:
    return [
        ((*SYSTEM, 1), _text(router.description)),
        ((*SYSTEM, 2), Value(Type.OID, ROUTER)),
        ((*SYSTEM, 3), Value(Type.TICKS, ticks(uptime_s))),
        ((*SYSTEM, 4), _text("")),
        ((*SYSTEM, 5), _text(router.name)),
        ((*SYSTEM, 6), _text(router.location)),
        ((*SYSTEM, 7), _integer(SERVICES)),
        (IF_NUMBER, _integer(count)),
    ]


def ticks(seconds: float) -> int:
    """Hundredths of a second, from 0 again after 497 days."""
    return int(seconds * TICKS_PER_SECOND) % 2**32


Column = Callable[[Link, Port], Value]


def _integer(number: int) -> Value:
    return Value(Type.INTEGER, number)


def _text(text: str) -> Value:
    return Value(Type.TEXT, text.encode()[:255])


def _counter32(number: int) -> Value:
    return Value(Type.COUNTER32, number % 2**32)


def _counter64(number: int) -> Value:
    return Value(Type.COUNTER64, number % 2**64)


def _gauge(number: int) -> Value:
    return Value(Type.GAUGE32, min(number, 2**32 - 1))


def _rate(port: Port) -> int:
    return port.rate_bps or UNLIMITED_BPS


def _count32(read: Callable[[Link], int]) -> Column:
    return lambda link, _: _counter32(read(link))


def _count64(read: Callable[[Link], int]) -> Column:
    return lambda link, _: _counter64(read(link))


IF_COLUMNS: Sequence[tuple[int, Column]] = (
    (1, lambda link, _: _integer(link.index)),
    (2, lambda link, _: _text(link.name)),
    (3, lambda link, _: _integer(LOOPBACK if link.loopback else ETHERNET)),
    (4, lambda link, _: _integer(link.mtu)),
    (5, lambda link, port: _gauge(0 if link.loopback else _rate(port))),
    (6, lambda link, _: Value(Type.TEXT, b"" if link.loopback else link.address)),
    (7, lambda link, _: _integer(UP if link.admin_up else DOWN)),
    (8, lambda link, _: _integer(UP if link.oper_up else DOWN)),
    (9, lambda link, _: Value(Type.TICKS, link.changed)),
    (10, _count32(lambda link: link.in_octets)),
    (11, _count32(lambda link: link.in_unicast)),
    (13, _count32(lambda link: link.in_discards)),
    (14, _count32(lambda link: link.in_errors)),
    (15, lambda _, __: _counter32(0)),
    (16, _count32(lambda link: link.out_octets)),
    (17, _count32(lambda link: link.out_packets)),
    (19, _count32(lambda link: link.out_discards)),
    (20, _count32(lambda link: link.out_errors)),
)
IFX_COLUMNS: Sequence[tuple[int, Column]] = (
    (1, lambda link, _: _text(link.name)),
    (2, _count32(lambda link: link.in_multicast)),
    (3, lambda _, __: _counter32(0)),
    (4, lambda _, __: _counter32(0)),
    (5, lambda _, __: _counter32(0)),
    (6, _count64(lambda link: link.in_octets)),
    (7, _count64(lambda link: link.in_unicast)),
    (8, _count64(lambda link: link.in_multicast)),
    (9, lambda _, __: _counter64(0)),
    (10, _count64(lambda link: link.out_octets)),
    (11, _count64(lambda link: link.out_packets)),
    (12, lambda _, __: _counter64(0)),
    (13, lambda _, __: _counter64(0)),
    (14, lambda _, __: _integer(NO)),
    (15, lambda link, port: _gauge(0 if link.loopback else _rate(port) // 1_000_000)),
    (16, lambda _, __: _integer(NO)),
    (17, lambda link, _: _integer(NO if link.loopback else YES)),
    (18, lambda _, port: _text(port.line)),
    (19, lambda _, __: Value(Type.TICKS, 0)),
)
OBJECTS = frozenset(
    [(*SYSTEM, number) for number in range(1, 8)]
    + [IF_NUMBER]
    + [(*IF_ENTRY, number) for number, _ in IF_COLUMNS]
    + [(*IFX_ENTRY, number) for number, _ in IFX_COLUMNS]
)
