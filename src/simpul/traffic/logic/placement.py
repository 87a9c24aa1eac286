"""Who goes over which uplink when some of them are down."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace

from simpul.traffic.logic.plan import Node, Plan


def placed(plan: Plan, alive: AbstractSet[str]) -> Plan:
    """The plan with everything below dead uplinks moved to living ones; who stands below a living one stays.

    A node that stands directly below a dead uplink moves with all that is below it: to the first living uplink of its
    list `uplinks`, or else to the first living one of the plan. With no living uplink the plan stays as it is.
    """
    living = [uplink.name for uplink in plan.uplinks if uplink.name in alive]
    if not living or len(living) == len(plan.uplinks):
        return plan
    dead = {uplink.name for uplink in plan.uplinks} - set(living)
    return replace(plan, nodes=tuple(_moved(node, living) if node.parent in dead else node for node in plan.nodes))


def _moved(node: Node, living: list[str]) -> Node:
    wanted = [name for name in node.uplinks if name in living]
    return replace(node, parent=(wanted or living)[0])
