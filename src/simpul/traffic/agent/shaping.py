"""One device's classes brought from what the kernel has to what they shall be, in place, a difference at a time."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simpul.engines.netlink import Refused
from simpul.engines.netlink_tc import ClassState, HtbClass, Tc, handle
from simpul.kit.problem import Problem
from simpul.traffic.agent.devices import frame_of
from simpul.traffic.logic.seats import CONTROL
from simpul.traffic.logic.shape import BURST, Integers, Shape, Slot

log = logging.getLogger(__name__)

# A rate that is off by less stays: whoever is there cannot tell, and the kernel is left in peace.
STEP = 0.02
# A queue's limit is set anew when it is off by more than this factor.
TOLERANCE = 1.5
# Where aggregates are not taken apart, one must fit into any queue.
AGGREGATE = 65_536


@dataclass(frozen=True, slots=True)
class Difference:
    """`lower` comes before `raised`, so that the rates never add up to more than there is."""

    new: list[HtbClass]
    lower: list[HtbClass]
    raised: list[HtbClass]
    misplaced: list[int]

    @property
    def changed(self) -> int:
        """How many classes it touches."""
        return len(self.new) + len(self.lower) + len(self.raised)


# What of a class was found to be right, but for its counters: whatever is the same is so again.
Sure = dict[int, tuple[int, ...]]


def difference(
    shape: Shape, rates: Integers, standing: Mapping[int, ClassState], sure: Sure | None = None
) -> Difference:
    """What must be told to the kernel. A class below the wrong one cannot be moved: it is `misplaced` and new.

    `sure` remembers, from one turn to the next, what was found right under this shape.
    """
    known = {} if sure is None else sure
    states = [standing.get(slot.minor) for slot in shape.slots]
    misplaced = [
        slot.minor
        for slot, state in zip(shape.slots, states, strict=True)
        if state is not None and state.parent != _parent(slot, state)
    ]
    wrong = set(misplaced)
    has = np.array([0 if state is None else state.rate for state in states], dtype=np.float64)
    off = np.abs(rates - has) > STEP * np.maximum(has, 1.0)
    off |= np.array(
        [_is_other(slot, state, known) for slot, state in zip(shape.slots, states, strict=True)], dtype=bool
    )
    # Small differences that stay may not make the rates below a class more than its own.
    kept = np.where(off, rates, has)
    over = shape.sums(kept) > np.maximum(kept, 1.0)
    off |= (over | over[shape.above]) & (rates // 8 != has // 8)
    found = Difference([], [], [], misplaced)
    for at in np.flatnonzero(off):
        slot, state = shape.slots[at], states[at]
        wanted = htb_class(slot, int(rates[at]))
        if state is None or slot.minor in wrong:
            found.new.append(wanted)
        elif rates[at] < has[at]:
            found.lower.append(wanted)
        else:
            found.raised.append(wanted)
    return found


def htb_class(slot: Slot, rate: int) -> HtbClass:
    """The slot as the kernel's codec takes it."""
    return HtbClass(
        handle=handle(1, slot.minor),
        parent=handle(1, slot.parent),
        rate=min(rate, slot.ceil),
        ceil=slot.ceil,
        burst=BURST,
        cburst=BURST,
        prio=slot.prio,
        quantum=slot.quantum,
    )


