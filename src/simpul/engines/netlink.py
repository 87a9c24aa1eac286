"""The kernel's network door: requests in bulk with the kernel's own words for each refusal, and whole dumps.

A socket belongs to the network namespace it was opened in, whichever namespace its user enters later.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, Self

from simpul.kit.problem import Problem

# linux/netlink.h
_ERROR, _DONE, _OVERRUN = 2, 3, 4
_REQUEST, _ACK, _ECHO, _DUMP = 0x01, 0x04, 0x08, 0x300
_DUMP_INTERRUPTED, _HAS_WORDS = 0x10, 0x200
_SOL_NETLINK, _CAP_ACK, _EXT_ACK = 270, 10, 11
_WORDS = 1
_SO_RCVBUFFORCE = 33
# linux/rtnetlink.h, linux/if_link.h
_GETLINK = 18
_IFLA_IFNAME = 3

REPLACE, EXCLUSIVE, CREATE = 0x100, 0x200, 0x400

_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_NUMBER = struct.Struct("=i")
_LINK = struct.Struct("=BBHiII")

_MOST_REQUESTS = 400
_MOST_BYTES = 64 * 1024
# What one refusal with its words occupies of the receive buffer, generously.
_REFUSAL_COST = 1536
_WANTED_BUFFER = 4 * 1024 * 1024
_PIECE = 64 * 1024
_DUMP_ATTEMPTS = 8
_PATIENCE_SECONDS = 30


class Request(NamedTuple):
    """One message to the kernel, without its header."""

    kind: int
    flags: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """One refused request: its index in the batch, the error number, the kernel's words."""

    index: int
    number: int
    words: str


