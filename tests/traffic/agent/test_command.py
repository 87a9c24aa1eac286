"""`simpul agent` by hand: what is refused before anything is touched."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simpul.cli import main
from simpul.kit.problem import Problem
from simpul.traffic.agent.options import read_credential
from simpul.traffic.agent.process import panic_of
from simpul.traffic.agent.regulation import refuse_unfit
from simpul.traffic.agent.state import Folder
from simpul.traffic.logic.panic import Panic
from simpul.traffic.logic.plan import Plan
from simpul.traffic.logic.plan_file import plan_from_data
from traffic.agent.offices import plan, plan_data
from up.processes import environment


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """The line of a call that must end with status 2."""
    assert main(["agent", *argv]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_without_plan_and_controller_there_is_nothing_to_do(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "--plan" in refused(capsys, "--state", str(tmp_path))


def test_a_plan_that_is_not_there_or_not_right_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    file = tmp_path / "plan.yaml"
    assert "plan.yaml: No such file" in refused(capsys, "--plan", str(file), "--state", state)
    file.write_text("nodes: []", encoding="utf-8")
    assert "plan.yaml" in refused(capsys, "--plan", str(file), "--state", state)


@pytest.mark.parametrize("lan", [[], ["lan", "lan2"]])
def test_a_gateway_has_exactly_one_device_towards_its_sites(lan: list[str]) -> None:
    data = plan_data()
    data["lan"] = lan
    with pytest.raises(Problem, match="exactly one device towards its sites"):
        refuse_unfit(_read(data))


def test_traffic_is_told_by_prefix_only() -> None:
    data = plan_data()
    data["nodes"][1]["match"] = [{"vlan": 7}]
    with pytest.raises(Problem, match=r'"S1".*by prefix only'):
        refuse_unfit(_read(data))
    refuse_unfit(plan())


def _read(data: dict[str, Any]) -> Plan:
    return plan_from_data(data, "test")


def test_a_credential_that_is_open_to_others_or_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "credential.json"
    with pytest.raises(Problem, match=r"No such file.*simpul traffic credential"):
        read_credential(file)
    file.write_text('{"format": 2}', encoding="utf-8")
    with pytest.raises(Problem, match="no credential of an agent"):
        read_credential(file)
    right = {"format": 1, "name": "GW", "url": "tls://h:1", "user": "u", "password": "p", "ca": ""}
    file.write_text(json.dumps({**right, "plan_key": "A" * 43 + "="}), encoding="utf-8")
    file.chmod(0o644)
    with pytest.raises(Problem, match="chmod 600"):
        read_credential(file)
    file.chmod(0o600)
    found = read_credential(file)
    assert found.name == "GW"
    assert "password" not in repr(found)


def test_the_agent_loads_neither_django_nor_a_database() -> None:
    code = "import sys, simpul.traffic.agent.cli; print([m for m in ('django', 'sqlite3') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_mode_is_kept_in_the_folder_whether_an_agent_works_with_it_or_not(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.take()
    try:
        assert main(["agent", "--state", str(tmp_path), "--panic", "equal"]) == 0
    finally:
        folder.give_back()
    assert panic_of(folder.read("panic.json")) is Panic.EQUAL
    assert main(["agent", "--state", str(tmp_path / "new"), "--panic", "off"]) == 0
    assert panic_of(Folder(tmp_path / "new").read("panic.json")) is Panic.OFF


def test_a_mode_that_there_is_not_is_no_mode() -> None:
    assert panic_of(None) is Panic.NORMAL
    with pytest.raises(Problem, match=r"says 'all'.*--panic normal"):
        panic_of("all")


@pytest.mark.parametrize("more", [["--once"], ["--remove"], ["--once", "--remove"]])
def test_a_call_does_one_thing_and_says_so_when_asked_for_two(tmp_path: Path, more: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["agent", "--state", str(tmp_path / "state"), "--panic", "off", *more])
    assert ended.value.code == 2
    assert not (tmp_path / "state").exists()
