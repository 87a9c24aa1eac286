"""Which part of a map gets a window of its own."""

from __future__ import annotations

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from simpul.web.map_inset import FEWEST, Box, around, dense_part

degrees = st.floats(-1, 1, allow_nan=False).map(lambda value: round(value, 4))
points = st.lists(st.tuples(degrees, degrees), max_size=60)


def town(count: int) -> list[tuple[float, float]]:
    """A crowd around one place."""
    chance = random.Random(count)
    return [(114.9 + chance.uniform(-0.01, 0.01), -0.95 + chance.uniform(-0.01, 0.01)) for _ in range(count)]


FAR = [(114.5, -0.3), (115.6, -0.5), (114.8, -1.6), (115.4, -1.4)]


def test_a_town_between_far_villages_gets_a_window() -> None:
    box = dense_part(town(30) + FAR)
    assert box is not None
    assert box.west < 114.9 < box.east
    assert box.east - box.west < 0.05
    assert not any(box.west <= x <= box.east and box.south <= y <= box.north for x, y in FAR)


def test_a_few_sites_need_no_second_window() -> None:
    assert dense_part(town(FEWEST)) is None
    assert dense_part([]) is None


def test_sites_in_one_building_need_none_either() -> None:
    assert dense_part([(114.9, -0.95)] * 40) is None


def test_evenly_spread_sites_need_none() -> None:
    assert dense_part([(x / 10, y / 10) for x in range(10) for y in range(10)]) is None


def test_the_whole_box_has_the_air_that_is_asked_for() -> None:
    assert around([(0, 0), (10, 20)]) == Box(0, 0, 10, 20)
    assert around([(0, 0), (10, 20)], 0.1) == Box(-1, -2, 11, 22)
    assert around([]) is None


@given(points)
def test_a_window_holds_a_fifth_of_all_in_a_small_part_of_the_map(places: list[tuple[float, float]]) -> None:
    box = dense_part(places)
    if box is None:
        return
    inside = [(x, y) for x, y in places if box.west <= x <= box.east and box.south <= y <= box.north]
    assert len(inside) >= max(FEWEST, len(places) // 5)
    whole = around(places)
    assert whole is not None
    diagonal = math.hypot(whole.east - whole.west, whole.north - whole.south)
    assert math.hypot(box.east - box.west, box.north - box.south) < 0.25 * diagonal


@given(points, st.randoms())
def test_the_order_of_the_sites_does_not_matter(places: list[tuple[float, float]], chance: random.Random) -> None:
    mixed = list(places)
    chance.shuffle(mixed)
    assert dense_part(mixed) == dense_part(places)
