"""What is kept of the seconds: one mean for each span of time, on its way to the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from simpul.watch.live import Sample

# Of a state, what was worst within the span counts: a short outage is not averaged away.
WORST = frozenset({"link.up", "device.up"})


class Writer(Protocol):
    """Takes samples for good: `(metric, ref, at, value)`."""

    def put(self, rows: Sequence[tuple[str, str, datetime, float]]) -> bool:
        """Keep them; False where they could not be kept."""


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

    def take(self, at: datetime) -> list[tuple[str, str, datetime, float]]:
        """All means, dated, and begin anew."""
        rows = [(metric, ref, at, total / count) for (metric, ref), (total, count) in self._sums.items()]
        self._sums.clear()
        return rows
