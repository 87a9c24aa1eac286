"""How busy a place is at a local time, as a part of its busiest. Pure.

An office day begins at eight, dips at lunch and is over at four; Friday is shorter, a weekend almost empty. A
district office works with its counter, so earlier. A public space follows its opening hours and is fullest after
dinner. No place ever falls silent: phones, updates and servers go on, so that the map lives at any hour.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

FRIDAY, SATURDAY = 4, 5
# What goes on without anybody present, as a part of the busiest.
QUIET = 0.12
Curve = Sequence[tuple[float, float]]

OFFICE_DAY: Curve = (
    (6.0, 0.12), (7.0, 0.20), (8.0, 0.72), (9.0, 0.95), (10.0, 1.00), (11.5, 0.92), (12.2, 0.55), (12.8, 0.55),
    (13.3, 0.88), (15.0, 0.82), (16.0, 0.50), (17.0, 0.22), (19.0, 0.15), (22.0, 0.12),
)  # fmt: skip
OFFICE_FRIDAY: Curve = (
    (6.0, 0.12), (7.0, 0.22), (8.0, 0.72), (9.0, 0.92), (10.0, 0.92), (11.0, 0.75), (11.5, 0.32), (13.2, 0.30),
    (13.8, 0.58), (14.8, 0.50), (15.5, 0.25), (17.0, 0.15), (22.0, 0.12),
)  # fmt: skip
OFFICE_WEEKEND: Curve = ((7.0, 0.12), (9.5, 0.18), (14.0, 0.18), (17.0, 0.12))
DISTRICT_DAY: Curve = (
    (6.0, 0.12), (7.2, 0.25), (8.0, 0.85), (9.5, 1.00), (11.5, 0.80), (12.2, 0.45), (13.0, 0.50), (13.6, 0.70),
    (15.0, 0.45), (16.0, 0.20), (19.0, 0.15), (22.0, 0.12),
)  # fmt: skip
DISTRICT_FRIDAY: Curve = (
    (6.0, 0.12), (7.2, 0.25), (8.0, 0.85), (9.5, 0.95), (10.8, 0.60), (11.5, 0.25), (13.5, 0.35), (15.0, 0.20),
    (22.0, 0.12),
)  # fmt: skip
PUBLIC_DAY: Curve = (
    (0.5, 0.15), (4.0, 0.12), (6.0, 0.22), (9.0, 0.42), (12.0, 0.58), (14.0, 0.50), (16.5, 0.72), (18.0, 0.70),
    (19.5, 1.00), (21.0, 0.95), (22.5, 0.45), (23.5, 0.22),
)  # fmt: skip
# A visit to the park is for Saturday.
PUBLIC_WEEKEND_GAIN = 1.2


class Kind(StrEnum):
    """Whose day a place follows."""

    OFFICE = "office"
    DISTRICT = "district"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Hours:
    """When a public space is open, in hours of the local day."""

    opens: float = 0.0
    closes: float = 24.0

    def hold(self, hour: float) -> bool:
        """Whether it is open; a place may stay open past midnight."""
        if self.opens <= self.closes:
            return self.opens <= hour < self.closes
        return hour >= self.opens or hour < self.closes


def read_hours(text: str) -> Hours:
    """`05.00-22.00` -> 5 to 22; anything else (`24 jam`, nothing) is always open."""
    found = re.fullmatch(r"(\d\d)[.:](\d\d)\s*-\s*(\d\d)[.:](\d\d)", text.strip())
    if not found:
        return Hours()
    opens, opens_min, closes, closes_min = (int(part) for part in found.groups())
    return Hours(opens + opens_min / 60, closes + closes_min / 60)


def activity(kind: Kind, moment: datetime, hours: Hours | None = None) -> float:
    """How busy, QUIET to 1; `moment` is local time, `hours` matter to a public space only."""
    hour = moment.hour + moment.minute / 60 + moment.second / 3600
    if kind is Kind.PUBLIC:
        return _public(hour, hours or Hours(), weekend=moment.weekday() >= SATURDAY)
    return _along(_working_day(kind, moment.weekday()), hour)


def _public(hour: float, hours: Hours, *, weekend: bool) -> float:
    if not hours.hold(hour):
        return QUIET
    gain = PUBLIC_WEEKEND_GAIN if weekend else 1.0
    return min(1.0, gain * _along(PUBLIC_DAY, hour))


def _working_day(kind: Kind, weekday: int) -> Curve:
    if weekday >= SATURDAY:
        return OFFICE_WEEKEND
    if kind is Kind.DISTRICT:
        return DISTRICT_FRIDAY if weekday == FRIDAY else DISTRICT_DAY
    return OFFICE_FRIDAY if weekday == FRIDAY else OFFICE_DAY


def _along(curve: Curve, hour: float) -> float:
    """The curve's value, straight between its points and on through midnight."""
    after = bisect_right(curve, (hour, 2.0))
    left_hour, left = curve[after - 1]
    right_hour, right = curve[after % len(curve)]
    if after == 0:
        left_hour -= 24
    if after == len(curve):
        right_hour += 24
    return left + (right - left) * (hour - left_hour) / (right_hour - left_hour)
