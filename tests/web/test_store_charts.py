"""A store that hangs holds no page up: few ask it, briefly, and after a time-out nobody for a while."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simpul.store.samples import Chart
from simpul.web import store_charts
from simpul.web.store_charts import AT_ONCE, StoreCharts
from waiting import until
from web.store_door import Rows, door_at, open_door

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
VISITORS = 16


class Hanging:
    """A store that answers nothing until it is let go."""

    def __init__(self) -> None:
        self.asked = 0
        self.go = threading.Event()

    def rows(self, _: str) -> Rows:
        """Of nothing, at last."""
        self.asked += 1
        self.go.wait(3600)
        return []


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[Hanging]:
    """At the socket of `where`."""
    store = Hanging()
    with open_door(tmp_path / "store.sock", store.rows):
        yield store
        store.go.set()


def ask(charts: StoreCharts, folder: Path) -> Chart | None:
    """The answer."""
    return charts.ask(folder / "store.sock", ["m"], ["A"], NOW - timedelta(hours=1), NOW)


def test_few_wait_for_a_store_that_hangs_and_then_nobody(
    hanging: Hanging, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_charts, "REST_SECONDS", 3600)
    charts, begin = StoreCharts(), threading.Barrier(VISITORS)

    def visit(_: int) -> Chart | None:
        begin.wait()
        return ask(charts, tmp_path)

    # All have their answer although the store never gives one.
    with ThreadPoolExecutor(VISITORS) as pool:
        assert list(pool.map(visit, range(VISITORS))) == [None] * VISITORS
    asked = hanging.asked
    assert 1 <= asked <= AT_ONCE
    # It could answer now, but rests.
    hanging.go.set()
    assert ask(charts, tmp_path) is None
    assert hanging.asked == asked


def test_a_store_that_hung_is_asked_again_after_its_rest(
    hanging: Hanging, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_charts, "REST_SECONDS", 0)
    charts = StoreCharts()
    assert ask(charts, tmp_path) is None
    hanging.go.set()
    until(lambda: ask(charts, tmp_path) is not None)


def test_a_store_that_is_not_there_is_asked_again_at_once(tmp_path: Path) -> None:
    charts = StoreCharts()
    with door_at(tmp_path / "store.sock", lambda _: []):
        pass
    assert ask(charts, tmp_path) is None
    (tmp_path / "store.sock").unlink()
    assert ask(charts, tmp_path) is None
    with open_door(tmp_path / "store.sock", lambda _: []):
        assert ask(charts, tmp_path) is not None
