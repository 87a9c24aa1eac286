"""Somebody changes a share on a site's page and keeps it: iperf3 inside the network shows it within three seconds."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from look.visitor import CHROMIUM, FLAGS
from network.agent.iperf import FIRST_PORT, FRAME, PAYLOAD_V4, servers, worst_part
from network.control.scene import Scene, becomes
from network.small import Standing
from simpul.lab.network.plan import SERVERS
from simpul.people.logic.rights import Role
from simpul.people.models import User
from simpul.people.service import create_user, grant
from simpul.register.service import create_prefix
from simpul.traffic.models import PlanVersion
from traffic.small_town import CLERK

pytestmark = pytest.mark.django_db(transaction=True)
State = PlanVersion.State
# Which site of the town stands at which one of the network.
PLACES = {"CLINIC": "S04", "SCHOOL": "S02", "HALL": "S03"}
MOST_OFF = 0.03
WITHIN_SECONDS = 3.0
# iperf3 says what it received each half second; its connections need a while until they are as fast as they may be.
SLICE, SETTLE_SECONDS = 0.5, 6.0
PATIENCE_MS = 60_000


class Meter:
    """Greedy downloads, and what iperf3's receivers said of each half second, by the time at which they said it."""

    def __init__(self, lab: Standing) -> None:
        self._heard: dict[str, list[tuple[float, float]]] = {site: [] for site in PLACES}
        self._clients = {site: self._client(lab, place) for site, place in PLACES.items()}
        self._threads = [threading.Thread(target=self._hear, args=pair) for pair in self._clients.items()]
        for thread in self._threads:
            thread.start()

    def _client(self, lab: Standing, place: str) -> subprocess.Popen[str]:
        argv = ["iperf3", "-c", SERVERS[0], "-B", lab.clients(place)[0][0], "-p", str(FIRST_PORT + int(place[1:]) - 1)]
        argv += ["-R", "-C", "cubic", "-t", "600", "-i", str(SLICE), "-f", "k", "--forceflush"]
        return lab.popen(place, argv)

    def _hear(self, site: str, client: subprocess.Popen[str]) -> None:
        assert client.stdout is not None
        for line in client.stdout:
            found = re.search(r"([\d.]+)-([\d.]+)\s+sec\s.*?([\d.]+) Kbits/sec", line)
            if found:
                self._heard[site].append((time.monotonic(), 1000 * float(found[3]) * FRAME / PAYLOAD_V4))

    def between(self, begin: float, end: float) -> dict[str, float]:
        """The mean layer-2 rate of each site over the slices that lie between two moments, at least two of each."""
        rates = {}
        for site, heard in self._heard.items():
            slices = [rate for at, rate in heard if begin + SLICE <= at <= end]
            assert len(slices) >= 2, (site, heard[-3:], begin, end)
            rates[site] = sum(slices) / len(slices)
        return rates

    def end(self) -> None:
        """Nobody downloads any more."""
        for client in self._clients.values():
            client.kill()
        for thread in self._threads:
            thread.join()
        for client in self._clients.values():
            client.communicate()


@contextmanager
def page_of(live_server: LiveServer, session: str) -> Iterator[Page]:
    """A browser in which the operator is signed in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context: BrowserContext = browser.new_context(locale="en", viewport={"width": 1280, "height": 1000})
        cookies = {settings.SESSION_COOKIE_NAME: session, settings.LANGUAGE_COOKIE_NAME: "en"}
        context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        yield context.new_page()
        browser.close()


@pytest.fixture
def session(scene: Scene) -> str:
    """Of an operator."""
    person: User = create_user(CLERK, username="siti", name="Siti Operator")
    grant(CLERK, person, scene.town.agencies["CLINIC"], Role.OPERATOR)
    person.refresh_from_db()
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def before(scene: Scene) -> PlanVersion:
    """The plan in force when the page is opened: three sites of the town are really there."""
    for site, place in PLACES.items():
        if site != "CLINIC":  # the town's own block of the clinic is that of S04
            create_prefix(CLERK, cidr=str(scene.lab.blocks(place)[0]), purpose="site", site=scene.town.sites[site])
    return becomes(scene, scene.order(unattended=True), State.CONFIRMED)


def down(version: PlanVersion) -> dict[str, int]:
    """What the plan predicts for the sites that download."""
    return {site: version.predicted[site]["down"] for site in PLACES}


def fill_in(page: Page, address: str) -> None:
    """New values in the editor, until the preview says whom they help and harm."""
    page.goto(address)
    page.locator(".share-edit > summary").click()
    page.fill("#id_guarantee_down_bps", "20")
    page.fill("#id_weight", "6")
    expect(page.locator("#share-preview")).to_contain_text("2 sites get less, 1 gets more")
    page.select_option("#id_confirm_s", "300")


def test_a_share_changed_and_kept_in_the_browser_is_what_iperf3_shows_within_three_seconds(
    scene: Scene, before: PlanVersion, session: str, live_server: LiveServer
) -> None:
    with servers(scene.lab, ["UP-1"], 4), page_of(live_server, session) as page:
        fill_in(page, f"{live_server.url}/sites/HALL/")
        meter = Meter(scene.lab)
        try:
            time.sleep(SETTLE_SECONDS)
            old = meter.between(time.monotonic() - WITHIN_SECONDS, time.monotonic())
            page.get_by_role("button", name="Try it out").click()
            keep = page.get_by_role("button", name="Keep it")
            keep.wait_for()
            keep.click()
            kept_at = time.monotonic()
            expect(page.locator("#trial")).to_contain_text("is in force")
            time.sleep(max(0.0, kept_at + WITHIN_SECONDS - time.monotonic()))
            new = meter.between(kept_at + 1, kept_at + WITHIN_SECONDS)
        finally:
            meter.end()
    after = becomes(scene, PlanVersion.objects.get(number=before.number + 1), State.CONFIRMED)
    for name, rates, answer in (("before", old, down(before)), ("after", new, down(after))):
        site, off = worst_part(rates, answer)
        print(
            f"{name}: worst {site} {off:+.2%} of its part; { ({key: round(v / 1e6, 1) for key, v in rates.items()}) }"
        )
        assert abs(off) <= MOST_OFF, (name, rates, answer)
    assert down(after)["HALL"] > 2 * down(before)["HALL"]
    assert (after.author, after.confirmed_by, after.base) == ("Siti Operator", "Siti Operator", before.number)
