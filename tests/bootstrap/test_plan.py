"""The test plan: every step named and timed, the first failure ends it, pytest has the last word."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import REPOSITORY

# Stands in for every tool: notes its call, fails where it is told to, and closes like pytest.
TOOL = """#!/bin/sh
echo "$*" >> calls
case "$*" in *"${FAILS:-nothing}"*) exit 3 ;; *pytest*) echo "5 passed" ;; esac
"""


class Plan:
    """A copy of the plan in a folder where each tool is a stand-in."""

    def __init__(self, place: Path) -> None:
        self.place = place
        for path in ("scripts", ".venv-test/bin"):
            (place / path).mkdir(parents=True)
        shutil.copy(REPOSITORY / "scripts/test-plan", place / "scripts")
        for name in (".venv-test/bin/python", ".venv-test/bin/lint-imports", "scripts/sandboxed"):
            tool = place / name
            tool.write_text(TOOL)
            tool.chmod(0o755)

    def run(self, *arguments: str, fails: str = "") -> subprocess.CompletedProcess[str]:
        """Run the plan; the tool whose call holds `fails` exits with 3."""
        environment = {"PATH": "/usr/bin:/bin", "FAILS": fails}
        command = [str(self.place / "scripts/test-plan"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)

    def calls(self) -> list[str]:
        """Return how the tools were called."""
        return (self.place / "calls").read_text().splitlines()


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """A plan nobody has run."""
    return Plan(tmp_path / "a place")


def test_every_step_prints_its_name_and_seconds_and_pytest_closes(plan: Plan) -> None:
    done = plan.run()
    assert done.returncode == 0
    for name in ("ruff check", "ruff format", "mypy", "import-linter", "catalogues"):
        assert f"== {name}\n== {name}: ok, 0." in done.stdout
    assert done.stdout.endswith("5 passed\n")


def test_the_first_step_that_fails_ends_the_plan_with_its_status(plan: Plan) -> None:
    done = plan.run(fails="mypy")
    assert done.returncode == 3
    assert "== mypy: FAILED (3)" in done.stdout.splitlines()[-1]
    assert not any("pytest" in call for call in plan.calls())


def test_the_rest_of_the_line_goes_to_pytest(plan: Plan) -> None:
    plan.run("--long", "-k", "two words")
    assert plan.calls()[-1].endswith("--long -k two words")


def test_tests_of_the_network_run_in_the_sandbox_and_the_others_outside(plan: Plan) -> None:
    plan.run("--long")
    inside, outside = plan.calls()[-2:]
    assert inside.endswith("-m pytest tests/network --long")
    assert "--ignore tests/network" in outside


def test_a_named_folder_runs_where_it_belongs_and_nothing_else(plan: Plan) -> None:
    plan.run("tests/kit", "-x")
    assert plan.calls()[-1].endswith("tests/kit -x")
    assert not any("tests/network" in call and "--ignore" not in call for call in plan.calls())
    done = plan.run("tests/network/lab", "-x")
    assert done.returncode == 0
    assert plan.calls()[-1].endswith("-m pytest tests/network/lab -x")


def test_help_runs_nothing(plan: Plan) -> None:
    done = plan.run("--help")
    assert "--long" in done.stdout
    assert not (plan.place / "calls").exists()
