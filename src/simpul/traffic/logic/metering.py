"""From counters that only rise to rates, and from rates to what each leaf wants. Pure; rates in bit/s."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from simpul.traffic.logic.demand import HEADROOM, HELD_BACK

Floats = NDArray[np.float64]
# How many turns a leaf is remembered as it was at its most eager: a flow that has just lost a packet pauses.
MEMORY = 4
# An idle leaf keeps this part of what it would get if all were greedy, or enough for a frame to be no debt of more
# than a fifth of a second; all of them together never keep more than a tenth of what there is.
FLOOR, MOST_FLOOR, QUICK = 0.02, 0.1, 64_000


class Meter:
    """The rate of every class of one device, from one look to the next."""

    def __init__(self) -> None:
        self._before: dict[int, int] = {}
        self._at: float | None = None
        self.rates: dict[int, float] = {}

    def look(self, octets: Mapping[int, int], now: float) -> None:
        """`octets` is what each class has sent ever, by number; a class that was made anew counts from zero."""
        if self._at is not None and now > self._at:
            seconds = now - self._at
            before = self._before
            self.rates = {
                number: 8 * (count - old if (old := before.get(number, 0)) <= count else count) / seconds
                for number, count in octets.items()
            }
        self._before, self._at = dict(octets), now


class Appetite:
    """What every node of a plan wants in one direction; nodes that are no leaves are not asked."""

    def __init__(self, fair: Floats) -> None:
        """`fair` is what each would get if all were greedy."""
        self.fair = fair
        self.floor = np.maximum(FLOOR * fair, np.minimum(MOST_FLOOR * fair, QUICK))
        self._wants: list[Floats] = []

    def inherit(self, before: Appetite, places: NDArray[np.int64]) -> None:
        """Remember what `before` does: `places` says where each node stood there, -1 for one that is new and greedy."""
        self._wants = [np.where(places >= 0, want[np.maximum(places, 0)], np.inf) for want in before._wants]

    def after(self, rates: Floats, shares: Floats, waiting: Floats) -> Floats:
        """The wants after a turn in which nodes sent at `rates` out of `shares`, with `waiting` bytes left over."""
        held_back = (waiting > 0) | (rates >= HELD_BACK * shares)
        want = np.where(held_back, np.inf, HEADROOM * rates + self.floor)
        self._wants = [*self._wants[1 - MEMORY :], want]
        most: Floats = np.max(self._wants, axis=0)
        return most
