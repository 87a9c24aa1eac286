"""What each site really gets, by iperf3 (-C cubic, GSO on), against the answer of the allocator."""

from __future__ import annotations

import select
import subprocess
import time
from collections.abc import Iterator

import pytest

from network.agent.iperf import Greedy, servers, worst_part
from network.agent.shaped import MBIT, Shaped
from simpul.traffic.logic.allocate import allocate
from simpul.traffic.logic.plan import Rates

MOST_OFF = 0.03
CAPACITY = 60 * MBIT
IDLE = ("S03", "S05", "S10")
PROOF = "proof"


@pytest.fixture(scope="module", autouse=True)
def serving(shaped: Shaped) -> Iterator[None]:
    """The providers' servers."""
    with servers(shaped.lab, ["UP-1"], 12):
        yield


def sites(shaped: Shaped) -> list[str]:
    """All twelve."""
    return [node.name for node in shaped.plan.leaves()]


def test_twelve_greedy_sites_get_their_part_downwards_and_the_way_out_is_full(shaped: Shaped) -> None:
    rates = Greedy(shaped.lab, sites(shaped)).wire_rates()
    site, off = worst_part(rates, allocate(shaped.plan).down)
    print(f"down, all greedy: worst {site} {off:+.2%}; sum {sum(rates.values()) / CAPACITY:.2%} of the cap")
    assert abs(off) <= MOST_OFF, rates
    assert abs(sum(rates.values()) / CAPACITY - 1) <= MOST_OFF


def test_twelve_greedy_sites_get_their_part_upwards_though_killed_agents_share_nothing_anew(shaped: Shaped) -> None:
    greedy = Greedy(shaped.lab, sites(shaped), upload=True, seconds=12)
    time.sleep(7)
    shaped.kill()
    rates = greedy.wire_rates()
    site, off = worst_part(rates, allocate(shaped.plan).up)
    print(f"up, all greedy, agent killed: worst {site} {off:+.2%}; sum {sum(rates.values()) / CAPACITY:.2%} of the cap")
    assert abs(off) <= MOST_OFF, rates
    assert abs(sum(rates.values()) / CAPACITY - 1) <= MOST_OFF


def watching(shaped: Shaped) -> subprocess.Popen[str]:
    """`tc monitor`, which has been seen to hear of a queue that was taken away."""
    shaped.lab.run("GW", ["ip", "link", "add", PROOF, "type", "veth", "peer", "name", f"{PROOF}-peer"])
    watcher = shaped.lab.popen("GW", ["tc", "monitor"])
    assert watcher.stdout is not None
    end = time.monotonic() + 120
    while not select.select([watcher.stdout], [], [], 0.2)[0]:
        assert time.monotonic() < end
        for deed in ("add", "del"):
            shaped.lab.run("GW", ["tc", "qdisc", deed, "dev", PROOF, "root", "handle", "7:", "pfifo"])
    return watcher


def test_an_agent_that_comes_back_takes_nothing_away_and_shares_what_idle_sites_leave(shaped: Shaped) -> None:
    before = shaped.classes()
    watcher = watching(shaped)
    shaped.start()
    greedy = [site for site in sites(shaped) if site not in IDLE]
    rates = Greedy(shaped.lab, greedy).wire_rates()
    watcher.kill()
    shaped.lab.run("GW", ["ip", "link", "del", PROOF])
    seen, _ = watcher.communicate()
    deleted = [line for line in seen.splitlines() if "deleted" in line.lower()]
    # That the proof's own end was seen says that any other would have been.
    assert deleted, seen
    assert [line for line in deleted if f"dev {PROOF}" not in line] == [], seen
    after = shaped.classes()
    assert {handle: after.get(handle, -1) >= count for handle, count in before.items()} == dict.fromkeys(before, True)
    demand = dict.fromkeys(IDLE, Rates(0, 0))
    site, off = worst_part(rates, allocate(shaped.plan, demand).down)
    print(f"down, three idle: worst {site} {off:+.2%}; sum {sum(rates.values()) / CAPACITY:.2%} of the cap")
    assert abs(off) <= MOST_OFF, rates
    assert abs(sum(rates.values()) / CAPACITY - 1) <= MOST_OFF
