"""The regency as each of its people sees it in the browser: their own, all of it, and nothing else."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from look.demonstration import Demonstration
from look.visitor import DESK_LIGHT, PHONE, Visitor, visitor

PLACES = {
    "teknisi": {"/", "/sites/", "/network/", "/contracts/", "/organisations/"},
    "lapangan": {"/", "/sites/", "/network/"},
    "pemeriksa": {"/people/", "/audit/"},
}


def rows(who: Visitor) -> list[str]:
    """Names of the rows of the list on the page."""
    return who.page.locator("table.table tbody th a").all_inner_texts()


def status_of(who: Visitor, path: str) -> int:
    """What the server answers."""
    answer = who.page.goto(who.site.url + path)
    assert answer is not None
    return answer.status


@pytest.mark.parametrize(
    ("account", "own", "foreign"), [("dinkes", "DINKES", "DISDIK"), ("disdik", "DISDIK", "DINKES")]
)
def test_an_agency_sees_its_own_sites_and_no_other(
    chromium: Browser, demonstration: Demonstration, account: str, own: str, foreign: str
) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, account) as who:
        who.open("/sites/")
        seen = rows(who)
        assert seen
        assert status_of(who, f"/sites/{own}/") == 200
        assert status_of(who, f"/sites/{foreign}/") == 404
        assert status_of(who, "/contracts/") == 403
        assert status_of(who, "/people/") == 403
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as engineer:
        engineer.open("/sites/")
        assert len(rows(engineer)) > len(seen)


def test_a_provider_sees_its_contracts_and_no_site(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "penyedia") as who:
        who.open("/contracts/")
        own = rows(who)
        assert own
        assert status_of(who, "/sites/DINKES/") == 404
        who.open("/sites/")
        assert rows(who) == []
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as engineer:
        engineer.open("/contracts/")
        assert set(own) < set(rows(engineer))


def test_a_crew_sees_every_site_and_no_contract(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, PHONE, "lapangan") as who:
        assert status_of(who, "/sites/DINKES/") == 200
        assert status_of(who, "/sites/DISDIK/") == 200
        assert "Rp" not in who.page.locator("main").inner_text()
        assert status_of(who, "/contracts/") == 403


@pytest.mark.parametrize("account", PLACES)
def test_the_rail_offers_only_what_opens(chromium: Browser, demonstration: Demonstration, account: str) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, account) as who:
        who.open("/")
        links = who.page.locator("nav.rail a")
        offered = {link.get_attribute("href") or "" for link in links.all()}
        assert offered >= PLACES[account]
        assert {path: status_of(who, path) for path in offered} == dict.fromkeys(offered, 200)


def test_a_person_without_a_right_is_told_whom_to_ask(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, PHONE, "lapangan") as who:
        who.open("/people/")
        expect(who.page.get_by_role("heading", level=1)).to_have_text("Peran Anda tidak mengizinkan ini")
        assert not who.accessibility_faults()
        assert who.sideways() == 0
