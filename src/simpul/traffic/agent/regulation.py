"""A plan as it is carried out at this moment: with these uplinks alive, in this mode, in these seats. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np

from simpul.kit.problem import Problem
from simpul.traffic.agent.steering import Steering, Way
from simpul.traffic.logic.allocate import Sharing
from simpul.traffic.logic.demand import MOST_FLOOR, Appetite, Floats
from simpul.traffic.logic.panic import Panic, alike
from simpul.traffic.logic.placement import placed
from simpul.traffic.logic.plan import DIRECTIONS, Direction, Network, Plan, Rates
from simpul.traffic.logic.seats import CONTROL, all_keys, places, protected_of, root_of, unclassified_of
from simpul.traffic.logic.shape import INSIDE_RATE, SPLIT_UP_TO, Integers, Shape, slots

# Of an uplink's rate: what the agent's own classes keep while idle, and the most they are given.
IDLE, MOST_PROTECTED = 0.001, 0.5
_GROWTH = 1.25


@dataclass(frozen=True, slots=True)
class Reading:
    """What one direction was like in the last turn, by class number; control classes have no number of their own."""

    rates: dict[int, float]
    waiting: dict[int, int]


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the kernel's numbers mean: of each class its seat, of each mark and routing table its uplink."""

    seats: dict[str, int]
    uplinks: dict[str, int]

    @classmethod
    def known(cls, data: Any) -> Numbers:
        """Out of the state folder. Raises AttributeError, KeyError, TypeError or ValueError for anything else."""
        seats, uplinks = ({name: int(at) for name, at in data[key].items()} for key in ("seats", "uplinks"))
        return cls(seats, uplinks)


