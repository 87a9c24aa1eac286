"""A rate is read as it was meant, or refused with what to write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.kit.rates import NotARate, format_rate, parse_rate

MBIT = 1_000_000


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10M", 10 * MBIT),
        ("10m", 10 * MBIT),
        ("500 Mbps", 500 * MBIT),
        ("500\u00a0Mbps", 500 * MBIT),
        ("10 MBIT/S", 10 * MBIT),
        ("1.5G", 1500 * MBIT),
        ("1,5G", 1500 * MBIT),
        ("1,25G", 1250 * MBIT),
        ("0.256M", 256_000),
        ("12.345678M", 12_345_678),
        ("1500M", 1500 * MBIT),
        ("256000", 256_000),
        (" 256k ", 256_000),
        (7, 7),
    ],
)
def test_what_is_clear_is_read(text: str | int, rate: int) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["10MB", "10MBps", "10 MB/s", "10MBPS", "10mB", "8B"])
def test_bytes_are_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(NotARate, match=r"counts bytes \(B\).*Write (10M|8)bps, or eight times that"):
        parse_rate(text)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("1.500M", "1500M or 1.5M"),
        ("1,500M", "1500M or 1.5M"),
        ("12.000G", "12000G or 12G"),
        ("1.234M", "1234M or 1.2340M"),
        ("1.500", "1500 or 1.5"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_and_both_remedies_are_read(text: str, remedy: str) -> None:
    with pytest.raises(NotARate, match=rf"two ways\. Write {remedy}"):
        parse_rate(text)
    for written in remedy.split(" or "):
        assert parse_rate(written) > 0


@pytest.mark.parametrize(
    "text", ["", "fast", "\uff11\uff10M", "\u0661\u0660M", "10\u212a", "-1M", "1.5.0M", "1.M", "M", "1e6"]
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(NotARate, match="is not a rate"):
        parse_rate(text)


@pytest.mark.parametrize("text", ["0,0000001M", "0.0000009M", "0.0009K", "0.9"])
def test_a_rate_that_would_become_nothing_is_refused(text: str) -> None:
    with pytest.raises(NotARate, match=r"is less than 1 bit/s\. Write 0 or a greater rate"):
        parse_rate(text)


@pytest.mark.parametrize(("text", "rate"), [("0", 0), ("0,0", 0), ("0.00M", 0), ("0.000001M", 1), ("1.5", 1)])
def test_nothing_and_the_least_rate_are_read(text: str, rate: int) -> None:
    assert parse_rate(text) == rate


@given(st.integers(0, 10**15))
def test_what_is_shown_can_be_read_again(rate: int) -> None:
    assert abs(parse_rate(format_rate(rate)) - rate) <= max(rate // 100, 0)
