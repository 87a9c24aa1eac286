"""The interfaces of a namespace with their counters, from the kernel by rtnetlink."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from simpul.engines.netlink import Socket, attributes
from simpul.lab.snmp.mib import Link

# linux/rtnetlink.h, linux/if_link.h, linux/if.h, linux/if_arp.h
_GETLINK = 18
_HEADER = struct.Struct("=BBHiII")
_ADDRESS, _NAME, _MTU, _STATISTICS, _CARRIER = 1, 3, 4, 23, 33
_IS_UP, _LOOPBACK = 0x1, 772
# rx and tx packets, bytes, errors, dropped; multicast received.
_COUNTERS = struct.Struct("=9Q")
_NUMBER = struct.Struct("=I")


def read_links(kernel: Socket) -> list[Link]:
    """All interfaces of the namespace that the socket was made in."""
    return list(_links(kernel))


def _links(kernel: Socket) -> Iterator[Link]:
    for answer in kernel.dump(_GETLINK, _HEADER.pack(0, 0, 0, 0, 0, 0)):
        _, _, hardware, index, flags, _ = _HEADER.unpack_from(answer)
        told = attributes(answer, _HEADER.size)
        rx, tx, rx_bytes, tx_bytes, rx_errors, tx_errors, rx_dropped, tx_dropped, multicast = _COUNTERS.unpack_from(
            told[_STATISTICS]
        )
        up = bool(flags & _IS_UP)
        yield Link(
            index=index,
            name=bytes(told[_NAME]).rstrip(b"\0").decode(errors="replace"),
            loopback=hardware == _LOOPBACK,
            mtu=_NUMBER.unpack(told[_MTU])[0],
            address=bytes(told.get(_ADDRESS, b"")),
            admin_up=up,
            # The carrier itself: the kernel's operational state follows it only half a second later.
            oper_up=up and bool(told[_CARRIER][0]),
            in_octets=rx_bytes,
            in_packets=rx,
            in_multicast=multicast,
            in_errors=rx_errors,
            in_discards=rx_dropped,
            out_octets=tx_bytes,
            out_packets=tx,
            out_errors=tx_errors,
            out_discards=tx_dropped,
        )
