"""The roll-out board in the browser: any day at once, by mouse, keyboard or play; or without scripts."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Browser, Page, expect

from look.demonstration import Demonstration
from look.visitor import DESK, DESK_LIGHT, PHONE, WITHOUT_SCRIPT, visitor

ANSWER = "#answer"


def slide_to(page: Page, day: str) -> None:
    """Put the slider on a day, as a hand on it does."""
    page.evaluate(
        """day => {
            const form = document.querySelector("[data-date-slider]");
            const range = form.querySelector("input[type=range]");
            range.value = (Date.parse(day) - Date.parse(form.dataset.first)) / 86400000;
            range.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        day,
    )


def test_sliding_shows_the_day_and_the_address_keeps_it(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/rollout/")
        slide_to(page, "2023-01-13")
        expect(page.locator(ANSWER)).to_have_text(re.compile("10 dari 44 titik tersambung; 0 berinternet"))
        page.wait_for_url("**at=2023-01-13")
        assert page.title().startswith("10 dari 44")
        page.reload()
        expect(page.locator(ANSWER)).to_have_text(re.compile("10 dari 44"))
        assert page.locator("input[type=date]").input_value() == "2023-01-13"
        assert not who.complaints


def test_dragging_across_the_years_ends_on_the_last_day_asked_for(
    chromium: Browser, demonstration: Demonstration
) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/rollout/")
        for month in range(1, 13):
            slide_to(page, f"2024-{month:02}-15")
        page.wait_for_url("**at=2024-12-15")
        expect(page.locator("#detail")).to_contain_text("15 Des 2024")
        assert not who.complaints


def test_the_keyboard_moves_by_days_and_months(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK, "teknisi") as who:
        page = who.open("/rollout/?at=2023-03-31")
        slider = page.locator("input[type=range]")
        slider.focus()
        page.keyboard.press("ArrowLeft")
        expect(slider).to_have_attribute("aria-valuetext", re.compile("March 30, 2023|30 March 2023"))
        page.keyboard.press("PageUp")
        page.wait_for_url("**at=2023-04-30")
        page.keyboard.press("Home")
        expect(page.locator(ANSWER)).to_have_text(re.compile("0 of 44"))
        assert page.evaluate("document.activeElement.type") == "range"


def test_play_runs_from_event_to_event_and_stops_when_asked(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/rollout/?at=2023-01-01")
        play = page.locator("[data-play]")
        play.click()
        expect(play).to_have_attribute("aria-pressed", "true")
        expect(page.locator(ANSWER)).not_to_have_text(re.compile("; 0 berinternet"))
        play.click()
        expect(play).to_have_attribute("aria-pressed", "false")
        time.sleep(0.3)
        stopped = page.locator("input[type=range]").input_value()
        time.sleep(1)
        assert page.locator("input[type=range]").input_value() == stopped
        assert not who.complaints


def test_who_asked_for_less_motion_steps_by_hand(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, PHONE, "teknisi") as who:
        who.page.emulate_media(reduced_motion="reduce")
        page = who.open("/rollout/?at=2023-01-01")
        expect(page.locator("[data-play]")).to_be_hidden()
        page.locator("[data-step='1']").click()
        expect(page.locator("#detail")).not_to_contain_text("1 Jan 2023")


def test_without_scripts_a_date_and_a_button_do_the_same(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, WITHOUT_SCRIPT, "teknisi") as who:
        page = who.open("/rollout/?kind=opd")
        expect(page.locator("input[type=range]")).to_be_hidden()
        page.fill("input[type=date]", "2023-01-13")
        page.click("[data-manual]")
        page.wait_for_url("**kind=opd**at=2023-01-13")
        expect(page.locator(ANSWER)).to_have_text(re.compile("10 dari 27 titik tersambung; 0 berinternet"))
