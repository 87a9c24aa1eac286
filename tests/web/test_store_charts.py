"""A store that hangs holds no page up: few ask it, briefly, and after a time-out nobody for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simpul.store.samples import Chart
from simpul.web import store_charts
from simpul.web.store_charts import AT_ONCE, PATIENCE_SECONDS, QUEUE_SECONDS, SECONDS, StoreCharts
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
        self.go.wait(30)
        return []


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[Hanging]:
    """At the socket of `where`."""
    store = Hanging()
    with open_door(tmp_path / "store.sock", store.rows):
        yield store
        store.go.set()


def ask(charts: StoreCharts, folder: Path) -> tuple[Chart | None, float]:
    """The answer, and how long it took."""
    began = time.monotonic()
    found = charts.ask(folder / "store.sock", ["m"], ["A"], NOW - timedelta(hours=1), NOW)
    return found, time.monotonic() - began


def test_few_wait_for_a_store_that_hangs_and_then_nobody(
    hanging: Hanging, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_charts, "REST_SECONDS", 2)
    charts = StoreCharts()
    with ThreadPoolExecutor(VISITORS) as pool:
        answers = list(pool.map(lambda _: ask(charts, tmp_path), range(VISITORS)))
    assert [found for found, _ in answers] == [None] * VISITORS
    longest = SECONDS + PATIENCE_SECONDS
    assert max(took for _, took in answers) < longest + 1
    assert sum(took < QUEUE_SECONDS + 0.4 for _, took in answers) == VISITORS - AT_ONCE
    assert hanging.asked == AT_ONCE
    assert ask(charts, tmp_path)[1] < 0.2
    assert hanging.asked == AT_ONCE
    # It is asked again after its rest, and heard.
    hanging.go.set()
    time.sleep(store_charts.REST_SECONDS)
    assert ask(charts, tmp_path)[0] is not None


def test_a_store_that_is_not_there_is_asked_again_at_once(tmp_path: Path) -> None:
    charts = StoreCharts()
    with door_at(tmp_path / "store.sock", lambda _: []):
        pass
    assert ask(charts, tmp_path)[0] is None
    (tmp_path / "store.sock").unlink()
    assert ask(charts, tmp_path)[0] is None
    with open_door(tmp_path / "store.sock", lambda _: []):
        assert ask(charts, tmp_path)[0] is not None
