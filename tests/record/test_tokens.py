"""A token says what it was made to say, for its purpose, until its time; nothing else passes."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clocks import HeldClock
from simpul.record import service as record

CLAIMS = {"camera": 7, "name": "Simpang é", "wide": None}


def test_a_token_is_read_for_its_purpose_until_its_time() -> None:
    clock = HeldClock()
    token = record.issue_token("stream", CLAIMS, 60, clock)
    clock.move(59.9)
    assert record.read_token("stream", token, clock) == CLAIMS
    clock.move(0.2)
    with pytest.raises(record.TokenEnded):
        record.read_token("stream", token, clock)


def test_a_token_for_one_purpose_is_worth_nothing_for_another() -> None:
    token = record.issue_token("stream", CLAIMS, 60)
    with pytest.raises(record.BadToken):
        record.read_token("invitation", token)


def test_a_token_fits_into_a_url() -> None:
    token = record.issue_token("stream", {"text": "?&/ é" * 50}, 60)
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:")


@cache
def lasting() -> str:
    """One token for many examples."""
    return record.issue_token("stream", CLAIMS, 3600)


@given(st.data())
def test_any_changed_character_spoils_it(data: st.DataObject) -> None:
    token = lasting()
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda sign: sign != token[at]))
    with pytest.raises(record.BadToken):
        record.read_token("stream", token[:at] + other + token[at + 1 :])


@given(st.text())
def test_noise_is_refused_in_plain_words(noise: str) -> None:
    with pytest.raises(record.BadToken, match="Ask for a new one"):
        record.read_token("stream", noise)


@pytest.mark.parametrize("seconds", [0, -1, 7 * 24 * 3600 + 1])
def test_a_token_lives_a_week_at_most(seconds: float) -> None:
    with pytest.raises(ValueError, match="lives up to"):
        record.issue_token("stream", {}, seconds)


def test_a_token_needs_a_purpose() -> None:
    with pytest.raises(ValueError, match="purpose"):
        record.issue_token("", {}, 60)
