"""`simpul demo` as people start it, with its virtual network, and what a browser shows of a drill, by its own clock."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page

import waiting
from simpul.lab.accounts import DEMO_PASSWORD
from simpul.up.ports import any_free_port
from up.processes import PYTHON, environment, private_folder

# Notes every change of the open alarms and of what is read out as cut, with the moment at which the page showed it.
RECORD = """() => {
    window.seen = [];
    const note = () => {
        const alarms = [...document.querySelectorAll("#alarm-list .alarms > li")].map((li) => li.innerText);
        const cut = document.querySelector("#map-card [data-news]").textContent;
        const last = window.seen.at(-1);
        if (last && last.cut === cut && JSON.stringify(last.alarms) === JSON.stringify(alarms)) return;
        window.seen.push({ at: performance.now() / 1000, alarms, cut });
    };
    note();
    new MutationObserver(note).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


@dataclass(frozen=True)
class WholeDemonstration:
    """Its address and its folder; `admin` is the password that was shown once."""

    url: str
    folder: Path
    admin: str = field(repr=False)

    def password(self, account: str) -> str:
        """Of any account."""
        return self.admin if account == "admin" else DEMO_PASSWORD


@dataclass(frozen=True)
class Moment:
    """What the home showed from `at` on (seconds of the page's clock): open alarms as text, cut links as read out."""

    at: float
    alarms: list[str]
    cut: str


@contextmanager
def whole_demonstration() -> Iterator[WholeDemonstration]:
    """Start it in a folder of its own, without made-up history; gone with the block."""
    folder = private_folder("root")
    log = folder.with_suffix(".log")
    path = f"{Path(PYTHON).parent}:{os.environ['PATH']}"
    options = ["--json", "--no-history", "--port", str(any_free_port()), "--data", str(folder)]
    line = [PYTHON, "-m", "simpul", "demo", *options]
    try:
        with (
            log.open("w") as errors,
            subprocess.Popen(
                line, env=environment(PATH=path), stdout=subprocess.PIPE, stderr=errors, text=True
            ) as process,
        ):
            try:
                assert process.stdout is not None
                said = process.stdout.readline()
                assert said, f"the demonstration did not start: {log.read_text()[-2000:]}"
                shown = [row.split() for row in log.read_text().splitlines()]
                admin = next(row[1] for row in shown if row[:1] == ["admin"])
                yield WholeDemonstration(json.loads(said)["url"].rstrip("/"), folder, admin)
            finally:
                process.terminate()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        log.unlink(missing_ok=True)


def record(home: Page) -> None:
    """Begin to note what the home shows."""
    home.evaluate(RECORD)


def seen(home: Page) -> list[Moment]:
    """All that was noted so far."""
    return [Moment(**each) for each in home.evaluate("window.seen")]


def until(home: Page, true: str, seconds: float) -> Moment:
    """The newest moment, once the script `true` holds of it as `now`. Raises AssertionError that tells all moments."""
    waiting.until(
        lambda: home.evaluate(f"(() => {{ const now = window.seen.at(-1); return {true}; }})()"),
        seconds,
        otherwise=lambda: f"{true} did not come true: {seen(home)}",
        pause=lambda: home.wait_for_timeout(200),
    )
    return seen(home)[-1]
