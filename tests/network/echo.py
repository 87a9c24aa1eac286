"""Echo requests (ping) from many namespaces at once; no program for it is needed."""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

REQUEST = {4: 8, 6: 128}
REPLY = {4: 0, 6: 129}


@dataclass(frozen=True, slots=True)
class Question:
    """Does `target` answer `node`? Asked from the address `source`, or from whichever the kernel takes."""

    node: str
    target: str
    source: str = ""

    @property
    def family(self) -> int:
        """4 or 6."""
        return 6 if ":" in self.target else 4


Inside = Callable[[str], AbstractContextManager[None]]


def answered(inside: Inside, questions: Iterable[Question], *, within: float = 20.0) -> set[Question]:
    """Those of the questions that were answered in time; each is asked again every 0.2 s. Returns once all are."""
    open_ones = {_ask(inside, question): question for question in dict.fromkeys(questions)}
    marks = {handle: os.urandom(8) for handle in open_ones}
    found: set[Question] = set()
    waiting = set(open_ones)
    until, again = time.monotonic() + within, 0.0

    def take(ready: Iterable[socket.socket]) -> None:
        for handle in ready:
            if _is_reply(handle, open_ones[handle].family, marks[handle]):
                found.add(open_ones[handle])
                waiting.discard(handle)

    try:
        while waiting and (now := time.monotonic()) < until:
            if now >= again:
                again = now + 0.2
                for handle in waiting:
                    _send(handle, open_ones[handle], marks[handle])
            ready, _, _ = select.select(list(waiting), [], [], max(0.0, min(again, until) - time.monotonic()))
            take(ready)
        # Whoever had no processor meanwhile finds here what came in time.
        if waiting:
            take(select.select(list(waiting), [], [], 0)[0])
    finally:
        for handle in open_ones:
            handle.close()
    return found


def _ask(inside: Inside, question: Question) -> socket.socket:
    family = socket.AF_INET6 if question.family == 6 else socket.AF_INET
    protocol = socket.IPPROTO_ICMPV6 if question.family == 6 else socket.IPPROTO_ICMP
    with inside(question.node):
        handle = socket.socket(family, socket.SOCK_RAW, protocol)
    if question.source:
        handle.bind((question.source, 0))
    handle.settimeout(0)
    return handle


def _send(handle: socket.socket, question: Question, mark: bytes) -> None:
    head = struct.pack("!BBHHH", REQUEST[question.family], 0, 0, handle.fileno(), 1)
    if question.family == 4:
        # The kernel fills in the checksum of ICMPv6, not that of ICMP.
        head = struct.pack("!BBHHH", REQUEST[4], 0, _checksum(head + mark), handle.fileno(), 1)
    try:
        handle.sendto(head + mark, (question.target, 0))
    except OSError:
        return


def _is_reply(handle: socket.socket, family: int, mark: bytes) -> bool:
    try:
        data = handle.recv(2048)
    except OSError:
        return False
    body = data[(data[0] & 15) * 4 :] if family == 4 else data
    return len(body) >= 16 and body[0] == REPLY[family] and body[8:16] == mark


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
