"""The file of demands: `name: rate` for leaves of a plan, in YAML or JSON."""

from __future__ import annotations

import difflib
from typing import Any

from simpul.traffic.logic import fields
from simpul.traffic.logic.document import PlanError, read_document
from simpul.traffic.logic.plan import Plan, Rates

GREEDY = "greedy"


def read_demand(text: str, name: str, plan: Plan) -> dict[str, Rates | None]:
    """Demands by leaf; None for who takes all it can get. `name` is the file's, for errors. Raises PlanError."""
    data = read_document(text, name)
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise PlanError(f"{name}: {fields.shown(data)} is not a mapping. Write one line for each node, NAME: 10M")
    leaves = {node.name for node in plan.leaves()}
    return {leaf: _demand(value, leaf, name, leaves) for leaf, value in data.items()}


def _demand(value: Any, leaf: str, name: str, leaves: set[str]) -> Rates | None:
    if leaf not in leaves:
        near = difflib.get_close_matches(leaf[:60], sorted(leaves)[:2000], n=1)
        meant = f'; did you mean "{near[0]}"?' if near else ". Demand arises only where no nodes are below"
        raise PlanError(f"{name}: {fields.shown(leaf)} is no leaf of the plan{meant}")
    place = f"{name}, {fields.shown(leaf)}"
    if value in (None, GREEDY):
        return None
    if not isinstance(value, dict):
        return fields.rates(value, place)
    given = fields.mapping(value, place, (), ("down", "up"))
    return Rates(*(_one(given.get(way), f"{place}, {way}") for way in ("down", "up")))


def _one(value: Any, place: str) -> int:
    """A demand above every possible rate is the same as taking all."""
    return fields.FASTEST if value in (None, GREEDY) else fields.rate(value, place)
