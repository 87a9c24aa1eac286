"""What people write into cells, and what it means."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.kit.days import FIRST_DAY, LAST_DAY
from simpul.register.logic.cells import (
    check_number,
    guarded,
    read_code,
    read_date,
    read_decimal,
    read_number,
    read_rate,
    read_truth,
    read_whole,
    unguarded,
)
from simpul.register.logic.coordinates import read_degrees
from simpul.register.logic.faults import Fault


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("45000000", "45000000.00"),
        ("45.000.000", "45000000.00"),
        ("45,000,000", "45000000.00"),
        ("45.000.000,50", "45000000.50"),
        ("45,000,000.5", "45000000.50"),
        ("Rp 45.000.000", "45000000.00"),
        ("Rp45.000.000,-", "45000000.00"),
        ("500.000", "500000.00"),
        ("12,5", "12.50"),
        ("0.125", None),
        ("1.2.3", None),
        ("1.000,5.0", None),
        ("-5", None),
        ("lima", None),
        (45000000, "45000000.00"),
        (0.1 + 0.2, "0.30"),
        (12.5, "12.50"),
        (True, None),
        (date(2026, 1, 1), None),
        (float("nan"), None),
        (float("inf"), None),
        (10**14, None),
    ],
)
def test_money_is_read_in_either_language(written: Any, meant: str | None) -> None:
    if meant is None:
        with pytest.raises(Fault):
            read_decimal(written, 2, 16, money=True)
    else:
        assert read_decimal(written, 2, 16, money=True) == meant


def test_a_quantity_that_may_be_thousands_or_decimals_is_not_guessed() -> None:
    with pytest.raises(Fault) as refused:
        read_decimal("1.500", 2, 14)
    assert refused.value.code == "unclear_number"
    assert read_decimal("0,50", 2, 14) == "0.50"
    assert read_decimal("1.500,00", 2, 14) == "1500.00"


@given(st.decimals(0, 10**12, places=2), st.sampled_from(["id", "en", "plain"]))
def test_a_number_written_in_a_language_is_the_number(number: Decimal, language: str) -> None:
    english = f"{number:,.2f}"
    written = {"en": english, "plain": f"{number:.2f}", "id": english.translate(str.maketrans(",.", ".,"))}[language]
    assert Decimal(read_decimal(written, 2, 16, money=True)) == number


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-31", "2026-01-31"),
        ("31/01/2026", "2026-01-31"),
        ("31-1-2026", "2026-01-31"),
        ("1.2.2026", "2026-02-01"),
        ("31 Januari 2026", "2026-01-31"),
        ("5 agustus 2025", "2025-08-05"),
        ("17 Agt 2025", "2025-08-17"),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 8, tzinfo=UTC), "2026-01-31"),
        ("31/02/2026", None),
        ("01/31/2026", None),
        ("31/01/26", None),
        ("kemarin", None),
        (46000, None),
    ],
)
def test_days_are_read_day_first(written: Any, meant: str | None) -> None:
    if meant is None:
        with pytest.raises(Fault) as refused:
            read_date(written)
        assert refused.value.code == "not_a_date"
    else:
        assert read_date(written) == meant


@given(st.dates(FIRST_DAY, LAST_DAY))
def test_a_day_written_out_is_the_day(day: date) -> None:
    assert read_date(f"{day.day}/{day.month}/{day.year}") == read_date(day) == day.isoformat()


@pytest.mark.parametrize(
    ("cell", "code"),
    [("62.05.01.1001", "62.05.01.1001"), (" OPD-1 ", "OPD-1"), (1001, "1001"), (1001.0, "1001"), ("007", "007")],
)
def test_a_code_is_read_as_typed(cell: Any, code: str) -> None:
    assert read_code(cell, 40) == code


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        (62.05, "code_became_number"),
        (6.205011001e15, "code_became_number"),
        (date(2026, 5, 1), "code_became_date"),
        ("A\nB", "control_character"),
        ("A\x07", "control_character"),
        ("x" * 41, "too_long"),
    ],
)
def test_a_code_that_a_spreadsheet_has_spoilt_is_reported(cell: Any, fault: str) -> None:
    with pytest.raises(Fault) as refused:
        read_code(cell, 40)
    assert refused.value.code == fault


def test_yes_and_no_are_read_in_either_language() -> None:
    assert [read_truth(cell) for cell in ("Ya", "yes", "1", "ada", True, 1)] == [True] * 6
    assert [read_truth(cell) for cell in ("Tidak", "no", "0", "tidak ada", False, 0.0)] == [False] * 6
    with pytest.raises(Fault):
        read_truth("mungkin")


def test_rates_are_bits_per_second() -> None:
    assert [read_rate(cell) for cell in ("500 Mbps", "1,5G", "10M", 1000, 1000.0)] == [
        500_000_000,
        1_500_000_000,
        10_000_000,
        1000,
        1000,
    ]
    for cell in ("cepat", "0", 0.5, True, "99999999999T"):
        with pytest.raises(Fault):
            read_rate(cell)


def test_whole_numbers_stay_in_their_range() -> None:
    assert [read_whole(cell, 1990, 2100) for cell in ("2026", 2026, 2026.0, " 2026 ")] == [2026] * 4
    for cell in ("1989", "2026.5", 2026.5, True, "dua ribu", date(2026, 1, 1)):
        with pytest.raises(Fault):
            read_whole(cell, 1990, 2100)


@given(st.text(st.sampled_from("'=+-@\t\rax "), max_size=6))
def test_a_guarded_text_is_no_formula_and_comes_back_as_it_was(text: str) -> None:
    assert guarded(text)[:1] not in {"=", "+", "-", "@", "\t", "\r"}
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("written", ["9" * 5000, "-" + "9" * 5000, 10**400, "2" + "0" * 400])
def test_a_flood_of_digits_is_outside_of_every_bound(written: Any) -> None:
    with pytest.raises(Fault) as refused:
        read_whole(written, 1990, 2100)
    assert refused.value.code == "outside"
    assert len(str(refused.value.params["value"])) <= 60


def test_leading_zeros_are_no_flood() -> None:
    assert read_whole("0" * 5000 + "2026", 1990, 2100) == 2026


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan"), 10**401, -(10**4000)])
def test_a_number_that_no_cell_means_is_refused_in_every_column(number: Any) -> None:
    with pytest.raises(Fault):
        check_number(number)


@pytest.mark.parametrize("written", ["9" * 401, "1e999", "nan", "0." + "9" * 401])
def test_a_flood_of_digits_is_no_coordinate(written: str) -> None:
    with pytest.raises(Fault) as refused:
        read_degrees(written, "latitude")
    assert len(str(refused.value.params["value"])) <= 60


@pytest.mark.parametrize("written", ["0001-01-01", "31/12/9999", date(1989, 12, 31), "2101-01-01"])
def test_a_day_that_nobody_means_is_refused_with_its_bounds(written: Any) -> None:
    with pytest.raises(Fault) as refused:
        read_date(written)
    assert (refused.value.params["low"], refused.value.params["high"]) == ("1990-01-01", "2100-12-31")


@pytest.mark.parametrize("written", ["OPD/28", "..", "new", "\u200b1", "\u202eOPD", "a b"])
def test_an_odd_code_is_refused_and_quoted_visibly(written: str) -> None:
    with pytest.raises(Fault) as refused:
        read_code(written, 40)
    assert refused.value.code == "not_a_code"
    assert str(refused.value.params["value"]).isprintable()


def test_a_contracts_number_keeps_its_slashes() -> None:
    assert read_number("027/1234/2023", 80) == "027/1234/2023"
