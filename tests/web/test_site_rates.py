"""`/sites/<code>/rates.json` and its files: what a site used of its share, for those who see the site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_django import Settings

from api.conftest import Caller
from simpul.people.logic.rights import Role
from simpul.web.site_rates import history
from web.store_door import Rows, door_at, open_door

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
STEP = 300


def one_step(question: str) -> Rows:
    """Of the clinic's values, three steps ago, made for a show."""
    step = re.search(r"param_step=(\d+)", question)
    assert step is not None
    slot = int(datetime.now(UTC).timestamp()) // int(step.group(1)) - 3
    values = {"site.down_bps": 6_000_000.4, "site.up_bps": 1_000_000.0, "site.share_down_bps": 20_000_000.0}
    rows: Rows = [[metric, "OPD-2", slot, 1.0, 9e9, value, 5.0, 30, 0] for metric, value in values.items()]
    return [*rows, ["history.made", "lab", slot, 1.0, 1.0, 1.0, 1.0, 1, 0]]


@pytest.fixture
def door(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """The store of an instance whose folder is a new one."""
    configuration = settings.CONFIGURATION
    settings.CONFIGURATION = replace(configuration, data=replace(configuration.data, folder=tmp_path))
    where: Path = settings.CONFIGURATION.data.store_socket
    where.parent.mkdir(parents=True)
    with open_door(where, one_step):
        yield where


def test_each_step_holds_use_and_share_and_gaps_stay_gaps(as_role: Caller, door: Path) -> None:
    answer = as_role(Role.OPERATOR).get("/sites/OPD-2/rates.json")
    found = answer.json()
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert (found["away"], found["step"]) == (False, STEP)
    known = [i for i, value in enumerate(found["down"]) if value is not None]
    assert len(known) == 1
    place = known[0]
    assert (found["down"][place], found["up"][place], found["share"][place]) == (6_000_000, 1_000_000, 20_000_000)
    assert found["made"] == found["times"][place]
    assert len({len(found[name]) for name in ("times", "down", "up", "share")}) == 1


@pytest.mark.parametrize(("span", "hours"), [("24h", 24), ("7d", 168), ("30d", 720), ("nonsense", 24)])
def test_the_range_is_that_of_the_address(as_role: Caller, door: Path, span: str, hours: int) -> None:
    found = as_role(Role.OPERATOR).get(f"/sites/OPD-2/rates.json?range={span}").json()
    covered = found["times"][-1] - found["times"][0] + found["step"]
    assert hours * 3600 - 2 * found["step"] <= covered <= hours * 3600 + found["step"]
    assert len(found["times"]) <= 400


def test_the_file_holds_what_the_chart_draws(as_role: Caller, door: Path) -> None:
    client = as_role(Role.OPERATOR)
    answer = client.get("/sites/OPD-2/rates.csv?range=7d")
    text = answer.content.decode("utf-8-sig")
    assert "6000000" in text
    assert "20000000" in text
    assert "opd-2-7d" in answer.headers["Content-Disposition"]
    steps = len(client.get("/sites/OPD-2/rates.json?range=7d").json()["times"])
    assert text.count("+07:00") == steps
    assert client.get("/sites/OPD-2/rates.xlsx").content[:2] == b"PK"
    assert client.get("/sites/OPD-2/rates.pdf").status_code == 404


def test_a_store_that_is_away_is_told_and_breaks_nothing(as_role: Caller, tmp_path: Path) -> None:
    nothing = {"away": True, "step": 0, "times": [], "down": [], "up": [], "share": [], "made": None}
    assert history(tmp_path / "none.sock", "OPD-2", "24h", NOW) == nothing
    with door_at(tmp_path / "dead.sock", one_step):
        pass
    assert history(tmp_path / "dead.sock", "OPD-2", "24h", NOW) == nothing
    assert as_role(Role.OPERATOR).get("/sites/OPD-2/").status_code == 200


def test_a_file_that_cannot_be_made_says_so_and_is_none(as_role: Caller, tmp_path: Path, settings: Settings) -> None:
    configuration = settings.CONFIGURATION
    settings.CONFIGURATION = replace(configuration, data=replace(configuration.data, folder=tmp_path))
    for suffix in ("csv", "xlsx"):
        answer = as_role(Role.OPERATOR).get(f"/sites/OPD-2/rates.{suffix}")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.content.decode() == "Riwayat sedang tidak tersedia. Mintalah berkas ini lagi sebentar kemudian."
        assert "Content-Disposition" not in answer.headers


def test_only_who_sees_the_site_sees_its_use(as_role: Caller, door: Path) -> None:
    agency = as_role(Role.AGENCY)
    assert agency.get("/sites/OPD-2/rates.json").status_code == 200
    for suffix in ("json", "csv"):
        assert agency.get(f"/sites/OPD-1/rates.{suffix}").status_code == 404
        assert as_role(Role.PROVIDER).get(f"/sites/OPD-2/rates.{suffix}").status_code == 404


def test_a_file_is_for_who_may_take_files_away(as_role: Caller, door: Path) -> None:
    crew = as_role(Role.CREW)
    assert crew.get("/sites/OPD-2/rates.csv").status_code == 403
    assert "rates.csv" not in crew.get("/sites/OPD-2/").content.decode()
    assert "rates.csv" in as_role(Role.OPERATOR).get("/sites/OPD-2/").content.decode()
