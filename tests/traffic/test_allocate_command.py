"""`simpul traffic allocate`: what people and programs see."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from simpul import cli

WRITTEN = """
uplinks: [{name: A, dev: wan0, down: 100M, up: 50M}]
lan: [lan0]
nodes:
  - {name: OPD, parent: A, weight: 2}
  - {name: DINKES, parent: OPD, guarantee: 10M, ceiling: 20M, prefixes: [198.51.100.0/25]}
  - {name: BAPPEDA, parent: OPD, weight: 3, prefixes: [198.51.100.128/25]}
  - {name: KEC, parent: A, guarantee: 40M, prefixes: [203.0.113.0/24]}
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A plan file."""
    path = tmp_path / "plan.yaml"
    path.write_text(WRITTEN, encoding="utf-8")
    return path


def allocated(*words: object) -> int:
    """The exit status of the verb."""
    return cli.main(["traffic", "allocate", *(str(word) for word in words)])


def test_json_holds_the_shares_of_every_node(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert allocated(plan, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        # 50 Mbps are left above the guarantees: 2 parts for OPD, 1 for KEC; then 33.3 in OPD, DINKES 1 part of 4.
        "down": {"OPD": 43_333_333, "DINKES": 18_333_333, "BAPPEDA": 25_000_000, "KEC": 56_666_666},
        "up": {"OPD": 10_000_000, "DINKES": 10_000_000, "BAPPEDA": 0, "KEC": 40_000_000},
        "unsatisfied": [],
    }


def test_demand_frees_what_is_not_wanted(plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    demand = tmp_path / "demand.yaml"
    demand.write_text("DINKES: 1M\nKEC: {down: 5M}\nBAPPEDA: greedy\n", encoding="utf-8")
    assert allocated(plan, "--demand", demand, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["down"] == {"OPD": 95_000_000, "DINKES": 1_000_000, "BAPPEDA": 94_000_000, "KEC": 5_000_000}
    assert found["up"]["DINKES"] == 1_000_000


def test_a_guarantee_that_cannot_be_kept_is_named(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan.write_text(WRITTEN.replace("up: 50M", "up: 45M"), encoding="utf-8")
    assert allocated(plan, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["up"] == {"OPD": 9_000_000, "DINKES": 9_000_000, "BAPPEDA": 0, "KEC": 36_000_000}
    assert found["unsatisfied"] == ["OPD", "DINKES", "KEC"]
    assert allocated(plan) == 0
    assert "The guarantee is not met of: OPD, DINKES, KEC" in capsys.readouterr().out


def test_people_see_the_tree(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert allocated(plan) == 0
    assert capsys.readouterr().out.splitlines() == [
        "node               down       up",
        "A              100 Mbps  50 Mbps",
        "  OPD        43.33 Mbps  10 Mbps",
        "    DINKES   18.33 Mbps  10 Mbps",
        "    BAPPEDA     25 Mbps    0 bps",
        "  KEC        56.67 Mbps  40 Mbps",
    ]


@pytest.mark.parametrize(
    ("demand", "said"),
    [
        ("DINKS: 1M", '"DINKS" is no leaf of the plan; did you mean "DINKES"?'),
        ("OPD: 1M", '"OPD" is no leaf of the plan'),
        ("DINKES: fast", '"DINKES": "fast" is not a rate.'),
        ("DINKES: {down: 1M, sideways: 1M}", '"DINKES": there is no key "sideways"'),
        ("- DINKES", "a list is not a mapping."),
    ],
)
def test_a_wrong_demand_is_refused(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], demand: str, said: str
) -> None:
    file = tmp_path / "demand.yaml"
    file.write_text(demand, encoding="utf-8")
    assert allocated(plan, "--demand", file) == 2
    error = capsys.readouterr().err
    assert said in error
    assert str(file) in error


def test_a_plan_that_is_not_there_or_is_no_text_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert allocated(tmp_path / "none.yaml") == 2
    assert "none.yaml: No such file or directory. Check the path" in capsys.readouterr().err
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    assert allocated(tmp_path / "binary.yaml") == 2
    assert "binary.yaml: is no UTF-8 text." in capsys.readouterr().err
    assert allocated(tmp_path) == 2


def test_it_runs_without_django_and_without_an_instance(plan: Path) -> None:
    code = (
        "import sys; from simpul import cli; status = cli.main(sys.argv[1:]);"
        "sys.exit(status or 'django' in sys.modules)"
    )
    words = [sys.executable, "-c", code, "traffic", "allocate", str(plan)]
    env = {"PYTHONPATH": str(Path(cli.__file__).parent.parent), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
