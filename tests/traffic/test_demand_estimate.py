"""What a leaf wants, judged from what it uses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simpul.traffic.logic.demand import estimate

RATE = st.integers(0, 10**11)


@given(RATE, RATE, st.integers(1, 10**9))
def test_who_has_packets_waiting_takes_all_it_can_get(rate: int, share: int, backlog: int) -> None:
    assert estimate(rate, share, backlog) is None


@given(RATE, RATE)
def test_who_uses_nine_tenths_of_the_share_takes_all_it_can_get(rate: int, share: int) -> None:
    assert (estimate(rate, share, 0) is None) == (rate >= 0.9 * share)


@given(RATE, RATE)
def test_who_is_not_held_back_keeps_room_to_grow(rate: int, share: int) -> None:
    wanted = estimate(rate, share, 0)
    assert wanted is None or wanted >= rate * 1.25 + 199_999


@given(RATE, RATE, RATE)
def test_who_uses_more_never_wants_less(some: int, more: int, share: int) -> None:
    low, high = (estimate(rate, share, 0) for rate in sorted((some, more)))
    assert high is None or (low is not None and low <= high)


@given(RATE)
def test_who_has_no_share_may_ask_for_one(rate: int) -> None:
    assert estimate(rate, 0, 0) is None


def test_an_idle_leaf_keeps_a_little() -> None:
    assert estimate(0, 10**7, 0) == 200_000
