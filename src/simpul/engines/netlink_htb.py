"""How the kernel's HTB classes and queues look on the wire: plain values in, bytes out, and back. Pure.

Rates are bit/s of layer 2 here and byte/s in the kernel. A burst is bytes here; in the kernel it is the time these
bytes take at the rate, counted in ticks.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from simpul.engines.netlink import attribute, attributes
from simpul.kit.problem import Problem

# linux/rtnetlink.h, linux/pkt_sched.h, linux/gen_stats.h
_KIND, _OPTIONS, _STATS2 = 1, 2, 7
_HTB_PARMS, _HTB_INIT, _HTB_RATE64, _HTB_CEIL64 = 1, 2, 6, 7
_BASIC, _QUEUE, _APP, _PACKETS64 = 1, 3, 4, 8
# The kernel then reckons by itself; a class of unknown link layer would need a table of times with each change.
_ETHERNET = 1
_HTB_VERSION = 3
_FULL = 0xFFFFFFFF
_FRAME = 1514
_SLOWEST = 8

ROOT = 0xFFFFFFFF
# The kernel counts bursts in units of 64 ns on every machine: the second number of /proc/net/psched, in hexadecimal.
TICKS_PER_SECOND = 15_625_000

HEAD = struct.Struct("=BBHiIII")
_PARMS = struct.Struct("=BBHhHI BBHhHI IIIII")
_GLOBAL = struct.Struct("=IIIII")
_U32, _U64 = struct.Struct("=I"), struct.Struct("=Q")
_BASIC_STATS = struct.Struct("=QI")
_QUEUE_STATS = struct.Struct("=IIIII")
_HTB_STATS = struct.Struct("=III")

# What stands around the numbers of nearly every class: the attributes' headers, always in this order.
_OPENING = attribute(_KIND, b"htb\0") + attribute(_OPTIONS, attribute(_HTB_PARMS, bytes(_PARMS.size)))[:8]
_HEADERS = (
    _OPENING,
    attribute(_STATS2, bytes(20 + 24 + 24))[:4] + attribute(_BASIC, bytes(16))[:4],
    attribute(_QUEUE, bytes(20))[:4],
    attribute(_APP, bytes(20))[:4],
)
# The same as HEAD, opening and parameters, in one go; and as an answer is laid out.
_USUAL_REQUEST = struct.Struct("=BBHiIII 16s BBHhHI BBHhHI IIIII")
_USUAL_ANSWER = struct.Struct("=8xIII 16s 8xI 8xI IIIII 8s QI4x 4s III4xI 4s III8x")


def handle(major: int, minor: int) -> int:
    """The kernel's number of class major:minor."""
    return major << 16 | minor


def shown(number: int) -> str:
    """A handle as tc and nft write it: hexadecimal, `1:2a`."""
    return "root" if number == ROOT else f"{number >> 16:x}:{number & 0xFFFF:x}"


@dataclass(frozen=True, slots=True)
class HtbClass:
    """One class as it shall be. `rate` is its own, up to `ceil` it borrows; both bit/s. `parent`: a class or the qdisc.

    `burst` and `cburst` are bytes, 0 means one millisecond's worth and at least two frames. `prio` 0 to 7 and `quantum`
    (bytes; 0: by the kernel's rule) count only while the class has no children.
    """

    handle: int
    parent: int
    rate: int
    ceil: int
    burst: int = 0
    cburst: int = 0
    prio: int = 0
    quantum: int = 0

    @property
    def ticks(self) -> tuple[int, int]:
        """The bursts as the kernel keeps them."""
        return _ticks(self.rate, self.burst), _ticks(self.ceil, self.cburst)


