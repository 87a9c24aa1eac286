"""Who could not work when one way out is lost is told before anybody orders the plan."""

from __future__ import annotations

from simpul.traffic.logic.losses import losses
from simpul.traffic.logic.plan import Node, Plan, Rates, Uplink

MBIT = 1_000_000


def both(rate: int) -> Rates:
    return Rates(rate, rate)


def plan(*nodes: Node, uplinks: str = "AB") -> Plan:
    """Ways out of 10 Mbit/s each."""
    return Plan(tuple(Uplink(name, f"wan{name}", both(10 * MBIT)) for name in uplinks), (), nodes)


def test_a_plan_that_fits_one_way_out_warns_of_nothing() -> None:
    assert losses(plan(Node("S1", "A", both(4 * MBIT)), Node("S2", "B", both(4 * MBIT)))) == []


def test_who_gets_nothing_and_who_less_than_the_floor_is_named_for_each_way_out() -> None:
    found = losses(plan(Node("HEAVY", "A", both(10 * MBIT), weight=99), Node("S2", "B", tier=1), Node("S1", "B")))
    assert [loss.uplink for loss in found] == ["A", "B"]
    assert all("S2" in loss.nothing for loss in found)
    low = losses(plan(Node("HEAVY", "A", both(9_900_000)), Node("LIGHT", "B", weight=0.01)))
    assert [(loss.nothing, loss.low) for loss in low] == [((), ("LIGHT",))] * 2
    assert str(low[0]).startswith("if A is lost: 1 site gets less than 256 kbps (LIGHT) while all use all they can.")


def test_the_only_way_out_is_not_warned_of() -> None:
    assert losses(plan(Node("S1", "A", both(4 * MBIT)), uplinks="A")) == []


def test_a_long_list_of_names_is_cut_in_words_and_whole_in_data() -> None:
    sites = [Node(f"S{number:02}", "B", tier=1) for number in range(15)]
    (loss, _) = losses(plan(Node("HEAVY", "A", both(10 * MBIT)), *sites))
    assert "15 sites get nothing (S00, S01," in str(loss)
    assert "and 3 more)" in str(loss)
    assert loss.to_data()["nothing"] == [node.name for node in sites]
