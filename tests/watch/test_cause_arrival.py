"""Causes while answers come in one after another, with one probe of a hundred lost, and after the repair.

Time is made by the test. Every device is asked once a second at a moment of its own; after a miss it and all on its way
are asked again at once. What is seen becomes states by `Pulse`, states become facts by `fresh`.

*Sound*, at every quarter of a second: the facts are those of a world in which a part of what is broken is broken, never
of any other (no child of a dead router is a fault of its own); what `explain` says fits them; nobody is named whose
network is well. *Complete*: some seconds after the fault everything follows that `test_cause_oracle` asks for, and some
seconds after the repair there is no cause left.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, combinations

import pytest

from register.networks import PROBER
from simpul.register.logic.graph import Graph, graph_of
from simpul.register.logic.snapshot import Snapshot
from simpul.watch.logic.cause import explain
from simpul.watch.logic.facts import DOWN, NEVER, UNKNOWN, UP, Facts
from simpul.watch.logic.fresh import Heard, Sight, fresh
from simpul.watch.logic.pulse import Patience, Pulse
from watch.test_cause_oracle import check_complete, check_sound, small_network
from watch.worlds import World, fits, random_world

LOSS = 0.01
WAIT = 0.4
BREAKS, MENDED, ENDS = 4.0, 16.0, 28.0
SEEDS = [pytest.param(seed, marks=[pytest.mark.long] if seed >= 10 else []) for seed in range(100)]


@dataclass
class Asked:
    """What is known of one device."""

    pulse: Pulse = field(default_factory=lambda: Pulse(Patience()))
    answered_at: float = NEVER
    missed_at: float = NEVER

    def sight(self) -> Sight:
        """As the facts are made of it."""
        pulse = self.pulse
        return Sight(pulse.state, pulse.since, self.answered_at, pulse.first_miss, self.missed_at)


class Watch:
    """Asks a world that breaks and is mended; every question has its moment."""

    def __init__(self, world: World, dice: random.Random) -> None:
        self.world, self.dice = world, dice
        self.graph = graph_of(world.snapshot)
        self.asked = {code: Asked() for code in world.snapshot.devices if code != PROBER}
        self.ports: dict[tuple[str, str], Heard] = {}
        self.telling = {code for code in sorted(self.asked) if dice.random() < 0.6}
        self.queue: list[tuple[float, int, str, str, float]] = []
        self.number = 0
        self.answers = {True: world.seen(), False: frozenset(world.snapshot.devices)}
        for code in self.asked:
            self.later(dice.random(), "ask", code)
            if code in self.telling:
                self.later(3 * dice.random(), "poll", code)

    def later(self, at: float, what: str, code: str, asked_at: float = 0.0) -> None:
        """Put it into the queue."""
        self.number += 1
        heapq.heappush(self.queue, (at, self.number, what, code, asked_at))

    def run(self, until: float) -> None:
        """All that happens before that moment."""
        while self.queue and self.queue[0][0] < until:
            at, _, what, code, asked_at = heapq.heappop(self.queue)
            if what.startswith("poll"):
                self.poll(code, at)
                if what == "poll":
                    self.later(at + 3.0, "poll", code)
            elif what == "miss":
                self.missed(code, asked_at, at)
            else:
                self.ask(code, at)
                if what == "ask":
                    self.later(at + 1.0, "ask", code)

    def ask(self, code: str, at: float) -> None:
        """One echo; a miss is known only after the wait."""
        if code in self.answers[BREAKS <= at < MENDED] and self.dice.random() >= LOSS:
            asked = self.asked[code]
            again = asked.pulse.state == DOWN
            asked.pulse.answered(at)
            asked.answered_at = max(at, asked.answered_at)
            if again:
                self.doubt(code, at)
        else:
            self.later(at + WAIT, "miss", code, at)

    def missed(self, code: str, asked_at: float, at: float) -> None:
        """No answer came."""
        asked = self.asked[code]
        if asked_at < asked.answered_at:
            return
        asked.pulse.missed(asked_at)
        asked.missed_at = max(asked_at, asked.missed_at)
        if asked.pulse.misses == 1:
            self.doubt(code, at)

    def doubt(self, code: str, at: float) -> None:
        """Ask it and its way once more, and the ports on it."""
        for device in self.graph.hops(code, self.graph.path(code, goals=[PROBER]) or []):
            if device != PROBER:
                self.later(at + 0.01 + 0.1 * self.dice.random(), "again", device)
                if device in self.telling:
                    self.later(at + 0.01 + 0.1 * self.dice.random(), "poll once", device)

    def poll(self, code: str, at: float) -> None:
        """Ask for its ports."""
        broken = BREAKS <= at < MENDED
        if code not in self.answers[broken]:
            return
        for _, link in self.graph.neighbours(code):
            end = "a" if self.world.snapshot.links[link].a_device == code else "b"
            state = self.world.port(link, code) if broken else UP
            before = self.ports.get((link, end))
            self.ports[link, end] = Heard(state, before.since if before and before.state == state else at, at)

    def facts(self) -> Facts:
        """What may be put side by side now."""
        sights = {code: asked.sight() for code, asked in self.asked.items()} | {PROBER: Sight(UP)}
        return Facts(*fresh(self.graph, sights, self.ports), {}, PROBER)


def parts_of(world: World) -> Iterator[frozenset[str]]:
    """Every choice of what is broken."""
    codes = sorted(world.broken)
    for chosen in chain.from_iterable(combinations(codes, size) for size in range(len(codes) + 1)):
        yield frozenset(chosen)


def check_arrival(snapshot: Snapshot, graph: Graph, dice: random.Random) -> None:
    """One world from before the fault until after the repair."""
    world = random_world(snapshot, dice)
    watch = Watch(world, dice)
    complete = 0
    for quarter in range(1, int(4 * ENDS)):
        now = quarter / 4
        watch.run(now)
        facts = watch.facts()
        if not any(fits(snapshot, facts, part) for part in parts_of(world)):
            raise AssertionError((now, sorted(world.broken), facts))
        causes = explain(graph, facts)
        check_sound(world, facts, causes)
        if now < BREAKS or now > MENDED + 6.0:
            assert causes == [], now
        asked = all(state != UNKNOWN for state in facts.devices.values())
        if BREAKS + 6.0 < now < MENDED and asked:
            complete += 1
            check_complete(world, facts, causes)
    assert complete > 5


@pytest.mark.parametrize("seed", SEEDS)
def test_causes_are_sound_while_answers_come_in(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(20 if seed >= 10 else 5):
        snapshot = small_network(dice)
        check_arrival(snapshot, graph_of(snapshot), dice)
