"""Which classes a device has, and that their rates never promise more than there is."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simpul.traffic.agent.regulation import Numbers, Reading, Regulation
from simpul.traffic.agent.steering import script
from simpul.traffic.logic.panic import Panic, alike
from simpul.traffic.logic.plan import DIRECTIONS
from simpul.traffic.logic.seats import all_keys, places, seated
from traffic.agent.offices import MBIT, plan

BOTH = frozenset("AB")


def regulation(panic: Panic = Panic.NORMAL, alive: frozenset[str] = BOTH, **more: object) -> Regulation:
    """The offices' plan in fresh seats."""
    made = plan(**more)  # type: ignore[arg-type]
    keys = Regulation.keys(made, alive)
    return Regulation(made, alive, panic, Numbers(seated({}, keys), {"A": 1, "B": 2}))


RATE = st.floats(0, 60 * MBIT)


@given(st.lists(st.tuples(RATE, st.integers(0, 1)), min_size=40, max_size=40), st.sampled_from(Panic))
def test_rates_below_a_class_never_add_up_to_more_than_its_own(readings: list[tuple[float, int]], panic: Panic) -> None:
    made = regulation(panic, guarantee=5 * MBIT)
    minors = range(0x10, 0x10 + len(readings))
    reading = Reading(
        {minor: rate for minor, (rate, _) in zip(minors, readings, strict=True)},
        {minor: waiting for minor, (_, waiting) in zip(minors, readings, strict=True)},
    )
    for direction in DIRECTIONS:
        for device, rates in made.settle(direction, reading, {}).items():
            shape = made.shapes[device][1]
            values = rates.astype(np.float64)
            inner = np.array([not slot.is_leaf for slot in shape.slots])
            assert (shape.sums(values)[inner] <= values[inner] + 8 * len(rates)).all()
            for slot, rate in zip(shape.slots, rates, strict=True):
                assert 8 <= rate <= slot.ceil


def test_a_ceiling_holds_for_all_below_it() -> None:
    made = regulation(ceiling=3 * MBIT)
    shape = made.shapes["lan"][1]
    found = {slot.key: slot.ceil for slot in shape.slots}
    assert found["A/G/S1"] == 3 * MBIT
    assert found["A/G/S2"] == found["A/G/"] == found["A/"] == 40 * MBIT
    assert found["B/LONE"] == 40 * MBIT
    assert {slot.ceil for slot in made.shapes["wan1"][1].slots if slot.key.startswith("B/L")} == {20 * MBIT}


def test_every_class_comes_after_the_one_above_it() -> None:
    for _, shape in regulation().shapes.values():
        assert all(above < at for at, above in enumerate(shape.above))


def test_what_waits_is_bounded_by_the_rate_and_the_ceiling() -> None:
    slot = next(slot for slot in regulation().shapes["lan"][1].slots if slot.key == "A/G/S1")
    assert slot.limit(0) == slot.limit(int(slot.waits * 8 / 0.2)) == slot.waits
    assert slot.limit(40 * MBIT) == 40 * MBIT * 30 // 8000
    assert slot.waits >= 15_140


def test_a_seat_is_kept_and_a_moved_node_gets_another() -> None:
    before = seated({}, all_keys(plan()))
    after = seated(before, all_keys(plan(parent="B")))
    assert {key: after[key] for key in before} == before
    assert after["B/S1"] not in before.values()
    assert len(set(after.values())) == len(after)


def test_a_number_that_the_kernel_uses_is_not_given() -> None:
    assert set(seated({}, ["A/", "A/x"], in_use={0x10, 0x12}).values()) == {0x11, 0x13}


def test_a_node_that_gets_children_takes_another_seat() -> None:
    keys = {place.node.name: place.key for place in places(plan(1))}
    assert (keys["G"], keys["S1"]) == ("A/G/", "A/G/S1")


def test_in_an_emergency_every_leaf_is_worth_the_same() -> None:
    made = alike(plan(guarantee=5 * MBIT, ceiling=6 * MBIT))
    assert {node.name: node.weight for node in made.nodes if node.name in ("G", "S1", "S4")} == {
        "G": 4.0,
        "S1": 1.0,
        "S4": 1.0,
    }
    assert all(node.ceiling is None and node.guarantee.down == 0 for node in made.nodes)


def test_sites_of_a_dead_uplink_are_steered_to_the_living_one() -> None:
    said = script(regulation(alive=frozenset("B")).steering(frozenset()))
    homes = said.split("map home_ip {")[1].split("\n}")[0]
    assert "0x53500002" in homes
    assert "0x53500001" not in homes
    assert "ct mark { 0x53500002 } meta mark set ct mark accept" in said


def test_without_shaping_the_maps_are_empty_and_what_is_protected_still_passes() -> None:
    said = script(regulation(Panic.OFF).steering(frozenset()))
    assert "elements" not in said.split("map seats1_ip {")[1].split("\n}")[0]
    assert said.count("@protected_ip meta priority set") == 8
