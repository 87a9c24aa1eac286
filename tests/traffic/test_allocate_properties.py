"""What holds for the shares of every tree: nobody gets too much, nothing is left over, nobody is favoured."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.traffic.logic.allocate import Allocation, Sharing, allocate
from simpul.traffic.logic.plan import DIRECTIONS, Direction, Node, Plan, Rates, Uplink
from traffic.trees import Case, Known, both_directions, cases, families

# Each share is rounded down by less than one bit/s; a hair is what double precision may add.
HAIR = 1e-3


def shares(case: Case, direction: Direction) -> dict[str, int]:
    """Shares of uplinks and nodes."""
    found = allocate(case.plan, case.demand).of(direction)
    return {**{uplink.name: uplink.rates.of(direction) for uplink in case.plan.uplinks}, **found}


def below(known: Known, found: dict[str, int], parent: str) -> int:
    """What the children have together."""
    return sum(found[node.name] for node in known.children(parent))


@given(cases())
def test_children_never_have_more_than_their_parent(case: Case) -> None:
    for known in both_directions(case):
        found = shares(case, known.direction)
        assert all(below(known, found, parent) <= found[parent] for parent in families(case))
        assert all(share >= 0 for share in found.values())


@given(cases())
def test_nobody_has_more_than_the_ceiling_or_the_demand(case: Case) -> None:
    for known in both_directions(case):
        found = shares(case, known.direction)
        for node in case.plan.nodes:
            assert found[node.name] <= min(known.ceiling(node.name), known.want(node.name))


@given(cases())
def test_guarantees_are_kept_where_they_fit(case: Case) -> None:
    for known in both_directions(case):
        found = shares(case, known.direction)
        for parent in families(case):
            claims = {n.name: min(known.guarantee(n.name), known.want(n.name)) for n in known.children(parent)}
            if sum(claims.values()) <= found[parent]:
                assert all(found[name] >= math.floor(claim) for name, claim in claims.items())


@given(cases())
def test_nothing_is_left_over_while_somebody_wants_more(case: Case) -> None:
    for known in both_directions(case):
        found = shares(case, known.direction)
        for parent in families(case):
            children = known.children(parent)
            wanted = min(found[parent], sum(known.want(node.name) for node in children))
            assert below(known, found, parent) > wanted - len(children) - HAIR


@given(cases())
def test_two_that_want_more_stand_equally_high_above_their_guarantees(case: Case) -> None:
    for known in both_directions(case):
        found = shares(case, known.direction)
        for parent in families(case):
            children = known.children(parent)
            base = {n.name: min(known.guarantee(n.name), known.want(n.name)) for n in children}
            if sum(base.values()) > found[parent]:
                continue
            height = {n.name: (found[n.name] - base[n.name]) / n.weight for n in children}
            for hungry in children:
                if found[hungry.name] < known.want(hungry.name) - 1:
                    for other in children:
                        # Who has more above the guarantee, by weight, than a hungry one is one by rounding only.
                        slack = 1 / hungry.weight + 1 / other.weight + HAIR
                        assert height[other.name] <= height[hungry.name] + slack


@given(cases(tiers=3))
def test_a_higher_tier_is_cut_before_a_lower_one_and_inside_a_tier_all_by_the_same_part(case: Case) -> None:
    for known in both_directions(case):
        found = shares(case, known.direction)
        for parent in families(case):
            children = known.children(parent)
            base = {n.name: min(known.guarantee(n.name), known.want(n.name)) for n in children}
            if sum(base.values()) <= found[parent] + 1:
                continue
            cut = [n for n in children if found[n.name] < math.floor(base[n.name])]
            for node, other in ((node, other) for node in cut for other in children):
                if other.tier > node.tier:
                    assert found[other.name] <= len(children)
                elif other.tier == node.tier:
                    parts = found[node.name] * base[other.name], found[other.name] * base[node.name]
                    assert parts[0] == pytest.approx(parts[1], abs=max(base[node.name], base[other.name]) * 1.001)


@given(cases(), st.randoms())
def test_the_order_of_the_file_changes_nothing(case: Case, chance: object) -> None:
    nodes, uplinks = list(case.plan.nodes), list(case.plan.uplinks)
    chance.shuffle(nodes)  # type: ignore[attr-defined]
    chance.shuffle(uplinks)  # type: ignore[attr-defined]
    other = allocate(replace(case.plan, nodes=tuple(nodes), uplinks=tuple(uplinks)), case.demand)
    found = allocate(case.plan, case.demand)
    assert (other.down, other.up, set(other.unsatisfied)) == (found.down, found.up, set(found.unsatisfied))


@given(cases(tiers=0), st.integers(1, 10**9), st.integers(1, 10**9))
def test_more_capacity_takes_nothing_from_anyone(case: Case, some: int, more: int) -> None:
    # Ceilings are given, so that none of them rises or falls with the uplink.
    fixed = case.with_nodes(*(replace(n, ceiling=n.ceiling or Rates(10**9, 10**9)) for n in case.plan.nodes))
    small, large = (allocate(fixed.with_capacity(rate).plan, case.demand) for rate in (some, some + more))
    for direction in DIRECTIONS:
        for name, share in small.of(direction).items():
            assert large.of(direction)[name] >= share - 1


@given(cases(), st.integers(2, 1000))
def test_everything_a_thousand_times_as_fast_gives_shares_a_thousand_times_as_large(case: Case, factor: int) -> None:
    def times(rates: Rates) -> Rates:
        return Rates(rates.down * factor, rates.up * factor)

    plan = replace(
        case.plan,
        uplinks=tuple(replace(uplink, rates=times(uplink.rates)) for uplink in case.plan.uplinks),
        nodes=tuple(
            replace(n, guarantee=times(n.guarantee), ceiling=None if n.ceiling is None else times(n.ceiling))
            for n in case.plan.nodes
        ),
    )
    demand = {name: None if rates is None else times(rates) for name, rates in case.demand.items()}
    scaled, found = allocate(plan, demand), allocate(case.plan, case.demand)
    for direction in DIRECTIONS:
        for name, share in found.of(direction).items():
            assert share * factor - 1 <= scaled.of(direction)[name] <= (share + 1) * factor + HAIR * factor


@given(cases(), st.data())
def test_a_leaf_in_two_halves_changes_nobody_else(case: Case, data: st.DataObject) -> None:
    leaf = data.draw(st.sampled_from(case.plan.leaves()))

    def doubled(rates: Rates | None) -> Rates | None:
        return None if rates is None else Rates(rates.down * 2, rates.up * 2)

    # The halves are the leaf as drawn, the whole is twice it, so that both are whole numbers.
    whole = replace(
        leaf,
        guarantee=doubled(leaf.guarantee) or leaf.guarantee,
        ceiling=doubled(leaf.ceiling),
        weight=leaf.weight * 2,
    )
    others = [node for node in case.plan.nodes if node is not leaf]
    wanted = case.demand.get(leaf.name)
    if leaf.ceiling is None:
        wanted = wanted or Rates(0, 0)  # halves that inherit the whole's ceiling could want twice as much
        inherited = min(Known(case, direction).ceiling(leaf.name) for direction in DIRECTIONS) // 2
        wanted = Rates(min(wanted.down, inherited), min(wanted.up, inherited))
        whole, leaf = (replace(node, guarantee=Rates(0, 0)) for node in (whole, leaf))
    one = allocate(case.with_nodes(*others, whole).plan, {**case.demand, leaf.name: doubled(wanted)})
    halves = [replace(leaf, name=f"{leaf.name}-{half}") for half in (1, 2)]
    two = allocate(case.with_nodes(*others, *halves).plan, {**case.demand, **{half.name: wanted for half in halves}})
    for direction in DIRECTIONS:
        for node in others:
            assert two.of(direction)[node.name] == pytest.approx(one.of(direction)[node.name], abs=1)


@given(cases())
def test_who_is_named_unsatisfied_lacks_what_was_guaranteed_and_wanted(case: Case) -> None:
    found = allocate(case.plan, case.demand)
    lacking = {
        node.name
        for known in both_directions(case)
        for node in case.plan.nodes
        if found.of(known.direction)[node.name] < min(known.guarantee(node.name), known.want(node.name))
    }
    assert set(found.unsatisfied) == lacking


@given(cases())
def test_the_array_form_gives_the_same_in_the_order_of_the_plan(case: Case) -> None:
    sharing = Sharing(case.plan)
    found = allocate(case.plan, case.demand)
    for direction in DIRECTIONS:
        array = sharing.shares(direction, sharing.demands(direction, case.demand))
        assert array.tolist() == [found.of(direction)[node.name] for node in case.plan.nodes]


def leaves(**weights: float) -> Plan:
    """Leaves below one uplink of 100 bit/s."""
    nodes = tuple(Node(name, "A", weight=weight) for name, weight in weights.items())
    return Plan((Uplink("A", "wan0", Rates(100, 100)),), (), nodes)


def test_weights_divide_what_is_there() -> None:
    assert allocate(leaves(x=1, y=4)).down == {"x": 20, "y": 80}


def test_what_one_does_not_want_the_others_have() -> None:
    assert allocate(leaves(x=1, y=4), {"y": Rates(10, 0)}).down == {"x": 90, "y": 10}


def test_an_uplink_that_carries_less_at_present_is_divided_as_it_is() -> None:
    found = allocate(leaves(x=1, y=4), capacities={"A": Rates(50, 200)})
    assert (found.down, found.up) == ({"x": 10, "y": 40}, {"x": 40, "y": 160})


def test_a_plan_without_nodes_has_no_shares() -> None:
    assert allocate(leaves()) == Allocation({}, {}, [])


def test_a_third_three_times_is_not_more_than_the_whole() -> None:
    assert allocate(leaves(x=1, y=1, z=1)).down == {"x": 33, "y": 33, "z": 33}


def test_weights_of_a_million_and_of_a_millionth_live_together() -> None:
    plan = leaves(heavy=1e6, light=1e-6, middle=1)
    assert allocate(plan, {"heavy": Rates(60, 60)}).down == {"heavy": 60, "light": 0, "middle": 39}
