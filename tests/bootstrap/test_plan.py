"""The test plan: every step named and timed, all checks reported, pytest has the last word."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import REPOSITORY

# Stands in for every tool: notes its call, fails where it is told to, and closes like pytest.
TOOL = """#!/bin/sh
echo "${TEST_STEP:-}: $*" >> calls
for each in ${FAILS:-nothing}; do case "$*" in *"$each"*) echo "broken: $each"; exit 3 ;; esac; done
case "$*" in *pytest*) echo "5 passed" ;; esac
"""

TOOLS = (".venv-test/bin/python", ".venv-test/bin/lint-imports", "scripts/sandboxed", "scripts/on-postgresql")


class Plan:
    """A copy of the plan in a folder where each tool is a stand-in."""

    def __init__(self, place: Path) -> None:
        self.place = place
        for path in ("scripts", ".venv-test/bin"):
            (place / path).mkdir(parents=True)
        shutil.copy(REPOSITORY / "scripts/test-plan", place / "scripts")
        for name in TOOLS:
            tool = place / name
            tool.write_text(TOOL)
            tool.chmod(0o755)

    def run(self, *arguments: str, fails: str = "") -> subprocess.CompletedProcess[str]:
        """Run the plan; tools whose call holds one of the words `fails` exit with 3."""
        environment = {"PATH": "/usr/bin:/bin", "FAILS": fails}
        command = [str(self.place / "scripts/test-plan"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)

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


def test_all_checks_are_reported_together_and_one_that_fails_ends_the_plan(plan: Plan) -> None:
    done = plan.run(fails="mypy catalogues")
    assert done.returncode == 3
    lines = [line for line in done.stdout.splitlines() if not line.startswith("broken")]
    checks = lines[lines.index("== ruff check") :]
    assert [line.split(",")[0] for line in checks] == [
        "== ruff check",
        "== ruff check: ok",
        "== ruff format",
        "== ruff format: ok",
        "== mypy",
        "== mypy: FAILED (3)",
        "== import-linter",
        "== import-linter: ok",
        "== catalogues",
        "== catalogues: FAILED (3)",
    ]
    assert not any("--ignore tests/network -" in call for call in plan.calls())
    assert any("tests/network" in call for call in plan.calls())


def test_a_sandbox_that_fails_ends_the_plan_once_the_checks_are_reported(plan: Plan) -> None:
    done = plan.run(fails="tests/network")
    assert done.returncode == 3
    assert "== pytest in two sandboxes: FAILED (3)" in done.stdout
    assert "== mypy: ok" in done.stdout
    assert not any("--ignore tests/network -" in call for call in plan.calls())


def test_the_rest_of_the_line_goes_to_pytest(plan: Plan) -> None:
    plan.run("--long", "-k", "two words")
    assert plan.calls()[-1].endswith("--long -k two words")


def test_tests_of_the_network_run_in_the_sandbox_and_the_others_outside(plan: Plan) -> None:
    plan.run()
    *inside, outside = (call for call in plan.calls() if "-m pytest" in call)
    waiting = "tests/network/watch tests/network/people"
    assert sorted(call.partition("-m pytest ")[2] for call in inside) == [
        "tests/network --ignore=tests/network/watch --ignore=tests/network/people",
        waiting,
    ]
    assert "--ignore tests/network" in outside


def test_a_long_plan_runs_on_postgresql_too_and_names_each_step_for_the_table_of_results(plan: Plan) -> None:
    plan.run("--long")
    sandbox, postgresql, others = (call for call in plan.calls() if "pytest" in call)
    assert sandbox.startswith("sandbox: ")
    assert sandbox.endswith("-m pytest tests/network --long")
    assert postgresql.startswith("postgresql: ")
    rooms = "tests/record tests/people tests/register tests/traffic tests/watch tests/web tests/api"
    assert postgresql.endswith(f"{rooms} --long")
    assert others.startswith("others: ")
    assert others.endswith("--ignore tests/network --long")


def test_a_named_folder_runs_where_it_belongs_and_nothing_else(plan: Plan) -> None:
    plan.run("tests/kit", "-x")
    assert plan.calls()[-1].endswith("tests/kit -x")
    assert not any("tests/network" in call and "--ignore" not in call for call in plan.calls())
    before = len(plan.calls())
    done = plan.run("tests/network/lab", "-x")
    assert done.returncode == 0
    (inside,) = (call for call in plan.calls()[before:] if "pytest" in call)
    assert inside.endswith("-m pytest tests/network/lab -x")


def test_help_runs_nothing(plan: Plan) -> None:
    done = plan.run("--help")
    assert "--long" in done.stdout
    assert not (plan.place / "calls").exists()
