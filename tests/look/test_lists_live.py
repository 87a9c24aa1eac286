"""A list in the browser: filters act at once, the address follows, back goes back; and all of it without scripts."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from look.demonstration import Demonstration
from look.visitor import DESK_LIGHT, WITHOUT_SCRIPT, visitor


def test_a_filter_acts_at_once_and_the_address_keeps_it(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/sites/")
        page.select_option("#filter-network", "none")
        expect(page.locator("tbody tr")).to_have_count(4)
        assert page.url.endswith("/sites/?network=none")
        expect(page.locator("h1")).to_have_text("Titik: 4 dari 50 sesuai saringan")
        page.check("#filter-stalled")
        expect(page.locator("tbody tr")).to_have_count(2)
        page.fill("#filter-q", "dermaga")
        expect(page.locator("tbody tr")).to_have_count(1)
        assert "q=dermaga" in page.url
        assert page.evaluate("document.activeElement.id") == "filter-q"
        expect(page.locator("#list-status")).to_have_text(re.compile("1 dari 50 baris"))
        page.go_back()
        expect(page.locator("tbody tr")).to_have_count(2)
        expect(page.locator("#filter-q")).to_have_value("")
        page.reload()
        expect(page.locator("tbody tr")).to_have_count(2)
        assert not who.complaints


def test_sorting_keeps_the_filter_and_the_focus(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/sites/?kind=district_office")
        page.click("#sort-name")
        expect(page.locator("th[aria-sort=descending]")).to_have_count(1)
        assert "kind=district_office" in page.url
        assert "sort=-name" in page.url
        assert page.evaluate("document.activeElement.id") == "sort-name"
        page.select_option("#filter-internet", "on")
        expect(page.locator("tbody tr")).to_have_count(7)
        assert "sort=-name" in page.url
        assert not who.complaints


def test_the_headings_of_a_long_list_stay_in_sight(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/sites/")
        page.locator("tbody tr").last.scroll_into_view_if_needed()
        head = page.locator("thead th").first.bounding_box()
        bar = page.locator("header.top").bounding_box()
        assert head
        assert bar
        assert abs(head["y"] - bar["height"]) < 1
        page.select_option("#filter-network", "none")
        expect(page.locator("#list .table-wrap")).to_have_attribute("data-fits", "")


def test_a_figure_of_the_home_page_leads_to_as_many_rows(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/")
        cards = [
            card.evaluate("card => [card.href, card.querySelector('.value').firstChild.textContent]")
            for card in page.locator("a.figure[href*='/sites/']").all()
        ]
        assert len(cards) == 2
        for url, number in cards:
            page.goto(url)
            assert page.locator("tbody tr").count() == int(number)


def test_the_search_field_answers_to_a_slash(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/organisations/")
        page.keyboard.press("/")
        expect(page.locator("form.filters input[type=search]")).to_be_focused()
        page.keyboard.type("dishub")
        expect(page.locator("tbody tr")).to_have_count(1)


def test_a_file_is_offered_with_the_rows_of_the_filter(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/sites/")
        page.select_option("#filter-network", "none")
        expect(page.locator("tbody tr")).to_have_count(4)
        with page.expect_download() as got:
            page.click("text=CSV")
        lines = got.value.path().read_text(encoding="utf-8-sig").splitlines()
        assert len(lines) == 5
        assert lines[0].endswith(";Data contoh")
        assert lines[1].endswith(";ya")


def test_reading_filtering_and_signing_in_need_no_script(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, WITHOUT_SCRIPT, "teknisi") as who:
        page = who.open("/sites/")
        page.select_option("#filter-network", "none")
        page.click("form#filters button")
        assert page.locator("tbody tr").count() == 4
        page.click("#sort-name")
        assert "network=none" in page.url
        page.click("button[name=language]")
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.locator("tbody tr").count() == 4
        page.click("button[name=theme]:visible")
        assert page.locator("html").get_attribute("data-theme") == "dark"
