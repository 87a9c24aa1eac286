"""Charts choose the table that answers exactly, draw gaps as gaps, and agree with plain arithmetic."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.kit.problem import Problem
from simpul.store.client import Client
from simpul.store.samples import (
    MADE,
    MADE_BY,
    MOST_POINTS,
    STEPS,
    Samples,
    chart,
    chart_step,
)
from simpul.store.spool import Spool
from store.running import CAP, RunningStore, minute

NOW = datetime(2026, 11, 4, 10, tzinfo=UTC)
START = int((NOW - timedelta(days=31)).timestamp())


@pytest.fixture(scope="module")
def told(store: RunningStore) -> RunningStore:
    """31 days of two sites, a sample each five minutes, its value the minute of the day; site B sleeps at night."""
    samples = Samples(Spool(store.spool_folder, "told", CAP))
    moments = list(range(START, int(NOW.timestamp()), 300))
    samples.add_many("told.down", "A", moments, [float(at // 60 % 1440) for at in moments])
    awake = [at for at in moments if at // 3600 % 24 >= 6]
    samples.add_many("told.down", "B", awake, [2.0 * (at // 60 % 1440) for at in awake])
    samples.add_many("told.up", "A", moments, [1.0] * len(moments))
    early = [at for at in moments if at < START + 86_400]
    samples.add_many(MADE, MADE_BY, early, [1.0] * len(early))
    samples.flush()
    store.drained()
    return store


@pytest.mark.parametrize(
    ("days", "step", "table", "points"),
    [(1, 300, "samples_5m", 288), (7, 1800, "samples_5m", 336), (30, 7200, "samples_1h", 360)],
)
def test_a_day_a_week_a_month_have_a_few_hundred_points_from_the_right_table(
    told: RunningStore, days: int, step: int, table: str, points: int
) -> None:
    seen = chart(told.client, ["told.down", "told.up"], ["A", "B"], NOW - timedelta(days=days), NOW, now=NOW)
    assert (seen.step, seen.table, len(seen.times)) == (step, table, points)
    expected = _by_hand(seen.times, step, lambda at: float(at // 60 % 1440))
    line = seen.lines["told.down"]["A"]
    assert line.mean == pytest.approx([fmean(values) for values in expected])
    assert line.high == [max(values) for values in expected]
    assert line.low == [min(values) for values in expected]
    assert set(seen.lines["told.up"]["A"].mean) == {1.0}


def test_nights_without_a_measurement_are_gaps_and_never_zero(told: RunningStore) -> None:
    seen = chart(told.client, ["told.down"], ["B"], NOW - timedelta(days=7), NOW, now=NOW)
    for at, value in zip(seen.times, seen.lines["told.down"]["B"].mean, strict=True):
        assert (value is None) == (at // 3600 % 24 < 6)


def test_what_nobody_knows_of_is_all_gaps(told: RunningStore) -> None:
    seen = chart(told.client, ["told.down", "no.such"], ["A", "NOBODY"], NOW - timedelta(days=1), NOW, now=NOW)
    assert set(seen.lines["told.down"]["NOBODY"].mean) == {None}
    assert set(seen.lines["no.such"]["A"].high) == {None}
    assert len(seen.lines["no.such"]["A"].high) == len(seen.times)


def test_made_values_are_told_from_measured_ones(store: RunningStore, told: RunningStore) -> None:
    begin = datetime.fromtimestamp(START, UTC)
    seen = chart(store.client, ["told.down"], ["A"], begin, begin + timedelta(days=2), now=NOW)
    assert seen.made == [at < START + 86_400 for at in seen.times]


def test_the_last_hour_is_as_fine_as_it_was_measured(store: RunningStore) -> None:
    end = minute()
    store.write("fine", "S", list(range(end - 3600, end, 10)), [float(value) for value in range(360)])
    hour = datetime.fromtimestamp(end, UTC)
    seen = chart(store.client, ["fine"], ["S"], hour - timedelta(hours=1), hour)
    assert (seen.table, seen.step) == ("samples", 10)
    assert seen.lines["fine"]["S"].mean == [float(value) for value in range(360)]


def test_too_much_at_once_is_refused_before_the_store_is_asked(tmp_path: Path) -> None:
    nobody = Client(tmp_path / "none.sock")
    refs = [f"S{number}" for number in range(MOST_POINTS // 288 + 1)]
    with pytest.raises(Problem, match="too many"):
        chart(nobody, ["m"], refs, NOW - timedelta(days=1), NOW, now=NOW)


@given(seconds=st.integers(1, 400_000_000), points=st.integers(2, 1000), age=st.integers(0, 10_000_000))
def test_a_step_gives_no_more_points_than_asked_and_is_the_finest_that_may_be(
    seconds: int, points: int, age: int
) -> None:
    end = NOW - timedelta(seconds=age)
    start = end - timedelta(seconds=seconds)
    step = chart_step(start, end, points, NOW)
    finer = [each for each in STEPS if each < step]
    old = (NOW - start).total_seconds() > 90_000
    if step != STEPS[-1]:
        assert seconds <= step * points
    if finer and finer[-1] >= (300 if old else 10):
        assert seconds > finer[-1] * points
    assert not old or step >= 300


def _by_hand(times: list[int], step: int, value: object) -> list[list[float]]:
    """The samples within each step, found by going through them."""
    assert callable(value)
    found: dict[int, list[float]] = defaultdict(list)
    for at in range(START, int(NOW.timestamp()), 300):
        found[at // step * step].append(value(at))
    return [found[at] for at in times]
