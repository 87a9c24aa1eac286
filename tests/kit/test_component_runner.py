"""Components of one process: started in order, reported, stopped in reverse, restarted when one breaks."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from simpul.kit.component import Component, run_components
from simpul.kit.health import STALE_SECONDS, Health, read_reports, write_report
from waiting import PATIENCE_SECONDS, becomes


class Part(Component):
    """Writes down what happens to it; breaks where it is told to."""

    def __init__(self, name: str, diary: list[str], breaks: str = "") -> None:
        self.name = name
        self.diary = diary
        self.breaks = breaks

    async def start(self) -> None:
        """As told."""
        self.diary.append(f"start {self.name}")
        if self.breaks == "start":
            raise OSError("no such device")

    async def stop(self) -> None:
        """As told."""
        self.diary.append(f"stop {self.name}")
        if self.breaks == "stop":
            await asyncio.sleep(3600)

    def health(self) -> Health:
        """Always up."""
        return Health("up", "works", {"rounds": 3})

    async def finished(self) -> None:
        """As told."""
        if self.breaks == "later":
            raise RuntimeError("lost its way")
        await super().finished()


def run(folder: Path, *parts: Part, terminate: bool = True) -> int:
    async def scenario() -> int:
        work = asyncio.create_task(run_components(parts, folder, "group", report_every=0.02, stop_within=0.1))
        if terminate:
            await becomes(lambda: len(read_reports(folder)) == len(parts))
            os.kill(os.getpid(), signal.SIGTERM)
        return await asyncio.wait_for(work, PATIENCE_SECONDS)

    return asyncio.run(scenario())


def test_they_start_in_order_and_stop_in_reverse(tmp_path: Path) -> None:
    diary: list[str] = []
    assert run(tmp_path, Part("a", diary), Part("b", diary)) == 0
    assert diary == ["start a", "start b", "stop b", "stop a"]
    assert {name: health.state for name, health in read_reports(tmp_path).items()} == {"a": "off", "b": "off"}


def test_one_that_does_not_start_ends_the_process_and_stops_the_others(tmp_path: Path) -> None:
    diary: list[str] = []
    assert run(tmp_path, Part("a", diary), Part("b", diary, "start"), Part("c", diary), terminate=False) == 1
    assert diary == ["start a", "start b", "stop b", "stop a"]


def test_one_that_cannot_go_on_ends_the_process(tmp_path: Path) -> None:
    diary: list[str] = []
    assert run(tmp_path, Part("a", diary), Part("b", diary, "later"), terminate=False) == 1
    assert diary[-2:] == ["stop b", "stop a"]


def test_one_that_does_not_stop_holds_nobody_up(tmp_path: Path) -> None:
    diary: list[str] = []
    assert run(tmp_path, Part("a", diary), Part("b", diary, "stop")) == 0
    assert diary[-1] == "stop a"


def test_health_of_all_groups_is_read_from_one_folder(tmp_path: Path) -> None:
    write_report(tmp_path, "control", {"jobs": Health("up", "", {"done": 2}), "outbox": Health("starting")})
    write_report(tmp_path, "up", {"web": Health("up")})
    found = read_reports(tmp_path)
    assert {name: health.state for name, health in found.items()} == {"jobs": "up", "outbox": "starting", "web": "up"}
    assert found["jobs"].counters == {"done": 2}


def test_the_worse_of_two_reports_about_one_component_counts(tmp_path: Path) -> None:
    write_report(tmp_path, "a", {"bus": Health("up")})
    write_report(tmp_path, "b", {"bus": Health("down", "no connection")})
    assert read_reports(tmp_path)["bus"] == Health("down", "no connection")


@pytest.mark.parametrize("later", [STALE_SECONDS + 1, -1e6], ids=["silent", "before the last boot"])
def test_a_process_that_says_nothing_is_down(tmp_path: Path, later: float) -> None:
    write_report(tmp_path, "control", {"jobs": Health("up"), "mail": Health("off")})
    found = read_reports(tmp_path, time.monotonic() + later)
    assert found["jobs"].state == "down"
    assert "no sign of life" in found["jobs"].detail
    assert found["mail"].state == "off"


def test_half_a_health_file_is_a_component_that_is_down(tmp_path: Path) -> None:
    (tmp_path / "health").mkdir()
    (tmp_path / "health" / "control.json").write_text('{"group": "con')
    assert read_reports(tmp_path)["control"].state == "down"


class Mute(Part):
    """A part that cannot say how it is."""

    def health(self) -> Health:
        """As told."""
        if self.breaks == "counters":
            return Health("up", "works", {"rounds": object()})  # type: ignore[dict-item]
        raise AttributeError("'list' object has no attribute 'get'")


@pytest.mark.parametrize("breaks", ["", "counters"])
def test_one_that_cannot_say_how_it_is_is_down_and_the_others_are_still_heard(tmp_path: Path, breaks: str) -> None:
    seen: list[dict[str, Health]] = []

    async def scenario() -> None:
        parts = (Part("well", []), Mute("mute", [], breaks))
        work = asyncio.create_task(run_components(parts, tmp_path, "group", report_every=0.02))
        async with asyncio.timeout(30):
            while not (found := read_reports(tmp_path)) or "starting" in {each.state for each in found.values()}:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        seen.append(found)
        os.kill(os.getpid(), signal.SIGTERM)
        await work

    asyncio.run(scenario())
    assert (seen[0]["well"].state, seen[0]["mute"].state) == ("up", "down")
    assert "its health could not be read" in seen[0]["mute"].detail
