"""How much the invented people want, compared with what was bought."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.lab.people.habits import OF_ITS_LINE, OVERBOOKED, REFERENCE, UP_PART, Habits, Place, appetites
from simpul.lab.people.profile import Hours, Kind, activity

BOUGHT = 100_000_000.0
KINDS = [Kind.OFFICE] * 23 + [Kind.DISTRICT] * 7 + [Kind.PUBLIC] * 8
REGENCY = [Place(f"S{n:02}", kind, Hours(), 4 if kind is Kind.PUBLIC else 1) for n, kind in enumerate(KINDS)]


def wanted(places: list[Place], sizes: dict[str, float], when: datetime) -> float:
    """What all places with internet want together."""
    return sum(sizes[p.code] * activity(p.kind, when, p.hours) for p in places if p.internet)


def test_at_ten_the_people_want_a_little_more_than_was_bought() -> None:
    total = wanted(REGENCY, appetites(REGENCY, BOUGHT), REFERENCE)
    assert total == pytest.approx(OVERBOOKED * BOUGHT)


def test_at_night_they_want_a_tenth_to_a_quarter() -> None:
    sizes = appetites(REGENCY, BOUGHT)
    for hour in range(5):
        assert 0.10 * BOUGHT < wanted(REGENCY, sizes, REFERENCE.replace(hour=hour)) < 0.25 * BOUGHT


@given(st.dictionaries(st.sampled_from(range(len(REGENCY))), st.integers(100_000, 20_000_000)), st.integers(0, 9))
def test_no_place_wants_more_than_its_line_carries_and_none_less_for_another(lines: dict[int, int], seed: int) -> None:
    narrow = [Place(p.code, p.kind, p.hours, p.clients, lines.get(number, 0)) for number, p in enumerate(REGENCY)]
    free, sizes = appetites(REGENCY, BOUGHT, seed), appetites(narrow, BOUGHT, seed)
    for place in narrow:
        limit = place.line_bps * OF_ITS_LINE or inf
        assert sizes[place.code] <= limit * (1 + 1e-9)
        assert sizes[place.code] >= min(free[place.code], limit) * (1 - 1e-9)
    total = wanted(narrow, sizes, REFERENCE)
    assert total == pytest.approx(OVERBOOKED * BOUGHT) or all(p.line_bps for p in narrow)


def test_places_differ_but_are_the_same_every_day() -> None:
    assert appetites(REGENCY, BOUGHT) == appetites(REGENCY, BOUGHT)
    assert len(set(appetites(REGENCY, BOUGHT).values())) == len(REGENCY)


def test_a_place_without_internet_wants_like_others_and_counts_for_nothing() -> None:
    offline = Place("S90", Kind.OFFICE, Hours(), internet=False)
    sizes = appetites([*REGENCY, offline], BOUGHT)
    assert wanted(REGENCY, sizes, REFERENCE) == pytest.approx(OVERBOOKED * BOUGHT)
    assert sizes["S90"] > 0


@pytest.mark.parametrize("hour", [3, 10])
def test_what_is_fetched_over_hours_is_what_was_wanted(hour: int) -> None:
    habits = Habits(REGENCY[0], appetite_bps=2_700_000)
    when, fetched, sent, passed = REFERENCE.replace(hour=hour), 0, 0, 0.0
    for _ in range(20_000):
        passed += habits.pause(when)
        fetched += habits.download_bytes()
        sent += habits.upload_bytes()
    assert fetched * 8 / passed == pytest.approx(habits.rate_bps(when), rel=0.06)
    assert sent / fetched == pytest.approx(UP_PART, rel=0.1)


def test_a_place_is_seen_to_live_at_night() -> None:
    habits = Habits(REGENCY[0], appetite_bps=2_700_000)
    night = REFERENCE.replace(hour=2) + timedelta(minutes=7)
    assert sum(habits.pause(night) for _ in range(1000)) / 1000 < 10
