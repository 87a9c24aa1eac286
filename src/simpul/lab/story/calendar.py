"""On which days the steps of own fibre fell: drawn from a fixed seed, always the same. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo
from random import Random

SEED = 2018
# Building one point took at most so long, from the first pole to light.
LONGEST_DAYS = 80
STEPS = {"poles": (0.15, 0.35), "cable": (0.50, 0.68), "spliced": (0.82, 0.93)}


def dice(site: str) -> Random:
    """The site's own source of chance, so that a new row in a table moves no other site's days."""
    return Random(f"{SEED}/{site}")  # noqa: S311


def steps_before(chance: Random, start: date, lit: date) -> dict[str, date]:
    """Working days of poles, cable and splicing between the contract's first day and the day of light."""
    begin = max(start, lit - timedelta(days=LONGEST_DAYS))
    span = (lit - begin).days
    return {
        step: working_day(begin + timedelta(days=round(span * chance.uniform(*share)))) for step, share in STEPS.items()
    }


def working_day(on: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return on - timedelta(days=max(0, on.weekday() - 4))


def moment(chance: Random, on: date, zone: tzinfo) -> datetime:
    """Some five minutes of office hours on that day."""
    return datetime.combine(on, time(chance.randint(8, 14), 5 * chance.randint(0, 11)), zone)
