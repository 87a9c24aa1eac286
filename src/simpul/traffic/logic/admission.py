"""Why a plan should not go to a gateway: promises that do not fit, and sites that could not work. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simpul.kit.rates import format_rate
from simpul.traffic.logic.allocate import allocate
from simpul.traffic.logic.plan import DIRECTIONS, Direction, Node, Plan

FLOOR_BPS = 256_000
UPLINK_PROMISES, CEILING_PROMISES, LOW_CEILING, LOW_SHARE = "uplink", "ceiling", "low_ceiling", "low_share"
_SAID = {
    UPLINK_PROMISES: '"{name}": {rate} {direction} is guaranteed where there is {bound}. '
    "Lower guarantees by {apart} in all, or raise the uplink's rate",
    CEILING_PROMISES: '"{name}": {rate} {direction} is guaranteed where there is {bound}. '
    "Lower guarantees by {apart} in all, or raise the ceiling",
    LOW_CEILING: '"{name}": its ceiling of {rate} {direction} is below the floor of {bound}. Raise the ceiling',
    LOW_SHARE: '"{name}": gets {rate} {direction} when all use all they can; the floor is {bound}. '
    "Give it a guarantee or more weight",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a plan may not go out: at whom which rule is broken. `rate_bps` is what would be, `bound_bps` what it may."""

    rule: str
    name: str
    direction: Direction
    rate_bps: int
    bound_bps: int

    def __str__(self) -> str:
        rates = {"rate": self.rate_bps, "bound": self.bound_bps, "apart": abs(self.rate_bps - self.bound_bps)}
        written = {name: format_rate(rate) for name, rate in rates.items()}
        return _SAID[self.rule].format(name=self.name, direction=self.direction, **written)


def reasons(plan: Plan, floor_bps: int = FLOOR_BPS) -> list[Reason]:
    """All there are. Empty if the plan may go out."""
    return [*_promises(plan), *_floors(plan, floor_bps)]


def refusals(plan: Plan, floor_bps: int = FLOOR_BPS) -> list[str]:
    """One line per reason: who, what is wrong, what to change."""
    return [str(reason) for reason in reasons(plan, floor_bps)]


def _promises(plan: Plan) -> Iterator[Reason]:
    """Guarantees below an uplink, or below a node with a ceiling, that are more than there is."""
    children: dict[str, list[Node]] = {}
    for node in plan.nodes:
        children.setdefault(node.parent, []).append(node)
    for direction in DIRECTIONS:
        promised = _effective(plan, children, direction)
        for uplink in plan.uplinks:
            most, given = uplink.rates.of(direction), promised[uplink.name]
            if given > most:
                yield Reason(UPLINK_PROMISES, uplink.name, direction, given, most)
        for node in plan.nodes:
            if node.ceiling is not None and promised[node.name] > node.ceiling.of(direction):
                most = node.ceiling.of(direction)
                yield Reason(CEILING_PROMISES, node.name, direction, promised[node.name], most)


def _effective(plan: Plan, children: dict[str, list[Node]], direction: Direction) -> dict[str, int]:
    """What is promised below and at each uplink and node; ceilings cut nothing here, they are what is judged."""
    promised: dict[str, int] = {}
    order = [uplink.name for uplink in plan.uplinks]
    for name in order:
        order += [node.name for node in children.get(name, ())]
    own = {node.name: node.guarantee.of(direction) for node in plan.nodes}
    for name in reversed(order):
        below = sum(promised[node.name] for node in children.get(name, ()))
        promised[name] = max(own.get(name, 0), below)
    return promised


def _floors(plan: Plan, floor_bps: int) -> Iterator[Reason]:
    """Ceilings and shares with which nobody can work. The share is what a leaf gets when all want all."""
    found = allocate(plan)
    leaves = {node.name for node in plan.leaves()}
    for node in plan.nodes:
        for direction in DIRECTIONS:
            share = found.of(direction)[node.name]
            if node.ceiling is not None and node.ceiling.of(direction) < floor_bps:
                yield Reason(LOW_CEILING, node.name, direction, node.ceiling.of(direction), floor_bps)
            elif node.name in leaves and share < floor_bps:
                yield Reason(LOW_SHARE, node.name, direction, share, floor_bps)
