"""Random trees of sharers, and what is known of a tree without working out its shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf

from hypothesis import strategies as st

from simpul.traffic.logic.plan import DIRECTIONS, Direction, Node, Plan, Rates, Uplink

Demand = Mapping[str, Rates | None]
RATE = st.integers(0, 200) | st.integers(0, 10**9)
WEIGHT = st.integers(1, 5).map(float) | st.floats(0.1, 50)


@dataclass(frozen=True)
class Case:
    """A plan with demands."""

    plan: Plan
    demand: Demand

    def with_nodes(self, *nodes: Node) -> Case:
        """The same with other nodes."""
        return Case(replace(self.plan, nodes=tuple(nodes)), self.demand)

    def with_capacity(self, capacity: int) -> Case:
        """The same with other uplinks' rates."""
        uplinks = tuple(replace(uplink, rates=Rates(capacity, capacity)) for uplink in self.plan.uplinks)
        return Case(replace(self.plan, uplinks=uplinks), self.demand)


NOTHING = Rates(0, 0)


def rates(low: Rates = NOTHING) -> st.SearchStrategy[Rates]:
    """Two rates, each at least as in `low`."""
    return st.builds(lambda down, up: Rates(low.down + down, low.up + up), RATE, RATE)


@st.composite
def cases(draw: st.DrawFn, most: int = 10, tiers: int = 2) -> Case:
    """One or two uplinks and up to `most` nodes below them, four levels at the deepest; some leaves have a demand."""
    uplinks = [
        Uplink(name, f"wan{name}", draw(rates(Rates(8, 8)))) for name in draw(st.sampled_from([("A",), ("A", "B")]))
    ]
    level = {uplink.name: 0 for uplink in uplinks}
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, most))):
        parent = draw(st.sampled_from([name for name, depth in level.items() if depth < 4]))
        guarantee = draw(st.just(NOTHING) | rates())
        nodes.append(
            Node(
                f"N{number}",
                parent,
                guarantee,
                draw(st.none() | rates(guarantee)),
                draw(WEIGHT),
                draw(st.integers(0, tiers)),
            )
        )
        level[f"N{number}"] = level[parent] + 1
    plan = Plan(tuple(uplinks), ("lan0",), tuple(nodes))
    return Case(plan, {leaf.name: draw(st.none() | rates()) for leaf in plan.leaves() if draw(st.booleans())})


@dataclass(frozen=True)
class Known:
    """Of each node in one direction: the effective guarantee, the ceiling and the want, by recursion over names."""

    case: Case
    direction: Direction

    def children(self, name: str) -> list[Node]:
        """Directly below an uplink or node."""
        return [node for node in self.case.plan.nodes if node.parent == name]

    def ceiling(self, name: str) -> int:
        """The own one, or the parent's; an uplink's is its rate."""
        plan = self.case.plan
        for uplink in plan.uplinks:
            if uplink.name == name:
                return uplink.rates.of(self.direction)
        node = plan.node(name)
        return self.ceiling(node.parent) if node.ceiling is None else node.ceiling.of(self.direction)

    def guarantee(self, name: str) -> int:
        """Effective: own or the children's together, at most the ceiling."""
        below = sum(self.guarantee(child.name) for child in self.children(name))
        return min(max(self.case.plan.node(name).guarantee.of(self.direction), below), self.ceiling(name))

    def want(self, name: str) -> float:
        """A leaf's demand or the children's together, at most the ceiling; infinite without demand."""
        children = self.children(name)
        if children:
            return min(sum(self.want(child.name) for child in children), self.ceiling(name))
        demand = self.case.demand.get(name)
        return min(inf if demand is None else demand.of(self.direction), self.ceiling(name))


def both_directions(case: Case) -> list[Known]:
    """What is known of each direction."""
    return [Known(case, direction) for direction in DIRECTIONS]


def families(case: Case) -> list[str]:
    """Every name that has nodes below it."""
    return sorted({node.parent for node in case.plan.nodes})
