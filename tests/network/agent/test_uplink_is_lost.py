"""A way out dies, by its line or silently: its sites are served over the other, and never above what that one has."""

from __future__ import annotations

import time

import pytest

from network.agent.iperf import Greedy, servers
from network.agent.shaped import MBIT, Shaped
from simpul.lab.network.plan import SERVERS

SPLIT = True
SURVIVING = 30 * MBIT
SITES = [f"S{number:02d}" for number in range(1, 13)]


def seconds_until_served(shaped: Shaped, site: str, most: float = 10) -> float:
    """Since now, until the site's client reaches the internet in both families."""
    began = time.monotonic()
    v4, v6 = shaped.lab.clients(site)[0]
    while time.monotonic() - began < most:
        if all(
            shaped.lab.answers(site, target, source=source, within=0.3)
            for target, source in zip(SERVERS, (v4, v6), strict=True)
        ):
            return time.monotonic() - began
    return most


@pytest.mark.parametrize("how", ["line", "silence"])
def test_sites_of_a_lost_way_out_are_served_by_the_other_within_its_rate(shaped: Shaped, how: str) -> None:
    assert seconds_until_served(shaped, "S01") < 5
    shaped.lab.lose_uplink("UP-1") if how == "line" else shaped.lab.silence_uplink("UP-1")
    try:
        seconds = seconds_until_served(shaped, "S01")
        print(f"{how}: S01 served again after {seconds:.2f} s")
        assert seconds < 5, shaped.log()
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
    time.sleep(12)
    assert seconds_until_served(shaped, "S01") < 5
