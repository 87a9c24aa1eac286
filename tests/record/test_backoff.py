"""Waits double, up to a limit."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from simpul.record.logic.backoff import wait_after


def test_the_first_waits() -> None:
    waits = [wait_after(attempts, 1, 300).total_seconds() for attempts in range(1, 11)]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]


@given(st.integers(0, 10**9), st.floats(0.001, 100), st.floats(100, 10**6))
def test_no_wait_is_longer_than_the_limit_or_shorter_than_the_one_before(
    attempts: int, first: float, longest: float
) -> None:
    wait = wait_after(attempts, first, longest)
    assert timedelta() < wait <= timedelta(seconds=longest)
    assert wait <= wait_after(attempts + 1, first, longest)
