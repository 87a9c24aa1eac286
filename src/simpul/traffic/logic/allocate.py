"""Exact shares of a plan: hierarchical weighted max-min, for each direction, in bit/s of layer 2.

A node's effective guarantee is its own or the sum of its children's, whichever is more, but at most its ceiling.
A leaf wants its demand, an inner node what its children want, both at most the ceiling. Shares are worked out from the
uplinks down (`share`) and rounded down at the end: children together never get more than their parent has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simpul.traffic.logic.plan import DIRECTIONS, Direction, Node, Plan, Rates
from simpul.traffic.logic.share import Numbers, Places, Siblings, divide

Demand = Mapping[str, Rates | None]
Capacities = Mapping[str, Rates]


@dataclass(frozen=True, slots=True)
class Allocation:
    """What every node gets. `unsatisfied` are nodes that want their guarantee and do not get it, down or up."""

    down: dict[str, int]
    up: dict[str, int]
    unsatisfied: list[str]

    def of(self, direction: Direction) -> dict[str, int]:
        """The shares of one direction."""
        return self.down if direction == "down" else self.up

    def to_data(self) -> dict[str, Any]:
        """As the command line prints it."""
        return {"down": self.down, "up": self.up, "unsatisfied": self.unsatisfied}


def allocate(plan: Plan, demand: Demand | None = None, capacities: Capacities | None = None) -> Allocation:
    """The shares of every node. Leaves without demand, or with None, take all they can get.

    `capacities` replaces the rates of uplinks that carry less, or more, at present.
    """
    sharing = Sharing(plan)
    shares: dict[Direction, dict[str, int]] = {}
    unmet = np.zeros(len(plan.nodes), dtype=bool)
    for direction in DIRECTIONS:
        wanted = sharing.demands(direction, demand or {})
        found = sharing.shares(direction, wanted, capacities)
        unmet |= found < np.floor(sharing.claims(direction, wanted, capacities))
        shares[direction] = dict(zip(sharing.names, found.tolist(), strict=True))
    unsatisfied = [name for name, short in zip(sharing.names, unmet.tolist(), strict=True) if short]
    return Allocation(shares["down"], shares["up"], unsatisfied)


@dataclass(frozen=True, slots=True)
class _Level:
    """Nodes of the same distance from their uplink: `nodes` of the arranged order, and who is above each parent."""

    nodes: slice
    above: Places
    siblings: Siblings


@dataclass(frozen=True, slots=True)
class _Claims:
    """What nodes may claim and want, uplinks first, in the arranged order."""

    guarantee: Numbers
    want: Numbers


class Sharing:
    """A plan made ready for being worked out many times. Arrays go in and come out in the order of `plan.nodes`."""

    def __init__(self, plan: Plan) -> None:
        self.names = [node.name for node in plan.nodes]
        self._uplinks = sorted(plan.uplinks, key=lambda uplink: uplink.name)
        nodes, parents, widths = _arranged(plan, [uplink.name for uplink in self._uplinks])
        place = {node.name: index for index, node in enumerate(nodes, start=len(self._uplinks))}
        # Where each node of the plan stands in the arranged order, in which all else here is kept.
        self._place: Places = np.array([place[name] for name in self.names], dtype=np.int64)
        self._levels = list(_levels(nodes, parents, widths, len(self._uplinks)))
        self._parents = parents
        self._inherits = np.array([node.ceiling is None for node in nodes], dtype=bool)
        self._own = {direction: _own(nodes, direction) for direction in DIRECTIONS}

    def demands(self, direction: Direction, demand: Demand) -> Numbers:
        """The array that `shares` takes, of demands by name; infinity for who takes all it can get."""
        wanted = (demand.get(name) for name in self.names)
        return np.array([np.inf if rates is None else rates.of(direction) for rates in wanted], dtype=np.float64)

    def shares(
        self, direction: Direction, demand: Numbers | None = None, capacities: Capacities | None = None
    ) -> NDArray[np.int64]:
        """What each node gets, in whole bit/s. The demand of a node that has others below it does not count."""
        capacity = self._capacity(direction, capacities)
        claims = self._claims(direction, demand, capacity)
        shares = np.empty_like(claims.want)
        shares[: len(capacity)] = capacity
        for level in self._levels:
            at = level.nodes
            shares[at] = divide(level.siblings, shares[level.above], claims.guarantee[at], claims.want[at])
        # A sum of doubles may miss a whole number by a hair; such a one is not rounded down by a whole bit.
        whole = np.floor(shares + np.maximum(1e-6, shares * 4e-15)).astype(np.int64)
        self._keep_sums(whole)
        return whole[self._place]

    def claims(
        self, direction: Direction, demand: Numbers | None = None, capacities: Capacities | None = None
    ) -> Numbers:
        """What of each node's effective guarantee is wanted."""
        claims = self._claims(direction, demand, self._capacity(direction, capacities))
        return np.minimum(claims.guarantee, claims.want)[self._place]

    def _capacity(self, direction: Direction, capacities: Capacities | None) -> Numbers:
        given = capacities or {}
        rates = (given.get(uplink.name, uplink.rates).of(direction) for uplink in self._uplinks)
        return np.array(list(rates), dtype=np.float64)

    def _claims(self, direction: Direction, demand: Numbers | None, capacity: Numbers) -> _Claims:
        guarantee, ceiling = (values.copy() for values in self._own[direction])
        want = np.full(len(guarantee) + len(capacity), np.inf)
        if demand is not None:
            want[self._place] = np.maximum(demand, 0.0)
        planned = [uplink.rates.of(direction) for uplink in self._uplinks]
        ceiling = np.concatenate([np.maximum(planned, capacity), ceiling])
        guarantee = np.concatenate([np.zeros_like(capacity), guarantee])
        inherits = self._inherits
        first = len(capacity)
        for level in self._levels:
            at = level.nodes
            own = slice(at.start - first, at.stop - first)
            ceiling[at] = np.where(inherits[own], ceiling[self._parents[own]], ceiling[at])
        for level in reversed(self._levels):
            at = level.nodes
            guarantee[at] = np.minimum(guarantee[at], ceiling[at])
            want[at] = np.minimum(want[at], ceiling[at])
            guarantee[level.above] = np.maximum(guarantee[level.above], level.siblings.sums(guarantee[at]))
            want[level.above] = level.siblings.sums(want[at])
        return _Claims(guarantee, want)

    def _keep_sums(self, whole: NDArray[np.int64]) -> None:
        """Take a bit from the largest child where rounding gave children more than the parent has."""
        for level in self._levels:
            over = level.siblings.sums(whole[level.nodes]) - whole[level.above]
            for number in np.flatnonzero(over > 0):
                mine = np.flatnonzero(level.siblings.parent == number) + level.nodes.start
                whole[mine[np.argmax(whole[mine])]] -= over[number]