class Shaper:
    """The shaping of one device. What the kernel holds is read, never remembered."""

    def __init__(self, device: str) -> None:
        self.device = device
        self._tc: Tc | None = None
        self._able = True
        self._limits: dict[int, int] = {}
        self._shape: Shape | None = None
        self._sure: Sure = {}

    def close(self) -> None:
        """Give the socket back; the kernel goes on shaping."""
        if self._tc is not None:
            self._tc.close()
            self._tc = None

    def standing(self) -> dict[int, ClassState]:
        """The classes with their counters by number. Raises Problem while there is no such device."""
        return {state.handle & 0xFFFF: state for state in self._opened().classes()}

    def adopt(self) -> bool:
        """Take over our root, or make it where there is none; whether it was made. Raises Problem for another's."""
        tc = self._opened()
        root = tc.root()
        if root is None:
            tc.add_root(CONTROL)
            return True
        if root.kind != "htb" or root.handle != tc.root_handle or root.default_minor != CONTROL:
            raise Problem(
                f"{self.device}: a queueing discipline {root.kind} that is not Simpul's stands there. "
                f"Remove it: tc qdisc del dev {self.device} root"
            )
        return False

    def bring(self, shape: Shape, rates: Integers, standing: Mapping[int, ClassState]) -> Difference:
        """New classes first, then what sinks, then what rises."""
        tc = self._opened()
        if shape is not self._shape:
            self._shape, self._sure = shape, {}
        found = difference(shape, rates, standing, self._sure)
        if found.misplaced:
            self.delete(found.misplaced, standing)
        tc.add_classes(found.new)
        for each in found.new:
            self._limits.pop(each.handle & 0xFFFF, None)
        tc.change_classes([*found.lower, *found.raised])
        self._queue(shape, dict(zip(shape.position, rates.tolist(), strict=True)))
        return found

    def mend_queues(self, shape: Shape, rates: Mapping[int, int]) -> int:
        """Give every leaf the queue it shall have, at these rates by number; how many had none."""
        self._limits = self._read_limits(splits=self._splits(shape))
        return self._queue(shape, rates)

    def _splits(self, shape: Shape) -> bool:
        return self._able and shape.splits

    def _queue(self, shape: Shape, rates: Mapping[int, int]) -> int:
        """Set the queues that have a limit far from theirs, and those that are missing; returns how many of these."""
        splits = self._splits(shape)
        if not self._limits:
            self._limits = self._read_limits(splits=splits)
        wrong = {}
        for slot in shape.slots:
            if slot.is_leaf:
                limit = max(slot.limit(rates.get(slot.minor, 0)), 0 if splits else AGGREGATE)
                if not limit / TOLERANCE <= self._limits.get(slot.minor, 0) <= limit * TOLERANCE:
                    wrong[slot.minor] = limit
        missing = len(wrong.keys() - self._limits.keys())
        if wrong:
            self._set_queues([(handle(1, minor), limit) for minor, limit in wrong.items()], splits=splits)
            self._limits.update(wrong)
        return missing

    def _set_queues(self, queues: Sequence[tuple[int, int]], *, splits: bool) -> None:
        """One that takes aggregates apart where the kernel has it, else a plain one."""
        tc = self._opened()
        if splits:
            try:
                tc.add_splitters(queues, frame_of(self.device))
            except Refused as refused:
                if len(refused.failures) < len(queues):
                    raise
                log.warning("%s: shares will be less even: the kernel has no tbf (%s)", self.device, refused)
                self._able = False
            else:
                return
        tc.add_leaves([(parent, "bfifo", limit) for parent, limit in queues])

    def _read_limits(self, *, splits: bool) -> dict[int, int]:
        tc = self._opened()
        if splits:
            return {parent & 0xFFFF: found.limit for parent, found in tc.splitters().items()}
        return {found.parent & 0xFFFF: found.limit for found in tc.qdiscs() if found.kind == "bfifo"}

    def change(self, classes: Iterable[HtbClass]) -> None:
        """Change classes as they are given."""
        self._opened().change_classes(classes)

    def delete(self, minors: Collection[int], standing: Mapping[int, ClassState]) -> None:
        """Delete classes with all below them, the lowest first."""
        doomed = set(minors)
        for minor, state in sorted(standing.items(), key=lambda item: -item[1].level):
            if state.parent & 0xFFFF in doomed:
                doomed.add(minor)
        found = sorted((standing[minor] for minor in doomed if minor in standing), key=lambda state: state.level)
        self._opened().delete_classes([state.handle for state in found])

    def lift(self) -> None:
        """Take all shaping of the device away: traffic passes as if the agent had never been there."""
        tc = self._opened()
        root = tc.root()
        if root is not None and root.kind == "htb" and root.handle == tc.root_handle:
            tc.delete_root()

    def _opened(self) -> Tc:
        if self._tc is None:
            self._tc = Tc(self.device)
            self._limits = {}
        return self._tc


def _parent(slot: Slot, state: ClassState) -> int:
    """A class directly below the queue may be told as below the root, by either name."""
    if slot.parent:
        return handle(1, slot.parent)
    return state.parent if state.parent in (0xFFFFFFFF, handle(1, 0)) else -1


def _is_other(slot: Slot, state: ClassState | None, sure: Sure) -> bool:
    """Whether anything but the rate differs."""
    if state is None:
        return True
    seen = (state.parent, *state[3:10])
    if sure.get(slot.minor) == seen:
        return False
    if state.parent != _parent(slot, state):
        return True
    wanted = replace(htb_class(slot, max(state.rate, 8)), parent=state.parent)
    if not state.is_as(wanted):
        return True
    sure[slot.minor] = seen
    return False
