"""What a plan would change: every line that differs, and what every site gets before and after.

A predicted rate is what a site gets while everybody asks for all they can get: the worst hour, not a usual one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from simpul.traffic.logic.allocate import allocate
from simpul.traffic.logic.plan import Plan, Rates

GROUP, SITE, UPLINK = "group", "site", "uplink"
ADDED, REMOVED, CHANGED, SAME = "added", "removed", "changed", "same"


@dataclass(frozen=True, slots=True)
class Line:
    """One uplink, group or site: how it differs, and its predicted rate before and after (None: it is not there).

    `before` and `after` hold the columns that differ, as plain values; all of them where it is added or removed.
    """

    kind: str
    name: str
    how: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    rate_before: Rates | None
    rate_after: Rates | None

    @property
    def moves(self) -> bool:
        """Whether its predicted rate is another."""
        return self.rate_before != self.rate_after

    def to_data(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Difference:
    """Every line of both plans; `lan` and `protected` as they were and will be where they differ."""

    lines: tuple[Line, ...]
    around: Mapping[str, tuple[list[str], list[str]]]

    @property
    def is_empty(self) -> bool:
        """Whether both plans say the same."""
        return not self.around and all(line.how == SAME for line in self.lines)

    def count(self, how: str) -> int:
        """How many lines differ that way."""
        return sum(line.how == how for line in self.lines)

    def to_data(self) -> dict[str, Any]:
        """As JSON has it: lines that differ or whose rate moves. The rates of all stand in `predicted`."""
        return {
            "lines": [line.to_data() for line in self.lines if line.how != SAME or line.moves],
            "around": {name: {"before": old, "after": new} for name, (old, new) in self.around.items()},
        }


def predicted(plan: Plan) -> dict[str, Rates]:
    """The rate of every group and site while all ask for all they can get."""
    shares = allocate(plan)
    return {node.name: Rates(shares.down[node.name], shares.up[node.name]) for node in plan.nodes}


def difference(before: Plan | None, after: Plan) -> Difference:
    """Compare the plan in force (None: there is none) with another one."""
    old, new = _described(before) if before else {}, _described(after)
    were, will = predicted(before) if before else {}, predicted(after)
    lines = []
    for kind, name in {**new, **old}:
        was, now = old.get((kind, name)), new.get((kind, name))
        how = ADDED if was is None else REMOVED if now is None else SAME if was == now else CHANGED
        lines.append(
            Line(kind, name, how, _apart(was, now), _apart(now, was), were.get(name), will.get(name))
            if kind != UPLINK
            else Line(kind, name, how, _apart(was, now), _apart(now, was), _rates(was), _rates(now))
        )
    return Difference(tuple(lines), _around(before, after))


def _described(plan: Plan) -> dict[tuple[str, str], dict[str, Any]]:
    """Every uplink and node as plain columns, by kind and name. The order of its address blocks means nothing."""
    leaves = {leaf.name for leaf in plan.leaves()}
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for data in plan.to_data()["uplinks"]:
        lines[UPLINK, data["name"]] = {name: value for name, value in data.items() if name != "name"}
    for data in plan.to_data()["nodes"]:
        columns = {name: value for name, value in data.items() if name not in ("name", "match")}
        matches = [str(value) for match in data.get("match", []) for value in match.values()]
        lines[SITE if data["name"] in leaves else GROUP, data["name"]] = columns | {"match": sorted(matches)}
    return lines


def _apart(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> dict[str, Any]:
    """The columns of `one` in which `other` differs."""
    if one is None:
        return {}
    return {name: value for name, value in one.items() if other is None or other.get(name) != value} | {
        name: None for name in (other or {}) if name not in one
    }


def _rates(columns: Mapping[str, Any] | None) -> Rates | None:
    return Rates(columns["down"], columns["up"]) if columns else None


def _around(before: Plan | None, after: Plan) -> dict[str, tuple[list[str], list[str]]]:
    old = {"lan": list(before.lan), "protected": sorted(map(str, before.protected))} if before else {}
    new = {"lan": list(after.lan), "protected": sorted(map(str, after.protected))}
    return {name: (old.get(name, []), value) for name, value in new.items() if old.get(name, []) != value}
