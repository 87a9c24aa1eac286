"""Why a plan should not go to a gateway: promises that do not fit, and sites that could not work. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from simpul.kit.rates import format_rate
from simpul.traffic.logic.allocate import allocate
from simpul.traffic.logic.plan import DIRECTIONS, Direction, Node, Plan

FLOOR_BPS = 256_000


def refusals(plan: Plan, floor_bps: int = FLOOR_BPS) -> list[str]:
    """One line per reason: who, what is wrong, what to change. Empty if the plan may go out."""
    return [*_promises(plan), *_floors(plan, floor_bps)]


def _promises(plan: Plan) -> Iterator[str]:
    """Guarantees below an uplink, or below a node with a ceiling, that are more than there is."""
    children: dict[str, list[Node]] = {}
    for node in plan.nodes:
        children.setdefault(node.parent, []).append(node)
    for direction in DIRECTIONS:
        promised = _effective(plan, children, direction)
        for uplink in plan.uplinks:
            most, given = uplink.rates.of(direction), promised[uplink.name]
            if given > most:
                yield _too_much(uplink.name, direction, given, most, "raise the uplink's rate")
        for node in plan.nodes:
            if node.ceiling is not None and promised[node.name] > node.ceiling.of(direction):
                most = node.ceiling.of(direction)
                yield _too_much(node.name, direction, promised[node.name], most, "raise the ceiling")


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


def _too_much(name: str, direction: Direction, given: int, most: int, remedy: str) -> str:
    return (
        f'"{name}": {format_rate(given)} {direction} is guaranteed where there is {format_rate(most)}. '
        f"Lower guarantees by {format_rate(given - most)} in all, or {remedy}"
    )


def _floors(plan: Plan, floor_bps: int) -> Iterator[str]:
    """Ceilings and shares with which nobody can work. The share is what a leaf gets when all want all."""
    found = allocate(plan)
    leaves = {node.name for node in plan.leaves()}
    for node in plan.nodes:
        for direction in DIRECTIONS:
            share = found.of(direction)[node.name]
            if node.ceiling is not None and node.ceiling.of(direction) < floor_bps:
                yield (
                    f'"{node.name}": its ceiling of {format_rate(node.ceiling.of(direction))} {direction} is below the '
                    f"floor of {format_rate(floor_bps)}. Raise the ceiling"
                )
            elif node.name in leaves and share < floor_bps:
                yield (
                    f'"{node.name}": gets {format_rate(share)} {direction} when all use all they can; the floor is '
                    f"{format_rate(floor_bps)}. Give it a guarantee or more weight"
                )
