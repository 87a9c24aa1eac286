"""`simpul traffic ...` writes rows and waits for what becomes of them; its answers are one JSON object each."""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from simpul.kit.problem import Problem
from simpul.traffic import carrying, cli, reports
from simpul.traffic.models import PlanVersion
from simpul.traffic.service import draft, panic, set_share
from traffic.small_town import CLERK, MBIT, Town, build_town

# The file in which the controller keeps what gateway GW said is one for all workers.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("reports of GW")]
State = PlanVersion.State


@pytest.fixture
def town(transactional_db: None) -> Town:
    """The small town, committed, so that the stand-in's own connection sees it."""
    return build_town()


def run(*words: str) -> int:
    """Run the verb; its status."""
    parser = argparse.ArgumentParser()
    cli.register(parser)
    return cli.run(parser.parse_args(list(words)), lambda: lambda _, name: {"format": 1, "name": name})


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Run the verb with --json; its status and its answer."""

    def asked(*words: str) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        status = run(*words, "--json")
        return status, json.loads(capsys.readouterr().out)

    return asked


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Stands in for controller and gateway: takes up what is ordered, confirms what is wanted; says what it did."""
    did: list[str] = []
    over = threading.Event()
    monkeypatch.setattr(cli, "ANSWER_SECONDS", 5.0)

    def serve() -> None:
        while not over.is_set():
            for version in carrying.open_plans():
                if version.state == State.APPLYING:
                    carrying.applied(version)
                    did.append(f"applied {version.number}")
                elif version.wanted_at is not None:
                    carrying.confirmed(version)
                elif version.unattended:
                    carrying.wish_confirmed(version)
            for order in carrying.open_panics():
                carrying.panicked(order)
                did.append(order.mode)
            time.sleep(0.02)
        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield did
    over.set()
    thread.join()


Ask = Callable[..., tuple[int, dict[str, Any]]]


def test_diff_says_what_a_first_plan_would_give(town: Town, ask: Ask) -> None:
    status, answer = ask("diff")
    assert status == 1
    assert answer["in_force"] is None
    assert set(answer["predicted"]) == {*town.sites, "OFFICES", "PUBLIC"}


