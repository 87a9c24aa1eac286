"""The curve of joined sites: what is counted, and where it is drawn."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from simpul.web.rollout_curve import Axis, at_year_ends, closed, count_burning, grid, steps, ticks

DAY = date(2023, 1, 1)
lines = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 30), st.booleans()), max_size=40)


@given(lines)
def test_the_count_of_a_day_is_what_counting_by_hand_gives(told: list[tuple[int, int, bool]]) -> None:
    story = sorted(
        ((site, DAY + timedelta(days=offset), burns) for site, offset, burns in told), key=lambda line: line[1]
    )
    points = dict(count_burning(story))
    shown = 0
    for offset in range(31):
        day = DAY + timedelta(days=offset)
        shown = points.get(day, shown)
        last = {site: burns for site, at, burns in story if at <= day}
        assert shown == sum(last.values())


def test_a_site_that_goes_dark_and_lights_up_on_one_day_changes_nothing() -> None:
    story = [(1, DAY, True), (1, DAY + timedelta(days=3), False), (1, DAY + timedelta(days=3), True)]
    assert count_burning(story) == [(DAY, 1)]


def test_nothing_is_drawn_before_the_first_change_and_the_line_goes_on_to_the_end() -> None:
    axis = Axis(DAY, DAY + timedelta(days=10))
    path = steps([(DAY + timedelta(days=5), 1), (DAY + timedelta(days=10), 2)], axis, 4)
    assert path == "M500.0 100V75.00H1000.0V50.00H1000"
    assert closed(path, [(DAY + timedelta(days=5), 1)], axis).endswith("V100H500.0Z")


def test_no_points_draw_no_line() -> None:
    assert steps([], Axis(DAY, DAY), 4) == ""
    assert closed("", [], Axis(DAY, DAY)) == ""


@given(st.integers(0, 200_000))
def test_the_grid_has_at_most_five_lines_below_the_highest(highest: int) -> None:
    values = grid(highest)
    assert len(values) <= 5
    assert all(0 < value < highest for value in values)
    assert values == sorted(set(values))


@given(st.integers(0, 9000))
def test_ticks_lie_on_the_first_of_a_month_inside_the_axis(days: int) -> None:
    axis = Axis(DAY, DAY + timedelta(days=days))
    marks = ticks(axis)
    assert len(marks) <= 121
    assert all(mark.day.day == 1 and axis.first <= mark.day <= axis.last for mark in marks)
    assert days < 366 or any(mark.major for mark in marks)


def test_figures_by_year_end_with_today() -> None:
    axis = Axis(date(2021, 5, 1), date(2023, 3, 4))
    points = [(date(2021, 6, 1), 3), (date(2022, 12, 31), 5)]
    assert at_year_ends(points, axis) == [(date(2021, 12, 31), 3), (date(2022, 12, 31), 5), (date(2023, 3, 4), 5)]
