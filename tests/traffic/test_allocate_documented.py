"""What the page about sharing shows is what the program says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simpul import cli
from simpul.traffic.logic.admission import refusals
from simpul.traffic.logic.demand_file import read_demand
from simpul.traffic.logic.plan_file import read_plan

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("name", ["50-traffic.md", "50-traffic.id.md"])
def test_the_example_gives_the_shares_that_the_page_shows(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    plan, demand = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    shown = re.search(r"```\n(node .*?)```", page, re.DOTALL)
    assert shown is not None
    file = tmp_path / "plan.yaml"
    file.write_text(plan, encoding="utf-8")
    assert cli.main(["traffic", "allocate", str(file)]) == 0
    assert capsys.readouterr().out == shown[1]
    assert refusals(read_plan(plan, name)) == []
    assert set(read_demand(demand, name, read_plan(plan, name))) == {"DINKES", "TAMAN", "BAPPEDA"}


@pytest.mark.parametrize("name", ["50-traffic.md", "50-traffic.id.md"])
def test_the_page_names_every_key_of_the_plan_file(name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    named = set(re.findall(r"^\| (`[^|]*) \|", page, re.MULTILINE))
    keys = {key for cell in named for key in re.findall(r"`(\w+)`", cell)}
    top = {"format", "uplinks", "lan", "nodes", "protected"}
    uplink = {"name", "dev", "down", "up", "probes"}
    node = {"name", "parent", "guarantee", "ceiling", "weight", "tier", "uplinks", "match", "prefixes"}
    assert keys == top | uplink | node
