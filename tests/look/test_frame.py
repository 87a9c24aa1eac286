"""The frame of every page: theme and language, the keyboard, the phone's bar, and what is sent to a visitor."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from look.demonstration import Demonstration
from look.visitor import DESK_LIGHT, PHONE, visitor

FIRST_VISIT_BYTES = 160_000


def test_the_theme_changes_in_place_and_stays(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/")
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.click("button.to-dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
        assert page.evaluate("document.activeElement.value") == "light"
        page.reload()
        assert page.locator("html").get_attribute("data-theme") == "dark"
        assert not who.complaints


def test_the_language_changes_and_the_page_stays(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/sites/?network=none")
        page.click("button[name=language][value=en]")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        assert page.url.endswith("/sites/?network=none")


def test_the_first_tab_leads_to_the_content(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/sites/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"


def test_a_menu_opens_by_keyboard_and_closes_by_escape(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/")
        summary = page.locator(".top details.menu > summary")
        summary.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".top .menu-items")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".top .menu-items")).to_be_hidden()
        assert summary.evaluate("summary => summary === document.activeElement")


def test_a_phone_reaches_every_place_from_its_bar(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        places = who.open("/").locator(".rail a").all_inner_texts()
    with visitor(chromium, demonstration, PHONE, "teknisi") as who:
        page = who.open("/")
        expect(page.locator(".rail")).to_be_hidden()
        page.click(".tabs-bar summary")
        shown = page.locator(".tabs-bar a:visible").all_inner_texts()
        assert sorted(text.strip() for text in shown) == sorted(text.strip() for text in places)


def test_the_clock_shows_the_networks_hour_not_the_visitors(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/")
        zone = "{timeZone: 'Asia/Jakarta', hour: '2-digit', hourCycle: 'h23'}"
        there = page.evaluate(f"new Intl.DateTimeFormat('id', {zone}).format(new Date())")
        assert page.locator(".clock").inner_text().startswith(there)
        assert "WIB" in page.locator(".clock").inner_text()


def test_a_first_visit_costs_little_and_the_next_almost_nothing(
    chromium: Browser, demonstration: Demonstration
) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "") as who:
        who.open("/account/login/")
        assert _bytes(who.page) < FIRST_VISIT_BYTES
        who.open("/account/login/")
        assert _bytes(who.page) < 20_000


def _bytes(page: object) -> int:
    entries = "[...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]"
    total: int = page.evaluate(f"{entries}.reduce((sum, each) => sum + each.transferSize, 0)")  # type: ignore[attr-defined]
    return total
