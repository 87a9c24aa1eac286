"""Which days and moments the program takes from people: outside these bounds is a slip of the pen. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2101, 1, 1, tzinfo=UTC)


def in_bounds(when: date | datetime) -> bool:
    """Whether a day, or an aware moment, may be one that is meant."""
    if isinstance(when, datetime):
        return EARLIEST <= when <= LATEST
    return FIRST_DAY <= when <= LAST_DAY
