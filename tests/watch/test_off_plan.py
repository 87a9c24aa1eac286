"""From a gateway that carries out no plan to the alarm that says so, and to its end; the bus is the test's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simpul.traffic import carrying
from simpul.traffic.controller import Config as ControllerConfig
from simpul.traffic.controller import Controller
from simpul.traffic.logic.standing import LASTING_SECONDS
from simpul.traffic.models import PlanVersion
from simpul.traffic.service import apply, draft
from simpul.watch.models import Alarm
from simpul.watch.settling import Times
from simpul.watch.watcher import Config, Watcher
from traffic.small_town import CLERK, build_town
from waiting import becomes
from watch.test_watcher import CONFIG, Stage, Told

pytestmark = pytest.mark.django_db(transaction=True)
SUBJECT = "traffic.gateways"


class HandedOn(Told):
    """The controller's side of the bus: what it says of gateways is heard by the watch at once."""

    def __init__(self, watch: Told) -> None:
        super().__init__()
        self._watch = watch

    async def publish(self, subject: str, payload: Any) -> None:
        """As the bus does it."""
        await super().publish(subject, payload)
        if subject in self._watch.hears:
            await self._watch.hears[subject](subject, payload)


@pytest.fixture
def stage() -> Stage:
    """Everybody answers."""
    return Stage()


def opened() -> list[tuple[str, list[str]]]:
    """The alarms that are not over: kind, and what they are about."""
    return [(alarm.kind, alarm.refs) for alarm in Alarm.objects.filter(closed_at=None).order_by("pk")]


async def in_thread(read: Callable[[], Any]) -> Any:
    """Rows, beside the running loop."""
    return await asyncio.to_thread(read)


async def says(stage: Stage, seconds: float, doing: str, *, apart: bool) -> None:
    """The controller says it each second for so long, and so does the watch hear the agent."""
    for _ in range(round(seconds)):
        await stage.bus.hears["agent.*.report"]("agent.GW.report", {"uplinks": {}, "nodes": {}})
        await stage.bus.hears[SUBJECT](SUBJECT, {"gateways": {"GW": {"doing": doing, "apart": apart}}})
        await asyncio.sleep(1)


def test_a_gateway_that_is_told_not_to_be_as_planned_is_an_alarm_until_it_is_told_to_be(stage: Stage) -> None:
    stage.watcher = Watcher(Config(), stage.senses(), stage.bus, stage.clock)
    times = Times()
    seen: list[Any] = []

    async def apart() -> None:
        await becomes(lambda: stage.watcher.health().state == "up")
        await says(stage, 5, "as planned", apart=False)
        seen.append(await in_thread(opened))
        await says(stage, times.longest + 2, "unshaped", apart=True)
        seen.append(await in_thread(opened))
        await says(stage, times.clear + 2, "as planned", apart=False)
        seen.append(await in_thread(opened))

    stage.play(apart)
    assert seen == [[], [("off_plan", ["GW"])], []]
    alarm = Alarm.objects.get()
    assert (alarm.sites, alarm.severity, alarm.closed_at is None) == ([], "major", False)


def test_what_the_controller_no_longer_says_ends_no_alarm(stage: Stage) -> None:
    seen: list[Any] = []

    async def silence() -> None:
        await becomes(lambda: stage.watcher.health().state == "up")
        await says(stage, 4, "unshaped", apart=True)
        await asyncio.sleep(60)
        seen.append([each for each in await in_thread(opened) if each[0] == "off_plan"])

    async def agent_goes_on() -> None:
        for _ in range(120):
            await stage.bus.hears["agent.*.report"]("agent.GW.report", {"uplinks": {}, "nodes": {}})
            await asyncio.sleep(0.5)

    async def both() -> None:
        await asyncio.gather(silence(), agent_goes_on())

    stage.play(both)
    assert seen == [[("off_plan", ["GW"])]]


def test_a_bare_gateway_becomes_an_alarm_and_is_none_once_it_reports_the_plan_in_force(
    stage: Stage, tmp_path: Path
) -> None:
    version = apply(CLERK, draft(CLERK, build_town().gateway))
    carrying.applied(version)
    carrying.confirmed(version)
    seen: list[Any] = []
    bus = HandedOn(stage.bus)

    async def reports(seconds: float, **said: Any) -> None:
        report = {"number": 0, "uplinks": {}, "nodes": {}, **said}
        for _ in range(round(seconds)):
            for hears in (bus.hears, stage.bus.hears):
                await hears["agent.*.report"]("agent.GW.report", report)
            await asyncio.sleep(1)

    async def bare() -> None:
        controller = Controller(ControllerConfig(run_dir=tmp_path), bus, stage.clock)
        await becomes(lambda: stage.watcher.health().state == "up")
        await controller.start()
        try:
            # Not for an order and a report that cross on their way.
            await reports(LASTING_SECONDS - 4, state="unshaped", reason="order 1 is not newer than 1")
            seen.append(await in_thread(opened))
            await reports(10, state="unshaped", reason="order 1 is not newer than 1")
            seen.append(await in_thread(opened))
            assert "order 1 is not newer than 1" in controller.health().detail
            await reports(10, state="shaping", number=version.number)
            seen.append(await in_thread(opened))
        finally:
            await controller.stop()

    stage.play(bare)
    assert CONFIG.times.longest + CONFIG.times.clear < 4
    assert seen == [[], [("off_plan", ["GW"])], []]
    assert PlanVersion.objects.count() == 1
