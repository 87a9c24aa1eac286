"""A demonstration that is really served, and Debian's chromium to look at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from look.demonstration import Demonstration, start, stop
from look.publisher import Publisher, publishing
from look.visitor import CHROMIUM, FLAGS

# What is expected comes at once on an idle computer; one that runs the whole plan may be late.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """The invented regency behind granian on a loopback port; gone with the session."""
    served = start(tmp_path_factory.mktemp("demonstration"))
    yield served
    stop(served)


@pytest.fixture(scope="module")
def publisher(demonstration: Demonstration) -> Iterator[Publisher]:
    """A bus, and somebody who publishes on it."""
    with publishing(demonstration) as publisher:
        yield publisher


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file; each visitor gets a profile of its own.

    Not for the session: as long as Playwright runs, its event loop is in the way of every test that runs one.
    """
    if CHROMIUM is None:
        pytest.fail("there is no chromium on this computer; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots are put, to be looked at after a run (pytest prints the folder of a failed one)."""
    return tmp_path_factory.mktemp("pictures")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that is here drives a browser. Each worker serves a demonstration of its own."""
    for item in items:
        if "/look/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
