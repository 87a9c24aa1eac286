"""`/map/table/`: everything the map shows, readable without scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from api.conftest import Caller
from api.regency import SYSTEM, Regency, day
from simpul.people.logic.rights import Role
from simpul.register.models import Link
from simpul.register.service import change_internet
from simpul.web.map_table import headline, link_row, site_row, table
from web.live_values import request_of

LINK = {"code": "L-1", "a": "A", "b": "B", "bps": 100_000_000, "planned": False, "leased": False}
SITE = {"code": "A", "name": "Kantor A", "lit": True, "on": True, "guarantee": 5_000_000}
NAMES = {"A": "Kantor A", "B": "Kantor B"}


def page(regency: Regency, role: Role = Role.OPERATOR, **messages: Mapping[str, Any]) -> str:
    """The page's text as that role reads it on a server that has heard the messages."""
    return table(request_of(regency.users[role], "/map/table/", **messages)).content.decode()


def rows(text: str) -> dict[str, str]:
    """Code -> words of each row."""
    found = re.findall(r'<tr data-(?:link|site)="([^"]+)"[^>]*>(.*?)</tr>', text, re.DOTALL)
    return {code: " ".join(re.sub(r"<[^>]+>", " ", row).split()) for code, row in found}


def test_without_live_values_it_shows_what_is_registered(as_role: Caller) -> None:
    found = rows(as_role(Role.OPERATOR).get("/map/table/").content.decode())
    assert set(found) == {"L-1", "OPD-1", "OPD-2", "POP-1", "RP-1"}
    assert "belum diketahui" in found["L-1"]
    assert "belum tersambung" in found["RP-1"]


def test_it_shows_the_values_heard_last(regency: Regency) -> None:
    Link.objects.update(capacity_bps=100_000_000)
    links = {"links": {"L-1": {"ab": 25_000_000, "ba": 1_234_000, "state": "up"}}}
    sites = {"sites": {"OPD-2": {"down": 25_000_000, "up": None, "network": "up", "internet": "up"}}}
    change_internet(SYSTEM, regency.clinic, "on", day(2023, 4, 1))
    text = page(regency, links=links, sites=sites)
    found = rows(text)
    assert "25,0 Mbps 25 % 1,23 Mbps 1 % 100 Mbps" in found["L-1"]
    assert "hidup hidup 25,0 Mbps –" in found["OPD-2"]
    assert "1 tautan membawa jaringan" in text


def test_a_cut_is_the_title(regency: Regency) -> None:
    links = {"links": {"L-1": {"ab": 0, "ba": 0, "state": "down"}}}
    assert "1 dari 1 tautan putus" in page(regency, links=links)


def test_an_agency_reads_no_value_of_others(regency: Regency) -> None:
    sites = {"sites": {code: {"down": 7_000_000, "network": "up"} for code in ("OPD-1", "OPD-2")}}
    found = rows(page(regency, Role.AGENCY, sites=sites))
    assert set(found) == {"OPD-2"}
    assert "7,00 Mbps" in found["OPD-2"]


@pytest.mark.parametrize(
    ("value", "state"),
    [({"state": "up"}, "up"), ({"state": "down"}, "down"), ({"state": "odd"}, "unknown"), ({}, "unknown")],
)
def test_a_state_is_one_of_three_words(value: dict[str, str], state: str) -> None:
    assert link_row(LINK, NAMES, value)["state"].key == state


def test_what_is_planned_stays_planned_whatever_is_measured() -> None:
    assert link_row({**LINK, "planned": True}, NAMES, {"state": "down"})["state"].key == "planned"
    assert site_row({**SITE, "lit": False}, {"network": "down"})["network"].key == "not_joined"
    assert site_row({**SITE, "on": False}, {"internet": "down"})["internet"].key == "none"


def test_a_direction_without_capacity_has_no_share() -> None:
    row = link_row({**LINK, "bps": None}, NAMES, {"ab": 5_000_000})
    assert row["ab"] == {"rate": "5,00 Mbps", "use": ""}
    assert row["ba"] == {"rate": "–", "use": ""}


def test_the_title_says_what_is_known() -> None:
    assert headline(3, 0, known=False) == "3 tautan terdaftar"
    assert headline(3, 0, known=True) == "3 tautan membawa jaringan"
    assert headline(3, 2, known=True) == "2 dari 3 tautan putus"
