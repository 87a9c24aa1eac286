"""The office day of the invented people: when which place is busy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.lab.people.profile import QUIET, Hours, Kind, activity, read_hours

MONDAY = datetime(2026, 6, 8, tzinfo=UTC)
FRIDAY, SATURDAY = MONDAY + timedelta(days=4), MONDAY + timedelta(days=5)
HOURS = st.builds(Hours, st.floats(0, 24), st.floats(0, 24))
WHEN = st.builds(lambda minutes: MONDAY + timedelta(minutes=minutes), st.integers(0, 60 * 24 * 365))


def at(day: datetime, hour: float, kind: Kind = Kind.OFFICE, hours: Hours | None = None) -> float:
    """How busy at an hour of a day."""
    return activity(kind, day + timedelta(hours=hour), hours)


def work(day: datetime, kind: Kind = Kind.OFFICE) -> float:
    """The whole day's activity, in busiest hours."""
    return sum(at(day, hour / 4, kind) for hour in range(96)) / 4


@given(st.sampled_from(Kind), WHEN, HOURS)
def test_a_place_is_never_silent_and_never_more_than_full(kind: Kind, when: datetime, hours: Hours) -> None:
    assert QUIET <= activity(kind, when, hours) <= 1


@given(st.sampled_from(Kind), WHEN)
def test_nothing_jumps_from_one_minute_to_the_next_where_a_day_passes_into_another(kind: Kind, when: datetime) -> None:
    midnight = when.replace(hour=0, minute=0, second=0)
    before, after = activity(kind, midnight - timedelta(seconds=1)), activity(kind, midnight)
    assert abs(before - after) < 0.06


def test_an_office_is_busiest_at_ten_and_dips_at_lunch() -> None:
    assert at(MONDAY, 10) == max(at(MONDAY, hour / 4) for hour in range(96))
    assert at(MONDAY, 12.5) < 0.65 * at(MONDAY, 10)
    assert at(MONDAY, 13.5) > 0.8 * at(MONDAY, 10)


def test_an_office_is_quiet_outside_its_hours() -> None:
    assert at(MONDAY, 5.5) == at(MONDAY, 23) == pytest.approx(QUIET)
    assert at(MONDAY, 17.5) < 0.25


@pytest.mark.parametrize("kind", [Kind.OFFICE, Kind.DISTRICT])
def test_friday_is_shorter_and_a_weekend_almost_empty(kind: Kind) -> None:
    assert work(SATURDAY, kind) < 0.6 * work(FRIDAY, kind) < 0.6 * work(MONDAY, kind)


def test_a_district_office_closes_before_an_office() -> None:
    assert at(MONDAY, 15.5, Kind.DISTRICT) < 0.6 * at(MONDAY, 15.5, Kind.OFFICE)


def test_a_public_space_is_fullest_in_the_evening_also_on_saturday() -> None:
    for day in (MONDAY, SATURDAY):
        assert at(day, 19.5, Kind.PUBLIC) == max(at(day, hour / 4, Kind.PUBLIC) for hour in range(96)) == 1
    assert at(SATURDAY, 12, Kind.PUBLIC) > at(MONDAY, 12, Kind.PUBLIC)


def test_a_closed_public_space_is_quiet() -> None:
    reading_room = read_hours("08.00-20.00")
    assert at(MONDAY, 20.5, Kind.PUBLIC, reading_room) == QUIET < at(MONDAY, 19.5, Kind.PUBLIC, reading_room)


def test_a_place_may_stay_open_past_midnight() -> None:
    night_market = Hours(17, 2)
    assert [night_market.hold(hour) for hour in (16.9, 17, 23.9, 0, 1.9, 2)] == [False, True, True, True, True, False]


@pytest.mark.parametrize(
    ("text", "hours"),
    [("05.00-22.30", Hours(5, 22.5)), ("08:00 - 20:00", Hours(8, 20)), ("24 jam", Hours()), ("", Hours())],
)
def test_opening_hours_are_read_as_people_write_them(text: str, hours: Hours) -> None:
    assert read_hours(text) == hours
