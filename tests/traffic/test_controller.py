"""The controller on a real bus: orders reach the gateway, what the gateway says reaches the rows, nothing is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from simpul.engines.nats import Bus
from simpul.traffic import carrying, reports
from simpul.traffic.controller import Config, Controller
from simpul.traffic.logic.order import fingerprint
from simpul.traffic.models import PanicOrder, PlanVersion
from simpul.traffic.service import apply, confirm, draft, panic
from traffic.small_town import CLERK, Town, build_town
from traffic.stand_in import StandIn
from up.bus_server import PASSWORD, BusServer

pytestmark = pytest.mark.django_db(transaction=True)
State = PlanVersion.State
AGENT = "agent's own password"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BusServer]:
    """A bus that lets the agent of GW in."""
    server = BusServer(tmp_path)
    server.start({"GW": AGENT})
    yield server
    server.end()


@pytest.fixture
def town(transactional_db: None) -> Town:
    """The small town, committed, so that the controller's own connection sees it."""
    return build_town()


class Stage:
    """What a scene plays with."""

    def __init__(self, server: BusServer, run: Path) -> None:
        self.server, self.run = server, run

    @asynccontextmanager
    async def controller(self, **more: Any) -> AsyncIterator[Controller]:
        """A controller with a client of its own, stopped at the end."""
        bus = Bus(self.server.config("simpul", PASSWORD))
        made = Controller(Config(self.run, poll_seconds=0.05, well_seconds=0.5, answer_within=2, **more), bus)
        await bus.start()
        await made.start()
        try:
            await bus.connected(10)
            yield made
        finally:
            await made.stop()
            await bus.stop()

    @asynccontextmanager
    async def agent(self) -> AsyncIterator[StandIn]:
        """The gateway's agent."""
        agent = StandIn(self.server.config("agent-GW", AGENT))
        await agent.start()
        try:
            yield agent
        finally:
            await agent.stop()


async def rows(read: Callable[[], Any]) -> Any:
    """In a thread of its own, whose connection is closed again."""

    def closing() -> Any:
        try:
            return read()
        finally:
            connection.close()

    return await asyncio.to_thread(closing)


async def until(so: Callable[[], Any]) -> None:
    """Return as soon as it is so; it is asked in a thread."""
    async with asyncio.timeout(15):
        while True:
            if await rows(so):
                return
            await asyncio.sleep(0.05)


def reread(order: PanicOrder) -> PanicOrder:
    order.refresh_from_db()
    return order


async def becomes(version: PlanVersion, *states: str, within: float = 15) -> PlanVersion:
    """The row once it is in one of these states."""
    try:
        async with asyncio.timeout(within):
            while True:
                await rows(version.refresh_from_db)
                if version.state in states:
                    return version
                await asyncio.sleep(0.03)
    except TimeoutError:
        raise AssertionError(f"plan {version.number} is {version.state}, not {states}") from None


async def ordered(town: Town, seconds: int = 60, *, unattended: bool = False) -> PlanVersion:
    """A new plan on its way."""
    version: PlanVersion = await rows(lambda: apply(CLERK, draft(CLERK, town.gateway), seconds, unattended=unattended))
    return version


def play(scene: Coroutine[Any, Any, None]) -> None:
    """One scene in an event loop."""
    asyncio.run(scene)


@pytest.fixture
def stage(server: BusServer, tmp_path: Path) -> Stage:
    """Bus and run folder."""
    return Stage(server, tmp_path / "run")


def test_a_plan_is_carried_tried_and_kept_once_somebody_confirms(town: Town, stage: Stage) -> None:
    async def scene() -> None:
        async with stage.controller(), stage.agent() as agent:
            version = await becomes(await ordered(town), State.APPLIED)
            assert agent.trial == 1
            assert version.confirm_by is not None
            await asyncio.sleep(0.8)
            await becomes(version, State.APPLIED)
            await rows(lambda: confirm(CLERK, version))
            await becomes(version, State.CONFIRMED)
            assert agent.holds == 1
            assert version.confirmed_by == "test"

    play(scene())


def test_an_unattended_plan_confirms_itself_when_the_gateway_is_well(town: Town, stage: Stage) -> None:
    async def scene() -> None:
        async with stage.controller(), stage.agent() as agent:
            agent.alive = False
            version = await becomes(await ordered(town, unattended=True), State.APPLIED)
            await asyncio.sleep(1)
            await becomes(version, State.APPLIED)
            agent.alive = True
            await becomes(version, State.CONFIRMED)

    play(scene())