class ClassState(NamedTuple):
    """One class as the kernel has it. Counters only rise; packets count segments, not aggregates."""

    handle: int
    parent: int
    leaf: int
    rate: int
    ceil: int
    buffer_ticks: int
    cbuffer_ticks: int
    prio: int
    quantum: int
    level: int
    bytes: int
    packets: int
    drops: int
    overlimits: int
    backlog_bytes: int
    backlog_packets: int
    lended: int
    borrowed: int
    giants: int

    @property
    def burst(self) -> int:
        """Bytes that may go at once at `rate`."""
        return _bytes(self.rate, self.buffer_ticks)

    @property
    def cburst(self) -> int:
        """Bytes that may go at once at `ceil`."""
        return _bytes(self.ceil, self.cbuffer_ticks)

    def is_as(self, wanted: HtbClass) -> bool:
        """Whether a change to `wanted` would change nothing; only a leaf has a priority and a quantum."""
        return (
            self.handle == wanted.handle
            and self.parent == (wanted.parent if wanted.parent & 0xFFFF else ROOT)
            and self.rate == wanted.rate // 8 * 8
            and self.ceil == wanted.ceil // 8 * 8
            and (self.buffer_ticks, self.cbuffer_ticks) == wanted.ticks
            and (
                self.level > 0 or (self.prio == wanted.prio and (not wanted.quantum or self.quantum == wanted.quantum))
            )
        )


class QdiscState(NamedTuple):
    """One queueing discipline: a fifo with its `limit`, an HTB with the rest.

    `unclassed` counts packets that went past all classes because there was no default class.
    """

    handle: int
    parent: int
    kind: str
    limit: int
    default_minor: int
    unclassed: int
    bytes: int
    packets: int
    drops: int
    overlimits: int
    backlog_bytes: int
    backlog_packets: int


def encode_class(device: int, wanted: HtbClass) -> bytes:
    """The request's body that creates or changes a class. Raises Problem naming the class and what is wrong with it."""
    _check(wanted)
    rate, ceil = wanted.rate // 8, wanted.ceil // 8
    wide = ceil >= _FULL
    buffer, cbuffer = wanted.ticks
    # fmt: off
    body = _USUAL_REQUEST.pack(
        0, 0, 0, device, wanted.handle, wanted.parent, 0, _OPENING,
        0, _ETHERNET, 0, -1, 0, min(rate, _FULL) if wide else rate,
        0, _ETHERNET, 0, -1, 0, min(ceil, _FULL) if wide else ceil,
        buffer, cbuffer, wanted.quantum, 0, wanted.prio,
    )
    # fmt: on
    if not wide:
        return body
    # The kernel takes the wide numbers where they are, the narrow ones elsewhere.
    options = body[-_PARMS.size - 4 :] + attribute(_HTB_CEIL64, _U64.pack(ceil))
    if rate >= _FULL:
        options += attribute(_HTB_RATE64, _U64.pack(rate))
    return body[: HEAD.size] + attribute(_KIND, b"htb\0") + attribute(_OPTIONS, options)


def encode_root(device: int, major: int, default_minor: int, rate_to_quantum: int) -> bytes:
    """The request's body that makes HTB the root of a device."""
    init = _GLOBAL.pack(_HTB_VERSION, rate_to_quantum, default_minor, 0, 0)
    options = attribute(_OPTIONS, attribute(_HTB_INIT, init))
    return HEAD.pack(0, 0, 0, device, handle(major, 0), ROOT, 0) + attribute(_KIND, b"htb\0") + options


def encode_leaf(device: int, parent: int, kind: str, limit: int) -> bytes:
    """The request's body that puts a queue below a class; `limit` is bytes of a bfifo, packets of a pfifo."""
    body = HEAD.pack(0, 0, 0, device, 0, parent, 0) + attribute(_KIND, kind.encode() + b"\0")
    return body + attribute(_OPTIONS, _U32.pack(limit)) if kind in ("bfifo", "pfifo") else body


def decode_class(answer: memoryview) -> ClassState | None:
    """A class out of an answer; None when it is of another kind than HTB."""
    return _decode_usual(answer) or _decode_any(answer)


