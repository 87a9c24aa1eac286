"""Charts and largest users in a real browser: gaps are gaps, unknown is told as unknown, sample data as such."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from look.demonstration import Demonstration
from look.publisher import Publisher
from look.visitor import DESK_LIGHT, visitor

STEP = 300
HOURS_24 = list(range(-288, 0))
SILENT_STEPS = 72
RATE = 800_000_000


@pytest.fixture(autouse=True)
def calm(publisher: Publisher) -> None:
    """What each test begins with: much is used."""
    one = {"down": RATE, "up": RATE, "bought_down": 10**9, "bought_up": 10**9, "alive": True}
    publisher.values = {"sites": sites(RATE), "uplinks": {"uplinks": {"UP-SERAT": one, "UP-JALUR": one}}}


def sites(down: int | None) -> dict[str, Any]:
    """One site; so much is known of its use."""
    row = {"down": down, "up": down, "share_down": RATE, "share_up": RATE, "network": "up", "internet": "up"}
    return {"sites": {"DINKES": row}}


def times() -> list[int]:
    """24 hours of which the last six were never heard, as in a page that slept."""
    now = int(time.time()) // STEP * STEP
    return [now + STEP * step for step in HOURS_24[:-SILENT_STEPS]]


def painted(page: Page, part: str, share: float) -> int:
    """So many pixels of the chart are painted over each other there (0 left to 1 right). A grid's lines are few."""
    counted: int = page.evaluate(
        """([part, share]) => {
            const canvas = document.querySelector(`${part} [data-chart] canvas`);
            const pen = canvas.getContext("2d");
            const at = (x) => pen.getImageData(x, 0, 1, canvas.height).data;
            const columns = [0, 3, 6].map((more) => at(Math.round(share * canvas.width) + more));
            return Math.min(...columns.map((column) => column.filter((value, i) => i % 4 === 3 && value > 0).length));
        }""",
        [part, share],
    )
    return counted


def test_the_home_draws_a_silence_as_a_gap_and_tells_what_is_made_up(
    chromium: Browser, demonstration: Demonstration
) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        axis = times()
        lines = {code: [RATE] * len(axis) for code in ("UP-SERAT", "UP-JALUR")}
        past = {"answered": True, "step": STEP, "times": axis, "series": lines, "made": axis[-10]}
        who.page.route("**/now/uplinks.json", lambda route: route.fulfill(json=past))
        page = who.open("/")
        said = page.locator("#uplinks [data-made]")
        expect(said).to_be_visible()
        expect(said).to_contain_text("adalah data contoh")
        page.wait_for_timeout(3000)
        assert not who.complaints
        assert painted(page, "#uplinks", 0.5) > 40
        assert painted(page, "#uplinks", 0.85) < 20


def test_the_home_says_nothing_of_sample_data_where_there_are_none(
    chromium: Browser, demonstration: Demonstration
) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/")
        expect(page.locator("#uplinks [data-since]")).to_contain_text("sejak")
        expect(page.locator("#uplinks [data-made]")).to_be_hidden()


def test_a_site_draws_a_silence_as_a_gap(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        axis = times()
        lines = {name: [RATE] * len(axis) for name in ("down", "up", "share")}
        past = {"away": False, "step": STEP, "times": axis, **lines, "made": None}
        who.page.route("**/rates.json*", lambda route: route.fulfill(json=past))
        page = who.open("/sites/DINKES/")
        expect(page.locator(".rates .chart-legend")).to_contain_text("800 Mbps")
        page.wait_for_timeout(3000)
        assert not who.complaints
        assert painted(page, ".rates", 0.5) > 40
        assert painted(page, ".rates", 0.85) < 20


def test_rates_that_are_not_known_any_more_are_not_shown(
    chromium: Browser, demonstration: Demonstration, publisher: Publisher
) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        users = who.open("/").locator("[data-users]")
        expect(users).to_contain_text("800 Mbps")
        publisher.values["sites"] = sites(None)
        expect(users).to_have_text("Saat ini tidak diketahui.")
        publisher.values["sites"] = sites(0)
        expect(users).to_have_text("Saat ini tidak ada yang mengunduh.")
        publisher.values["sites"] = sites(RATE)
        expect(users).to_contain_text("800 Mbps")
        expect(users.locator("tr")).to_have_count(1)
        assert not who.complaints