def test_a_plan_nobody_confirms_is_taken_back(town: Town, stage: Stage) -> None:
    async def scene() -> None:
        async with stage.controller(), stage.agent() as agent:
            version = await becomes(await ordered(town, 5), State.APPLIED)
            await becomes(version, State.REVERTED)
            assert version.reason == "nobody confirmed it in time"
            assert agent.holds == 0

    play(scene())


def test_a_plan_that_cuts_the_agent_off_is_known_as_taken_back_when_it_returns(town: Town, stage: Stage) -> None:
    async def scene() -> None:
        async with stage.controller():
            async with stage.agent():
                version = await becomes(await ordered(town, 5), State.APPLIED)
            async with stage.agent() as again:
                assert await again.tell(version.number, "reverted", "the controller was not reached") == {"ok": True}
            await becomes(version, State.REVERTED)
            assert version.reason == "the controller was not reached"

    play(scene())


def test_what_the_gateway_refuses_is_refused_with_its_words(town: Town, stage: Stage) -> None:
    async def scene() -> None:
        async with stage.controller(), stage.agent() as agent:
            agent.refuses = "several lan devices"
            version = await becomes(await ordered(town), State.REFUSED)
            assert version.reason == "several lan devices"

    play(scene())


def test_an_order_waits_for_a_gateway_that_is_away(town: Town, stage: Stage) -> None:
    async def scene() -> None:
        version = await ordered(town)
        async with stage.controller() as controller:
            await asyncio.sleep(0.5)
            await becomes(version, State.APPLYING)
            assert "GW does not answer" in controller.health().detail
            async with stage.agent():
                await becomes(version, State.APPLIED)
            assert controller.health().state == "up"

    play(scene())


def test_a_gateway_that_lost_its_plan_is_handed_it_again_as_confirmed(town: Town, stage: Stage) -> None:
    async def scene() -> None:
        async with stage.controller(), stage.agent() as agent:
            await becomes(await ordered(town, unattended=True), State.CONFIRMED)
            assert await agent.ask() == {"order": None, "confirmed": True}
            agent.holds = 0
            answer = await agent.ask()
            assert answer["confirmed"] is True
            assert '"number":1' in answer["order"]["body"]

    play(scene())


def test_a_plan_of_the_same_number_that_is_not_ours_is_never_told_to_be_kept(town: Town, stage: Stage) -> None:
    async def scene() -> None:
        async with stage.controller(), stage.agent() as agent:
            version = await becomes(await ordered(town), State.APPLIED)
            await rows(lambda: confirm(CLERK, version))
            await becomes(version, State.CONFIRMED)
            assert (await agent.ask())["confirmed"]
            # Simpul was restored from a backup, and has given number 1 once more.
            agent.order = "0123456789abcdef"
            assert await agent.ask() == {"order": None, "confirmed": False}
            agent.order = fingerprint(version.envelope or {})
            assert (await agent.ask())["confirmed"]

    play(scene())


def test_what_is_wrong_at_a_gateway_is_in_the_health_of_the_controller(town: Town, stage: Stage) -> None:
    async def scene() -> None:
        async with stage.controller() as controller, stage.agent() as agent:
            agent.trouble = ["traffic that belongs to no site passes"]
            until = time.monotonic() + 20
            while controller.health().detail != "GW: traffic that belongs to no site passes":
                assert time.monotonic() < until, controller.health()
                await asyncio.sleep(0.05)
            assert controller.health().state == "up"
            agent.trouble = []
            while controller.health().detail:
                assert time.monotonic() < until, controller.health()
                await asyncio.sleep(0.05)

    play(scene())


def test_a_gateway_never_planned_gets_its_first_plan_only_where_that_is_wanted(town: Town, stage: Stage) -> None:
    async def scene() -> None:
        async with stage.controller(), stage.agent() as agent:
            assert await agent.ask() == {"order": None, "confirmed": False}
        async with stage.controller(first_plan=True), stage.agent() as agent:
            assert (await agent.ask())["order"] is not None
            await agent.ask()
            version = await rows(PlanVersion.objects.get)
            await becomes(version, State.CONFIRMED)
            assert version.note == "the first plan"

    play(scene())


def test_a_first_plan_that_was_refused_is_told_and_tried_again(
    town: Town, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "FIRST_AGAIN", timedelta(seconds=1))

    async def scene() -> None:
        more = {"first_plan": True, "first_plan_seconds": 0.2}
        async with stage.controller(**more) as controller, stage.agent() as agent:
            agent.refuses = "no such device"
            first = await becomes(await rows(_next_plan), State.REFUSED)
            told = "GW: never had a plan: plan 1 is not in force (refused: no such device)"
            await until(lambda: told in controller.health().detail)
            agent.refuses = ""
            second = await becomes(await rows(lambda: _next_plan(first.number)), State.CONFIRMED)
            assert second.note == "the first plan"
            await until(lambda: "never had a plan" not in controller.health().detail)

    play(scene())


