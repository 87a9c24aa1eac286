"""When an uplink dies, all below it is served by another one."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from simpul.traffic.logic.placement import placed
from simpul.traffic.logic.plan import Node, Plan, Rates, Uplink
from traffic.trees import Case, cases

UPLINKS = tuple(Uplink(name, f"wan{name}", Rates(100, 100)) for name in "ABC")
PLAN = Plan(UPLINKS, (), (Node("OPD", "A", uplinks=("A", "C")), Node("DINKES", "OPD"), Node("KEC", "B")))
ALIVE = st.frozensets(st.sampled_from("ABC"))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A tree with preferences."""
    case: Case = draw(cases())
    names = [uplink.name for uplink in case.plan.uplinks]
    preferred = st.lists(st.sampled_from(names), unique=True).map(tuple)
    return replace(case.plan, nodes=tuple(replace(node, uplinks=draw(preferred)) for node in case.plan.nodes))


@given(plans(), ALIVE)
def test_nobody_vanishes_and_nothing_but_the_place_changes(plan: Plan, alive: frozenset[str]) -> None:
    moved = placed(plan, alive)
    assert [replace(node, parent="") for node in moved.nodes] == [replace(node, parent="") for node in plan.nodes]
    assert replace(moved, nodes=()) == replace(plan, nodes=())


@given(plans(), ALIVE)
def test_nobody_hangs_on_a_dead_uplink_while_one_lives(plan: Plan, alive: frozenset[str]) -> None:
    moved = placed(plan, alive)
    if alive & {uplink.name for uplink in plan.uplinks}:
        assert all(moved.uplink_of(node.name).name in alive for node in plan.nodes)
    else:
        assert moved == plan


@given(plans(), ALIVE)
def test_who_hangs_on_a_living_uplink_stays(plan: Plan, alive: frozenset[str]) -> None:
    moved = placed(plan, alive)
    for node in plan.nodes:
        if plan.uplink_of(node.name).name in alive:
            assert moved.node(node.name) == node


@given(plans(), ALIVE)
def test_a_group_moves_with_all_that_is_below_it(plan: Plan, alive: frozenset[str]) -> None:
    moved = placed(plan, alive)
    for node in plan.nodes:
        assert moved.path(node.name)[0].name == plan.path(node.name)[0].name
        assert [above.name for above in moved.path(node.name)] == [above.name for above in plan.path(node.name)]


@given(plans(), ALIVE)
def test_placing_twice_is_placing_once(plan: Plan, alive: frozenset[str]) -> None:
    assert placed(placed(plan, alive), alive) == placed(plan, alive)


def test_the_first_living_uplink_of_the_nodes_own_list_is_taken() -> None:
    moved = placed(PLAN, frozenset("BC"))
    assert [moved.uplink_of(name).name for name in ("OPD", "DINKES", "KEC")] == ["C", "C", "B"]


def test_without_a_list_or_with_a_dead_one_the_first_living_uplink_of_the_plan_is_taken() -> None:
    assert placed(PLAN, frozenset("C")).uplink_of("KEC").name == "C"
    assert placed(PLAN, frozenset("AC")).uplink_of("KEC").name == "A"
    assert placed(PLAN, frozenset("B")).uplink_of("OPD").name == "B"
