"""A plan changes a hundred times and a site moves between groups while it is sent to: by the packets' own numbers."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from network.agent.gatewaying import classes, gateway, plan, seats
from network.small import Standing, small_network
from simpul.lab.network.plan import SERVERS, Network
from simpul.traffic.logic.panic import Panic
from simpul.traffic.logic.plan import Plan

MBIT = 1_000_000
PORT, SIZE, PAUSE = 9999, 1000, 0.0012
CHANGES, MOVES = 100, 20
# asm-generic/socket.h, linux/sock_diag.h: what a socket had no room for.
_MEMINFO, _COUNTERS, _DROPS = 55, struct.Struct("=9I"), 8


@pytest.fixture(scope="module")
def lab(raise_lab: Callable[[Network], Standing]) -> Standing:
    """Three sites, one way out."""
    return raise_lab(small_network(3))


def plans() -> list[Plan]:
    """One site's ceiling and guarantee change a hundred times; then it moves to and fro between two groups."""
    weights = {"S01": 1.0, "S02": 2.0, "S03": 1.0}
    found = []
    for turn in range(CHANGES + MOVES):
        more = {"guarantee": f"{12 + turn % 5}M", "ceiling": f"{20 + turn % 7}M"}
        if turn >= CHANGES and turn % 2:
            more["parent"] = "UP-1"
        found.append(plan(weights, [60 * MBIT], [60 * MBIT], nodes={"S01": more}))
    return found


class Stream:
    """Numbered packets from one socket to another, and which of them arrived, in which order."""

    def __init__(self, lab: Standing, frm: str, to: str, source: str, target: str) -> None:
        with lab.inside(to):
            self._ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._ear.bind((target, PORT))
        self._ear.settimeout(1.0)
        with lab.inside(frm):
            self._mouth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._mouth.bind((source, 0))
        self._target, self._stop, self.sent = target, threading.Event(), 0
        self.arrived: list[int] = []
        self.unheard = 0
        self._threads = [threading.Thread(target=each) for each in (self._hear, self._send)]
        for thread in self._threads:
            thread.start()

    def _send(self) -> None:
        while not self._stop.is_set():
            self._mouth.sendto(self.sent.to_bytes(4, "big") + bytes(SIZE - 4), (self._target, PORT))
            self.sent += 1
            time.sleep(PAUSE)

    def _hear(self) -> None:
        """Until nothing has come for a while after the end."""
        while True:
            try:
                self.arrived.append(int.from_bytes(self._ear.recv(2 * SIZE)[:4], "big"))
            except TimeoutError:
                if self._stop.is_set():
                    return

    def end(self) -> None:
        """Send no more, and hear what is on its way."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        counted = self._ear.getsockopt(socket.SOL_SOCKET, _MEMINFO, _COUNTERS.size)
        self.unheard = _COUNTERS.unpack(counted)[_DROPS]
        self._ear.close()
        self._mouth.close()


def test_a_hundred_changes_and_twenty_moves_of_a_site_lose_no_packet(lab: Standing, tmp_path: Path) -> None:
    client = lab.clients("S01")[0][0]
    # The provider's network knows the way to the sites here, so that the internet can speak first.
    lab.run("UP-1", ["ip", "route", "replace", "198.18.0.0/16", "via", "203.0.113.2"])
    with gateway(lab, tmp_path) as (made, trouble):
        steps = plans()
        made.aim(steps[0], frozenset({"UP-1"}), Panic.NORMAL)
        made.turn(time.monotonic())
        streams = [Stream(lab, "UP-1", "S01", SERVERS[0], client), Stream(lab, "S01", "UP-1", client, SERVERS[0])]
        try:
            for step in steps[1:]:
                assert made.aim(step, frozenset({"UP-1"}), Panic.NORMAL)
                made.turn(time.monotonic())
                time.sleep(0.02)
            sites = [key for key in seats(tmp_path) if key.endswith("S01")]
            stray = classes(lab, "lan")[seats(tmp_path)["UP-1/!unclassified"]].packets
        finally:
            for stream in streams:
                stream.end()
        assert trouble.lines() == []
    assert len(sites) == 2
    assert stray == 0
    for stream in streams:
        assert stream.sent > 1000
        assert stream.arrived == sorted(set(stream.arrived))
        # What this process was too busy to take from its own socket was not lost on the way.
        assert stream.sent - len(stream.arrived) == stream.unheard
