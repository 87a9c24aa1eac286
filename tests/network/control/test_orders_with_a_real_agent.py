"""From the database to the kernel: carried by the controller, done by the agent, taken back when it is cut off."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from network.control.scene import Scene, becomes
from simpul.traffic import reports
from simpul.traffic.logic.standing import Doing
from simpul.traffic.models import PlanVersion
from simpul.traffic.service import confirm, panic, set_share
from simpul.traffic.standings import standing_of
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


def test_who_follows_the_advice_about_a_damaged_file_gets_the_plan_back_and_is_told_until_then(scene: Scene) -> None:
    becomes(scene, scene.order(unattended=True), State.CONFIRMED)
    run, state, agent = scene.instance.data.run, scene.folder / "state", scene.processes[0]

    def does(doing: Doing) -> bool:
        return standing_of(run, scene.town.gateway).doing is doing

    until(lambda: does(Doing.AS_PLANNED), otherwise=scene.words)
    agent.terminate()
    agent.wait()
    until(lambda: does(Doing.STOPPED), otherwise=scene.words)
    (state / "confirmed.json").write_text("{", encoding="utf-8")
    refused = scene.start_agent()
    assert refused.wait(40) == 2
    assert "Mend it, or remove it to begin anew" in (scene.folder / "agent.log").read_text(encoding="utf-8")
    # What was set last goes on meanwhile, and is lost when the machine is started anew.
    assert "20Mbit" in scene.ceilings()
    scene.lab.start("GW", ["tc", "qdisc", "del", "dev", "lan", "root"])
    (state / "confirmed.json").unlink()
    controller = scene.processes[1]
    controller.kill()
    controller.wait()
    scene.start_agent()
    # The controller comes after it: until then the gateway has no plan, and the board says so.
    bare = state / "history"
    assert [path.name for path in bare.iterdir()] == ["0000000001.json"]
    assert scene.ceilings() == set()
    scene.start_controller()
    until(lambda: "20Mbit" in scene.ceilings(), 90, otherwise=scene.words)
    until(lambda: does(Doing.AS_PLANNED), otherwise=scene.words)
    assert PlanVersion.objects.get().state == State.CONFIRMED
    assert {path.stat().st_mode & 0o077 for path in [state, *state.rglob("*")]} == {0}