class Regulation:
    """What every device shall have. Made anew when the plan, the living uplinks or the mode change."""

    def __init__(self, plan: Plan, alive: AbstractSet[str], panic: Panic, numbers: Numbers) -> None:
        seats = numbers.seats
        refuse_unfit(plan)
        self.panic = panic
        self.alive = frozenset(alive)
        self.guests: frozenset[int] = frozenset()
        self._steering: Steering | None = None
        self.plan = placed(alike(plan) if panic is Panic.EQUAL else plan, alive)
        self.numbers = numbers
        self.seats = seats
        self.sharing = Sharing(self.plan)
        self.minors = [seats[place.key] for place in places(self.plan)]
        self.homes = [self.plan.uplink_of(node.name).name for node in self.plan.nodes]
        self._homes = {_last(place.key): home for place, home in zip(places(self.plan), self.homes, strict=True)}
        self._names = {_last(place.key): place.node.name for place in places(self.plan)}
        self._at = {_last(place.key): at for at, place in enumerate(places(self.plan))}
        self._keys = {minor: key for key, minor in seats.items()}
        self.shares: dict[Direction, Floats] = {}
        self.given: dict[Direction, dict[int, float]] = {direction: {} for direction in DIRECTIONS}
        self.appetites: dict[Direction, Appetite] = {}
        for direction in DIRECTIONS:
            fair = self.sharing.shares(direction).astype(np.float64)
            self.shares[direction] = fair
            whole = sum(uplink.rates.of(direction) for uplink in plan.uplinks) > SPLIT_UP_TO
            self.appetites[direction] = Appetite(fair, whole=whole)
        names = [uplink.name for uplink in plan.uplinks]
        self.shapes: dict[str, tuple[Direction, Shape]] = {
            plan.lan[0]: ("down", self._shape("down", names, inside=True)),
            **{uplink.dev: ("up", self._shape("up", [uplink.name], inside=False)) for uplink in plan.uplinks},
        }
        self.wanted = frozenset(minor for _, shape in self.shapes.values() for minor in shape.position)

    @staticmethod
    def keys(plan: Plan, alive: AbstractSet[str]) -> list[str]:
        """The seats that such a regulation needs, and those at home that its nodes will return to."""
        return list(dict.fromkeys([*all_keys(placed(plan, alive)), *all_keys(plan)]))

    def inherit(self, before: Regulation) -> None:
        """Go on with what was known of nodes that were there before, wherever they sit; others are greedy at first."""
        index = {name: at for at, name in enumerate(before.sharing.names)}
        found = np.array([index.get(name, -1) for name in self.sharing.names], dtype=np.int64)
        for direction in DIRECTIONS:
            self.appetites[direction].inherit(before.appetites[direction], found)

    def adopt(self, direction: Direction, rates: Mapping[int, int]) -> dict[str, Integers]:
        """Before anything was measured: the rates that the kernel has, and the fair ones where it has none yet."""
        self.shares[direction] = np.array(
            [rates.get(minor, fair) for minor, fair in zip(self.minors, self.shares[direction], strict=True)]
        )
        own: dict[int, float] = {}
        for uplink in self.plan.uplinks:
            capacity = uplink.rates.of(direction)
            own |= self._own(uplink.name, capacity, Reading({}, {})) | {self.seats[root_of(uplink.name)]: capacity}
        return self._spread(direction, own)

    def visited(self, minor: int) -> str:
        """The living uplink at which a seat stands that its node has left for another; empty for any other class."""
        key = self._keys.get(minor, "")
        home = self._homes.get(_last(key))
        if home is None or key.endswith("/") or key.startswith(root_of(home)):
            return ""
        return next((name for name in self.alive if key.startswith(root_of(name))), "")

    def visits(self) -> dict[str, list[int]]:
        """The guests by the node that they belong to."""
        found: dict[str, list[int]] = {}
        for minor in self.guests:
            found.setdefault(self._names[_last(self._keys[minor])], []).append(minor)
        return found

    def settle(
        self, direction: Direction, reading: Reading, wishes: Mapping[str, Mapping[int, float]]
    ) -> dict[str, Integers]:
        """The rates of every device of a direction. `wishes` is what the guests at each uplink want, by class.

        What they get stands in `given`; it is a part of their node's share, and what is at home gets the rest of it.
        """
        rates = np.array([reading.rates.get(minor, 0.0) for minor in self.minors])
        waiting = np.array([reading.waiting.get(minor, 0) for minor in self.minors], dtype=np.float64)
        want = self.appetites[direction].after(rates, self.shares[direction], waiting)
        if self.panic is Panic.OFF:
            want = self.appetites[direction].floor
        self.given[direction] = {minor: rate for rates_here in wishes.values() for minor, rate in rates_here.items()}
        own, capacities = self._capacities(direction, reading, wishes)
        if self.given[direction]:
            want = self._rest(direction, want, capacities)
            own, capacities = self._capacities(direction, reading, wishes)
        self.shares[direction] = self.sharing.shares(direction, want, capacities).astype(np.float64)
        return self._spread(direction, own)

    def _rest(self, direction: Direction, want: Floats, capacities: Mapping[str, Rates]) -> Floats:
        """Cut what guests are given to their node's share; what the node wants at home is cut to the rest.

        Where both want all there is, each gets half.
        """
        given = self.given[direction]
        at = {minor: self._at[_last(self._keys[minor])] for minor in given}
        wished = np.zeros(len(self.minors))
        for minor, rate in given.items():
            wished[at[minor]] += rate
        whole = self.sharing.shares(direction, want + wished, capacities).astype(np.float64)
        away = np.minimum(wished, whole - np.minimum(want, whole / 2))
        self.given[direction] = {minor: rate * away[at[minor]] / wished[at[minor]] for minor, rate in given.items()}
        return np.where(wished > 0, np.minimum(want, whole - away), want)

    def _capacities(
        self, direction: Direction, reading: Reading, guests: Mapping[str, Mapping[int, float]]
    ) -> tuple[dict[int, float], dict[str, Rates]]:
        """The rates of the agent's own classes, and what is left of each uplink for its nodes."""
        own: dict[int, float] = {}
        capacities: dict[str, Rates] = {}
        for uplink in self.plan.uplinks:
            capacity = uplink.rates.of(direction)
            mine = self._own(uplink.name, capacity, reading)
            away = sum(self.given[direction][minor] for minor in guests.get(uplink.name, ()))
            left = int(max(capacity - sum(mine.values()) - away, capacity * 0.05))
            if self.panic is Panic.OFF:
                mine[self.seats[unclassified_of(uplink.name)]] = capacity * (1 - MOST_FLOOR) - sum(mine.values())
            own |= mine | {self.seats[root_of(uplink.name)]: float(capacity)}
            capacities[uplink.name] = Rates(left, left)
        return own, capacities

    def steering(self, guests: AbstractSet[int]) -> Steering:
        """Which class and which uplink every prefix has. `guests` are seats at uplinks that their node has left."""
        if self._steering is not None and guests == self.guests:
            return self._steering
        by_uplink: dict[str, dict[Network, int]] = {uplink.name: {} for uplink in self.plan.uplinks}
        homes: dict[Network, int] = {}
        number = self.numbers.uplinks
        self.guests = frozenset(guests)
        visiting = self.visits()
        for place, minor in zip(places(self.plan), self.minors, strict=True):
            home = self.plan.uplink_of(place.node.name).name
            prefixes = [match.prefix for match in place.node.match if match.prefix is not None]
            for prefix in prefixes:
                by_uplink[home][prefix] = minor
                homes[prefix] = number[home]
            for guest in visiting.get(place.node.name, ()):
                by_uplink[self.visited(guest)] |= dict.fromkeys(prefixes, guest)
        if self.panic is Panic.OFF:
            by_uplink = {name: {} for name in by_uplink}
        ways = [
            Way(
                number=number[uplink.name],
                dev=uplink.dev,
                alive=uplink.name in self.alive,
                protected=self.seats[protected_of(uplink.name)],
                unclassified=self.seats[unclassified_of(uplink.name)],
                seats=by_uplink[uplink.name],
            )
            for uplink in self.plan.uplinks
        ]
        self._steering = Steering(self.plan.lan[0], ways, homes, self.plan.protected)
        return self._steering

    def _spread(self, direction: Direction, own: Mapping[int, float]) -> dict[str, Integers]:
        return {
            device: shape.rates(self.shares[direction], {**own, **self._control(device)})
            for device, (way, shape) in self.shapes.items()
            if way == direction
        }

    def _shape(self, direction: Direction, uplinks: list[str], *, inside: bool) -> Shape:
        lifted = self.panic is Panic.OFF
        fair = self.shares[direction]
        return Shape(slots(self.plan, self.seats, direction, uplinks, fair, inside=inside, lifted=lifted))

    def _own(self, uplink: str, capacity: int, reading: Reading) -> dict[int, float]:
        """What the agent's own classes at an uplink are given: what they use and some more, within bounds."""
        protected, unclassified = self.seats[protected_of(uplink)], self.seats[unclassified_of(uplink)]
        idle = capacity * IDLE
        return {
            protected: grown(reading, protected, idle, capacity * MOST_PROTECTED),
            unclassified: idle,
        }

    def _control(self, device: str) -> dict[int, float]:
        shape = self.shapes[device][1]
        slot = shape.slots[shape.position[CONTROL]]
        return {CONTROL: slot.ceil * IDLE if slot.parent else float(INSIDE_RATE)}


def _last(key: str) -> str:
    return key.rstrip("/").rsplit("/", 1)[-1]


def grown(reading: Reading, minor: int, least: float, most: float) -> float:
    """The rate of a class whose wish is not bounded by shares: a quarter more than it uses, twice when it queues."""
    used = reading.rates.get(minor, 0.0)
    return min(max(used * (2 * _GROWTH if reading.waiting.get(minor) else _GROWTH), least), most)


def refuse_unfit(plan: Plan) -> None:
    """Raise Problem for a plan that the kernel of a gateway cannot carry out."""
    if len(plan.lan) != 1:
        named = ", ".join(plan.lan) or "none"
        raise Problem(
            f"the plan's lan: {named}. A gateway has exactly one device towards its sites; "
            "join several by a bridge and name that"
        )
    for node in plan.nodes:
        for match in node.match:
            if match.prefix is None:
                raise Problem(f'node "{node.name}": a gateway tells traffic by prefix only. Write its prefixes')
