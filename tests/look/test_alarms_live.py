"""Alarms and sites in a real browser: what breaks is told where it is looked for, live, and to whom it concerns."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from look.demonstration import Demonstration
from look.publisher import Publisher
from look.visitor import DESK, DESK_LIGHT, PHONE, PHONE_DARK, Setup, visitor

SETUPS = [PHONE, DESK, PHONE_DARK, DESK_LIGHT]
LINK = "L-DINKES"


def found(site: Demonstration, key: str, title_ends: tuple[str, str], site_code: str) -> int:
    """An alarm as the watch would have opened it just now, written into the demonstration's own database."""
    at = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
    row: dict[str, Any] = {
        "key": key, "kind": "span_cut", "severity": "major", "refs": json.dumps([LINK]),
        "sites": json.dumps([site_code]), "without_internet": "[]", "together": "[]", "service_number": "",
        "flapping": False, "evidence": json.dumps({"ends": list(title_ends), "answers": {"R-DINKES": "down"}}),
        "names": json.dumps({site_code: "Dinkes"}), "opened_at": at, "updated_at": at, "acknowledged_by": "",
    }  # fmt: skip
    with closing(sqlite3.connect(site.folder / "simpul.sqlite3", timeout=20)) as database, database:
        names = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        party = "(SELECT operator_id FROM register_site WHERE code = ?)"
        made = database.execute(
            f"INSERT INTO watch_alarm ({names}, party_id) VALUES ({marks}, {party})", [*row.values(), site_code]
        )
        database.execute(
            "INSERT INTO watch_alarm_affected (alarm_id, site_id) SELECT ?, id FROM register_site WHERE code = ?",
            [made.lastrowid, site_code],
        )
        return int(made.lastrowid or 0)


def over(site: Demonstration) -> None:
    """No alarm is there any more."""
    with closing(sqlite3.connect(site.folder / "simpul.sqlite3", timeout=20)) as database, database:
        for table in ("watch_alarm_affected", "watch_alarmcomment", "watch_alarm"):
            database.execute(f"DELETE FROM {table}")


def told(pk: int, *, at: str = "1") -> dict[str, Any]:
    """The open alarm as the feed tells it."""
    return {"open": [{"id": pk, "severity": "major", "updated_at": at, "acknowledged": None, "sites": ["DINKES"]}]}


def sites(state: str, down: int = 6_000_000) -> dict[str, Any]:
    """The health agency's own site."""
    row = {"down": down, "up": 1_000_000, "share_down": 20_000_000, "share_up": 9, "network": state, "internet": state}
    return {"sites": {"DINKES": row}}


def links(state: str) -> dict[str, Any]:
    """Its own line."""
    return {"links": {LINK: {"ab": 6_000_000, "ba": 6_000_000, "state": state}}}


@pytest.fixture(autouse=True)
def calm(publisher: Publisher, demonstration: Demonstration) -> Iterator[None]:
    """What each test begins with: nothing is broken."""
    publisher.values = {"links": links("up"), "sites": sites("up"), "alarms": {"open": []}}
    yield
    over(demonstration)


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_an_alarms_page_is_accessible_and_quiet(
    chromium: Browser, demonstration: Demonstration, publisher: Publisher, setup: Setup
) -> None:
    pk = found(demonstration, "axe", ("POP Melayu", "Dinkes"), "DINKES")
    publisher.values["alarms"] = told(pk)
    with visitor(chromium, demonstration, setup, "teknisi") as who:
        for path in (f"/alarms/{pk}/", "/alarms/", "/sites/DINKES/"):
            page = who.open(path)
            page.wait_for_timeout(500)
            assert not who.accessibility_faults(), path
            assert who.sideways() <= 0, path
            assert not who.clipped_without_a_sign(), path
        assert not who.complaints


