"""The parts of the story that are plain arithmetic."""

from __future__ import annotations

import struct
import zlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.lab.csv_tables import rows
from simpul.lab.story.calendar import dice, steps_before, working_day
from simpul.lab.story.proof import picture
from simpul.lab.story.topology import topology


@given(st.text(max_size=10), st.dates(date(2018, 1, 1), date(2026, 6, 30)), st.integers(40, 300))
def test_steps_come_in_order_between_the_contract_and_the_light(site: str, start: date, days: int) -> None:
    lit = start + timedelta(days=days)
    steps = steps_before(dice(site), start, lit)
    assert list(steps) == ["poles", "cable", "spliced"]
    assert start <= steps["poles"] < steps["cable"] < steps["spliced"] < lit
    assert steps == steps_before(dice(site), start, lit)


@pytest.mark.parametrize(("day", "working"), [("2023-01-13", "13"), ("2023-01-14", "13"), ("2023-01-15", "13")])
def test_a_weekend_moves_to_the_friday_before(day: str, working: str) -> None:
    assert working_day(date.fromisoformat(day)).isoformat() == f"2023-01-{working}"


def test_the_picture_is_a_grey_png_of_the_size_it_states() -> None:
    data = picture()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, colour = struct.unpack(">IIBB", data[16:26])
    length = struct.unpack(">I", data[33:37])[0]
    pixels = zlib.decompress(data[41 : 41 + length])
    assert (depth, colour) == (8, 0)
    assert len(pixels) == height * (width + 1)
    assert len(set(pixels)) == 3


def test_every_link_of_the_table_is_drawn_between_boxes_that_exist() -> None:
    drawn = topology()
    assert {row["code"] for row in rows("links")} <= {line.code for line in drawn.lines}
    for line in drawn.lines:
        assert {line.a[0], line.b[0]} <= set(drawn.boxes)
        assert line.a != line.b


def test_the_names_of_places_and_contracts_are_used_once() -> None:
    for table in ("places", "contracts", "links", "cameras", "applications", "accounts", "agencies"):
        keys = [next(iter(row.values())) for row in rows(table)]
        assert len(keys) == len(set(keys)), table
