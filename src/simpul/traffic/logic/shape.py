"""The classes one device shall have: the plan's tree as HTB mirrors it, and the rates of each turn. Pure.

A class's `rate` is the share that the allocator gives, served whatever the others do; its `ceil` is the ceiling of the
whole way up, so that a group's ceiling holds in the kernel between two turns. The rates of classes below one another
never add up to more than the rate above them, so an uplink's total holds too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simpul.traffic.logic.plan import Direction, Plan
from simpul.traffic.logic.seats import CONTROL, places, protected_of, root_of, unclassified_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
# What a class may send at once after a pause: the start of a connection, and as much as the kernel is late by.
BURST = 32_768
# The gateway itself and traffic that stays inside share no uplink: they are not held back on the inner device.
INSIDE_RATE = 1_000_000_000
INSIDE_CEIL = 100_000_000_000
SLOWEST = 1_000
ALARMED_SHARE, ALARMED_LEAST = 0.01, 64_000
# What may wait in a class: so long at its rate, but so long at its ceiling at most, and ten frames in any case.
SMALLEST_QUEUE, QUEUE_SECONDS, QUEUE_SECONDS_OF_CEIL = 10 * 1514, 0.100, 0.030
# Taking aggregates apart costs the gateway's processor more than shaping does. Above this rate of a device shares of so
# many aggregates are even enough.
SPLIT_UP_TO = 2_500_000_000
SMALLEST_QUANTUM, LARGEST_QUANTUM = 2 * 1514, 200_000
_FIRST, _NODES, _LAST = 0, 3, 5


@dataclass(frozen=True, slots=True)
class Slot:
    """One class of a device but for its rate. `index` is the node's in the plan, -1 for the agent's own classes.

    `queue` is how much may wait in it at most, `waits` how much at least, in bytes; 0 where other classes are below.
    """

    key: str
    minor: int
    parent: int
    ceil: int
    prio: int
    quantum: int
    queue: int
    waits: int
    index: int

    @property
    def is_leaf(self) -> bool:
        """Whether packets stand in it."""
        return self.queue > 0

    def limit(self, rate: int) -> int:
        """How much may wait at this rate."""
        return min(self.queue, max(self.waits, int(rate / 8 * QUEUE_SECONDS)))


class Shape:
    """The classes of one device, ready for the arithmetic of each turn. `splits`: its queues take aggregates apart."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self.slots = tuple(slots)
        self.position = {slot.minor: at for at, slot in enumerate(slots)}
        self.above = np.array([self.position.get(slot.parent, -1) for slot in slots], dtype=np.int64)
        self._index = np.array([slot.index for slot in slots], dtype=np.int64)
        self._ceil = np.array([slot.ceil for slot in slots], dtype=np.float64)
        self.splits = sum(slot.ceil for slot in slots if not slot.parent and not slot.is_leaf) <= SPLIT_UP_TO
        self._own = [at for at, slot in enumerate(slots) if slot.index < 0]
        depth = np.zeros(len(slots), dtype=np.int64)
        for at, above in enumerate(self.above):
            depth[at] = depth[above] + 1 if above >= 0 else 0
        self._levels = [np.flatnonzero(depth == level) for level in range(1, int(depth.max(initial=0)) + 1)]

    def rates(self, shares: Floats, own: Mapping[int, float]) -> Integers:
        """The rate of every slot: a node's is its share, those of the agent's own classes stand in `own` by number.

        Where the wishes below a class add up to more than it has, they are scaled down.
        """
        wanted = np.zeros(len(self.slots))
        nodes = self._index >= 0
        wanted[nodes] = shares[self._index[nodes]]
        for at in self._own:
            wanted[at] = own.get(self.slots[at].minor, SLOWEST)
        wanted = np.minimum(np.maximum(wanted, SLOWEST), self._ceil)
        for level in self._levels:
            wanted[level] *= np.minimum(1.0, wanted / np.maximum(self.sums(wanted, level), 1.0))[self.above[level]]
        found: Integers = np.maximum(wanted, 8).astype(np.int64)
        return found

    def sums(self, values: Floats, at: Integers | None = None) -> Floats:
        """For every slot the sum of what stands directly below it, of all slots or only those `at`."""
        below = np.flatnonzero(self.above >= 0) if at is None else at
        found: Floats = np.bincount(self.above[below], values[below], minlength=len(self.slots)).astype(np.float64)
        return found


