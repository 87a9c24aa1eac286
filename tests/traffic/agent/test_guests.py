"""Connections that have stayed at another uplink are a part of their site's share, not something on top of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.engines.netlink_tc import ClassState
from simpul.traffic.agent.leaving import bounded
from simpul.traffic.agent.regulation import Numbers, Reading, Regulation
from simpul.traffic.logic.panic import Panic
from simpul.traffic.logic.plan import DIRECTIONS
from simpul.traffic.logic.seats import seated
from traffic.agent.offices import MBIT, plan

BOTH = frozenset("AB")
RATE = st.floats(0, 60 * MBIT)


def after_a_return() -> tuple[Regulation, dict[str, int]]:
    """A was dead for a while, its sites were at B; both live now. The seats are those of both times."""
    made = plan()
    seats = seated({}, list(dict.fromkeys([*Regulation.keys(made, frozenset("B")), *Regulation.keys(made, BOTH)])))
    return Regulation(made, BOTH, Panic.NORMAL, Numbers(seats, {"A": 1, "B": 2})), seats


def share_of(made: Regulation, name: str) -> float:
    """At home, downwards."""
    return float(made.shares["down"][[node.name for node in made.plan.nodes].index(name)])


def greedy(seats: dict[str, int], *keys: str) -> Reading:
    """These leave nothing of what they get; nobody else sends."""
    return Reading({seats[key]: 1.0 for key in seats}, {seats[key]: 9000 for key in keys})


@given(
    rates=st.lists(RATE, min_size=5, max_size=5),
    waiting=st.lists(st.integers(0, 1), min_size=5, max_size=5),
    wish=RATE,
    site=st.integers(1, 4),
)
def test_a_site_gets_no_more_at_two_uplinks_than_it_could_at_one(
    rates: list[float], waiting: list[int], wish: float, site: int
) -> None:
    made, seats = after_a_return()
    alone, _ = after_a_return()
    homes = [seats[key] for key in ("A/G/S1", "A/G/S2", "A/G/S3", "A/G/S4", "B/LONE")]
    sent = dict(zip(homes, rates, strict=True))
    left = {minor: 9000 * each for minor, each in zip(homes, waiting, strict=True)}
    guest = seats[f"B/G/S{site}"]
    for direction in DIRECTIONS:
        made.settle(direction, Reading(sent, left), {"B": {guest: 1000 + wish}})
        alone.settle(direction, Reading(sent, left | {homes[site - 1]: 9000}), {})
        away = made.given[direction][guest]
        # Less than a millionth of a bit per second is rounding of floats (1000.6 was once 1000.6000000000001).
        assert 0 <= away <= 1000 + wish + 1e-6
        assert made.shares[direction][site] + away <= alone.shares[direction][site] + 2
        uplink = made.plan.uplink("A").rates.of(direction)
        assert made.shares[direction][1:5].sum() <= uplink
        assert made.shares[direction][5] + away <= uplink


def test_a_guest_takes_its_part_from_its_site_and_from_nobody_else() -> None:
    made, seats = after_a_return()
    all_busy = greedy(seats, "A/G/S1", "A/G/S2", "A/G/S3", "A/G/S4")
    made.settle("down", all_busy, {})
    before = {f"S{at}": share_of(made, f"S{at}") for at in range(1, 5)}
    guest = seats["B/G/S4"]
    made.settle("down", all_busy, {"B": {guest: 6 * MBIT}})
    assert made.given["down"] == {guest: pytest.approx(6 * MBIT)}
    assert share_of(made, "S4") == pytest.approx(before["S4"] - 6 * MBIT, abs=2)
    # What S4 leaves at home is shared by the others there.
    assert all(share_of(made, name) > before[name] for name in ("S1", "S2", "S3"))


def test_a_guest_that_wants_all_leaves_its_site_half() -> None:
    made, seats = after_a_return()
    all_busy = greedy(seats, "A/G/S1", "A/G/S2", "A/G/S3", "A/G/S4")
    made.settle("down", all_busy, {})
    before = share_of(made, "S1")
    guest = seats["B/G/S1"]
    made.settle("down", all_busy, {"B": {guest: 40 * MBIT}})
    assert made.given["down"][guest] == pytest.approx(before / 2, abs=2)
    assert share_of(made, "S1") == pytest.approx(before / 2, abs=2)


def test_a_guest_of_a_site_that_is_idle_at_home_may_have_its_share() -> None:
    made, seats = after_a_return()
    busy = greedy(seats, "A/G/S2", "A/G/S3", "A/G/S4")
    made.settle("down", greedy(seats, "A/G/S1", "A/G/S2", "A/G/S3", "A/G/S4"), {})
    fair = share_of(made, "S1")
    guest = seats["B/G/S1"]
    for _ in range(6):
        made.settle("down", busy, {"B": {guest: 40 * MBIT}})
    assert 0.9 * fair < made.given["down"][guest] <= fair


def test_a_guests_class_may_not_borrow_what_others_leave() -> None:
    state = ClassState(0x10020, 0x10001, 0, 1000, 40 * MBIT, 0, 0, 3, 3028, *[0] * 10)
    found = bounded(state, 5 * MBIT)
    assert (found.rate, found.ceil, found.handle, found.parent) == (5 * MBIT, 5 * MBIT, 0x10020, 0x10001)
