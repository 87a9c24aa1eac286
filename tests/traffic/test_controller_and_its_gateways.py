"""What the controller makes of what gateways report: nonsense harms nobody, a difference to the plan is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simpul.traffic.models import PlanVersion
from traffic.small_town import Town, build_town
from traffic.test_controller import AGENT, Stage, becomes, ordered, play, until
from up.bus_server import BusServer

pytestmark = pytest.mark.django_db(transaction=True)
State = PlanVersion.State


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A bus that lets the agent of GW in, and a run folder."""
    server = BusServer(tmp_path)
    server.start({"GW": AGENT})
    yield Stage(server, tmp_path / "run")
    server.end()


@pytest.fixture
def town(transactional_db: None) -> Town:
    """The small town, committed, so that the controller's own connection sees it."""
    return build_town()


BROKEN = [b"[]", b"7", b'"x"', b"null", b"[" * 100_000, b'{"a":' * 50_000, b"{", b"NaN", b"x" * 2**20, b"\xff\xfe"]
BROKEN += [
    b'{"number": 1e999, "uplinks": {}, "nodes": {}}',
    b'{"number": ' + b"9" * 4000 + b', "uplinks": {}, "nodes": {}}',
]


def test_forty_reports_that_are_none_leave_the_controller_well(town: Town, stage: Stage, tmp_path: Path) -> None:
    async def scene() -> None:
        async with stage.controller() as controller, stage.agent() as agent:
            client = agent.bus._client
            assert client is not None
            for _ in range(40):
                await client.publish("agent.GW.report", b"[]")
            for each in BROKEN:
                await client.publish("agent.GW.report", each)
            await becomes(await ordered(town), State.APPLIED)
            health = controller.health()
            odd = controller._bus.health().counters["odd"]
            assert health.state == "up"
            # What is no object is passed over by the bus, what is no report by the controller.
            assert odd + health.counters["rejected"] == 40 + len(BROKEN)
            assert health.counters["rejected"] >= 1

    play(scene())


def test_a_gateway_that_does_not_as_planned_is_in_the_health_and_told_to_the_watch(
    town: Town, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simpul.traffic.gateways.LASTING_SECONDS", 0.2)

    async def scene() -> None:
        told: list[dict[str, Any]] = []

        async def hear(_subject: str, payload: dict[str, Any]) -> None:
            told.append(payload["gateways"])

        async with stage.controller(judge_seconds=0.05) as controller, stage.agent() as agent:
            await controller._bus.subscribe("traffic.gateways", hear)
            await becomes(await ordered(town, unattended=True), State.CONFIRMED)
            await until(lambda: told and told[-1]["GW"] == {"doing": "as planned", "apart": False})
            agent.holds = 0
            await until(lambda: told[-1]["GW"]["apart"])
            assert "order plan 1 once more" in controller.health().detail
            agent.holds = 1
            await until(lambda: told[-1]["GW"] == {"doing": "as planned", "apart": False})
            assert "once more" not in controller.health().detail

    play(scene())