def _arranged(plan: Plan, uplinks: Sequence[str]) -> tuple[list[Node], Places, list[int]]:
    """Nodes by level, then by parent, tier and name; the place of each one's parent (uplinks first); level widths.

    The order of the file has no say in it, so it has none in the result, to the last bit.
    """
    children: dict[str, list[Node]] = {}
    for node in plan.nodes:
        children.setdefault(node.parent, []).append(node)
    for siblings in children.values():
        siblings.sort(key=lambda node: (node.tier, node.name))
    nodes: list[Node] = []
    parents: list[int] = []
    widths: list[int] = []
    level: list[str] = list(uplinks)
    begins = 0
    while level:
        below = [(node, begins + number) for number, name in enumerate(level) for node in children.get(name, ())]
        begins += len(level)
        nodes += [node for node, _ in below]
        parents += [parent for _, parent in below]
        level = [node.name for node, _ in below]
        widths.append(len(level))
    return nodes, np.array(parents, dtype=np.int64), widths[:-1]


def _levels(nodes: Sequence[Node], parents: Places, widths: Sequence[int], first: int) -> Sequence[_Level]:
    weight = np.array([node.weight for node in nodes], dtype=np.float64)
    tier = np.array([node.tier for node in nodes], dtype=np.int64)
    found = []
    begins = 0
    for width in widths:
        own = slice(begins, begins + width)
        siblings = Siblings.of(parents[own], tier[own], weight[own])
        found.append(_Level(slice(first + own.start, first + own.stop), np.unique(parents[own]), siblings))
        begins += width
    return found


def _own(nodes: Sequence[Node], direction: Direction) -> tuple[Numbers, Numbers]:
    """Guarantees and ceilings as written."""
    guarantee = [node.guarantee.of(direction) for node in nodes]
    ceiling = [np.inf if node.ceiling is None else node.ceiling.of(direction) for node in nodes]
    return np.array(guarantee, dtype=np.float64), np.array(ceiling, dtype=np.float64)
