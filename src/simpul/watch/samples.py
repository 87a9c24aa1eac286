"""What is kept of the seconds: one mean for each span of time, on its way to the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from simpul.store.samples import Samples
from simpul.watch.live import Sample

# Of a state, what was worst within the span counts: a short outage is not averaged away.
WORST = frozenset({"link.up", "device.up"})


Row = tuple[str, str, datetime, float]


class Writer(Protocol):
    """Takes samples for good: `(metric, ref, at, value)`."""

    def put(self, rows: Sequence[Row]) -> int:
        """Keep them; how many are safe now. May wait for the disk."""


class ToStore:
    """By the spool of the store, which may be down meanwhile. What the spool cannot take is counted there as well."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def put(self, rows: Sequence[Row]) -> int:
        """All in one segment."""
        for metric, ref, at, value in rows:
            self._samples.add(metric, ref, at, value)
        return self._samples.flush()


class Means:
    """Gathers samples until they are taken away."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], tuple[float, int]] = {}

    def add(self, samples: Iterable[Sample]) -> None:
        """Those of one moment."""
        for metric, ref, value in samples:
            total, count = self._sums.get((metric, ref), (0.0, 0))
            if metric in WORST:
                self._sums[(metric, ref)] = (min(value, total) if count else value, 1)
            else:
                self._sums[(metric, ref)] = (total + value, count + 1)

    def take(self, at: datetime) -> list[Row]:
        """All means, dated, and begin anew."""
        rows = [(metric, ref, at, total / count) for (metric, ref), (total, count) in self._sums.items()]
        self._sums.clear()
        return rows
