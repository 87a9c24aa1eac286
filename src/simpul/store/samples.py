"""Measurements over time: a small writer for whoever measures, and readers that choose the resolution.

A sample is `(metric, ref, at, value)`: what was measured (`rate.down`), of what (a code of the register: a site, an
uplink, `R-INTI:sfp1`), when (UTC, whole seconds), how much. What was not measured is not written: a gap stays a gap.
"""

from __future__ import annotations

import logging
import math
import threading
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from simpul.kit.problem import Problem
from simpul.store.client import Client
from simpul.store.logic.filters import OneOf
from simpul.store.logic.native import block
from simpul.store.logic.query import Query, build
from simpul.store.spool import Spool
from simpul.store.tables import DATASETS, SAMPLES

log = logging.getLogger(__name__)

SEGMENT_ROWS = 500_000
# So much is kept in memory while the disk is slow; more is lost, and counted.
MOST_PENDING = 2_000_000
MOST_POINTS = 20_000
MINUTES_5, HOUR, DAY = 300, 3600, 86_400
# A chart's steps; each table answers those that are multiples of its own.
STEPS = (10, 30, 60, 120, MINUTES_5, 600, 900, 1800, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 7 * DAY)
# Who invents measurements for a demonstration writes a 1 of this metric at every moment they stand for.
MADE, MADE_BY = "history.made", "lab"


class Samples:
    """Collects samples and puts them into the spool, a segment for each `flush`. Any thread may call."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.not_finite = 0
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._metrics: list[str] = []
        self._refs: list[str] = []
        self._moments = array("I")
        self._values = array("d")

    @property
    def pending(self) -> int:
        """Rows that are not in the spool yet; they would be lost with this process."""
        return len(self._values)

    def add(self, metric: str, ref: str, at: datetime | int, value: float) -> None:
        """Keep one sample in memory; never waits for the disk. What is no number is not kept."""
        self.add_many(metric, ref, (int(at.timestamp() if isinstance(at, datetime) else at),), (value,))

    def add_many(self, metric: str, ref: str, moments: Sequence[int], values: Sequence[float]) -> None:
        """Many samples of one thing, equally many moments (Unix seconds) as values."""
        if len(moments) != len(values):
            raise ValueError(f"{len(moments)} moments, {len(values)} values")
        if not all(map(math.isfinite, values)):
            kept = [(moment, value) for moment, value in zip(moments, values, strict=True) if math.isfinite(value)]
            self.not_finite += len(values) - len(kept)
            moments, values = [moment for moment, _ in kept], [value for _, value in kept]
        with self._lock:
            if len(self._values) + len(values) > MOST_PENDING:
                self.spool.lose(len(values), "the spool does not take them in time")
                return
            self._moments.extend(moments)
            self._values.extend(values)
            self._metrics += [metric] * len(values)
            self._refs += [ref] * len(values)

    def flush(self) -> int:
        """Put what was collected into the spool; waits for the disk. Returns the rows that are safe now."""
        with self._lock:
            taken = self._metrics, self._refs, self._moments, self._values
            self._begin()
        rows = len(taken[3])
        return sum(self._put(taken, start) for start in range(0, rows, SEGMENT_ROWS))

    def _put(self, taken: tuple[list[str], list[str], array[int], array[float]], start: int) -> int:
        part = slice(start, start + SEGMENT_ROWS)
        metrics, refs, moments, values = taken
        data = as_segment(metrics[part], refs[part], moments[part], values[part])
        rows = len(values[part])
        return rows if self.spool.put("samples", rows, data, "native.z") else 0


def as_segment(metrics: Sequence[str], refs: Sequence[str], moments: array[int], values: array[float]) -> bytes:
    """A segment's bytes (`native.z`) of equally long columns; `moments` are an array of "I", `values` of "d"."""
    data = block({
        "metric": ("String", metrics),
        "ref": ("String", refs),
        "at": ("DateTime('UTC')", moments),
        "value": ("Float64", values),
    })  # fmt: skip
    return zlib.compress(data, 1)


@dataclass(frozen=True, slots=True)
class Line:
    """One metric of one ref, a value for each of the chart's times; None where nothing was measured."""

    mean: list[float | None]
    low: list[float | None]
    high: list[float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """`lines[metric][ref]` at `times` (Unix seconds, the begin of each step of `step` seconds).

    `table` is the one that was read. `made` says at which times values were invented for a demonstration; a page
    marks them.
    """

    times: list[int]
    step: int
    table: str
    lines: dict[str, dict[str, Line]]
    made: list[bool]


def chart(
    client: Client,
    metrics: Sequence[str],
    refs: Sequence[str],
    start: datetime,
    end: datetime,
    points: int = 400,
    now: datetime | None = None,
) -> Chart:
    """What a page draws: every metric of every ref over one axis of at most `points` times, unknown as None.

    The finest step is 10 s, for what began more than a day before `now` 5 minutes. Names that nothing is known of are
    all gaps. Raises StoreAway when the store does not answer, QueryFailed, and Problem for more than 20,000 values.
    """
    step = chart_step(start, end, points, now or datetime.now(UTC))
    first = -(-_seconds(start) // step) * step
    times = list(range(first, _seconds(end), step))
    if len(times) * len(metrics) * len(refs) > MOST_POINTS:
        raise Problem(f"{len(metrics)} metrics of {len(refs)} things are too many for one chart. Ask for fewer at once")
    query = Query(
        dataset=SAMPLES.name,
        measures=("low", "high", "mean"),
        start=first,
        end=max(first, _seconds(end)),
        by=("metric", "ref"),
        step=step,
        where=(OneOf("metric", [*metrics, MADE]), OneOf("ref", [*refs, MADE_BY])),
    )
    asked = build(query, DATASETS)
    lines = {metric: {ref: _line(len(times)) for ref in refs} for metric in metrics}
    made = [False] * len(times)
    for metric, ref, slot, low, high, mean, *_ in client.ask(asked.sql, asked.params).rows:
        at = slot - first // step
        line = lines.get(metric, {}).get(ref)
        if line is not None:
            line.low[at], line.high[at], line.mean[at] = low, high, mean
        elif metric == MADE:
            made[at] = True
    return Chart(times, step, asked.table, lines, made)


def chart_step(start: datetime, end: datetime, points: int, now: datetime) -> int:
    """The finest step that gives at most `points`; what is older than a day is not drawn finer than 5 minutes."""
    finest = MINUTES_5 if (now - start).total_seconds() > DAY + HOUR else STEPS[0]
    seconds = (end - start).total_seconds()
    fitting = (step for step in STEPS if step >= finest and seconds <= step * points)
    return next(fitting, STEPS[-1])


def _line(points: int) -> Line:
    return Line([None] * points, [None] * points, [None] * points)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
