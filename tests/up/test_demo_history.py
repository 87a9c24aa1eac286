"""The demonstration's made-up past: there after a while, once, whatever happens in between."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from simpul.kit.problem import Problem
from simpul.store.client import Client
from simpul.store.samples import MADE
from up.test_demo import Demo
from waiting import until

DAYS, SLOTS = 60, 288


@pytest.fixture
def demo() -> Iterator[Demo]:
    demo = Demo("root")
    yield demo
    if demo.process is not None:
        demo.end()


def _job(demo: Demo) -> tuple[str, int]:
    """State of the one job, and how far it is."""
    with sqlite3.connect(demo.folder / "simpul.sqlite3") as base:
        [(state, progress)] = base.execute("SELECT state, progress FROM record_job WHERE kind = 'lab.history'")
    return str(state), int(progress)


def _numbers(demo: Demo, sql: str) -> list[int]:
    try:
        return [
            int(value)
            for value in Client(demo.folder / "run" / "store.sock").ask(sql, {"made": MADE}, seconds=60).rows[0]
        ]
    except Problem:
        return []


@pytest.mark.long
def test_killed_in_the_middle_it_is_finished_by_the_next_start_and_nothing_is_there_twice(demo: Demo) -> None:
    demo.start("--no-lab")
    until(lambda: _job(demo)[1] > 30, 300)
    demo.end()
    demo.start("--no-lab")
    # The killed run's lease must expire first.
    until(lambda: _job(demo)[0] == "done", 600)
    until(lambda: _numbers(demo, "SELECT count() FROM samples"), 60)
    old = "samples_5m WHERE at < now() - INTERVAL 30 HOUR AND metric = {made:String}"
    count, slots = _numbers(demo, f"SELECT sum(count), uniqExact(at) FROM {old}")
    assert count == slots
    assert 0 <= (DAYS * SLOTS - 30 * 12) - slots <= 12 + 8, "all but the forty minutes that nobody measured"
    raw, moments = _numbers(demo, "SELECT count(), uniqExact(at) FROM samples WHERE metric = {made:String}")
    assert raw == moments
    demo.end()
    demo.start("--no-lab")
    assert _job(demo) == ("done", _job(demo)[1]), "a second start asks for nothing more"
