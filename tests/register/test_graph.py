"""What a cut hits, against sets that are joined until nothing changes."""

from __future__ import annotations

import random

import pytest

from register.networks import CORE, GATEWAY, PROBER, network, random_network, reached
from simpul.register.logic.graph import Lost, graph_of

RING = [("GW", "CORE"), ("CORE", "A"), ("A", "B"), ("B", "C"), ("C", "CORE"), ("B", "X"), ("X", "Y")]


@pytest.mark.parametrize("seed", range(200))
def test_reachability_agrees_with_joined_sets_whatever_is_gone(seed: int) -> None:
    dice = random.Random(seed)
    snapshot = random_network(dice)
    graph = graph_of(snapshot)
    cut = frozenset(dice.sample(sorted(snapshot.links), dice.randint(0, 5)))
    down = frozenset(dice.sample(sorted(snapshot.devices), dice.randint(0, 3)))
    assert graph.reachable(graph.roots, cut, down) == reached(snapshot, [GATEWAY], cut, down)
    before, after = reached(snapshot, [GATEWAY]), reached(snapshot, [GATEWAY], cut, down)
    without = {
        site.code
        for site in snapshot.sites.values()
        if site.counted and site.device in before and site.device not in after
    }
    assert without <= graph.lost(cut, down).sites
    inside = {
        site.code
        for site in snapshot.sites.values()
        if site.counted and site.device not in reached(snapshot, [CORE], cut, down)
    }
    lost = graph.lost(cut, down)
    assert lost == Lost(frozenset(inside), frozenset(without - inside))


@pytest.mark.parametrize("seed", range(100))
def test_a_bridge_is_a_link_whose_cut_parts_its_ends(seed: int) -> None:
    snapshot = random_network(random.Random(seed))
    slow = {
        link.code
        for link in snapshot.links.values()
        if link.b_device not in reached(snapshot, [link.a_device], {link.code})
    }
    assert graph_of(snapshot).bridges() == slow


@pytest.mark.parametrize("seed", range(100))
def test_a_path_is_whole_and_none_is_shorter(seed: int) -> None:
    dice = random.Random(seed)
    snapshot = random_network(dice)
    graph = graph_of(snapshot)
    cut = frozenset(dice.sample(sorted(snapshot.links), dice.randint(0, 4)))
    start = dice.choice(sorted(snapshot.devices))
    path = graph.path(start, cut)
    if path is None:
        assert CORE not in reached(snapshot, [start], cut)
        return
    hops = graph.hops(start, path)
    assert hops[-1] == CORE
    assert not {link.code for link in path} & cut
    # No set of nodes that grows step by step meets the core earlier.
    ring, steps = {start}, 0
    while CORE not in ring:
        ring |= {
            code
            for link in snapshot.links.values()
            if link.code not in cut and {link.a_device, link.b_device} & ring
            for code in (link.a_device, link.b_device)
        }
        steps += 1
    assert len(path) == steps


def test_a_cut_ring_hits_nobody_and_a_second_cut_what_lies_between() -> None:
    graph = graph_of(network(RING))
    assert graph.lost(["CORE-A"]).sites == frozenset()
    assert graph.lost(["CORE-A", "B-C"]).sites == {"S-A", "S-B", "S-X", "S-Y"}
    assert graph.lost(["B-X"]).sites == {"S-X", "S-Y"}
    assert graph.lost(devices=["B"]).sites == {"S-B", "S-X", "S-Y"}
    assert graph.bridges() == {"GW-CORE", "B-X", "X-Y"}


def test_the_internet_alone_is_lost_with_the_gateway_or_with_every_uplink() -> None:
    graph = graph_of(network(RING))
    everyone = frozenset({"S-A", "S-B", "S-C", "S-X", "S-Y"})
    for lost in (graph.lost(["GW-CORE"]), graph.lost(devices=["GW"]), graph.lost(uplinks=["UP-1", "UP-2"])):
        assert lost == Lost(frozenset(), everyone)
    assert graph.lost(uplinks=["UP-1"]).sites == frozenset()


def test_what_is_only_planned_carries_nothing() -> None:
    graph = graph_of(network([*RING, ("Y", "NEW"), ("Y", "CORE")], planned=["Y-NEW", "Y-CORE"]))
    assert "NEW" not in graph.devices
    assert graph.lost(["B-X"]).sites == {"S-X", "S-Y"}
    assert graph.path("NEW") is None


def test_a_large_network_is_walked_however_long_its_chains() -> None:
    chain = [("GW", "CORE")] + [
        ("CORE" if place % 2500 == 0 else f"N{place - 1}", f"N{place}") for place in range(10_000)
    ]
    graph = graph_of(network(chain))
    assert len(graph.reachable(graph.roots)) == 10_002
    assert len(graph.bridges()) == 10_001


def test_the_core_is_the_router_behind_the_gateway() -> None:
    graph = graph_of(random_network(random.Random(3)))
    assert graph.roots == {GATEWAY}
    assert graph.core == {CORE}
    assert PROBER in graph.devices
