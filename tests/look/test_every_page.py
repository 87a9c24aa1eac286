"""Every page, on a phone in Indonesian and on a desk in English: accessible, quiet, and as wide as its window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser

from look.addresses import ADDRESSES, Address
from look.demonstration import Demonstration
from look.visitor import DESK, DESK_LIGHT, PHONE, PHONE_DARK, Setup, Visitor, visitor

SETUPS = [PHONE, DESK]


class Visitors:
    """A visitor for each way of looking and each account; signs in once."""

    def __init__(self, browser: Browser, site: Demonstration, open_until: ExitStack) -> None:
        self.browser, self.site, self.open_until = browser, site, open_until
        self.here: dict[tuple[str, str], Visitor] = {}

    def get(self, setup: Setup, account: str) -> Visitor:
        """The one who looks that way with that account, with a clean record."""
        key = (setup.name, account)
        if key not in self.here:
            self.here[key] = self.open_until.enter_context(visitor(self.browser, self.site, setup, account))
        self.here[key].complaints.clear()
        return self.here[key]


@pytest.fixture(scope="module")
def visitors(chromium: Browser, demonstration: Demonstration) -> Iterator[Visitors]:
    """Shared by all pages of this file."""
    with ExitStack() as open_until:
        yield Visitors(chromium, demonstration, open_until)


def examined() -> set[tuple[Setup, Address]]:
    """Each template once, as axe sees it without `--long`: in turn on the phone and on the desk."""
    chosen: dict[tuple[str, str, str], tuple[Setup, Address]] = {}
    for address in ADDRESSES:
        key = (address.account, _view(address.path), address.follow)
        chosen.setdefault(key, (SETUPS[len(chosen) % 2], address))
    return set(chosen.values())


def _view(path: str) -> str:
    try:
        return resolve(path.partition("?")[0]).view_name
    except Resolver404:
        return path


EXAMINED = examined()


@pytest.mark.parametrize("address", ADDRESSES, ids=str)
@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: setup.name)
def test_a_page_is_quiet_and_as_wide_as_its_window(
    visitors: Visitors, pictures: Path, setup: Setup, address: Address
) -> None:
    who = look(visitors, pictures, setup, address)
    if (setup, address) in EXAMINED:
        assert not who.accessibility_faults()


@pytest.mark.long
@pytest.mark.parametrize("address", ADDRESSES, ids=str)
@pytest.mark.parametrize("setup", [PHONE, DESK, PHONE_DARK, DESK_LIGHT], ids=lambda setup: setup.name)
def test_a_page_is_accessible_whichever_way_it_is_looked_at(
    visitors: Visitors, pictures: Path, setup: Setup, address: Address
) -> None:
    assert not look(visitors, pictures, setup, address).accessibility_faults()


def look(visitors: Visitors, pictures: Path, setup: Setup, address: Address) -> Visitor:
    """Open the page, keep a picture, and hold it against what every page must be."""
    who = visitors.get(setup, address.account)
    page = who.open(address.path)
    if address.follow:
        page.goto(page.locator(address.follow).first.evaluate("link => link.href"))
    name = f"{setup.name} {address}".replace("/", "_").replace("?", "_")[:120]
    page.screenshot(path=pictures / f"{name}.png", full_page=True)
    expected = "/no/such/" in address.path
    complaints = [each for each in who.complaints if not (expected and "404" in each)]
    assert not complaints
    assert who.sideways() <= 0
    assert not who.clipped_without_a_sign()
    assert page.locator("h1").count() == 1
    if setup.language == "id":
        assert page.locator("html").get_attribute("lang") == "id"
    assert page.get_by_text("DATA CONTOH" if setup.language == "id" else "SAMPLE DATA", exact=True).count()
    return who