class Refused(Problem):
    """The kernel said no. `failures` holds each refused request of the batch."""

    def __init__(self, text: str, failures: Sequence[Failure] = ()) -> None:
        super().__init__(text)
        self.failures = tuple(failures)


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute: length, kind, value, padded to four bytes. Nested ones are a value themselves."""
    length = _ATTRIBUTE.size + len(value)
    return _ATTRIBUTE.pack(length, kind) + value + bytes(-length % 4)


def attributes(data: bytes | memoryview, start: int = 0) -> dict[int, memoryview]:
    """The values by kind of a run of attributes from `start`. Raises ValueError where a length leads outside."""
    view = memoryview(data)
    found: dict[int, memoryview] = {}
    while start + _ATTRIBUTE.size <= len(view):
        length, kind = _ATTRIBUTE.unpack_from(view, start)
        if length < _ATTRIBUTE.size or start + length > len(view):
            raise ValueError(f"the attribute at byte {start} of {len(view)} says that it has {length} bytes")
        found[kind & 0x3FFF] = view[start + _ATTRIBUTE.size : start + length]
        start += (length + 3) & ~3
    return found


class Socket:
    """One rtnetlink socket; not shared between threads."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        self._socket.setsockopt(_SOL_NETLINK, _EXT_ACK, 1)
        self._socket.setsockopt(_SOL_NETLINK, _CAP_ACK, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", _PATIENCE_SECONDS, 0))
        self._socket.bind((0, 0))
        # So many that even if each of them is refused all refusals find room: no answer is ever lost.
        self._window = max(1, min(_MOST_REQUESTS, self._enlarge() // _REFUSAL_COST))
        self._sequence = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the socket back; may be called twice."""
        self._socket.close()

    def send(self, requests: Sequence[Request]) -> list[Failure]:
        """Carry out all requests in their order, also those after a refused one; the refused ones are returned."""
        failures: list[Failure] = []
        start = 0
        while start < len(requests):
            start = self._send_window(requests, start, failures)
        return failures

    def dump(self, kind: int, body: bytes) -> list[memoryview]:
        """All answers to a dump request, without headers. Repeated when the kernel says that it was disturbed."""
        for _ in range(_DUMP_ATTEMPTS):
            answers = self._dump_once(kind, body)
            if answers is not None:
                return answers
        raise Refused(f"the kernel's tables changed during each of {_DUMP_ATTEMPTS} readings. Try again")

    def ask(self, kind: int, body: bytes) -> memoryview:
        """The one answer to a request for one object. Raises Refused."""
        self._sequence += 1
        # Without the echo some answers go to listeners only.
        self._transmit([_framed(Request(kind, 0, body), self._sequence, _ACK | _ECHO)])
        answer: memoryview | None = None
        for answer_kind, flags, _, payload in self._answers(self._sequence, self._sequence):
            if answer_kind in (_ERROR, _OVERRUN):
                failure = _failure(0, flags, payload)
                if failure is not None:
                    raise Refused(failure.words, [failure])
                break
            answer = payload
        if answer is None:
            raise Refused("the kernel gave no answer", [Failure(0, errno.ENOENT, "no answer")])
        return answer

    def index_of(self, device: str) -> int:
        """The number of a network device. Raises Problem when there is none of this name."""
        name = device.encode()
        if not 0 < len(name) < 16 or b"\0" in name:
            raise Problem(f'network device "{device}": a name has 1 to 15 bytes. Correct the name')
        body = _LINK.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0) + attribute(_IFLA_IFNAME, name + b"\0")
        try:
            answer = self.ask(_GETLINK, body)
        except Refused as refused:
            raise Problem(f'network device "{device}": {refused}. See which there are: ip link') from None
        index: int = _LINK.unpack_from(answer)[3]
        return index

    def _enlarge(self) -> int:
        """Ask for a big receive buffer; returns the size the kernel gave."""
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _WANTED_BUFFER)
        except PermissionError:
            # Inside a user namespace it ends at net.core.rmem_max.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WANTED_BUFFER)
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    def _send_window(self, requests: Sequence[Request], start: int, failures: list[Failure]) -> int:
        """Send from `start` what fits in one window; returns where the next one begins."""
        end, size = start, 0
        while end < len(requests) and end - start < self._window:
            size += _HEADER.size + len(requests[end].body)
            if size > _MOST_BYTES and end > start:
                break
            end += 1
        first = self._sequence + 1
        last = self._sequence = self._sequence + end - start
        # Refusals always come back; of what went well only the last is asked to say so, which ends the window.
        frames = [_framed(requests[start + at], first + at, 0) for at in range(end - start - 1)]
        frames.append(_framed(requests[end - 1], last, _ACK))
        self._transmit(frames)
        for kind, flags, sequence, payload in self._answers(first, last):
            if kind == _OVERRUN:
                self._drain()
                raise Refused("the kernel's answers did not fit into the socket's buffer. Raise net.core.rmem_max")
            if kind != _ERROR:
                continue
            failure = _failure(start + sequence - first, flags, payload)
            if failure is not None:
                failures.append(failure)
            if sequence == last:
                break
        return end

    def _dump_once(self, kind: int, body: bytes) -> list[memoryview] | None:
        """All answers, or None when they may not be of one moment."""
        self._sequence += 1
        self._transmit([_framed(Request(kind, 0, body), self._sequence, _DUMP)])
        found: list[memoryview] = []
        disturbed = False
        for answer_kind, flags, _, payload in self._answers(self._sequence, self._sequence):
            disturbed = disturbed or answer_kind == _OVERRUN or bool(flags & _DUMP_INTERRUPTED)
            if answer_kind in (_ERROR, _DONE):
                failure = _failure(0, flags, payload, _HEADER.size if answer_kind == _ERROR else 0)
                if failure is not None:
                    raise Refused(failure.words, [failure])
                break
            found.append(payload)
        return None if disturbed else found

    def _drain(self) -> None:
        """Throw away what waits: until there is room again, the kernel drops further answers without a word."""
        with suppress(BlockingIOError):
            while self._socket.recv(_PIECE, socket.MSG_DONTWAIT):
                pass

    def _transmit(self, frames: Sequence[bytes]) -> None:
        self._socket.sendto(b"".join(frames), (0, 0))

    def _answers(self, first: int, last: int) -> Iterator[tuple[int, int, int, memoryview]]:
        """(kind, flags, sequence, payload) of the answers to these requests; their reader knows when it has all.

        Answers to earlier requests, whose reader gave up, are passed over. An overrun is told as a message.
        """
        while True:
            try:
                piece = memoryview(self._socket.recv(_PIECE))
            except BlockingIOError:
                raise Refused(f"the kernel has not answered for {_PATIENCE_SECONDS} s. Look into its log") from None
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                yield _OVERRUN, 0, last, memoryview(_NUMBER.pack(-errno.ENOBUFS))
                continue
            start = 0
            while start + _HEADER.size <= len(piece):
                length, kind, flags, sequence, _ = _HEADER.unpack_from(piece, start)
                if length < _HEADER.size or start + length > len(piece):
                    raise Problem("a message from the kernel is cut short. Report this as an error of Simpul")
                if first <= sequence <= last:
                    yield kind, flags, sequence, piece[start + _HEADER.size : start + length]
                start += (length + 3) & ~3


def _framed(request: Request, sequence: int, more_flags: int) -> bytes:
    length = _HEADER.size + len(request.body)
    return _HEADER.pack(length, request.kind, request.flags | _REQUEST | more_flags, sequence, 0) + request.body


def _failure(index: int, flags: int, payload: memoryview, echoed: int = _HEADER.size) -> Failure | None:
    """What an error message says; None when it says that all is well. `echoed` bytes of the request are passed over."""
    number = -_NUMBER.unpack_from(payload)[0]
    if not number:
        return None
    words = os.strerror(number)
    if flags & _HAS_WORDS:
        said = attributes(payload, _NUMBER.size + echoed).get(_WORDS)
        if said is not None:
            words = f"{bytes(said).rstrip(bytes(1)).decode(errors='replace')} ({words})"
    return Failure(index, number, words)
