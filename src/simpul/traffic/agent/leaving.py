"""Classes whose node sits elsewhere now: kept while anything still passes, then deleted.

After an uplink has come back its sites go home, but their connections of meanwhile stay where they began, since
elsewhere they would have another address. Such a guest keeps its class, with a rate and a ceiling of what it uses,
as long as that fits into its node's share.
"""

from __future__ import annotations

from collections.abc import Mapping

from simpul.engines.netlink_tc import ClassState, HtbClass
from simpul.traffic.agent.regulation import Reading, Regulation, grown
from simpul.traffic.agent.shaping import STEP, Shaper
from simpul.traffic.logic.plan import Direction
from simpul.traffic.logic.shape import BURST, SLOWEST

# A class that nothing is sent to any more is empty after this; and a guest's last connection is taken for closed.
DRAIN_SECONDS, LONGEST_DRAIN_SECONDS, GUEST_SECONDS = 1.0, 15.0, 30.0
MOST_OF_UPLINK = 0.2


class Leaving:
    """Which classes are left over, since when, and when they last moved."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}
        self._moved: dict[int, tuple[int, float]] = {}
        self._guests: dict[int, str] = {}

    def look(
        self, regulation: Regulation, standing: Mapping[str, Mapping[int, ClassState]], now: float
    ) -> frozenset[int]:
        """The guests among what is left over on all devices: their node has another uplink now, theirs lives."""
        left: dict[int, int] = {}
        for states in standing.values():
            for minor in states.keys() - regulation.wanted:
                left[minor] = left.get(minor, 0) + states[minor].bytes + states[minor].backlog_bytes
        self._since = {minor: self._since.get(minor, now) for minor in left}
        self._moved = {
            minor: before if (before := self._moved.get(minor)) and before[0] == octets else (octets, now)
            for minor, octets in left.items()
        }
        self._guests = {
            minor: uplink
            for minor in left
            if (uplink := regulation.visited(minor)) and now - self._moved[minor][1] < GUEST_SECONDS
        }
        return frozenset(self._guests)

    def wishes(self, regulation: Regulation, direction: Direction, reading: Reading) -> dict[str, dict[int, float]]:
        """What the guests at each uplink want, by class; all together a part of it at most."""
        found: dict[str, dict[int, float]] = {}
        for minor, uplink in self._guests.items():
            capacity = regulation.plan.uplink(uplink).rates.of(direction)
            found.setdefault(uplink, {})[minor] = grown(reading, minor, SLOWEST, capacity * MOST_OF_UPLINK)
        for uplink, rates in found.items():
            most = regulation.plan.uplink(uplink).rates.of(direction) * MOST_OF_UPLINK
            fits = min(1.0, most / sum(rates.values()))
            found[uplink] = {minor: rate * fits for minor, rate in rates.items()}
        return found

    def tidy(
        self, shaper: Shaper, standing: Mapping[int, ClassState], given: Mapping[int, float], now: float
    ) -> list[int]:
        """Give the guests of a device their rates and delete what has drained; returns what was deleted."""
        changed = []
        for minor, rate in given.items():
            state = standing.get(minor)
            if state is not None and max(abs(state.rate - rate), abs(state.ceil - rate)) > STEP * rate:
                changed.append(bounded(state, int(rate)))
        shaper.change(changed)
        parents = {state.parent & 0xFFFF for state in standing.values()}
        left = self._since.keys() & standing.keys() - self._guests.keys() - parents
        gone = [minor for minor in left if self._drained(minor, standing[minor], now)]
        if gone:
            shaper.delete(gone, standing)
        return gone

    def _drained(self, minor: int, state: ClassState, now: float) -> bool:
        since = self._since[minor]
        if now - since > LONGEST_DRAIN_SECONDS:
            return True
        return not state.backlog_bytes and now - max(self._moved[minor][1], since) >= DRAIN_SECONDS


def bounded(state: ClassState, rate: int) -> HtbClass:
    """The class as it is, but with this rate and not a bit more, whatever others leave."""
    most = max(SLOWEST, rate)
    return HtbClass(state.handle, state.parent, most, most, BURST, BURST, state.prio, state.quantum)
