"""Whom the watch asks, when again, and which silence it does not believe."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

import clocks
from clocks import HeldClock
from register.networks import PROBER
from simpul.watch import targets
from simpul.watch.asking import Asker, Pace, Questions
from simpul.watch.logic.facts import DOWN, UP
from simpul.watch.polls import Reading
from waiting import becomes
from watch.addressed import Eyes

PACE = Pace(probe_seconds=0.4, longest_wait=0.3, snmp_seconds=30.0)


class Net:
    """Answers after a moment, or not at all; remembers who was asked."""

    def __init__(self) -> None:
        self.silent: set[str] = set()
        self.slow: dict[str, float] = {}
        self.asked: list[str] = []

    async def ask(self, address: str) -> float | None:
        """As an echo request."""
        self.asked.append(address)
        if address in self.silent:
            await asyncio.sleep(PACE.longest_wait)
            return None
        wait = self.slow.get(address, 0.001)
        await asyncio.sleep(wait)
        return wait


class Told:
    """A router that tells nothing, but counts how often it is asked."""

    def __init__(self) -> None:
        self.times = 0

    async def read(self) -> Reading | None:
        """One question by SNMP."""
        self.times += 1
        return None


class Scene:
    """An asker in a network of the test's making."""

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.eyes, self.net = Eyes(), Net()
        self.readers = {code: Told() for code in self.eyes.polled}
        self.asker = Asker(PACE, self.net.ask, self.clock)
        polled = {code: (self.eyes.polled[code], reader) for code, reader in self.readers.items()}
        ways = targets.ways(self.eyes.snapshot, PROBER)
        self.asker.set(Questions(self.eyes.observed, self.eyes.targets, polled, ways))

    def address(self, device: str) -> str:
        """By which the device is managed."""
        return self.eyes.snapshot.devices[device].address

    def state(self, device: str) -> str:
        """As it is shown."""
        return self.eyes.observed.device(device, self.clock.monotonic())

    def silence(self, *devices: str) -> None:
        """They answer nothing any more."""
        self.net.silent |= {target.address for target in self.eyes.of(*devices)}

    def run(self, *steps: Callable[[], Awaitable[None]]) -> None:
        """Ask while the steps are taken."""

        async def play() -> None:
            works = [asyncio.create_task(self.asker.probe_for_ever())]
            for step in steps:
                await step()
            for work in works:
                work.cancel()
            await self.asker.close()

        clocks.play(self.clock, play())


@pytest.fixture
def scene() -> Scene:
    """The town, everybody answers."""
    return Scene()


async def a_round() -> None:
    """Everybody was asked once."""
    await asyncio.sleep(1.5 * PACE.probe_seconds)


def test_everybody_is_asked_each_period_and_nobody_else(scene: Scene) -> None:
    scene.run(a_round)
    assert set(scene.net.asked) == {target.address for target in scene.eyes.targets}
    assert scene.asker.many == len(scene.eyes.targets)
    assert {scene.state(code) for code in scene.eyes.snapshot.devices} == {UP}
    assert scene.asker.counts["asked_again"] == 0


def test_after_a_miss_the_device_and_all_on_the_way_to_it_are_asked_again_at_once(scene: Scene) -> None:
    async def cut() -> None:
        scene.silence("Y")
        scene.net.asked.clear()
        # In which period it is asked nobody knows; from its miss on everything goes quickly.
        await becomes(lambda: scene.asker.counts["asked_again"] >= 4)
        await asyncio.sleep(0.4)

    scene.run(a_round, cut)
    for device in ("Y", "X", "B", "CORE", "R-CENTER"):
        assert scene.net.asked.count(scene.address(device)) >= 3, device
    assert scene.readers["X"].times >= 1


def test_one_lost_answer_changes_nothing(scene: Scene) -> None:
    async def lose_one() -> None:
        scene.silence("X")
        await becomes(lambda: scene.asker.counts["unanswered"])
        scene.net.silent.clear()

    scene.run(a_round, lose_one, a_round)
    assert scene.asker.counts["unanswered"] >= 1
    assert scene.state("X") == UP
    assert all(pulse.misses == 0 for pulse in scene.eyes.observed.pulses.values())


def test_silence_becomes_down_and_an_answer_up_again(scene: Scene) -> None:
    async def until_down() -> None:
        scene.silence("Y")
        await becomes(lambda: scene.state("Y") == DOWN)

    async def until_up() -> None:
        scene.net.silent.clear()
        await becomes(lambda: scene.state("Y") == UP)

    scene.run(a_round, until_down, until_up)
    assert scene.state("X") == UP


def test_an_answer_that_is_slower_than_usual_is_no_loss(scene: Scene) -> None:
    async def slow_down() -> None:
        scene.net.slow = {target.address: 0.25 for target in scene.eyes.of("Y")}
        await becomes(lambda: scene.asker.counts["answered_late"])

    scene.run(a_round, slow_down, a_round, a_round)
    pulses = [scene.eyes.observed.pulses[target.address] for target in scene.eyes.of("Y")]
    assert all(pulse.state == UP for pulse in pulses)
    assert not any(pulse.flapping(scene.clock.monotonic()) for pulse in pulses)


def test_a_process_that_had_no_processor_believes_no_silence_of_that_time(scene: Scene) -> None:
    async def starve() -> None:
        scene.silence(*scene.eyes.snapshot.devices)
        # They are on their way when nothing runs any more; when it runs again all have been waited for too long.
        await asyncio.sleep(0.1)
        scene.clock.move(0.6)
        scene.net.silent.clear()
        await asyncio.sleep(0.4)

    scene.run(a_round, starve)
    assert scene.asker.counts["unproven"] >= 1
    assert scene.asker.busy()
    assert all(pulse.misses == 0 for pulse in scene.eyes.observed.pulses.values())


def test_a_kernel_that_refuses_is_told_and_nobody_is_down(scene: Scene) -> None:
    async def refused(_: str) -> float | None:
        raise PermissionError(1, "Operation not permitted")

    scene.asker = Asker(PACE, refused, scene.clock)
    scene.asker.set(Questions(scene.eyes.observed, scene.eyes.targets, {}, {}))
    scene.run(a_round)
    assert "not permitted" in scene.asker.refused
    assert DOWN not in {scene.state(code) for code in scene.eyes.snapshot.devices}


def test_what_could_not_be_asked_in_time_is_counted_and_not_made_up_for(scene: Scene) -> None:
    async def sleep_through() -> None:
        scene.clock.move(4 * PACE.probe_seconds)
        await asyncio.sleep(0.1)

    scene.run(a_round, sleep_through)
    assert scene.asker.counts["late"] >= 2 * len(scene.eyes.targets)