def test_an_alarm_is_taken_up_and_talked_about(chromium: Browser, demonstration: Demonstration) -> None:
    pk = found(demonstration, "talk", ("POP Melayu", "Dinkes"), "DINKES")
    with visitor(chromium, demonstration, PHONE, "teknisi") as who:
        page = who.open(f"/alarms/{pk}/")
        page.get_by_role("button", name="Saya tangani").click()
        expect(page.locator("#alarm-standing")).to_contain_text("ditangani Teknisi Jaringan Contoh")
        page.get_by_label("Komentar").fill("Regu berangkat pukul 9.")
        page.get_by_role("button", name="Komentar").click()
        expect(page.locator("#alarm-story")).to_contain_text("Regu berangkat pukul 9.")
        assert not who.complaints


def test_the_list_fills_by_itself(chromium: Browser, demonstration: Demonstration, publisher: Publisher) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/alarms/")
        expect(page.locator("h1")).to_have_text("Tidak ada alarm terbuka")
        page.wait_for_timeout(1000)
        publisher.values["alarms"] = told(found(demonstration, "live", ("POP Melayu", "Dinkes"), "DINKES"))
        expect(page.locator("#list")).to_contain_text("Kabel putus antara POP Melayu dan Dinkes")
        expect(page.locator("h1")).to_have_text("1 alarm terbuka")
        assert not who.complaints


def test_a_sites_page_follows_what_happens(
    chromium: Browser, demonstration: Demonstration, publisher: Publisher
) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/sites/DINKES/")
        hop = page.locator(f"[data-link='{LINK}']")
        expect(page.locator(".rates .chart-legend")).to_contain_text("6,00 Mbps")
        expect(page.locator(".rates .chart-legend")).to_contain_text("20,0 Mbps")
        expect(hop.locator("[data-state]")).to_have_attribute("data-state", "up")
        publisher.values["links"] = links("down")
        expect(hop.locator("[data-state]")).to_have_attribute("data-state", "down")
        pk = found(demonstration, "site", ("POP Melayu", "Dinkes"), "DINKES")
        publisher.values |= {"sites": sites("down", 0), "alarms": told(pk)}
        expect(page.locator("h1")).to_contain_text("Dinkes tanpa jaringan sejak")
        expect(page.locator("#site-alarms")).to_contain_text("Kabel putus antara POP Melayu dan Dinkes")
        expect(page.locator("[data-live=network] [data-state]")).to_have_attribute("data-tone", "bad")
        assert not who.complaints


@pytest.mark.parametrize("setup", [PHONE, DESK_LIGHT], ids=lambda setup: setup.name)
def test_an_agencys_home_turns_when_its_office_is_cut_off_and_back(
    chromium: Browser, demonstration: Demonstration, publisher: Publisher, setup: Setup
) -> None:
    with visitor(chromium, demonstration, setup, "dinkes") as who:
        page = who.open("/")
        expect(page.locator("h1")).to_contain_text("normal")
        expect(page.locator("[data-use]")).to_have_text("6,00 Mbps")
        pk = found(demonstration, "home", ("POP Melayu", "Dinkes"), "DINKES")
        publisher.values |= {"sites": sites("down", 0), "alarms": told(pk)}
        expect(page.locator("h1")).to_contain_text("Dinkes tanpa jaringan sejak")
        expect(page.locator("#office-sites")).to_contain_text("Diskominfosandi")
        assert not who.accessibility_faults()
        assert who.sideways() <= 0
        over(demonstration)
        publisher.values |= {"sites": sites("up"), "alarms": {"open": []}}
        expect(page.locator("h1")).to_contain_text("normal")
        assert not who.complaints


def test_another_agency_and_another_provider_get_no_word_of_it(
    chromium: Browser, demonstration: Demonstration, publisher: Publisher
) -> None:
    pk = found(demonstration, "foreign", ("POP Melayu", "Dinkes"), "DINKES")
    publisher.values["alarms"] = told(pk)
    for account in ("disdik", "penyedia"):
        with visitor(chromium, demonstration, DESK_LIGHT, account) as who:
            page = who.open("/alarms/")
            page.wait_for_timeout(1000)
            expect(page.locator("h1")).to_have_text("Tidak ada alarm terbuka")
            answer = page.goto(f"{demonstration.url}/alarms/{pk}/")
            assert answer is not None
            assert answer.status == 404