def test_diff_warns_of_who_gets_nothing_when_a_way_out_is_lost(
    town: Town, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask("diff")[1]["losses"] == []
    set_share(CLERK, town.sites["CLINIC"], guarantee_down_bps=60 * MBIT)
    answer = ask("diff")[1]
    assert answer["refusals"] == []
    assert answer["losses"] == [{"uplink": "UP-1", "nothing": ["PARK"], "low": [], "floor_bps": 256_000}]
    assert run("diff") == 1
    assert "note: if UP-1 is lost: 1 site gets nothing (PARK) while all use all they can" in capsys.readouterr().out
    assert draft(CLERK, town.gateway).difference["losses"] == answer["losses"]


def test_apply_confirm_and_then_nothing_is_left_to_do(town: Town, ask: Ask, gateway: list[str]) -> None:
    status, answer = ask("apply", "--note", "first")
    assert (status, answer["state"], answer["note"]) == (0, "applied", "first")
    status, answer = ask("confirm")
    assert (status, answer["state"]) == (0, "confirmed")
    assert ask("diff")[0] == 0
    assert ask("apply") == (0, answer)
    assert PlanVersion.objects.count() == 1


def test_apply_yes_waits_until_the_plan_is_in_force(town: Town, ask: Ask, gateway: list[str]) -> None:
    status, answer = ask("apply", "--yes")
    assert (status, answer["state"]) == (0, "confirmed")


def test_a_refused_plan_is_status_1_with_the_reason(town: Town, ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    set_share(CLERK, town.sites["CLINIC"], guarantee_down_bps=200 * MBIT)
    status, answer = ask("apply")
    assert (status, answer["state"]) == (1, "refused")
    assert "UP-1" in answer["reason"]
    assert run("diff") == 1
    assert 'refused: "UP-1"' in capsys.readouterr().out


def test_rollback_goes_back_to_the_plan_before_or_to_a_number(town: Town, ask: Ask, gateway: list[str]) -> None:
    ask("apply", "--yes")
    set_share(CLERK, town.sites["CLINIC"], weight=9)
    ask("apply", "--yes")
    status, answer = ask("rollback", "--yes")
    assert (status, answer["number"], answer["returned_to"]) == (0, 3, 1)
    status, answer = ask("rollback", "2", "--yes")
    assert (status, answer["number"], answer["returned_to"]) == (0, 4, 2)
    with pytest.raises(Problem, match="no plan 77"):
        run("rollback", "77")


def test_rollback_of_a_trial_goes_back_at_once(town: Town, ask: Ask, gateway: list[str]) -> None:
    ask("apply", "--yes")
    set_share(CLERK, town.sites["CLINIC"], weight=9)
    ask("apply")
    status, answer = ask("rollback", "--yes")
    assert (status, answer["returned_to"]) == (0, 1)
    assert PlanVersion.objects.get(number=2).state == State.SUPERSEDED


def test_panic_is_carried(town: Town, ask: Ask, gateway: list[str]) -> None:
    assert ask("panic", "equal", "--note", "storm") == (
        0,
        {"gateway": "GW", "mode": "equal", "done": True, "failure": ""},
    )
    assert gateway == ["equal"]


def test_a_gateway_that_is_away_is_status_1_and_the_order_waits(
    town: Town, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "ANSWER_SECONDS", 0.2)
    status, answer = ask("apply")
    assert (status, answer["state"]) == (1, "applying")
    assert ask("panic", "off")[0] == 1
    assert len(carrying.open_plans()) == len(carrying.open_panics()) == 1
    with pytest.raises(Problem, match="waits for no confirmation"):
        run("confirm")


def test_status_shows_the_last_report_and_says_when_there_is_none(
    town: Town, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    status, answer = ask("status")
    assert (status, answer["reachable"], answer["report"]) == (1, False, None)
    report = {
        "number": 0,
        "pending": None,
        "panic": "equal",
        "uplinks": {"UP-1": {"alive": False, "down": 3 * MBIT, "up": 0}},
        "nodes": {"CLINIC": {"down": MBIT, "up": 0, "share_down": 2 * MBIT, "share_up": 0, "uplink": "UP-1"}},
        "trouble": ["UP-1 is dead"],
    }
    run_dir = settings.CONFIGURATION.data.run
    reports.keep(run_dir, "GW", report, datetime.now(UTC))
    try:
        status, answer = ask("status")
        assert (status, answer["reachable"], answer["report"]) == (0, True, report)
        run("status")
        said = capsys.readouterr().out
        assert "EMERGENCY: equal" in said
        assert "DEAD" in said
        assert "used in the last turn (down / up), share from now on (down / up):" in said
        assert "CLINIC 1 Mbps / 0 bps -> 2 Mbps / 0 bps UP-1" in " ".join(said.split())
    finally:
        (run_dir / "traffic" / "GW.json").unlink()


def test_history_lists_the_newest_first(town: Town, ask: Ask) -> None:
    for _ in range(2):
        draft(CLERK, town.gateway)
    status, answer = ask("history")
    assert status == 0
    assert [plan["number"] for plan in answer["plans"]] == [2, 1]


def test_a_credential_in_a_file_is_for_its_owner_only(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "agent.json"
    assert run("credential", "GW", "--out", str(file)) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text(encoding="utf-8"))["name"] == "GW"
    assert "name" not in capsys.readouterr().out
    run("credential", "GW")
    assert json.loads(capsys.readouterr().out)["format"] == 1
    with pytest.raises(Problem, match="Choose another place"):
        run("credential", "GW", "--out", str(tmp_path / "no" / "file"))


def test_status_tells_of_an_emergency_order_that_was_not_carried_out(
    town: Town, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    order = panic(CLERK, town.gateway, "off")
    assert ask("status")[1]["emergency_order"]["failure"] == ""
    carrying.panicked(order, carrying.LAPSED)
    assert run("status") == 1
    said = capsys.readouterr().out
    assert "emergency order (no shaping) of test" in said
    assert "lapsed: the gateway was not reached within 10 minutes" in said
    carrying.panicked(panic(CLERK, town.gateway, "normal"))
    assert ask("status")[1]["emergency_order"] is None
