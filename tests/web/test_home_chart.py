"""`/now/uplinks.json`: the past of the chart of the ways out, where a store has one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from api.conftest import Caller
from simpul.people.logic.rights import Role
from simpul.web.home_chart import HOURS, history
from web.store_door import Rows, door_at, open_door

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
STEP = 300
LAST_SLOT = int(NOW.timestamp()) // STEP - 1


def two_values(_: str) -> Rows:
    """Of one way out, half an hour ago and just now."""
    return [["uplink.down_bps", "U-1", slot, 1.0, 3.0, 2.4, 2.0, 12, 0] for slot in (LAST_SLOT - 5, LAST_SLOT)]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Path]:
    """A socket behind which somebody answers."""
    where = tmp_path / "store.sock"
    with open_door(where, two_values):
        yield where


def test_it_begins_with_the_first_measured_moment_and_keeps_gaps(door: Path) -> None:
    found = history(door, ["U-1", "U-2"], NOW)
    assert (found["answered"], found["step"]) == (True, STEP)
    assert found["times"] == [(LAST_SLOT - 5 + i) * STEP for i in range(6)]
    assert found["series"] == {"U-1": [2, None, None, None, None, 2], "U-2": [None] * 6}
    assert len(found["times"]) <= HOURS * 3600 // STEP


def test_it_tells_until_when_its_values_are_sample_data(tmp_path: Path) -> None:
    made = LAST_SLOT - 2
    rows = [*two_values(""), *(["history.made", "lab", slot, 1.0, 1.0, 1.0, 1.0, 1, 0] for slot in (made - 1, made))]
    with open_door(tmp_path / "store.sock", lambda _: rows):
        assert history(tmp_path / "store.sock", ["U-1"], NOW)["made"] == made * STEP
    with open_door(tmp_path / "real.sock", two_values):
        assert history(tmp_path / "real.sock", ["U-1"], NOW)["made"] is None


def test_without_a_store_the_chart_says_that_its_past_is_unknown(tmp_path: Path) -> None:
    found = history(tmp_path / "none.sock", ["U-1"], NOW)
    assert (found["answered"], found["times"]) == (False, [])


def test_a_store_that_is_away_is_no_fault_of_the_page(tmp_path: Path) -> None:
    dead = tmp_path / "store.sock"
    with door_at(dead, two_values):
        pass
    assert dead.exists()
    assert history(dead, ["U-1"], NOW)["answered"] is False


def test_who_sees_no_way_out_gets_nothing(as_role: Caller, client: Client) -> None:
    found = as_role(Role.AGENCY).get("/now/uplinks.json").json()
    assert (found["times"], found["series"]) == ([], {})
    assert client.get("/now/uplinks.json").status_code == 302
