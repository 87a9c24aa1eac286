"""Trees of tens of thousands, the largest and smallest numbers that a plan may hold, and uplinks that carry nothing."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simpul.traffic.logic.allocate import Sharing, allocate
from simpul.traffic.logic.fields import FASTEST, HEAVIEST, LIGHTEST
from simpul.traffic.logic.plan import Node, Plan, Rates, Uplink
from traffic.trees import Case, cases

RATE = st.sampled_from([0, 1, 2, 999_999, FASTEST - 1, FASTEST]) | st.integers(0, FASTEST)
WEIGHT = st.sampled_from([LIGHTEST, 1.0, HEAVIEST]) | st.floats(LIGHTEST, HEAVIEST)


@st.composite
def flat(draw: st.DrawFn) -> Case:
    """Leaves of one uplink with numbers from the whole range."""
    capacity = max(draw(RATE), 1)
    nodes, demand = [], {}
    for number in range(draw(st.integers(1, 12))):
        guarantee, more = draw(RATE), draw(st.none() | RATE)
        ceiling = None if more is None else Rates(*[min(guarantee + more, FASTEST)] * 2)
        nodes.append(
            Node(f"N{number}", "A", Rates(guarantee, guarantee), ceiling, draw(WEIGHT), draw(st.integers(0, 2)))
        )
        wanted = draw(st.none() | RATE)
        demand[f"N{number}"] = None if wanted is None else Rates(wanted, wanted)
    return Case(Plan((Uplink("A", "wan0", Rates(capacity, capacity)),), (), tuple(nodes)), demand)


@given(flat())
def test_numbers_from_the_whole_range_give_shares_that_fit(case: Case) -> None:
    capacity = case.plan.uplinks[0].rates.down
    found = allocate(case.plan, case.demand).down
    wants = {}
    for node in case.plan.nodes:
        ceiling = capacity if node.ceiling is None else node.ceiling.down
        wanted = case.demand[node.name]
        wants[node.name] = ceiling if wanted is None else min(ceiling, wanted.down)
    assert sum(found.values()) <= capacity
    assert all(0 <= share <= wants[name] for name, share in found.items())
    # Nothing is left over but what rounding loses; beyond 2^50 doubles lose more than a bit.
    assert sum(found.values()) >= min(capacity, sum(wants.values())) * (1 - 1e-12) - len(found)


@given(cases(), st.sampled_from([0, 1, FASTEST]))
def test_an_uplink_that_carries_nothing_or_everything_is_divided_too(case: Case, rate: int) -> None:
    capacities = {uplink.name: Rates(rate, rate) for uplink in case.plan.uplinks}
    found = allocate(case.plan, case.demand, capacities)
    for uplink in case.plan.uplinks:
        assert sum(found.down[node.name] for node in case.plan.nodes if node.parent == uplink.name) <= rate


def county(sites: int) -> Plan:
    """Groups of very unlike sites below two uplinks."""
    chance = random.Random(7)
    uplinks = tuple(Uplink(name, f"wan{name}", Rates(sites * 10**6, sites * 10**6)) for name in "AB")
    nodes = [Node(f"G{n}", "AB"[n % 2], weight=chance.uniform(0.5, 8)) for n in range(20)]
    for number in range(sites):
        promised = chance.choice((0, 0, 200_000, 10**6))
        ceiling = promised + chance.choice((10**5, 10**6, 10**8))
        weight = 10 ** chance.uniform(-3, 3)
        nodes.append(Node(f"S{number}", f"G{number % 20}", Rates(promised, 0), Rates(ceiling, ceiling), weight))
    return Plan(uplinks, (), tuple(nodes))


def test_twenty_thousand_sites_stand_at_the_same_level_in_each_group() -> None:
    plan = county(20_000)
    shares = dict(zip(Sharing(plan).names, Sharing(plan).shares("down").tolist(), strict=True))
    for group in plan.nodes[:20]:
        sites = [node for node in plan.nodes if node.parent == group.name]
        got = np.array([shares[node.name] for node in sites], dtype=np.float64)
        promised = np.array([node.guarantee.down for node in sites])
        ceiling = np.array([(node.ceiling or Rates(0, 0)).down for node in sites])
        weight = np.array([node.weight for node in sites])
        open_ones = got < ceiling - 1
        assert shares[group.name] - len(sites) <= got.sum() <= shares[group.name]
        assert (got >= promised).all()
        # By how much water each has above its guarantee: rounding is at most one bit/s of each.
        low = (got - promised)[open_ones] / weight[open_ones]
        high = (got - promised + 1)[open_ones] / weight[open_ones]
        assert low.max() <= high.min() * (1 + 1e-9)
        assert ((got - promised)[~open_ones] / weight[~open_ones]).max() <= high.min() * (1 + 1e-9)


def test_the_order_of_twenty_thousand_sites_changes_no_bit() -> None:
    plan = county(20_000)
    mixed = list(plan.nodes)
    random.Random(3).shuffle(mixed)
    assert allocate(replace(plan, nodes=tuple(mixed))).down == allocate(plan).down
