"""From the database to the kernel: carried by the controller, done by the agent, taken back when it is cut off."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from network.control.scene import Scene, becomes
from simpul.traffic import reports
from simpul.traffic.models import PlanVersion
from simpul.traffic.service import confirm, panic, set_share
from traffic.small_town import CLERK, MBIT
from waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
State = PlanVersion.State
CENTER = "198.18.0.66"
TESTS = Path(__file__).resolve().parents[2]


def test_an_order_reaches_the_kernel_and_stays_once_confirmed(scene: Scene) -> None:
    version = becomes(scene, scene.order(), State.APPLIED)
    assert "20Mbit" in scene.ceilings()
    confirm(CLERK, version)
    becomes(scene, version, State.CONFIRMED)
    run = scene.instance.data.run

    def reported() -> bool:
        heard = reports.heard(run, "GW")
        return heard is not None and heard.report["number"] == 1 and not heard.report["pending"]

    until(reported, otherwise=scene.words)
    heard = reports.heard(run, "GW")
    assert heard is not None
    assert set(heard.report["nodes"]) == {"OFFICES", "PUBLIC", *scene.town.sites}
    assert {name: row["alive"] for name, row in heard.report["uplinks"].items()} == {"UP-1": True, "UP-2": True}


def test_a_plan_during_which_the_agent_is_cut_off_is_taken_back_by_itself(scene: Scene) -> None:
    becomes(scene, scene.order(unattended=True), State.CONFIRMED)
    before = scene.classes()
    set_share(CLERK, scene.town.sites["PARK"], ceiling_down_bps=7 * MBIT)
    second = becomes(scene, scene.order(15), State.APPLIED)
    assert "7Mbit" in scene.ceilings()
    scene.lab.cut("L-S01")
    until(lambda: scene.classes() == before, otherwise=scene.words)
    assert "7Mbit" not in scene.ceilings()
    second.refresh_from_db()
    assert second.state == State.APPLIED
    scene.lab.restore("L-S01")
    scene.lab.lab.converge()
    becomes(scene, second, State.REVERTED)
    assert PlanVersion.objects.get(number=1).state == State.CONFIRMED


def test_killing_the_controller_changes_nothing_and_loses_nothing(scene: Scene) -> None:
    first = becomes(scene, scene.order(unattended=True), State.CONFIRMED)
    before = scene.classes()
    controller = scene.processes[1]
    controller.kill()
    controller.wait()
    set_share(CLERK, scene.town.sites["PARK"], ceiling_down_bps=7 * MBIT)
    second = scene.order(unattended=True)
    time.sleep(3)
    assert scene.classes() == before
    scene.start_controller()
    becomes(scene, second, State.CONFIRMED)
    assert "7Mbit" in scene.ceilings()
    first.refresh_from_db()
    assert first.state == State.SUPERSEDED


def test_an_emergency_order_reaches_the_gateway(scene: Scene) -> None:
    becomes(scene, scene.order(unattended=True), State.CONFIRMED)
    order = panic(CLERK, scene.town.gateway, "equal")

    def done() -> bool:
        order.refresh_from_db()
        return order.done_at is not None

    until(done, otherwise=scene.words)
    run = scene.instance.data.run
    until(lambda: (heard := reports.heard(run, "GW")) and heard.report["panic"] == "equal", otherwise=scene.words)
