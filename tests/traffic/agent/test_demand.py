"""Counters become rates, and rates become what a leaf wants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.traffic.logic.demand import MEMORY, Appetite
from simpul.traffic.logic.metering import Meter

FAIR = np.array([1e6, 2e6, 10e6])


def test_a_rate_is_what_was_sent_between_two_looks() -> None:
    meter = Meter()
    meter.look({1: 1000}, 10.0)
    assert meter.rates == {}
    meter.look({1: 2000, 2: 500}, 10.5)
    assert meter.rates == {1: 16_000.0, 2: 8_000.0}


def test_a_class_that_was_made_anew_counts_from_zero() -> None:
    meter = Meter()
    meter.look({1: 5000}, 0.0)
    meter.look({1: 100}, 1.0)
    assert meter.rates == {1: 800.0}


def test_two_looks_at_the_same_moment_change_nothing() -> None:
    meter = Meter()
    for at in (0.0, 1.0, 1.0):
        meter.look({1: int(1000 * at)}, at)
    assert meter.rates == {1: 8000.0}


def test_an_idle_leaf_keeps_a_floor_and_a_held_back_one_wants_all() -> None:
    appetite = Appetite(FAIR)
    nothing = np.zeros(3)
    want = appetite.after(np.array([0.0, 1e6, 9.5e6]), np.array([1e6, 2e6, 10e6]), nothing)
    assert want[0] == 64_000
    assert want[1] == pytest.approx(1.25e6 + 64_000)
    assert want[2] == np.inf
    assert appetite.floor.sum() <= 0.1 * FAIR.sum()


def test_packets_that_wait_mean_that_more_is_wanted() -> None:
    want = Appetite(FAIR).after(np.zeros(3), FAIR, np.array([0.0, 1500.0, 0.0]))
    assert np.isinf(want).tolist() == [False, True, False]


def test_a_greedy_leaf_that_pauses_for_a_moment_stays_greedy() -> None:
    appetite = Appetite(FAIR)
    idle = np.zeros(3)
    appetite.after(FAIR, FAIR, idle)
    for _ in range(MEMORY - 1):
        assert np.isinf(appetite.after(idle, FAIR, idle)).all()
    assert not np.isinf(appetite.after(idle, FAIR, idle)).any()


def test_what_was_known_of_a_node_goes_with_it_and_a_new_one_is_greedy() -> None:
    before, after = Appetite(FAIR), Appetite(FAIR)
    before.after(np.zeros(3), FAIR, np.array([0.0, 1.0, 0.0]))
    after.inherit(before, np.array([1, 0, -1]))
    want = after.after(np.zeros(3), FAIR, np.zeros(3))
    assert np.isinf(want).tolist() == [True, False, True]


RATE = st.floats(0, 1e11)


@given(RATE, RATE, RATE)
def test_who_uses_more_never_wants_less(some: float, more: float, share: float) -> None:
    used = np.array(sorted((some, more)))
    low, high = Appetite(np.array([1e6, 1e6])).after(used, np.full(2, share), np.zeros(2))
    assert low <= high
    assert low >= 1.25 * used[0]
