"""What went wrong in the days that are told: from the story's table to spans of time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from simpul.lab.csv_tables import Row

What = Literal["cut", "power", "uplink", "unwatched"]


@dataclass(frozen=True, slots=True)
class Outage:
    """From `start` to before `end`, in Unix seconds.

    `cut`: the link `ref` is parted; `power`: the device is dark; `uplink`: the way out is dead; `unwatched`: nobody
    measured anything.
    """

    start: int
    end: int
    what: What
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong in one slot of time."""

    cut: frozenset[str] = frozenset()
    dark: frozenset[str] = frozenset()
    dead_uplinks: frozenset[str] = frozenset()
    unwatched: bool = False


KINDS: dict[str, What] = {"cut": "cut", "power": "power", "uplink": "uplink", "unwatched": "unwatched"}


def read_outages(rows: Sequence[Row], until: datetime) -> tuple[Outage, ...]:
    """The table's outages; `until` is the end of what is told, in local time. None reaches past it."""
    last = int(until.timestamp())
    found = []
    for row in rows:
        day = until.date() - timedelta(days=int(row["days_before"]))
        hour, _, minute = row["at"].partition(".")
        start = int(datetime.combine(day, time(int(hour), int(minute)), until.tzinfo).timestamp())
        end = min(start + 60 * int(row["minutes"]), last)
        if start < end:
            found.append(Outage(start, end, KINDS[row["what"]], row["ref"]))
    return tuple(found)


def trouble_in(outages: Sequence[Outage], start: int, end: int) -> Trouble:
    """What is wrong at any time from `start` to before `end`: of a slot the worst counts, as in the watch."""
    present = [outage for outage in outages if outage.start < end and start < outage.end]
    if not present:
        return Trouble()

    def refs(what: What) -> frozenset[str]:
        return frozenset(outage.ref for outage in present if outage.what == what)

    return Trouble(refs("cut"), refs("power"), refs("uplink"), any(each.what == "unwatched" for each in present))
