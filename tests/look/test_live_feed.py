"""Live values in a real browser: one stream for all its pages, everybody's own, and a badge that tells their age."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from look.demonstration import Demonstration
from look.publisher import Publisher
from look.visitor import DESK, DESK_LIGHT, PHONE, PHONE_DARK, Setup, Visitor, visitor

SITES = {"sites": {code: {"down": 6_000_000, "network": "up"} for code in ("DINKES", "DISDIK")}}
# A page on which nothing is live by itself.
QUIET = "/organisations/"
FOLLOW = """topic => window[Symbol.for("simpul.feed")].subscribe(topic, (data) => {
    document.body.setAttribute(`data-seen-${topic}`, Object.keys(data[topic]).join(" "));
    document.body.dataset.count = 1 + Number(document.body.dataset.count ?? 0);
})"""


@pytest.fixture(autouse=True)
def two_sites(publisher: Publisher) -> None:
    """What each test begins with."""
    publisher.values, publisher.quiet = {"sites": SITES}, False


def follow(page: Page, topic: str = "sites") -> Locator:
    """Have the page follow a topic; its body then says which codes it has seen."""
    page.evaluate(FOLLOW, topic)
    return page.locator("body")


def badge(page: Page) -> Locator:
    """The badge in the top bar."""
    return page.locator(".top [data-feed]")


def feeds_of(page: Page) -> list[str]:
    """Streams that the page itself opens from now on; those of a shared worker are not the page's."""
    opened: list[str] = []
    page.on("request", lambda request: opened.append(request.url) if "/feed?" in request.url else None)
    return opened


def test_two_pages_of_one_browser_share_a_stream(
    chromium: Browser, demonstration: Demonstration, publisher: Publisher
) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        first, second = who.open(QUIET), who.page.context.new_page()
        second.goto(f"{demonstration.url}{QUIET}")
        opened = [feeds_of(page) for page in (first, second)]
        for page in (first, second):
            expect(follow(page)).to_have_attribute("data-seen-sites", "DINKES DISDIK")
            expect(badge(page)).to_have_text("Langsung")
        publisher.values["links"] = {"links": {"RING-1": {}}}
        expect(follow(second, "links")).to_have_attribute("data-seen-links", "RING-1")
        assert first.locator("body").get_attribute("data-seen-links") is None
        assert opened == [[], []]
        assert not who.complaints


def test_where_pages_cannot_share_each_has_a_stream_of_its_own(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        who.page.add_init_script("delete window.SharedWorker")
        page = who.open(QUIET)
        opened = feeds_of(page)
        expect(follow(page)).to_have_attribute("data-seen-sites", "DINKES DISDIK")
        assert opened == [f"{demonstration.url}/feed?topics=sites"]
        assert not who.complaints


def test_an_agency_sees_its_own_site_in_the_feed_and_no_other(chromium: Browser, demonstration: Demonstration) -> None:
    for account, own in (("dinkes", "DINKES"), ("disdik", "DISDIK")):
        with visitor(chromium, demonstration, DESK_LIGHT, account) as who:
            expect(follow(who.open(QUIET))).to_have_attribute("data-seen-sites", own)


def test_a_page_on_which_nothing_is_live_does_not_say_so(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        expect(badge(who.open("/contracts/"))).to_be_hidden()


def test_the_badge_tells_the_age_of_what_was_measured_long_ago(
    chromium: Browser, demonstration: Demonstration, publisher: Publisher
) -> None:
    publisher.values["sites"] = SITES | {"at": (datetime.now(UTC) - timedelta(seconds=500)).isoformat()}
    with visitor(chromium, demonstration, DESK, "teknisi") as who:
        # A visitor's own clock may be wrong by hours.
        who.page.add_init_script("const now = Date.now; Date.now = () => now() - 7_200_000; delete window.SharedWorker")
        follow(who.open(QUIET))
        expect(badge(who.page)).to_have_text("data 8 min old")
        publisher.values["sites"] = SITES
        expect(badge(who.page)).to_have_text("Live")


def test_the_badge_turns_when_nothing_comes_for_fifteen_seconds_and_back(
    chromium: Browser, demonstration: Demonstration, publisher: Publisher
) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open(QUIET)
        follow(page)
        expect(badge(page)).to_have_text("Langsung")
        publisher.quiet = True
        expect(badge(page)).to_have_text(re.compile(r"^data 1[5-7] dtk lalu$"))
        expect(page.locator("html")).to_have_attribute("data-live", "stale")
        expect(page.locator("[data-feed-said]")).to_have_text(re.compile("dtk lalu"))
        publisher.quiet = False
        expect(badge(page)).to_have_text("Langsung")
        expect(page.locator("[data-feed-said]")).to_have_text("Langsung")


def test_signing_out_in_one_page_ends_the_values_of_the_other(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page, other = who.open(QUIET), who.page.context.new_page()
        follow(page)
        expect(badge(page)).to_have_text("Langsung")
        other.goto(f"{demonstration.url}/account/logout/")
        other.locator("main form button").click()
        expect(badge(page)).to_have_text(re.compile("dtk lalu"))
        seen = page.locator("body").get_attribute("data-count")
        page.wait_for_timeout(1500)
        assert page.locator("body").get_attribute("data-count") == seen


def test_who_signs_in_next_gets_a_stream_of_his_own(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        first, page = who.open(QUIET), who.page.context.new_page()
        expect(follow(first)).to_have_attribute("data-seen-sites", "DINKES DISDIK")
        next_one = Visitor(page, demonstration)
        page.goto(f"{demonstration.url}/account/logout/")
        page.locator("main form button").click()
        next_one.sign_in("dinkes")
        expect(follow(page)).to_have_attribute("data-seen-sites", "DINKES")


@pytest.mark.parametrize("setup", [DESK, DESK_LIGHT, PHONE, PHONE_DARK], ids=lambda setup: setup.name)
def test_the_badge_fits_and_can_be_read(
    chromium: Browser, demonstration: Demonstration, publisher: Publisher, pictures: Path, setup: Setup
) -> None:
    with visitor(chromium, demonstration, setup, "teknisi") as who:
        page = who.open(QUIET)
        follow(page)
        for state in ("live", "stale"):
            at = datetime.now(UTC) - timedelta(seconds=0 if state == "live" else 100)
            publisher.values["sites"] = SITES | ({} if state == "live" else {"at": at.isoformat()})
            expect(badge(page)).to_have_attribute("data-state", state)
            expect(badge(page)).to_be_visible()
            page.screenshot(path=pictures / f"live-{state}-{setup.name}.png")
            assert who.accessibility_faults() == []
            assert who.sideways() <= 0
            account = page.locator(".top details.menu").bounding_box()
            assert account is not None
            assert account["x"] + account["width"] <= setup.width
        assert not who.complaints
