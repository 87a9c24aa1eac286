"""How many sites had a lamp burning on which day, and where that lies on a drawing. Pure: no Django, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

# The drawing is 1000 wide and 100 high; the page stretches it, strokes keep their width.
WIDTH = 1000.0
HEIGHT = 100.0
# Below so many months every month gets a tick, above it only quarters and then years.
MOST_MONTH_TICKS = 40
MOST_QUARTER_TICKS = 120


@dataclass(frozen=True, slots=True)
class Axis:
    """The days shown, both included. A single day is stretched to two, so that it has a length."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Distance between the two ends, at least 1."""
        return max((self.last - self.first).days, 1)

    def share(self, day: date) -> float:
        """Where the day lies: 0 at the first, 1 at the last; outside it is clipped."""
        return min(max((day - self.first).days / self.days, 0.0), 1.0)

    def percent(self, day: date) -> str:
        """The share as an SVG length; text, because a page would write 12.5 as 12,5."""
        return f"{self.share(day) * 100:.3f}%"


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of the time axis; `percent` from the left. Minor ticks have no label."""

    percent: str
    day: date
    major: bool


def count_burning(story: Iterable[tuple[int, date, bool]]) -> list[tuple[date, int]]:
    """From (site, day, burns) in order of time to the days on which the count changed, and the count from then on.

    Several lines of one site on one day leave only the last. A site that was dark and stays dark changes nothing.
    """
    burning: dict[int, bool] = {}
    change: defaultdict[date, int] = defaultdict(int)
    for site, day, burns in story:
        was = burning.get(site, False)
        if burns != was:
            change[day] += 1 if burns else -1
            burning[site] = burns
    points: list[tuple[date, int]] = []
    count = 0
    for day in sorted(change):
        count += change[day]
        if change[day]:
            points.append((day, count))
    return points


def steps(points: Sequence[tuple[date, int]], axis: Axis, highest: float) -> str:
    """An SVG path of steps from the first change to the right edge; before it nothing is known: a gap."""
    if not points or highest <= 0:
        return ""
    day, count = points[0]
    path = [f"M{_x(axis, day)} {HEIGHT:g}", f"V{_y(count, highest)}"]
    for day, count in points[1:]:
        path += [f"H{_x(axis, day)}", f"V{_y(count, highest)}"]
    return "".join([*path, f"H{WIDTH:g}"])


def closed(path: str, points: Sequence[tuple[date, int]], axis: Axis) -> str:
    """The same path closed along the bottom, to be filled."""
    return f"{path}V{HEIGHT:g}H{_x(axis, points[0][0])}Z" if path else ""


def ticks(axis: Axis) -> list[Tick]:
    """Years as major ticks; months or quarters as minor ones where there is room."""
    months = (axis.last.year - axis.first.year) * 12 + axis.last.month - axis.first.month + 1
    every = 1 if months <= MOST_MONTH_TICKS else 3 if months <= MOST_QUARTER_TICKS else 12
    marks: list[Tick] = []
    day = _month_after(axis.first - timedelta(days=1))
    while day <= axis.last:
        # A span inside one year has no January to name; then every tick is named by its month.
        major = day.month == 1 or months <= 12
        if major or (day.month - 1) % every == 0:
            marks.append(Tick(axis.percent(day), day, major))
        day = _month_after(day)
    return marks


def grid(highest: int) -> list[int]:
    """Round values for horizontal lines between zero and `highest`, at most four, both ends left out."""
    if highest <= 0:
        return []
    for size in (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000, 10_000, 25_000, 100_000):
        if highest / size < 5:
            # The highest value has a line of its own, with its label at the other end.
            return list(range(size, highest, size))
    return []


def at_year_ends(points: Sequence[tuple[date, int]], axis: Axis) -> list[tuple[date, int]]:
    """The count at the last day of each year of the axis, and at its end."""
    days = [min(date(year, 12, 31), axis.last) for year in range(axis.first.year, axis.last.year + 1)]
    return [(day, next((count for since, count in reversed(points) if since <= day), 0)) for day in days]


def _month_after(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _x(axis: Axis, day: date) -> str:
    return f"{axis.share(day) * WIDTH:.1f}"


def _y(count: int, highest: float) -> str:
    return f"{HEIGHT - count / highest * HEIGHT:.2f}"
