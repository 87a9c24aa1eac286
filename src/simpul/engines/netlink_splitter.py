"""A queue that takes big aggregates of packets apart: the kernel's tbf, with a rate that never holds anything back.

A router is handed packets joined to aggregates of up to 64 KB, each of which a class must let go at once: the turns of
classes are then as uneven as their aggregates, and one aggregate at a low rate is a debt of seconds.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from simpul.engines.netlink import attribute, attributes
from simpul.engines.netlink_htb import HEAD

KIND = "tbf"
# linux/pkt_sched.h, linux/rtnetlink.h
_KIND, _OPTIONS = 1, 2
_PARMS, _RATE64, _BURST = 1, 4, 6
_ETHERNET = 1
# 1 Tbit/s in byte/s: a packet of any size has passed before the next one is looked at.
_RATE = 125_000_000_000
_NARROW = 0xFFFFFFFF
_QUEUE = struct.Struct("=BBHhHI BBHhHI III")
_U32, _U64 = struct.Struct("=I"), struct.Struct("=Q")


class Splitter(NamedTuple):
    """What may wait in one, in bytes. The kernel does not tell the frame size it was given."""

    parent: int
    limit: int


def encode_splitter(device: int, parent: int, limit: int, frame: int) -> bytes:
    """The request's body that puts one below a class. What is longer than `frame` bytes is taken apart, or dropped."""
    parms = _QUEUE.pack(*(0, _ETHERNET, 0, -1, 0, _NARROW), *(0, 0, 0, 0, 0, 0), *(limit, 0, 0))
    options = attribute(_PARMS, parms) + attribute(_RATE64, _U64.pack(_RATE)) + attribute(_BURST, _U32.pack(frame))
    body = HEAD.pack(0, 0, 0, device, 0, parent, 0) + attribute(_KIND, KIND.encode() + b"\0")
    return body + attribute(_OPTIONS, options)


def decode_splitter(answer: memoryview) -> Splitter | None:
    """One out of an answer; None when it is a queue of another kind."""
    outer = attributes(answer, HEAD.size)
    if bytes(outer[_KIND]).rstrip(b"\0").decode() != KIND:
        return None
    parms = _QUEUE.unpack(attributes(outer[_OPTIONS])[_PARMS])
    return Splitter(HEAD.unpack_from(answer)[5], parms[12])
