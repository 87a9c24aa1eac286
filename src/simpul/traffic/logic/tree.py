"""Whether the parts of a plan fit together: names, parents, uplinks, and traffic that belongs to one node only."""

from __future__ import annotations

import difflib

from simpul.traffic.logic.document import PlanError
from simpul.traffic.logic.plan import Match, Node, Plan, Uplink

# The kernel's HTB holds eight levels of classes; the uplink is the first.
MOST_LEVELS = 7
_MOST_COMPARED, _MOST_LISTED = 2000, 10


def check_tree(plan: Plan, name: str) -> None:
    """Raise PlanError for a name given twice, a parent or uplink that is not there, a cycle, or too many levels."""
    _check_names(plan, name)
    _check_devices(plan, name)
    uplinks = [uplink.name for uplink in plan.uplinks]
    known = {*uplinks, *(node.name for node in plan.nodes)}
    for index, node in enumerate(plan.nodes):
        place = f'{name}, nodes[{index}] "{node.name}"'
        if node.parent == node.name:
            raise PlanError(f"{place}, parent: is the node itself. Write the name of an uplink or of another node")
        if node.parent not in known:
            raise PlanError(
                f'{place}, parent: there is no uplink or node "{node.parent}"{_meant(node.parent, sorted(known))}'
            )
        for uplink in node.uplinks:
            if uplink not in uplinks:
                raise PlanError(f'{place}, uplinks: there is no uplink "{uplink}"{_meant(uplink, uplinks)}')
    _check_levels(plan, name)


def check_matches(plan: Plan, name: str) -> None:
    """Raise PlanError where traffic would belong to two nodes, or to a node that has others below it."""
    parents = {node.parent for node in plan.nodes}
    owner: dict[Match, str] = {Match(prefix=prefix): "protected" for prefix in plan.protected}
    for index, node in enumerate(plan.nodes):
        place = f'{name}, nodes[{index}] "{node.name}", match'
        if node.match and node.name in parents:
            raise PlanError(f"{place}: nodes stand below it. Give the match to one of these, or to a new node there")
        for match in node.match:
            if match in owner:
                written = ", ".join(f"{key} {value}" for key, value in match.to_data().items())
                raise PlanError(f"{place}: {written} belongs to {owner[match]} already. Remove it from one of the two")
            owner[match] = f'"{node.name}"'


def _check_names(plan: Plan, name: str) -> None:
    seen: dict[str, str] = {}
    kinds: tuple[tuple[str, tuple[Uplink | Node, ...]], ...] = (("uplinks", plan.uplinks), ("nodes", plan.nodes))
    for kind, named in kinds:
        for index, item in enumerate(named):
            place = f"{kind}[{index}]"
            if item.name in seen:
                raise PlanError(
                    f'{name}, {place} "{item.name}": {seen[item.name]} has the same name. '
                    "Rename one; uplinks and nodes share their names"
                )
            seen[item.name] = place


def _check_devices(plan: Plan, name: str) -> None:
    seen: dict[str, str] = dict.fromkeys(plan.lan, "lan")
    for index, uplink in enumerate(plan.uplinks):
        place = f'uplinks[{index}] "{uplink.name}"'
        if uplink.dev in seen:
            raise PlanError(f"{name}, {place}, dev: {uplink.dev} stands in {seen[uplink.dev]} as well. Change one")
        seen[uplink.dev] = place


def _check_levels(plan: Plan, name: str) -> None:
    """Every node reaches an uplink by at most seven steps. Linear: each node is passed once."""
    level = {uplink.name: 0 for uplink in plan.uplinks}
    for index, node in enumerate(plan.nodes):
        path: dict[str, None] = {}
        above = node.name
        while above not in level and above not in path:
            path[above] = None
            above = plan.node(above).parent
        place = f'{name}, nodes[{index}] "{node.name}", parent'
        if above not in level:
            raise PlanError(f'{place}: the way up comes back to "{above}". Give one of these an uplink as parent')
        if level[above] + len(path) > MOST_LEVELS:
            raise PlanError(f"{place}: stands more than {MOST_LEVELS} levels below its uplink. Flatten the tree")
        for step, below in enumerate(reversed(path), start=1):
            level[below] = level[above] + step


def _meant(written: str, known: list[str]) -> str:
    near = difflib.get_close_matches(written, known[:_MOST_COMPARED], n=1)
    if near:
        return f'; did you mean "{near[0]}"?'
    return (
        f". Known: {', '.join(known)}" if len(known) <= _MOST_LISTED else f". There are {len(known)} names; write one"
    )
