"""The command center in a real browser: the map draws, its links turn red, figures follow, themes change as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from look.demonstration import Demonstration
from look.publisher import Publisher
from look.visitor import DESK, DESK_LIGHT, PHONE, PHONE_DARK, WITHOUT_SCRIPT, Setup, Visitor, visitor
from waiting import until

# A software renderer on a shared machine; on a real one the map stands after a second.
PATIENCE_MS = 45_000
SPUR = "L-KEC-GN-TIMANG"
# Clicks into the middle of the first map as soon as it is on the page: its layers are drawn a frame later.
CLICK_EARLY = """new MutationObserver((_, observer) => {
  const canvas = document.querySelector("#map-card canvas.maplibregl-canvas");
  if (!canvas) return;
  observer.disconnect();
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const at = { clientX: left + width / 2, clientY: top + height / 2, bubbles: true, cancelable: true };
  for (const kind of ["mousemove", "mousedown", "mouseup", "click"]) canvas.dispatchEvent(new MouseEvent(kind, at));
  document.documentElement.dataset.clickedEarly = "";
}).observe(document, { childList: true, subtree: true });"""
# When the map was drawn, by the page's clock.
NOTE_MAP = """new MutationObserver(() => {
    window.mapDrawn ??= document.querySelector("#map-card[data-ready]") ? performance.now() : undefined;
}).observe(document, { childList: true, subtree: true, attributes: true });"""
LCP = """() => new Promise((done) => new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true }))"""


def links(state: str) -> dict[str, Any]:
    """Every link of the ring at rest, and one spur in that state."""
    ring = {f"RING-{n}": {"ab": 100_000_000 * n, "ba": 50_000_000, "state": "up"} for n in range(1, 7)}
    return {"links": {**ring, SPUR: {"ab": 3_000_000, "ba": 12_000_000, "state": state}}}


def sites(down: int) -> dict[str, Any]:
    """Two sites; one of them downloads that much."""
    both = {"up": 1_000_000, "share_down": 1, "share_up": 1, "network": "up", "internet": "up"}
    return {"sites": {"DINKES": {"down": down, **both}, "DISDIK": {"down": 20_000_000, **both}}}


def uplinks(down: int) -> dict[str, Any]:
    """Both ways out carry the same."""
    one = {"down": down, "up": down // 4, "bought_down": 10**9, "bought_up": 10**9, "alive": True}
    return {"uplinks": {"UP-SERAT": one, "UP-JALUR": one}}


@pytest.fixture(autouse=True)
def calm(publisher: Publisher) -> None:
    """What each test begins with: nothing is broken."""
    publisher.quiet = False
    publisher.values = {
        "links": links("up"),
        "sites": sites(30_000_000),
        "uplinks": uplinks(200_000_000),
        "alarms": {"open": []},
    }


def drawn(who: Visitor) -> Page:
    """The home with both maps drawn."""
    page = who.open("/")
    page.locator("#map-card[data-ready]").wait_for(timeout=PATIENCE_MS)
    return page


@pytest.mark.parametrize("setup", [DESK, DESK_LIGHT, PHONE, PHONE_DARK], ids=lambda setup: setup.name)
def test_the_home_is_accessible_and_quiet_with_its_maps_drawn(
    chromium: Browser, demonstration: Demonstration, setup: Setup
) -> None:
    with visitor(chromium, demonstration, setup, "teknisi") as who:
        page = drawn(who)
        labels = page.locator("canvas.maplibregl-canvas").evaluate_all("all => all.map((c) => c.ariaLabel)")
        assert len(labels) == len(set(labels)) == 2
        assert not who.accessibility_faults()
        assert who.sideways() <= 0
        assert not who.clipped_without_a_sign()
        assert not who.complaints


def test_a_click_on_the_map_before_its_layers_are_drawn_does_no_harm(
    chromium: Browser, demonstration: Demonstration
) -> None:
    with visitor(chromium, demonstration, DESK, "teknisi") as who:
        who.page.add_init_script(CLICK_EARLY)
        page = drawn(who)
        assert page.locator("html[data-clicked-early]").count() == 1
        assert not who.complaints


def test_a_cut_link_is_told_and_its_return_too(
    chromium: Browser, demonstration: Demonstration, publisher: Publisher
) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        news = drawn(who).locator("#map-card [data-news]")
        expect(news).to_have_text("")
        publisher.values["links"] = links("down")
        expect(news).to_contain_text("putus: POP Jingah – Kec. Gunung Timang")
        publisher.values["links"] = links("up")
        expect(news).to_have_text("")


def test_the_map_itself_turns_red(chromium: Browser, demonstration: Demonstration, publisher: Publisher) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = drawn(who)
        legend = red(page)
        publisher.values["links"] = links("down")
        comes_about(page, lambda: red(page) > legend)
        publisher.values["links"] = links("up")
        comes_about(page, lambda: red(page) == legend)


def comes_about(page: Page, condition: Callable[[], bool]) -> None:
    """Wait for what only a picture of the page tells."""
    until(condition, pause=lambda: page.wait_for_timeout(200))


def red(page: Page) -> int:
    """So many pixels of the large map have the colour of what is cut; drawn into a canvas of the page's own."""
    picture = page.locator(".map-main canvas").screenshot()
    count: int = page.evaluate(
        """async (bytes) => {
            const image = await createImageBitmap(new Blob([Uint8Array.from(bytes)], { type: "image/png" }));
            const canvas = new OffscreenCanvas(image.width, image.height);
            const pen = canvas.getContext("2d");
            pen.drawImage(image, 0, 0);
            const { data } = pen.getImageData(0, 0, image.width, image.height);
            let count = 0;
            for (let i = 0; i < data.length; i += 4) count += data[i] > 160 && data[i + 1] < 70 && data[i + 2] < 110;
            return count;
        }""",
        list(picture),
    )
    return count


