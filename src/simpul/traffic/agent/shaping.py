"""One device's classes brought from what the kernel has to what they shall be, in place, a difference at a time."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simpul.engines.netlink import Refused
from simpul.engines.netlink_tc import ClassState, HtbClass, Tc, handle
from simpul.kit.problem import Problem
from simpul.traffic.logic.seats import CONTROL
from simpul.traffic.logic.shape import BURST, Integers, Shape, Slot

log = logging.getLogger(__name__)

# A rate that is off by less stays: whoever is there cannot tell, and the kernel is left in peace.
STEP = 0.02
# The best queue that the kernel has. A bfifo holds `Slot.queue` bytes; the other manages itself.
QUEUES = ("fq_codel", "bfifo")


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


def difference(shape: Shape, rates: Integers, standing: Mapping[int, ClassState]) -> Difference:
    """What must be told to the kernel. A class below the wrong one cannot be moved: it is `misplaced` and new."""
    states = [standing.get(slot.minor) for slot in shape.slots]
    misplaced = [
        slot.minor
        for slot, state in zip(shape.slots, states, strict=True)
        if state is not None and state.parent != _parent(slot, state)
    ]
    wrong = set(misplaced)
    has = np.array([0 if state is None else state.rate for state in states], dtype=np.float64)
    off = np.abs(rates - has) > STEP * np.maximum(has, 1.0)
    off |= np.array([_is_other(slot, state) for slot, state in zip(shape.slots, states, strict=True)], dtype=bool)
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
        self._queue = ""

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
        found = difference(shape, rates, standing)
        if found.misplaced:
            self.delete(found.misplaced, standing)
        tc.add_classes(found.new)
        fresh = {each.handle & 0xFFFF for each in found.new}
        self.queue([slot for slot in shape.slots if slot.is_leaf and slot.minor in fresh])
        tc.change_classes([*found.lower, *found.raised])
        return found

    def mend_queues(self, shape: Shape) -> int:
        """Give every leaf the queue it shall have; how many had none or another."""
        standing = {qdisc.parent & 0xFFFF: qdisc for qdisc in self._opened().qdiscs()}
        wrong = []
        for slot in shape.slots:
            found = standing.get(slot.minor)
            kind = self._queue or QUEUES[-1]
            if slot.is_leaf and (
                found is None or found.kind != kind or (kind == "bfifo" and found.limit != slot.queue)
            ):
                wrong.append(slot)
        self.queue(wrong)
        return len(wrong)

    def queue(self, slots: Sequence[Slot]) -> None:
        """Give classes their queues. The first time it is found out which kind the kernel has."""
        if not slots:
            return
        tc = self._opened()
        if not self._queue:
            self._queue = self._best(tc, slots[0])
        tc.add_leaves([(handle(1, slot.minor), self._queue, slot.queue) for slot in slots])

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
        return self._tc

    def _best(self, tc: Tc, slot: Slot) -> str:
        for kind in QUEUES[:-1]:
            try:
                tc.add_leaves([(handle(1, slot.minor), kind, slot.queue)])
            except Refused:
                log.debug("%s: the kernel has no %s", self.device, kind)
            else:
                return kind
        return QUEUES[-1]


def _parent(slot: Slot, state: ClassState) -> int:
    """A class directly below the queue may be told as below the root, by either name."""
    if slot.parent:
        return handle(1, slot.parent)
    return state.parent if state.parent in (0xFFFFFFFF, handle(1, 0)) else -1


def _is_other(slot: Slot, state: ClassState | None) -> bool:
    """Whether anything but the rate differs."""
    if state is None or state.parent != _parent(slot, state):
        return True
    wanted = replace(htb_class(slot, max(state.rate, 8)), parent=state.parent)
    return not state.is_as(wanted)
