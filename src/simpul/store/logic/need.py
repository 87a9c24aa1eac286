"""How much disk a retention will take, from what was stored so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DAY_SECONDS = 86_400
# Below so many rows a table is mostly headers, and says nothing about the bytes of a row.
ENOUGH_ROWS = 200_000
# Below so many seconds a pace is chance.
ENOUGH_SECONDS = 600.0
HEADROOM = 1.3


@dataclass(frozen=True, slots=True)
class Held:
    """What a table holds now. `recent_rows` of the last `recent_seconds` tell its pace."""

    name: str
    rows: int
    size: int
    recent_rows: int
    recent_seconds: float
    days: int
    usual_row_bytes: float

    @property
    def row_bytes(self) -> float:
        """Bytes on disk for one row."""
        return self.size / self.rows if self.rows >= ENOUGH_ROWS else self.usual_row_bytes

    @property
    def rows_per_day(self) -> float | None:
        """At the pace of late; None while that is too short to be one."""
        return self.recent_rows * DAY_SECONDS / self.recent_seconds if self.recent_seconds >= ENOUGH_SECONDS else None


def needed(tables: Sequence[Held]) -> int | None:
    """Bytes on disk once every table is as old as it may get, at today's pace; a third is added for merges.

    None while nothing is known of the pace.
    """
    paces = [(table, table.rows_per_day) for table in tables]
    if all(pace is None for _, pace in paces):
        return None
    return round(sum(pace * table.days * table.row_bytes for table, pace in paces if pace is not None) * HEADROOM)


def shown(size: float) -> str:
    """A size for people: `812 MB`, `3.9 GB`."""
    mega = size / 1_000_000
    return f"{mega:,.0f} MB" if mega < 1000 else f"{mega / 1000:,.1f} GB"