def test_figures_and_users_follow(chromium: Browser, demonstration: Demonstration, publisher: Publisher) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = who.open("/")
        first = page.locator("[data-users] tr").first
        expect(page.locator("[data-used]")).to_have_text("400 Mbps")
        expect(first).to_contain_text("30,0 Mbps")
        publisher.values["uplinks"] = uplinks(405_000_000)
        publisher.values["sites"] = sites(12_300_000)
        expect(page.locator("[data-used]")).to_have_text("810 Mbps")
        expect(first).to_contain_text("20,0 Mbps")
        expect(page.locator("[data-users] tr").nth(1)).to_contain_text("12,3 Mbps")


def test_the_theme_changes_map_and_chart_too(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK, "teknisi") as who:
        page = drawn(who)
        canvases = (".map-main canvas", ".map-inset canvas", "[data-chart] canvas")
        dark = {canvas: brightness(page, canvas) for canvas in canvases}
        page.click("button.to-light")
        for canvas in canvases:
            comes_about(page, lambda canvas=canvas: brightness(page, canvas) > 2 * dark[canvas])  # type: ignore[misc]
        assert not who.complaints


def brightness(page: Page, selector: str) -> float:
    """Mean of a canvas as it is seen, 0 to 255."""
    picture = page.locator(selector).first.screenshot()
    mean: float = page.evaluate(
        """async (bytes) => {
            const image = await createImageBitmap(new Blob([Uint8Array.from(bytes)], { type: "image/png" }));
            const canvas = new OffscreenCanvas(image.width, image.height);
            const pen = canvas.getContext("2d");
            pen.drawImage(image, 0, 0);
            const { data } = pen.getImageData(0, 0, image.width, image.height);
            let sum = 0;
            for (let i = 0; i < data.length; i += 4) sum += data[i] + data[i + 1] + data[i + 2];
            return sum / (0.75 * data.length);
        }""",
        list(picture),
    )
    return mean


def test_a_link_tells_its_values_when_it_is_pointed_at(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = drawn(who)
        note = page.locator("[data-note]")
        box = page.locator(".map-main").bounding_box()
        assert box is not None
        # Over the map line after line, until something lies under the pointer.
        for step in range(6, 94, 2):
            page.mouse.move(box["x"] + box["width"] * step / 100, box["y"] + box["height"] * 0.72)
            if note.is_visible():
                break
        expect(note).to_be_visible()
        page.keyboard.press("Escape")
        expect(note).to_be_hidden()


def test_the_map_is_zoomed_by_keyboard(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        page = drawn(who)
        before = page.locator(".map-main canvas").screenshot()
        page.locator("[data-zoom='1']").focus()
        page.keyboard.press("Enter")
        comes_about(page, lambda: page.locator(".map-main canvas").screenshot() != before)
        assert not who.complaints


def test_without_scripts_the_table_tells_the_same(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, WITHOUT_SCRIPT, "teknisi") as who:
        page = who.open("/")
        page.get_by_role("link", name="Sebagai tabel").click()
        page.reload()
        row = page.locator(f"tr[data-link='{SPUR}']")
        expect(row).to_contain_text("Kec. Gunung Timang")
        expect(row).to_contain_text("12,0 Mbps")


def test_the_table_is_live(chromium: Browser, demonstration: Demonstration, publisher: Publisher) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        row = who.open("/map/table/").locator(f"tr[data-link='{SPUR}']")
        expect(row.locator("[data-state]")).to_have_attribute("data-state", "up")
        publisher.values["links"] = links("down")
        expect(row.locator("[data-state]")).to_have_attribute("data-tone", "bad")
        expect(row).to_contain_text("mati")
        assert not who.complaints


def test_the_words_stand_before_the_map(chromium: Browser, demonstration: Demonstration) -> None:
    with visitor(chromium, demonstration, DESK_LIGHT, "teknisi") as who:
        # The first page after signing in was cold; ask for a second cold one with an empty cache.
        session = who.page.context.new_cdp_session(who.page)
        session.send("Network.clearBrowserCache")
        who.page.add_init_script(NOTE_MAP)
        page = drawn(who)
        assert page.evaluate(LCP) < page.evaluate("window.mapDrawn")
