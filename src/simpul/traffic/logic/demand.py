"""How much the leaves would use, judged from what they use. Pure; rates in bit/s."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# From this part of its share on a leaf is held back: what it uses is then not all that it wants.
HELD_BACK = 0.9
HEADROOM = 1.25
# How many turns a leaf is remembered as it was at its most eager: a flow that has just lost a packet pauses.
MEMORY = 4
# An idle leaf keeps a rate at which what the kernel lets go at once is a debt of a fifth of a second at most: a frame,
# or an aggregate where these stay whole. But no more than this part of what it would get if all were greedy.
QUICK, QUICK_WHOLE, MOST_FLOOR = 64_000, 2_600_000, 0.1


class Appetite:
    """What every node of a plan wants in one direction; nodes that are no leaves are not asked."""

    def __init__(self, fair: Floats, *, whole: bool = False) -> None:
        """`fair` is what each would get if all were greedy."""
        self.fair = fair
        self.floor = np.minimum(MOST_FLOOR * fair, QUICK_WHOLE if whole else QUICK)
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
