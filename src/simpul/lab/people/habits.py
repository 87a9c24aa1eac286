"""How much each place wants, in fetches of which sizes after which pauses. Pure; every number follows from a seed.

The sum is set against the internet that was bought: on a working day at ten the people want a little more than
there is, so that sharing decides; at night they want a tenth to a quarter of it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from simpul.lab.people.profile import Hours, Kind, activity

# A Tuesday at ten, wherever that is: when demand is compared with what was bought.
REFERENCE = datetime(2026, 6, 9, 10, tzinfo=UTC)
OVERBOOKED = 1.12
# Uploads beside downloads, in bytes.
UP_PART = 0.12
# What a place fetches at once: about half a second of its busiest rate.
SECONDS_OF_A_FETCH = 0.5
SMALLEST, LARGEST = 20_000, 4_000_000
SPREAD, LONGEST_TIMES = 0.9, 12.0
# How unlike two places of one kind are, and how much of its line a place wants at most.
UNLIKE, OF_ITS_LINE = 0.45, 0.75
WEIGHTS: Mapping[Kind, float] = {Kind.OFFICE: 1.0, Kind.DISTRICT: 0.6, Kind.PUBLIC: 0.5}


@dataclass(frozen=True, slots=True)
class Place:
    """One site as its people use it. `line_bps` is its narrowest own line, 0 where that is no limit."""

    code: str
    kind: Kind
    hours: Hours
    clients: int = 1
    line_bps: int = 0
    internet: bool = True


def appetites(places: Sequence[Place], bought_bps: float, seed: int = 0) -> dict[str, float]:
    """What each place downloads at its busiest, in bit/s.

    At the reference time the places with internet together want `OVERBOOKED` times what was bought, unless their
    lines are too narrow for that; no place wants more than `OF_ITS_LINE` of its line. What a narrow one leaves,
    the others take in proportion. Places without internet want as much as their like, from the intranet.
    """
    weights = {place.code: _weight(place, seed) for place in places}
    limits = {place.code: place.line_bps * OF_ITS_LINE or math.inf for place in places}
    at_ten = {place.code: activity(place.kind, REFERENCE, place.hours) for place in places}
    open_ended = {place.code for place in places if place.internet}
    wanted, unit = OVERBOOKED * bought_bps, 0.0
    while open_ended:
        unit = wanted / sum(weights[code] * at_ten[code] for code in open_ended)
        narrow = {code for code in open_ended if weights[code] * unit > limits[code]}
        if not narrow:
            break
        wanted -= sum(limits[code] * at_ten[code] for code in narrow)
        open_ended -= narrow
    return {code: min(weight * unit, limits[code]) for code, weight in weights.items()}


class Habits:
    """The fetches of one place: sizes log-normal about its mean, pauses so that the mean rate is what is wanted."""

    def __init__(self, place: Place, appetite_bps: float, seed: int = 0) -> None:
        self.place = place
        self.appetite_bps = appetite_bps
        self.chance = random.Random(f"{seed}:{place.code}:fetches")  # noqa: S311 (people, not secrets)
        self.mean_bytes = min(max(appetite_bps / 8 * SECONDS_OF_A_FETCH, SMALLEST), LARGEST)

    def rate_bps(self, moment: datetime) -> float:
        """What the place wants to download now."""
        return self.appetite_bps * activity(self.place.kind, moment, self.place.hours)

    def pause(self, moment: datetime) -> float:
        """Seconds until the next fetch begins, whether or not the last one is done."""
        rate = self.rate_bps(moment)
        return self.chance.expovariate(rate / 8 / self.mean_bytes) if rate > 0 else math.inf

    def download_bytes(self) -> int:
        """The size of the next download."""
        return self._size(self.mean_bytes)

    def upload_bytes(self) -> int:
        """The size of what is sent along with a fetch, 0 for most: one in four sends something."""
        return self._size(self.mean_bytes * UP_PART * 4) if self.chance.random() < 1 / 4 else 0

    def _size(self, mean: float) -> int:
        middle = math.log(mean) - SPREAD * SPREAD / 2
        return max(1, round(min(self.chance.lognormvariate(middle, SPREAD), mean * LONGEST_TIMES)))


def _weight(place: Place, seed: int) -> float:
    chance = random.Random(f"{seed}:{place.code}:size")  # noqa: S311 (people, not secrets)
    company = math.sqrt(place.clients) if place.kind is Kind.PUBLIC else 1.0
    return WEIGHTS[place.kind] * company * chance.lognormvariate(0, UNLIKE)
