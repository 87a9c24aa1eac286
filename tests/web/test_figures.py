"""Numbers, money, rates and times as people here write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from simpul.web import figures

MIDNIGHT, TODAY = datetime(2023, 5, 9, 17, 12, tzinfo=UTC), date(2026, 11, 24)
CASES = [
    (lambda: figures.number(1234567), "1.234.567", "1,234,567"),
    (lambda: figures.number(None), "–", "–"),
    (lambda: figures.number(Decimal("1234.5"), 1), "1.234,5", "1,234.5"),
    (lambda: figures.plain(Decimal("12.00")), "12", "12"),
    (lambda: figures.plain(Decimal("0.50")), "0,5", "0.5"),
    (lambda: figures.plain(Decimal("1200.00")), "1.200", "1,200"),
    (lambda: figures.rupiah(Decimal("1250000000.00")), "Rp1.250.000.000", "Rp1,250,000,000"),
    (lambda: figures.rupiah(Decimal("45000000.50")), "Rp45.000.000,50", "Rp45,000,000.50"),
    (lambda: figures.rupiah_short(Decimal(2450000000)), "Rp2,45 miliar", "Rp2.45 billion"),
    (lambda: figures.rupiah_short(Decimal(731880000)), "Rp731,9 juta", "Rp731.9 million"),
    (lambda: figures.rupiah_short(Decimal(999999)), "Rp999.999", "Rp999,999"),
    (lambda: figures.rate(1_500_000_000), "1,5 Gbps", "1.5 Gbps"),
    (lambda: figures.rate(None), "–", "–"),
    (lambda: figures.day(date(2023, 5, 9)), "9 Mei 2023", "9 May 2023"),
    (lambda: figures.moment(MIDNIGHT), "10 Mei 2023, 00.12 WIB", "10 May 2023, 00:12 WIB"),
    (lambda: figures.days_left(date(2026, 12, 31), date(2026, 11, 24)), "sisa 37 hari", "37 days left"),
    (lambda: figures.days_left(date(2026, 11, 23), date(2026, 11, 24)), "berakhir 1 hari lalu", "ended 1 day ago"),
    (lambda: figures.days_left(TODAY, TODAY), "hari ini hari terakhir", "today is the last day"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "indonesian", "english"), CASES, ids=[case[2] for case in CASES])
def test_a_figure_reads_as_people_write_it(make: object, indonesian: str, english: str) -> None:
    assert callable(make)
    with translation.override("id"):
        assert make() == indonesian
    with translation.override("en"):
        assert make() == english
