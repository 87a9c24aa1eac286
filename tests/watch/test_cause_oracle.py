"""Causes against every explanation there is: 2,000 random failure sets on random networks of rings and trees.

*Sound*, for all facts that a world can show, however few of them have arrived: the first elements of all causes could
together have made these facts (every device that answers would, every one that does not would not, no port would
contradict), and still could with any one of them replaced by another of its class; once every device was asked, with
any choice from the classes. Each site that is named has truly no network, and no device is called lost that answers.

*Complete* where the facts suffice: if every device was asked, every site without network is named; the causes are as
few as the fewest elements that fit; and every element of any explanation of that size is in the class of some cause.
So if the world broke no more than the fewest that fit, everything that is broken is named.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice, product

import pytest

from register.networks import network, random_network
from simpul.register.logic.graph import graph_of
from simpul.register.logic.snapshot import Snapshot
from simpul.watch.logic.cause import explain
from simpul.watch.logic.facts import DOWN, UNKNOWN, Cause, Facts
from watch.worlds import World, explanations, facts_of, fits, random_world

MOST_CHOICES = 300
SEEDS = [pytest.param(seed, marks=[pytest.mark.long] if seed >= 10 else []) for seed in range(100)]


def small_network(dice: random.Random) -> Snapshot:
    """One that is small enough to try all."""
    while True:
        found = random_network(dice)
        if len(found.devices) <= 24:
            return found


def check_sound(world: World, facts: Facts, causes: list[Cause]) -> None:
    """See above."""
    answers = world.seen()
    for cause in causes:
        assert not answers & set(cause.devices)
        assert not {world.snapshot.sites[code].device for code in cause.sites} & answers
        assert cause.kind in ("span_cut", "circuit_down", "redundancy_lost", "device_down")
    whole = all(facts.device(code) != UNKNOWN for code in world.snapshot.devices)
    for chosen in islice(product(*(cause.refs for cause in causes)), MOST_CHOICES) if whole else swaps(causes):
        assert fits(world.snapshot, facts, frozenset(chosen)), (chosen, sorted(world.broken))


def swaps(causes: list[Cause]) -> Iterator[tuple[str, ...]]:
    """The first of each class, and all choices that differ from that in one place."""
    first = tuple(cause.ref for cause in causes)
    yield first
    for place, cause in enumerate(causes):
        for ref in cause.refs[1:]:
            yield (*first[:place], ref, *first[place + 1 :])


def check_complete(world: World, facts: Facts, causes: list[Cause]) -> None:
    """See above."""
    snapshot, answers = world.snapshot, world.seen()
    without = {site.code for site in snapshot.sites.values() if site.counted and site.device not in answers}
    assert {code for cause in causes for code in cause.sites} == without
    fewest = explanations(snapshot, facts)
    assert fewest
    named = {code for cause in causes for code in cause.refs}
    assert len(causes) == len(fewest[0]), (sorted(world.broken), causes)
    assert {code for each in fewest for code in each} <= named
    if len(world.broken) == len(fewest[0]):
        assert world.broken <= named


@pytest.mark.parametrize("seed", SEEDS)
def test_causes_are_sound_and_complete(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(20):
        snapshot = small_network(dice)
        graph = graph_of(snapshot)
        world = random_world(snapshot, dice)
        for ports in (0.0, 1.0, dice.random()):
            facts = facts_of(world, dice, ports, told=1.0)
            causes = explain(graph, facts)
            check_sound(world, facts, causes)
            check_complete(world, facts, causes)
            for _ in range(3):
                partial = facts_of(world, dice, ports, told=dice.random())
                check_sound(world, partial, explain(graph, partial))


@pytest.mark.parametrize("seed", range(20))
def test_large_cuts_and_many_faults_are_explained_too(seed: int) -> None:
    """More than can be tried: sound still, and every site without network is named."""
    dice = random.Random(seed)
    snapshot = random_network(dice)
    world = random_world(snapshot, dice)
    elements = sorted(snapshot.links.keys() | snapshot.devices.keys())
    more = frozenset(code for code in dice.sample(elements, 9) if "CORE" not in code and "SRV" not in code)
    world = World(snapshot, world.broken | more - {"R-CENTER"}, world.stuck, world.dark)
    facts = facts_of(world, dice, 0.7, told=1.0)
    causes = explain(graph_of(snapshot), facts)
    check_sound(world, facts, causes)
    without = {code for code, site in snapshot.sites.items() if site.counted and site.device not in world.seen()}
    assert {code for cause in causes for code in cause.sites} == without


def test_a_thousand_devices_are_explained_at_once() -> None:
    pairs = [("GW", "CORE"), ("CORE", "R-CENTER"), ("R-CENTER", "SRV")]
    for pop in range(50):
        pairs += [("CORE" if pop % 10 == 0 else f"P{pop - 1}", f"P{pop}")]
        pairs += [(f"P{pop}", f"S{pop}-{place}") for place in range(40)]
    pairs += [(f"P{pop}", "CORE") for pop in range(9, 50, 10)]
    snapshot = network(pairs)
    graph = graph_of(snapshot)
    broken = frozenset({"P3", "P14-P15", "P17-P18", *(f"P40-S40-{place}" for place in range(30))})
    world = World(snapshot, broken, frozenset(), frozenset())
    facts = facts_of(world, random.Random(1), 1.0, told=1.0)
    causes = explain(graph, facts)
    assert {cause.ref for cause in causes} == broken
    assert all(state != DOWN for code, state in facts.devices.items() if code.startswith("P2"))
