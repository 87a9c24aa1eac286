"""How soon the command center's home stands in a browser, and how soon a map of 10,000 elements is drawn.

    python bench/map.py [--rounds N] [--elements N]

Serves the demonstration, opens its home in Debian's chromium with nothing in its cache, and reads what the browser
measured: the largest contentful paint, and when the map was first idle. Then the same home with invented elements (half
of them sites, half links) instead of the demonstration's. The renderer is software: a real graphics card is faster.
Needs the requirements for development. Prints a table to stderr and one JSON object to stdout; times in ms, medians.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]

from playwright.sync_api import Browser, Route, sync_playwright  # noqa: E402

from look.demonstration import Demonstration, start, stop  # noqa: E402
from look.visitor import CHROMIUM, DESK, FLAGS, visitor  # noqa: E402

GOAL_LCP_MS, GOAL_IDLE_MS = 1200, 2500
PATIENCE_MS = 120_000
LCP = """() => new Promise((done) => new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true }))"""
# In the page, so that no time of the line between it and this program is counted.
IDLE = """() => new Promise((done) => {
    const card = document.getElementById("map-card");
    const look = () => "drawn" in card.dataset ? done(performance.now()) : setTimeout(look, 5);
    look();
})"""
WEIGHT = """() => [...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")]
    .reduce((sum, each) => sum + each.transferSize, 0)"""


def invented(count: int) -> dict[str, Any]:
    """A tree over so many places and links, half of each; always the same one. No dense part: one map shows all."""
    chance = random.Random(count)
    sites = [
        {
            "code": f"S{n}", "name": f"Titik {n}", "kind": "opd", "lit": True, "on": True, "guarantee": None,
            "ceiling": None, "x": round(chance.uniform(114.2, 115.8), 5), "y": round(chance.uniform(-1.8, -0.2), 5),
        }
        for n in range(count // 2)
    ]  # fmt: skip
    links = [
        {"code": f"L{n}", "a": f"S{n}", "b": f"S{max(n - chance.randint(1, 40), 0)}", "bps": 10**9, "planned": False,
         "leased": False}
        for n in range(1, count // 2)
    ]  # fmt: skip
    return {
        "format": 1, "box": [114.2, -1.8, 115.8, -0.2], "dense": None, "sites": sites, "links": links, "uplinks": [],
    }  # fmt: skip


def opened(browser: Browser, site: Demonstration, elements: dict[str, Any] | None) -> dict[str, float]:
    """One cold visit."""
    with visitor(browser, site, DESK, "teknisi") as who:
        page = who.page
        page.context.new_cdp_session(page).send("Network.clearBrowserCache")
        if elements is not None:
            body = json.dumps(elements)

            def answer(route: Route) -> None:
                route.fulfill(body=body, content_type="application/json")

            page.route("**/map/elements.json", answer)
        page.goto(f"{site.url}/", wait_until="commit")
        page.locator("#map-card[data-drawn]").wait_for(state="attached", timeout=PATIENCE_MS)
        idle = page.evaluate(IDLE)
        return {"lcp": page.evaluate(LCP), "idle": idle, "kilobytes": page.evaluate(WEIGHT) / 1000}


def measured(browser: Browser, site: Demonstration, rounds: int, elements: dict[str, Any] | None) -> dict[str, float]:
    """Medians."""
    visits = [opened(browser, site, elements) for _ in range(rounds)]
    return {name: round(statistics.median(visit[name] for visit in visits), 1) for name in visits[0]}


def main() -> int:
    """Measure and print; status 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--elements", type=int, default=10_000)
    options = parser.parse_args()
    if CHROMIUM is None:
        print("bench/map: there is no chromium on this computer", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = start(Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            home = measured(browser, site, options.rounds, None)
            large = measured(browser, site, options.rounds, invented(options.elements))
            browser.close()
        finally:
            stop(site)
    for name, figures in (("home of the demonstration", home), (f"{options.elements} elements", large)):
        print(f"{name:28} LCP {figures['lcp']:7.0f}  map idle {figures['idle']:7.0f}", file=sys.stderr)
    print(
        json.dumps({"home": home, "elements": options.elements, "large": large, "machine": platform.machine(),
                    "at": time.strftime("%Y-%m-%d", time.gmtime())})
    )  # fmt: skip
    return 0 if home["lcp"] < GOAL_LCP_MS and large["idle"] < GOAL_IDLE_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
