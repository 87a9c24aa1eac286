"""What becomes of connections when an uplink dies and comes back."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from network.agent.gatewaying import classes, gateway, plan, seats
from network.small import Standing, small_network
from simpul.lab.network.plan import SERVERS, Network
from simpul.traffic.logic.panic import Panic

MBIT = 1_000_000
PORT = 9998
BOTH, SECOND = frozenset({"UP-1", "UP-2"}), frozenset({"UP-2"})


@pytest.fixture(scope="module")
def lab(raise_lab: Callable[[Network], Standing]) -> Standing:
    """Two sites, two ways out, addresses translated at both."""
    return raise_lab(small_network(2, providers=2))


@pytest.fixture
def doors(lab: Standing) -> Iterator[dict[str, socket.socket]]:
    """A server at each provider, at the same address."""
    found = {}
    for name in ("UP-1", "UP-2"):
        with lab.inside(name):
            found[name] = socket.create_server((SERVERS[0], PORT))
        found[name].settimeout(60)
    yield found
    for door in found.values():
        door.close()


def call(lab: Standing, doors: dict[str, socket.socket], by: str) -> tuple[socket.socket, socket.socket]:
    """A new connection of S01, taken by the server of the provider that it must have come by."""
    with lab.inside("S01"):
        client = socket.socket()
    client.settimeout(60)
    client.bind((lab.clients("S01")[0][0], 0))
    client.connect((SERVERS[0], PORT))
    server, _ = doors[by].accept()
    server.settimeout(60)
    return client, server


def echo(client: socket.socket, server: socket.socket) -> bool:
    """Whether a word goes there and back."""
    client.sendall(b"word")
    server.sendall(server.recv(4))
    return client.recv(4) == b"word"


def until_quiet(lab: Standing, minor: int, seconds: float = 0.5, most: float = 120) -> None:
    """Until a class has carried nothing for a while: the last word of a connection is an acknowledgement that waits."""
    end = time.monotonic() + most
    before, since = -1, time.monotonic()
    while time.monotonic() - since < seconds:
        assert time.monotonic() < end
        now = sum(classes(lab, device)[minor].packets for device in ("lan", "wan2"))
        if now != before:
            before, since = now, time.monotonic()
        time.sleep(0.05)


def test_connections_of_a_dead_uplink_end_at_once_and_those_of_meanwhile_stay_where_they_began(
    lab: Standing, doors: dict[str, socket.socket], tmp_path: Path
) -> None:
    held = plan({"S01": 1.0, "S02": 1.0}, [40 * MBIT] * 2, [40 * MBIT] * 2)
    with gateway(lab, tmp_path) as (made, trouble), contextlib.ExitStack() as until_the_end:

        def carry(alive: frozenset[str], at: float) -> None:
            made.aim(held, alive, Panic.NORMAL)
            made.turn(at)

        def called(by: str) -> tuple[socket.socket, socket.socket]:
            pair = call(lab, doors, by)
            for each in pair:
                until_the_end.enter_context(each)
            return pair

        carry(BOTH, 0.0)
        first = called("UP-1")
        assert echo(*first)
        carry(SECOND, 0.5)
        # The other provider's server does not know the connection: it is ended instead of hanging.
        first[0].sendall(b"word")
        with pytest.raises(ConnectionError):
            first[0].recv(4)
        second = called("UP-2")
        assert echo(*second)
        carry(BOTH, 1.0)
        carry(BOTH, 1.5)
        third = called("UP-1")
        assert echo(*third)
        assert echo(*second)
        guest = seats(tmp_path)["UP-2/G-UP-1/S01"]
        before = classes(lab, "wan2")[guest].packets, classes(lab, "lan")[guest].packets
        assert echo(*second)
        assert classes(lab, "wan2")[guest].packets > before[0]
        assert classes(lab, "lan")[guest].packets > before[1]
        assert guest in classes(lab, "lan")
        # A guest has what it uses, and may borrow nothing beyond it: its site's share is one.
        for device in ("lan", "wan2"):
            assert classes(lab, device)[guest].ceil == classes(lab, device)[guest].rate < MBIT
        # Nothing passes for half a minute: the guest's class goes, and with it its group's.
        until_quiet(lab, guest)
        for at in (2.0, 33.0, 35.0, 37.0, 39.0):
            carry(BOTH, at)
        assert guest not in classes(lab, "lan")
        assert seats(tmp_path)["UP-1/G-UP-1/S01"] in classes(lab, "lan")
        assert not set(classes(lab, "wan2")) - made.regulation.wanted if made.regulation else False
        assert trouble.lines() == []


def test_who_is_called_from_outside_answers_by_the_way_the_call_came(lab: Standing, tmp_path: Path) -> None:
    for name, via in (("UP-1", "203.0.113.2"), ("UP-2", "198.51.100.2")):
        lab.run(name, ["ip", "route", "replace", "198.18.0.0/16", "via", via])
    address = lab.clients("S01")[0][0]
    with gateway(lab, tmp_path) as (made, _), lab.inside("S01"):
        with lab.inside("GW"):
            made.aim(plan({"S01": 1.0, "S02": 1.0}, [40 * MBIT] * 2, [40 * MBIT] * 2), BOTH, Panic.NORMAL)
            made.turn(0.0)
        door = socket.create_server((address, PORT))
        door.settimeout(60)
        with door:
            for name in ("UP-1", "UP-2"):
                with lab.inside(name):
                    caller = socket.socket()
                with caller:
                    caller.settimeout(60)
                    caller.bind((SERVERS[0], 0))
                    caller.connect((address, PORT))
                    server, _ = door.accept()
                    with server:
                        server.settimeout(60)
                        assert echo(caller, server)
