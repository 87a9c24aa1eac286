"""How the demonstration starts its gateway's agent."""

from __future__ import annotations

import json
import os
from pathlib import Path

from simpul.configuration import load
from simpul.lab.gateway import Wellbeing, credential_file, options, write_credential
from simpul.traffic.logic.admission import FLOOR_BPS


def test_the_agents_floor_is_in_the_rates_of_the_virtual_network(tmp_path: Path) -> None:
    environ = {"SIMPUL_CONFIG": os.devnull, "SIMPUL_DATA_FOLDER": str(tmp_path), "SIMPUL_DEMO_RATE_SCALE": "0.1"}
    made = options(load(environ=environ), "GW-INTI")
    # A plan that the controller lets pass at 256 kbit/s comes here with 25.6, and must pass too.
    assert made.floor_bps == FLOOR_BPS // 10
    assert made.state == tmp_path / "agent" / "GW-INTI"


def test_what_the_agent_says_is_wrong_is_in_its_health() -> None:
    found = Wellbeing("GW-INTI")
    assert (found.health.state, found.health.detail) == ("up", "shapes at GW-INTI")
    found.hear(["traffic that belongs to no site passes"])
    assert (found.health.state, found.health.detail) == (
        "up",
        "shapes at GW-INTI; traffic that belongs to no site passes",
    )
    found.hear([])
    assert found.health.detail == "shapes at GW-INTI"


def test_a_credential_is_its_owners_only_and_not_written_again_while_it_is_the_same(tmp_path: Path) -> None:
    path = credential_file(tmp_path, "GW-INTI")
    write_credential(tmp_path, "GW-INTI", {"user": "agent", "password": "first"})
    written = path.stat()
    assert written.st_mode & 0o777 == 0o600
    write_credential(tmp_path, "GW-INTI", {"user": "agent", "password": "first"})
    assert path.stat().st_ino == written.st_ino
    write_credential(tmp_path, "GW-INTI", {"user": "agent", "password": "second"})
    assert json.loads(path.read_text())["password"] == "second"
    assert [each.name for each in path.parent.iterdir()] == ["credential.json"]