def _decode_usual(answer: memoryview) -> ClassState | None:
    """A class whose answer is laid out as nearly all are, in one go; None when it is laid out otherwise."""
    if len(answer) < _USUAL_ANSWER.size:
        return None
    # fmt: off
    (
        number, parent, leaf, opening, rate, ceil, buffer, cbuffer, quantum, level, prio, stats, octets, packets,
        queue, waiting, backlog, drops, overlimits, app, lended, borrowed, giants,
    ) = _USUAL_ANSWER.unpack_from(answer)
    if (opening, stats, queue, app) != _HEADERS:
        return None
    return ClassState(
        number, parent, leaf, rate * 8, ceil * 8, buffer, cbuffer, prio, quantum, level,
        octets, packets, drops, overlimits, backlog, waiting, lended, borrowed, giants,
    )
    # fmt: on


def _decode_any(answer: memoryview) -> ClassState | None:
    _, _, _, _, number, parent, leaf = HEAD.unpack_from(answer)
    outer = attributes(answer, HEAD.size)
    if bytes(outer[_KIND]) != b"htb\0":
        return None
    options, stats = attributes(outer[_OPTIONS]), attributes(outer[_STATS2])
    _, _, _, _, _, rate, _, _, _, _, _, ceil, buffer, cbuffer, quantum, level, prio = _PARMS.unpack(options[_HTB_PARMS])
    if _HTB_RATE64 in options:
        (rate,) = _U64.unpack(options[_HTB_RATE64])
    if _HTB_CEIL64 in options:
        (ceil,) = _U64.unpack(options[_HTB_CEIL64])
    octets, packets, drops, overlimits, backlog, waiting = _counters(stats)
    lended, borrowed, giants = _HTB_STATS.unpack_from(stats[_APP])
    return ClassState(
        *(number, parent, leaf, rate * 8, ceil * 8, buffer, cbuffer, prio, quantum, level),
        *(octets, packets, drops, overlimits, backlog, waiting, lended, borrowed, giants),
    )


def decode_qdisc(answer: memoryview) -> QdiscState:
    """A queueing discipline out of an answer."""
    _, _, _, _, number, parent, _ = HEAD.unpack_from(answer)
    outer = attributes(answer, HEAD.size)
    kind = bytes(outer[_KIND]).rstrip(b"\0").decode()
    limit = default_minor = unclassed = 0
    if kind in ("bfifo", "pfifo"):
        (limit,) = _U32.unpack(outer[_OPTIONS])
    elif kind == "htb":
        _, _, default_minor, _, unclassed = _GLOBAL.unpack(attributes(outer[_OPTIONS])[_HTB_INIT])
    return QdiscState(number, parent, kind, limit, default_minor, unclassed, *_counters(attributes(outer[_STATS2])))


def _counters(stats: dict[int, memoryview]) -> tuple[int, int, int, int, int, int]:
    """bytes, packets, drops, overlimits, backlog in bytes and in packets."""
    octets, packets = _BASIC_STATS.unpack_from(stats[_BASIC])
    if _PACKETS64 in stats:
        (packets,) = _U64.unpack(stats[_PACKETS64])
    waiting, backlog, drops, _, overlimits = _QUEUE_STATS.unpack_from(stats[_QUEUE])
    return octets, packets, drops, overlimits, backlog, waiting


def _check(wanted: HtbClass) -> None:
    if wanted.rate < _SLOWEST:
        raise Problem(f"class {shown(wanted.handle)}: rate {wanted.rate} bit/s is under {_SLOWEST}. Give it more")
    if wanted.ceil < wanted.rate:
        raise Problem(
            f"class {shown(wanted.handle)}: ceil {wanted.ceil} bit/s is below its rate {wanted.rate}. Raise the ceil"
        )


def _ticks(rate: int, burst: int) -> int:
    octets = rate // 8 or 1
    ticks = -(-(burst or max(octets // 1000, 2 * _FRAME)) * TICKS_PER_SECOND // octets)
    return min(ticks, _FULL)


def _bytes(rate: int, ticks: int) -> int:
    return ticks * (rate // 8) // TICKS_PER_SECOND
