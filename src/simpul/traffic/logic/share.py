"""One level of the tree: what each parent has, divided among its children. Arrays in, arrays out.

Children of one parent stand next to each other. First everyone's guarantee is served, as far as it is wanted; what is
left rises like water over the guarantees, `weight` wide, until the want is met: x = min(want, guarantee + weight *
level). So nobody can gain without somebody losing who has less above the guarantee, measured by weight (max-min).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Siblings:
    """The children of a level, arranged: parents in order, below each the tiers in order.

    `parent` tells for each child the number of its parent, from 0; `starts` where each parent's children begin.
    A band is the children of one parent in one tier; `lowest` is the first band of each parent.
    """

    parent: Places
    starts: Places
    weight: Numbers
    band: Places
    bands: Places
    lowest: Places

    @classmethod
    def of(cls, parent: Places, tier: Places, weight: Numbers) -> Siblings:
        """Sorted by parent and tier already."""
        new_parent = np.r_[True, parent[1:] != parent[:-1]]
        new_band = new_parent | np.r_[True, tier[1:] != tier[:-1]]
        band = np.cumsum(new_band) - 1
        starts = np.flatnonzero(new_parent)
        return cls(np.cumsum(new_parent) - 1, starts, weight, band, np.flatnonzero(new_band), band[starts])

    def sums(self, values: NDArray[Any]) -> NDArray[Any]:
        """One sum per parent."""
        found: NDArray[Any] = np.add.reduceat(values, self.starts)
        return found


def divide(siblings: Siblings, given: Numbers, guarantee: Numbers, want: Numbers) -> Numbers:
    """What each child gets of the `given` of its parent (one number per parent). A want may be infinite."""
    base = np.minimum(guarantee, want)
    wanted = siblings.sums(base)
    room = np.minimum(want, given[siblings.parent]) - base
    shares: Numbers = base + _risen(siblings, np.maximum(given - wanted, 0.0), np.maximum(room, 0.0))
    short = wanted > given
    if short.any():
        shares = np.where(short[siblings.parent], _browned_out(siblings, given, base), shares)
    return shares


def _browned_out(siblings: Siblings, given: Numbers, base: Numbers) -> Numbers:
    """Guarantees that do not fit: the lowest tier is served first; inside a tier all are cut by the same part."""
    of_band = np.add.reduceat(base, siblings.bands)
    before = np.cumsum(of_band) - of_band
    parent = siblings.parent[siblings.bands]
    left = given[parent] - (before - before[siblings.lowest][parent])
    served = np.clip(left, 0.0, of_band)
    part = np.divide(served, of_band, out=np.zeros_like(of_band), where=of_band > 0)
    cut: Numbers = base * part[siblings.band]
    return cut


def _risen(siblings: Siblings, excess: Numbers, room: Numbers) -> Numbers:
    """The excess of each parent as water over its children: min(room, weight * level)."""
    parent = siblings.parent
    if (siblings.sums(room) <= excess).all():
        return room
    weight = siblings.weight
    full_at = room / weight
    order = np.lexsort((full_at, parent))
    full_at, room_of, weight_of = full_at[order], room[order], weight[order]
    # By sorting: a child is full if the water that fills it, and all that fill before it, is there.
    filled = np.cumsum(room_of) - room_of
    passed = np.cumsum(weight_of) - weight_of
    filled -= filled[siblings.starts][parent]
    rest = (siblings.sums(weight_of) + passed[siblings.starts])[parent] - passed
    full = filled + full_at * rest <= excess[parent]
    # Running sums over all parents are not exact. The level that follows from any guess is never above the true one,
    # and by adding who is full at it, it rises to the true one; after the sort this takes one or two rounds.
    full = full_at <= _level(siblings, excess, room_of, weight_of, full)[parent]
    while True:
        level = _level(siblings, excess, room_of, weight_of, full)
        more = full | (full_at <= level[parent])
        if np.array_equal(more, full):
            return np.minimum(room, weight * level[parent])
        full = more


def _level(siblings: Siblings, excess: Numbers, room: Numbers, weight: Numbers, full: NDArray[np.bool_]) -> Numbers:
    """How high the water of each parent stands if exactly those children are full."""
    left = excess - siblings.sums(np.where(full, room, 0.0))
    width = siblings.sums(np.where(full, 0.0, weight))
    level: Numbers = np.divide(left, width, out=np.full_like(left, np.inf), where=width > 0)
    return np.maximum(level, 0.0)
