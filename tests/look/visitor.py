"""Somebody with a browser: a size, a theme, a language, perhaps an account. Remembers all that went wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Site(Protocol):
    """What is served somewhere."""

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""

    def password(self, account: str) -> str:
        """Of any account."""


@dataclass(frozen=True)
class Setup:
    """How somebody looks at the pages."""

    name: str
    width: int
    height: int
    theme: str
    language: str
    script: bool = True


PHONE = Setup("phone-light-id", 390, 844, "light", "id")
DESK = Setup("desk-dark-en", 1440, 900, "dark", "en")
DESK_LIGHT = Setup("desk-light-id", 1440, 900, "light", "id")
PHONE_DARK = Setup("phone-dark-en", 390, 844, "dark", "en")
WITHOUT_SCRIPT = Setup("without-script", 1024, 800, "light", "id", script=False)


@dataclass
class Visitor:
    """One profile. `complaints` collects console errors, refused policies, foreign requests and broken answers."""

    page: Page
    site: Site
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a path and wait until its fonts are there."""
        self.page.goto(self.site.url + path, wait_until="load")
        return self.page

    def sign_in(self, username: str) -> None:
        """Through the form, as people do."""
        self.open("/account/login/")
        self.page.fill("input[name=login]", username)
        self.page.fill("input[name=password]", self.site.password(username))
        self.page.locator("form:has(input[name=password]) button").first.click()
        self.page.wait_for_url(lambda url: "/login" not in url)

    def accessibility_faults(self) -> list[str]:
        """What axe finds wrong with the page as it stands."""
        found: dict[str, Any] = Axe().run(self.page).response
        return [
            f"{fault['id']}: {node['target']} {node.get('failureSummary', '')}"
            for fault in found["violations"]
            for node in fault["nodes"]
        ]

    def sideways(self) -> int:
        """By how many pixels the page is wider than the window."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return width

    def clipped_without_a_sign(self) -> list[str]:
        """What scrolls sideways in itself and shows no shade at its edge; and lists too wide for the window."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll("main *")]
                .filter((box) => ["auto", "scroll", "hidden"].includes(getComputedStyle(box).overflowX))
                .filter((box) => box.clientWidth > 1 && box.scrollWidth > box.clientWidth)
                .filter((box) => !box.matches("input, select, textarea, svg, .visually-hidden"))
                .filter((box) => box.closest("#list") || getComputedStyle(box).backgroundImage === "none")
                .map((box) => `${box.tagName} ${box.className}: ${box.scrollWidth} in ${box.clientWidth}`)"""
        )
        return found

    def _console(self, message: ConsoleMessage) -> None:
        # A picture of a page with a map reads the canvas back, which the software renderer calls slow.
        if "GPU stall due to ReadPixels" in message.text:
            return
        if message.type in ("error", "warning"):
            self.complaints.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        home, asked = urlsplit(self.site.url), urlsplit(request.url)
        if asked.scheme in ("http", "https", "ws", "wss") and asked.netloc != home.netloc:
            self.complaints.append(f"foreign host: {request.url}")

    def watch(self) -> None:
        """Listen for what goes wrong from now on."""
        self.page.on("console", self._console)
        self.page.on("request", self._request)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))


@contextmanager
def visitor(
    browser: Browser, site: Site, setup: Setup, account: str = "", patience_ms: int = 60_000
) -> Iterator[Visitor]:
    """A fresh profile, signed in if an account is named; waits so long for whatever a page is to do."""
    theme = {"name": "simpul_theme", "value": setup.theme, "url": site.url}
    language = {"name": "django_language", "value": setup.language, "url": site.url}
    context = browser.new_context(
        viewport={"width": setup.width, "height": setup.height},
        color_scheme="dark" if setup.theme == "dark" else "light",
        java_script_enabled=setup.script,
        locale=setup.language,
        # A visitor far from the network's zone must still read the network's hours.
        timezone_id="America/Lima",
    )
    context.set_default_timeout(patience_ms)
    context.add_cookies([theme, language])  # type: ignore[list-item]
    who = Visitor(context.new_page(), site)
    who.watch()
    if account:
        who.sign_in(account)
    try:
        yield who
    finally:
        context.close()
