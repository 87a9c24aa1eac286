"""When what is asked: every target about once a second, a silent one and its way at once and more often."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from simpul.kit.clock import Clock
from simpul.watch.logic.facts import DOWN
from simpul.watch.observed import Observed
from simpul.watch.polls import Reading
from simpul.watch.targets import Polled, Target

log = logging.getLogger(__name__)
# Seconds until an address answered, or None; it gives up by itself.
Ask = Callable[[str], Awaitable[float | None]]
# After a miss: so many questions at such a distance, then one each SUSPECT_SECONDS until it is decided.
AGAIN, AGAIN_SECONDS, SUSPECT_SECONDS = 3, 0.1, 0.25
# The probes are dealt out in ticks of this length.
TICK_SECONDS = 0.02
# Whoever wakes up so much too late had no time to fetch answers: what seems missing meanwhile may have come.
STARVED_SECONDS, BUSY_SECONDS = 0.15, 5.0
# An answer that usually comes in a millisecond is not waited for a whole second.
LEAST_WAIT, TIMES_USUAL = 0.2, 4.0
# A device that has said of a port that it has no signal is asked so often whether it is back.
SIGNAL_SECONDS = 1.0
# Devices that never answered by SNMP are asked again so seldom; one round after a miss at most so often.
HOPELESS_SECONDS, HURRY_SECONDS = 60.0, 0.4


class Reader(Protocol):
    """One device that is asked by SNMP."""

    async def read(self) -> Reading | None:
        """What it says now; None without an answer."""


@dataclass(frozen=True)
class Pace:
    """Seconds between two probes of one target, the longest wait for an answer, seconds between SNMP rounds."""

    probe_seconds: float = 1.0
    longest_wait: float = 0.8
    snmp_seconds: float = 5.0


@dataclass
class Questions:
    """Of one snapshot: what is asked, and what stands on the way to each device."""

    observed: Observed
    targets: Sequence[Target]
    polled: Mapping[str, tuple[Polled, Reader]]
    ways: Mapping[str, Sequence[str]]


class Asker:
    """Asks until it is told to stop. `counts` are totals since the start."""

    def __init__(self, pace: Pace, ask: Ask, clock: Clock) -> None:
        self._pace, self._ask, self._clock = pace, ask, clock
        self._questions: Questions | None = None
        self._tasks: set[asyncio.Future[Any]] = set()
        self._doubted: set[str] = set()
        self._usual: dict[str, float] = {}
        self._polled_at: dict[str, float] = {}
        self._answers: dict[str, bool] = {}
        self._starved_at = float("-inf")
        counted = "probes unanswered answered_late unproven asked_again late snmp snmp_unanswered"
        self.counts = dict.fromkeys(counted.split(), 0)
        self.refused = ""

    @property
    def many(self) -> int:
        """How many addresses are asked."""
        return len({target.address for target in self._questions.targets}) if self._questions else 0

    def busy(self) -> bool:
        """Whether this process was without a processor for a moment within the last seconds."""
        return self._clock.monotonic() - self._starved_at < BUSY_SECONDS

    def set(self, questions: Questions | None) -> None:
        """Ask these from now on; None: nothing."""
        self._questions = questions
        self._doubted.clear()

    async def close(self) -> None:
        """Leave what is on its way."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=0.5)

    async def probe_for_ever(self) -> None:
        """Deal the targets out over each period, so that no burst fills a buffer."""
        position = 0.0
        before = self._clock.monotonic()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = self._clock.monotonic()
            passed, before = now - before, now
            if passed > TICK_SECONDS + STARVED_SECONDS:
                self._starved_at = now
            questions = self._questions
            if questions is None or not questions.targets:
                continue
            many = len(questions.targets)
            due = passed / self._pace.probe_seconds * many
            if passed > self._pace.probe_seconds:
                # So long nobody was asked: these questions are not made up for, but counted.
                self.counts["late"] += round(due) - many
                due = float(many)
            first, position = int(position), position + due
            for number in range(first, int(position)):
                self._begin(self._probe(questions, questions.targets[number % many]))
            position %= many

    async def poll_for_ever(self) -> None:
        """Every device in turn; one that never answered seldom."""
        while True:
            await asyncio.sleep(0.1)
            questions, now = self._questions, self._clock.monotonic()
            if questions is None:
                continue
            for device, (polled, _) in questions.polled.items():
                wait = self._pace.snmp_seconds if self._answers.get(device, True) else HOPELESS_SECONDS
                if questions.observed.misses_a_signal(polled):
                    wait = min(wait, SIGNAL_SECONDS)
                if now - self._polled_at.get(device, float("-inf")) >= wait:
                    self._polled_at[device] = now
                    self._begin(self._poll(questions, device))

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a question failed", exc_info=task.exception())

    async def _probe(self, questions: Questions, target: Target) -> None:
        pulse = questions.observed.pulses[target.address]
        was_down = pulse.state == DOWN
        answered = await self._once(questions, target)
        if questions is not self._questions:
            return
        if (not answered and pulse.misses == 1) or (answered and was_down):
            await self._doubt(questions, target)

    async def _once(self, questions: Questions, target: Target) -> bool:
        """Whether it answered; as well if nobody can tell."""
        at = self._clock.monotonic()
        self.counts["probes"] += 1
        question = asyncio.ensure_future(self._ask(target.address))
        self._tasks.add(question)
        question.add_done_callback(self._tasks.discard)
        wait = self._wait(target.address)
        done, _ = await asyncio.wait({question}, timeout=wait)
        try:
            rtt = question.result() if done else None
        except OSError as error:
            self.refused = str(error)
            return True
        self.refused = ""
        if rtt is not None:
            self._take(questions, target, at, rtt)
            return True
        if not done:
            question.add_done_callback(lambda late: self._came_late(questions, target, at, late))
        if self._was_starved(at, wait):
            self.counts["unproven"] += 1
            return True
        self.counts["unanswered"] += 1
        questions.observed.missed(target, at)
        return False

    def _take(self, questions: Questions, target: Target, at: float, rtt: float, *, late: bool = False) -> None:
        self._usual[target.address] = max(rtt, 0.9 * self._usual.get(target.address, rtt))
        questions.observed.answered(target, at, rtt, late=late)

    def _came_late(
        self, questions: Questions, target: Target, at: float, question: asyncio.Future[float | None]
    ) -> None:
        """It was slower than usual, not gone."""
        if question.cancelled() or question.exception() is not None:
            return
        rtt = question.result()
        if rtt is not None:
            self.counts["answered_late"] += 1
            self._take(questions, target, at, rtt, late=True)

    def _was_starved(self, at: float, wait: float) -> bool:
        """Whether this process had no processor for a while since then."""
        return self._starved_at >= at or self._clock.monotonic() - at > wait + STARVED_SECONDS

    def _wait(self, address: str) -> float:
        usual = self._usual.get(address)
        if usual is None:
            return self._pace.longest_wait
        return min(self._pace.longest_wait, max(LEAST_WAIT, TIMES_USUAL * usual))

    async def _doubt(self, questions: Questions, target: Target) -> None:
        """Ask it and everything on the way to it again at once, then it alone until it is decided."""
        on_the_way = self._around(questions, target)
        doubted = [each for each in on_the_way if each.address not in self._doubted]
        self._doubted |= {each.address for each in doubted}
        for device in questions.ways.get(target.device, ()):
            self._hurry(questions, device)
        self._hurry(questions, target.device)
        try:
            await asyncio.gather(*(self._again(questions, each) for each in doubted))
            pulse = questions.observed.pulses[target.address]
            while pulse.suspect and questions is self._questions:
                await asyncio.sleep(SUSPECT_SECONDS)
                self.counts["asked_again"] += 1
                await self._once(questions, target)
                if self._clock.monotonic() - pulse.first_miss > self._pace.longest_wait + 20.0:
                    break
        finally:
            self._doubted -= {each.address for each in doubted}

    async def _again(self, questions: Questions, target: Target) -> None:
        asked = []
        for number in range(AGAIN):
            if number:
                await asyncio.sleep(AGAIN_SECONDS)
            self.counts["asked_again"] += 1
            asked.append(asyncio.ensure_future(self._once(questions, target)))
        await asyncio.wait(asked)

    def _around(self, questions: Questions, target: Target) -> list[Target]:
        devices = {target.device, *questions.ways.get(target.device, ())}
        found = [each for each in questions.targets if each.device in devices and not each.link]
        same = [each for each in questions.targets if each.device == target.device and each.link]
        return found + same

    def _hurry(self, questions: Questions, device: str) -> None:
        """Its ports may tell more; but not again and again."""
        now = self._clock.monotonic()
        if device not in questions.polled or not self._answers.get(device, True):
            return
        if now - self._polled_at.get(device, float("-inf")) >= HURRY_SECONDS:
            self._polled_at[device] = now
            self._begin(self._poll(questions, device))

    async def _poll(self, questions: Questions, device: str) -> None:
        polled, reader = questions.polled[device]
        self.counts["snmp"] += 1
        reading = await reader.read()
        if questions is not self._questions:
            return
        if reading is None:
            self.counts["snmp_unanswered"] += 1
            self._answers.setdefault(device, False)
            return
        self._answers[device] = True
        questions.observed.read(polled, reading)
