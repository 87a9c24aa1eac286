"""Echo requests out of one uplink's device, several targets in each round, whatever the routing says."""

from __future__ import annotations

import os
import socket
import struct
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

from simpul.kit.problem import Problem

_ECHO = struct.Struct("!BBHHH")
_SOL_RAW, _ICMP_FILTER, _ICMP6_FILTER = 255, 1, 1
_REQUEST = {socket.AF_INET: 8, socket.AF_INET6: 128}
_REPLY = {socket.AF_INET: 0, socket.AF_INET6: 129}
_PAYLOAD = b"simpul probe"


@dataclass(slots=True)
class _Round:
    number: int
    answered: set[str] = field(default_factory=set)


class Prober:
    """The targets of one uplink. `mark` chooses its routing table; `priority` its class on the way out."""

    def __init__(self, device: str, targets: Sequence[str], mark: int, priority: int) -> None:
        self.device = device
        self.mark = mark
        self.priority = priority
        self.targets = tuple(targets)
        self.trouble = ""
        self._id = int.from_bytes(os.urandom(2))
        self._sockets: dict[int, socket.socket] = {}
        self._rounds: deque[_Round] = deque(maxlen=16)
        self._number = 0

    def close(self) -> None:
        """Give the sockets back."""
        for each in self._sockets.values():
            each.close()
        self._sockets.clear()

    def ask(self) -> None:
        """Begin a round. A target that cannot even be asked counts as silent; `trouble` says why."""
        self._number = (self._number + 1) & 0xFFFF
        self._rounds.append(_Round(self._number))
        self.trouble = ""
        for target in self.targets:
            family = socket.AF_INET if ip_address(target).version == 4 else socket.AF_INET6
            try:
                self._socket(family).sendto(self._request(family), (target, 0))
            except OSError as error:
                self.trouble = f"{target} cannot be asked through {self.device}: {error.strerror or error}"
                # A device that was made anew has another number: the next round opens its socket again.
                closed = self._sockets.pop(family, None)
                if closed is not None:
                    closed.close()

    def answers(self, rounds_ago: int) -> int | None:
        """How many targets answered the round asked that many rounds before the latest; None if there was none."""
        self._drain()
        if len(self._rounds) <= rounds_ago:
            return None
        return len(self._rounds[-1 - rounds_ago].answered)

    def _socket(self, family: int) -> socket.socket:
        if family in self._sockets:
            return self._sockets[family]
        protocol = socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6
        try:
            made = socket.socket(family, socket.SOCK_RAW | socket.SOCK_NONBLOCK, protocol)
        except PermissionError:
            raise Problem("probing needs CAP_NET_RAW. Run the agent as root") from None
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, self.device.encode() + b"\0")
            made.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, self.mark)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, self.priority)
            if family == socket.AF_INET:
                made.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", ~(1 << 0) & 0xFFFFFFFF))
            else:
                passed = [0xFFFFFFFF] * 8
                passed[129 >> 5] &= ~(1 << (129 & 31))
                made.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, struct.pack("=8I", *passed))
        except OSError:
            made.close()
            raise
        self._sockets[family] = made
        return made

    def _request(self, family: int) -> bytes:
        # The kernel fills the checksum in for IPv6, whose sum covers the addresses.
        empty = _ECHO.pack(_REQUEST[socket.AddressFamily(family)], 0, 0, self._id, self._number) + _PAYLOAD
        if family == socket.AF_INET6:
            return empty
        return empty[:2] + struct.pack("!H", _checksum(empty)) + empty[4:]

    def _drain(self) -> None:
        for family, each in self._sockets.items():
            with suppress(OSError):
                while True:
                    packet, address = each.recvfrom(256)
                    self._hear(family, packet, address[0])

    def _hear(self, family: int, packet: bytes, address: str) -> None:
        start = (packet[0] & 15) * 4 if family == socket.AF_INET else 0
        if len(packet) < start + _ECHO.size:
            return
        kind, _, _, identity, number = _ECHO.unpack_from(packet, start)
        if kind != _REPLY[socket.AddressFamily(family)] or identity != self._id:
            return
        for each in self._rounds:
            if each.number == number:
                each.answered.add(address)


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
