"""A way out dies, by its line or silently: its sites are served over the other, and never above what that one has."""

from __future__ import annotations

import json
import socket
import time

import pytest

from network.agent.iperf import Greedy, servers
from network.agent.shaped import MBIT, Shaped
from simpul.lab.network.plan import SERVERS
from waiting import until

SPLIT = True
MANY = 100
SURVIVING = 30 * MBIT
SITES = [f"S{number:02d}" for number in range(1, 13)]


def seconds_until_served(shaped: Shaped, site: str) -> float:
    """Since now, until the site's client reaches the internet in both families."""
    began = time.monotonic()
    seats = list(zip(SERVERS, shaped.lab.clients(site)[0], strict=True))
    until(
        lambda: all(shaped.lab.answers(site, target, source=source, within=0.3) for target, source in seats),
        otherwise=shaped.log,
    )
    return time.monotonic() - began


def carrier_of(shaped: Shaped, site: str) -> str:
    """Which provider gets what the site sends."""
    before = {provider: _received(shaped, provider) for provider in ("UP-1", "UP-2")}
    with shaped.lab.inside(site), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
        mouth.bind((shaped.lab.clients(site)[0][0], 0))
        for _ in range(MANY):
            mouth.sendto(b"x", (SERVERS[0], 9))
            time.sleep(0.002)
    time.sleep(0.2)
    grown = {provider: _received(shaped, provider) - count for provider, count in before.items()}
    return max(grown, key=lambda provider: grown[provider])


def _received(shaped: Shaped, provider: str) -> int:
    shown = json.loads(shaped.lab.run(provider, ["ip", "-j", "-s", "link", "show", "net"]))
    return int(shown[0]["stats64"]["rx"]["packets"])


def wait_for_home(shaped: Shaped) -> float:
    """Until the first site goes its own way again; the agent waits a while, lest a bad line be tried over and over."""
    began = time.monotonic()
    until(lambda: carrier_of(shaped, "S01") == "UP-1", otherwise=shaped.log, pause=lambda: time.sleep(0.5))
    return time.monotonic() - began


@pytest.mark.parametrize("how", ["line", "silence"])
def test_sites_of_a_lost_way_out_are_served_by_the_other_within_its_rate(shaped: Shaped, how: str) -> None:
    wait_for_home(shaped)
    shaped.lab.lose_uplink("UP-1") if how == "line" else shaped.lab.silence_uplink("UP-1")
    try:
        seconds = seconds_until_served(shaped, "S01")
        print(f"{how}: S01 served again after {seconds:.2f} s")
        time.sleep(max(0.0, 5 - seconds))
        with servers(shaped.lab, ["UP-2"], 12):
            rates = Greedy(shaped.lab, SITES, seconds=6).wire_rates()
        print(
            f"{how}: sum {sum(rates.values()) / SURVIVING:.2%} of the surviving rate; least {min(rates.values()):.0f}"
        )
        assert sum(rates.values()) <= SURVIVING * 1.03
        assert min(rates.values()) > 256_000
    finally:
        shaped.lab.restore() if how == "line" else shaped.lab.restore_uplink("UP-1")
    print(f"{how}: home again {wait_for_home(shaped):.1f} s after the measurement")
