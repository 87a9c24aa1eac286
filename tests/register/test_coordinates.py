"""Coordinates the way surveyors and spreadsheets write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.kit.geometry import Bounds
from simpul.register.logic.coordinates import check_point, read_degrees, read_pair
from simpul.register.logic.faults import Fault

REGENCY = Bounds(-2, 114, 0, 116)


@pytest.mark.parametrize(
    "written",
    [
        "-0.9473333",
        "-0,9473333",
        "−0.9473333",
        "0°56'50.4\" LS",
        "0°56'50.4\"S",
        "0°56'50.4S",
        "0° 56’ 50,4” S",
        "S 0 56 50.4",
        "0:56:50.4 LS",
        "0 derajat 56 menit 50,4 detik LS",
        "0°56.84'S",
        "-0°56'50.4\"",
    ],
)
def test_one_latitude_is_read_however_it_is_written(written: str) -> None:
    assert read_degrees(written, "latitude") == pytest.approx(-0.9473333, abs=1e-6)


@pytest.mark.parametrize("written", ["", "x", "0°61'", "0°10'75\"S", "-5 S", "S 5 N", "1 2 3 4", "1e5"])
def test_what_is_no_coordinate_is_refused(written: str) -> None:
    with pytest.raises(Fault):
        read_degrees(written, "latitude")


def test_a_longitude_in_the_column_of_latitudes_looks_swapped() -> None:
    with pytest.raises(Fault) as refused:
        read_degrees("114°53'46\" BT", "latitude")
    assert refused.value.code == "swapped"


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_degrees_minutes_and_seconds_are_the_same_place(latitude: float, longitude: float) -> None:
    def spelt(value: float, sides: str) -> str:
        seconds = round(abs(value) * 3600, 6)
        side = sides[0] if value < 0 else sides[1]
        return f"{int(seconds // 3600)}°{int(seconds % 3600 // 60)}'{seconds % 60:.6f}\"{side}"

    # Rounding to six places may print 60 seconds; people do not.
    texts = spelt(latitude, "SN"), spelt(longitude, "WE")
    if any("60.000000" in text for text in texts):
        return
    assert read_pair(" ".join(texts)) == pytest.approx((latitude, longitude), abs=1e-8)


@pytest.mark.parametrize(
    "written",
    [
        "-0.94734, 114.8962",
        "-0.94734,114.8962",
        "-0,94734; 114,8962",
        "-0,94734, 114,8962",
        "-0.94734 114.8962",
        "0°56'50.424\" LS, 114°53'46.32\" BT",
    ],
)
def test_both_coordinates_may_stand_in_one_cell(written: str) -> None:
    assert read_pair(written) == pytest.approx((-0.94734, 114.8962), abs=1e-6)


@pytest.mark.parametrize("written", ["-0.94734", "x, y", "1, 2, 3"])
def test_half_a_pair_is_refused(written: str) -> None:
    with pytest.raises(Fault):
        read_pair(written)


def test_a_point_outside_the_regency_names_its_axis_and_whether_it_is_swapped() -> None:
    check_point(REGENCY, -0.9, 114.9)
    with pytest.raises(Fault) as outside:
        check_point(REGENCY, -0.9, 106.8)
    assert (outside.value.code, outside.value.column) == ("outside", "longitude")
    with pytest.raises(Fault) as swapped:
        check_point(REGENCY, 114.9, -0.9)
    assert (swapped.value.code, swapped.value.column) == ("outside_swapped", "latitude")
