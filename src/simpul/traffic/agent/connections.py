"""Connections that went out by an uplink that is dead are forgotten by the kernel, so that they begin anew elsewhere.

Translated to the dead uplink's address they could never be answered; forgotten, the next packet is translated afresh,
and a TCP server that does not know the new address ends the connection at once instead of after minutes of silence.
"""

from __future__ import annotations

import errno
import os
import socket
import struct

from simpul.engines.netlink import attribute
from simpul.kit.problem import Problem

# linux/netfilter/nfnetlink.h, nfnetlink_conntrack.h
_NETLINK_NETFILTER = 12
_DELETE = 1 << 8 | 2
_REQUEST_ACK = 0x01 | 0x04
_MARK, _MARK_MASK = 8, 21
_ALL = 0xFFFFFFFF
_HEADER = struct.Struct("=IHHII")
_ERROR = struct.Struct("=i")


def forget(mark: int) -> None:
    """Forget every connection with that mark, of both families. Raises Problem when the kernel refuses."""
    family = struct.pack("!BBH", socket.AF_UNSPEC, 0, 0)
    body = family + attribute(_MARK, struct.pack("!I", mark)) + attribute(_MARK_MASK, struct.pack("!I", _ALL))
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_NETFILTER) as door:
        door.settimeout(5.0)
        door.send(_HEADER.pack(_HEADER.size + len(body), _DELETE, _REQUEST_ACK, 1, 0) + body)
        answer = door.recv(4096)
    number = -_ERROR.unpack_from(answer, _HEADER.size)[0]
    # Without a rule of nft that looks at connections nothing is tracked, and there is nothing to forget.
    if number not in (0, errno.ENOENT):
        raise Problem(f"connections of a dead uplink could not be forgotten: {os.strerror(number)}. See: conntrack -L")
