"""What is left of a plan when the network must simply work: everyone alike, or no sharing at all. Pure."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from simpul.traffic.logic.plan import Plan, Rates


class Panic(StrEnum):
    """`equal`: every leaf the same, no guarantees, no ceilings. `off`: only the uplinks' totals hold."""

    NORMAL = "normal"
    EQUAL = "equal"
    OFF = "off"


def alike(plan: Plan) -> Plan:
    """The plan with every leaf worth the same: a group weighs as much as the leaves below it."""
    weights = dict.fromkeys((node.name for node in plan.nodes), 0)
    for leaf in plan.leaves():
        for node in plan.path(leaf.name):
            weights[node.name] += 1
    nothing = Rates(0, 0)
    return replace(
        plan,
        nodes=tuple(
            replace(node, guarantee=nothing, ceiling=None, weight=float(weights[node.name]), tier=0)
            for node in plan.nodes
        ),
    )