def _next_plan(above: int = 0) -> PlanVersion:
    """The next plan above a number, as soon as there is one."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        found = PlanVersion.objects.filter(number__gt=above).order_by("number").first()
        if found is not None:
            return found
        time.sleep(0.05)
    raise AssertionError(f"no plan above {above}")


def test_an_emergency_order_lapses_when_nobody_was_reached_in_time_but_the_way_back_does_not(
    town: Town, stage: Stage
) -> None:
    async def scene() -> None:
        order = await rows(lambda: panic(CLERK, town.gateway, "off"))
        long_ago = order.asked_at - timedelta(minutes=11)
        await rows(lambda: PanicOrder.objects.update(asked_at=long_ago))
        async with stage.controller():
            await until(lambda: reread(order).failure)
            assert order.failure.startswith("lapsed: the gateway was not reached within 10 minutes")
        back = await rows(lambda: panic(CLERK, town.gateway, "normal"))
        await rows(lambda: PanicOrder.objects.filter(pk=back.pk).update(asked_at=long_ago))
        async with stage.controller(), stage.agent() as agent:
            await until(lambda: reread(back).done_at)
            assert agent.received == ["panic"]

    play(scene())


def test_killed_between_two_steps_it_goes_on_where_the_rows_stand(town: Town, stage: Stage) -> None:
    async def scene() -> None:
        async with stage.agent() as agent:
            async with stage.controller():
                version = await becomes(await ordered(town), State.APPLIED)
            await asyncio.sleep(0.3)
            assert agent.trial == 1
            await rows(lambda: confirm(CLERK, version))
            async with stage.controller():
                await becomes(version, State.CONFIRMED)
            # The word of it was lost: the gateway has confirmed, the row has not heard.
            await rows(lambda: PlanVersion.objects.filter(pk=version.pk).update(state=State.APPLIED, wanted_at=None))
            async with stage.controller():
                await becomes(version, State.CONFIRMED)
            assert agent.received.count("apply") == 1

    play(scene())


def test_emergency_orders_are_carried(town: Town, stage: Stage) -> None:
    async def scene() -> None:
        async with stage.controller(), stage.agent() as agent:
            order = await rows(lambda: panic(CLERK, town.gateway, "equal"))
            for _ in range(200):
                await rows(order.refresh_from_db)
                if order.done_at is not None:
                    break
                await asyncio.sleep(0.03)
            assert agent.panic == "equal"
            agent.refuses = "there is no plan yet"
            refused = await rows(lambda: panic(CLERK, town.gateway, "off"))
            while not refused.failure:
                await rows(refused.refresh_from_db)
            assert refused.failure == "there is no plan yet"
            assert await rows(lambda: PanicOrder.objects.filter(done_at=None, failure="").count()) == 0

    play(scene())


def test_reports_are_kept_for_readers_in_the_rates_of_the_register(town: Town, stage: Stage) -> None:
    async def scene() -> None:
        async with stage.controller(rate_scale=0.1), stage.agent():
            for _ in range(300):
                heard = reports.heard(stage.run, "GW")
                if heard is not None:
                    break
                await asyncio.sleep(0.03)
            assert heard is not None
            node = {"down": 10_000, "up": 0, "share_down": 20_000, "share_up": 100, "uplink": "UP-1"}
            assert heard.report["nodes"] == {"CLINIC": node}
            assert heard.report["uplinks"]["UP-1"]["down"] == 10_000
            assert heard.report["uplinks"]["UP-1"]["loss"] == 0.0
            assert heard.report["unclassified"]["down"] == 100

    play(scene())


def test_nonsense_from_a_gateway_harms_nobody(town: Town, stage: Stage) -> None:
    async def scene() -> None:
        async with stage.controller(), stage.agent() as agent:
            for nonsense in ({}, {"uplinks": 3, "pending": "x", "number": "seven"}, {"nodes": [1, 2], "number": -1}):
                await agent.bus.publish("agent.GW.report", nonsense)
            assert await agent.tell(99, "applied") == {"ok": True}
            assert await agent.tell(1, "dancing") == {"ok": True}
            await becomes(await ordered(town), State.APPLIED)

    play(scene())