def slots(
    plan: Plan,
    seats: Mapping[str, int],
    direction: Direction,
    uplinks: Sequence[str],
    fair: Floats,
    *,
    inside: bool,
    lifted: bool = False,
) -> list[Slot]:
    """Every class of a device, each after the one above it. `inside` is the sites' side, which all uplinks feed.

    `lifted`: what belongs to no node is all there is, and may have all.

    `fair` is what each node would get if all were greedy, in the order of the plan: what HTB lends beyond the rates
    goes by quantum, so the quantum follows it.
    """
    found: list[Slot] = []
    if inside:
        found.append(_own("", CONTROL, 0, INSIDE_CEIL, _FIRST))
    for name in uplinks:
        capacity = plan.uplink(name).rates.of(direction)
        root = seats[root_of(name)]
        found.append(Slot(root_of(name), root, 0, capacity, 0, SMALLEST_QUANTUM, 0, 0, -1))
        if not inside:
            found.append(_own("", CONTROL, root, capacity, _FIRST))
        alarmed = capacity if lifted else min(capacity, max(ALARMED_LEAST, int(capacity * ALARMED_SHARE)))
        found.append(_own(protected_of(name), seats[protected_of(name)], root, capacity, _FIRST))
        found.append(_own(unclassified_of(name), seats[unclassified_of(name)], root, alarmed, _LAST))
    return found + _node_slots(plan, seats, direction, uplinks, fair)


def queue_bytes(ceil: int) -> int:
    """How much may wait in a class whatever its rate: 30 ms of its ceiling, and ten frames at least."""
    return max(SMALLEST_QUEUE, int(ceil / 8 * QUEUE_SECONDS_OF_CEIL))


def _own(key: str, minor: int, parent: int, ceil: int, prio: int) -> Slot:
    queue = min(queue_bytes(ceil), 1_000_000)
    return Slot(key, minor, parent, ceil, prio, SMALLEST_QUANTUM, queue, queue, -1)


def _node_slots(
    plan: Plan, seats: Mapping[str, int], direction: Direction, uplinks: Sequence[str], fair: Floats
) -> list[Slot]:
    here = {root_of(name) for name in uplinks}
    ceils = {root_of(name): plan.uplink(name).rates.of(direction) for name in uplinks}
    rows = [(index, place) for index, place in enumerate(places(plan)) if place.key.split("/", 1)[0] + "/" in here]
    rows.sort(key=lambda row: row[1].key.rstrip("/").count("/"))
    leaves = [float(fair[index]) for index, place in rows if not place.key.endswith("/") and fair[index] > 0]
    smallest = min(leaves, default=1.0)
    found = []
    for index, place in rows:
        above = ceils[place.above]
        ceiling = place.node.ceiling
        ceil = ceils[place.key] = min(above, above if ceiling is None else ceiling.of(direction))
        inner = place.key.endswith("/")
        wide = 1.0 if inner else max(fair[index] / smallest, 1.0)
        quantum = int(min(wide * SMALLEST_QUANTUM, LARGEST_QUANTUM))
        queue = 0 if inner else queue_bytes(ceil)
        waits = min(queue, max(SMALLEST_QUEUE, int(fair[index] / 8 * QUEUE_SECONDS)))
        found.append(Slot(place.key, seats[place.key], seats[place.above], ceil, _NODES, quantum, queue, waits, index))
    return found
