"""A plan that promises too much, or starves somebody, is refused with the reason."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from simpul.traffic.logic.admission import refusals
from simpul.traffic.logic.allocate import allocate
from simpul.traffic.logic.plan import Node, Plan, Rates, Uplink
from traffic.trees import Case, cases


def plan(*nodes: Node) -> Plan:
    """Below one uplink of 100 Mbps down, 50 Mbps up."""
    return Plan((Uplink("A", "wan0", Rates(100_000_000, 50_000_000)),), ("lan0",), nodes)


def both(rate: int) -> Rates:
    """The same in both directions."""
    return Rates(rate, rate)


def test_a_plan_that_fits_is_not_refused() -> None:
    assert refusals(plan(Node("x", "A", both(20_000_000)), Node("y", "A", both(30_000_000)))) == []


def test_guarantees_above_the_uplink_are_refused_with_the_amount() -> None:
    (refused,) = refusals(plan(Node("x", "A", both(20_000_000)), Node("y", "A", both(40_000_000))))
    assert refused == (
        '"A": 60 Mbps up is guaranteed where there is 50 Mbps. '
        "Lower guarantees by 10 Mbps in all, or raise the uplink's rate"
    )


def test_guarantees_above_a_groups_ceiling_are_refused() -> None:
    group = Node("OPD", "A", ceiling=both(10_000_000))
    (refused,) = refusals(plan(group, Node("x", "OPD", Rates(11_000_000, 0))))
    assert refused == (
        '"OPD": 11 Mbps down is guaranteed where there is 10 Mbps. '
        "Lower guarantees by 1 Mbps in all, or raise the ceiling"
    )


def test_a_ceiling_below_the_floor_is_refused() -> None:
    (refused,) = refusals(plan(Node("x", "A", ceiling=Rates(255_000, 10**6))))
    assert refused == '"x": its ceiling of 255 kbps down is below the floor of 256 kbps. Raise the ceiling'


def test_a_leaf_that_starves_among_heavy_ones_is_refused() -> None:
    found = refusals(plan(Node("light", "A", weight=1), Node("heavy", "A", weight=999)))
    assert found == [
        f'"light": gets {share} {way} when all use all they can; the floor is 256 kbps. '
        "Give it a guarantee or more weight"
        for share, way in (("100 kbps", "down"), ("50 kbps", "up"))
    ]
    assert refusals(plan(Node("light", "A", both(256_000)), Node("heavy", "A", weight=999))) == []


@given(cases())
def test_in_a_plan_that_is_not_refused_all_guarantees_are_met_and_no_leaf_starves(case: Case) -> None:
    floor = 10
    if refusals(case.plan, floor):
        return
    found = allocate(case.plan)
    assert found.unsatisfied == []
    assert all(found.down[leaf.name] >= floor <= found.up[leaf.name] for leaf in case.plan.leaves())


@given(cases())
def test_a_plan_that_promises_nothing_and_limits_nothing_promises_not_too_much(case: Case) -> None:
    free = case.with_nodes(*(replace(n, guarantee=both(0), ceiling=None) for n in case.plan.nodes))
    assert refusals(free.plan, 0) == []


@given(cases())
def test_a_guarantee_that_is_not_met_is_always_a_reason(case: Case) -> None:
    if allocate(case.plan).unsatisfied:
        assert refusals(case.plan, 0) != []
