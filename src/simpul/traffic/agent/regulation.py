"""A plan as it is carried out at this moment: with these uplinks alive, in this mode, in these seats. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np

from simpul.kit.problem import Problem
from simpul.traffic.agent.steering import Steering, Way
from simpul.traffic.logic.allocate import Sharing
from simpul.traffic.logic.metering import FLOOR, Appetite, Floats
from simpul.traffic.logic.panic import Panic, alike
from simpul.traffic.logic.placement import placed
from simpul.traffic.logic.plan import DIRECTIONS, Direction, Network, Plan, Rates
from simpul.traffic.logic.seats import CONTROL, places, protected_of, root_of, unclassified_of
from simpul.traffic.logic.shape import INSIDE_RATE, Integers, Shape, slots

# Of an uplink's rate: what the agent's own classes keep while idle, and the most they are given.
IDLE, MOST_PROTECTED = 0.001, 0.5
_GROWTH = 1.25


@dataclass(frozen=True, slots=True)
class Reading:
    """What one direction was like in the last turn, by class number; control classes have no number of their own."""

    rates: Mapping[int, float]
    waiting: Mapping[int, int]


class Regulation:
    """What every device shall have. Made anew when the plan, the living uplinks or the mode change."""

    def __init__(self, plan: Plan, alive: AbstractSet[str], panic: Panic, seats: Mapping[str, int]) -> None:
        refuse_unfit(plan)
        self.panic = panic
        self.alive = frozenset(alive)
        self.plan = placed(alike(plan) if panic is Panic.EQUAL else plan, alive)
        self.seats = seats
        self.sharing = Sharing(self.plan)
        self.minors = [seats[place.key] for place in places(self.plan)]
        self.shares: dict[Direction, Floats] = {}
        self.appetites: dict[Direction, Appetite] = {}
        for direction in DIRECTIONS:
            fair = self.sharing.shares(direction).astype(np.float64)
            self.shares[direction] = fair
            self.appetites[direction] = Appetite(fair)
        names = [uplink.name for uplink in plan.uplinks]
        self.shapes: dict[str, tuple[Direction, Shape]] = {
            plan.lan[0]: ("down", self._shape("down", names, inside=True)),
            **{uplink.dev: ("up", self._shape("up", [uplink.name], inside=False)) for uplink in plan.uplinks},
        }

    def settle(self, direction: Direction, reading: Reading, guests: Mapping[str, float]) -> dict[str, Integers]:
        """The rates of every device of a direction. `guests` is what each uplink gives to nodes that moved away."""
        rates = np.array([reading.rates.get(minor, 0.0) for minor in self.minors])
        waiting = np.array([reading.waiting.get(minor, 0) for minor in self.minors], dtype=np.float64)
        want = self.appetites[direction].after(rates, self.shares[direction], waiting)
        if self.panic is Panic.OFF:
            want = FLOOR * self.appetites[direction].fair
        own: dict[int, float] = {}
        capacities: dict[str, Rates] = {}
        for uplink in self.plan.uplinks:
            capacity = uplink.rates.of(direction)
            mine = self._own(uplink.name, capacity, reading)
            left = int(max(capacity - sum(mine.values()) - guests.get(uplink.name, 0.0), capacity * 0.05))
            if self.panic is Panic.OFF:
                mine[self.seats[unclassified_of(uplink.name)]] = capacity * (1 - FLOOR) - sum(mine.values())
            own |= mine | {self.seats[root_of(uplink.name)]: float(capacity)}
            capacities[uplink.name] = Rates(left, left)
        self.shares[direction] = self.sharing.shares(direction, want, capacities).astype(np.float64)
        return {
            device: shape.rates(self.shares[direction], own | self._control(device))
            for device, (way, shape) in self.shapes.items()
            if way == direction
        }

    def steering(self, guests: AbstractSet[int]) -> Steering:
        """Which class and which uplink every prefix has. `guests` are seats at uplinks that their node has left."""
        by_uplink: dict[str, dict[Network, int]] = {uplink.name: {} for uplink in self.plan.uplinks}
        homes: dict[Network, int] = {}
        number = {uplink.name: at for at, uplink in enumerate(self.plan.uplinks, start=1)}
        visited = {key: minor for key, minor in self.seats.items() if minor in guests}
        for place, minor in zip(places(self.plan), self.minors, strict=True):
            home = self.plan.uplink_of(place.node.name).name
            prefixes = [match.prefix for match in place.node.match if match.prefix is not None]
            for prefix in prefixes:
                by_uplink[home][prefix] = minor
                homes[prefix] = number[home]
            last = place.key.rsplit("/", 1)[-1]
            for uplink in by_uplink:
                for key, other in visited.items():
                    if key.startswith(root_of(uplink)) and key.rsplit("/", 1)[-1] == last and uplink != home:
                        by_uplink[uplink] |= dict.fromkeys(prefixes, other)
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
        return Steering(self.plan.lan[0], ways, homes, self.plan.protected)

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
