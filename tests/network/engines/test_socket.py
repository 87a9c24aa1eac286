"""No answer of the kernel is lost, however small the socket's buffer is; and when one is, it is not waited for."""

from __future__ import annotations

import socket

import pytest

from network.engines.wire import Wire
from simpul.engines.netlink import Refused, Socket
from simpul.engines.netlink_tc import Tc, handle

REFUSED_LEAVES = [(handle(1, 7), "bfifo", 30_000)] * 3000
# What an ordinary user gets where net.core.rmem_max was never raised.
ORDINARY = 212_992


def test_all_refusals_fit_into_an_ordinary_buffer(tc: Tc, monkeypatch: pytest.MonkeyPatch) -> None:
    tc.add_root(1)
    small = tc._socket
    small._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ORDINARY)
    granted = small._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    monkeypatch.setattr(Socket, "_enlarge", lambda _: granted)
    with Socket() as like:
        small._window = like._window
    assert small._window < 400
    with pytest.raises(Refused, match="and 2999 more") as caught:
        tc.add_leaves(REFUSED_LEAVES)
    assert [failure.index for failure in caught.value.failures] == list(range(3000))


def test_an_overrun_is_told_and_the_socket_works_on(tc: Tc) -> None:
    tc.add_root(1)
    tc._socket._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
    with pytest.raises(Refused, match=r"Raise net\.core\.rmem_max"):
        tc.add_leaves(REFUSED_LEAVES)
    tc._socket._window = 2
    with pytest.raises(Refused, match="and 9 more"):
        tc.add_leaves(REFUSED_LEAVES[:10])
    root = tc.root()
    assert root is not None
    assert root.kind == "htb"


def test_answers_to_an_earlier_request_are_passed_over(wire: Wire) -> None:
    with wire.here(), Socket() as link:
        # A dump whose reader gave up before the end.
        link._sequence += 1
        abandoned = link._sequence
        link._socket.sendto(b"\x20\0\0\0\x12\0\x01\3" + abandoned.to_bytes(4, "little") + bytes(20), (0, 0))
        assert link.index_of("lan") > 1
