"""What a contract costs, what it covers, and what runs out soon."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from simpul.register.logic.contracts import LineTerms, contract_total, line_amount, months_covered, running_out

TODAY = date(2026, 3, 1)
money = st.decimals(0, 10**9, places=2)
spans = st.tuples(st.integers(-400, 400), st.integers(0, 400)).map(
    lambda pair: (TODAY + timedelta(pair[0]), TODAY + timedelta(pair[0] + pair[1]))
)


def terms(code: str, quantity: Decimal, price: Decimal, span: tuple[date, date]) -> LineTerms:
    """A line."""
    return LineTerms(code, quantity, price, *span)


@given(st.lists(st.tuples(money, money), max_size=8))
def test_the_total_is_the_sum_of_the_lines_to_the_hundredth(pairs: list[tuple[Decimal, Decimal]]) -> None:
    lines = [terms("x", quantity, price, (TODAY, TODAY)) for quantity, price in pairs]
    for line in lines:
        exact = Fraction(line.quantity) * Fraction(line.unit_price)
        assert abs(Fraction(line_amount(line)) - exact) <= Fraction(1, 200)
    assert contract_total(lines) == sum(map(line_amount, lines))
    assert contract_total(lines).as_tuple().exponent == -2


@given(spans)
def test_a_month_is_covered_if_one_of_its_days_is(span: tuple[date, date]) -> None:
    days = [span[0] + timedelta(number) for number in range((span[1] - span[0]).days + 1)]
    assert months_covered(*span) == sorted({day.replace(day=1) for day in days})


@given(st.lists(spans, max_size=10))
def test_what_runs_out_is_what_is_running_and_near_its_end(ends: list[tuple[date, date]]) -> None:
    lines = [terms(f"{number:02}", Decimal(1), Decimal(1), span) for number, span in enumerate(ends)]
    found = running_out(lines, TODAY)
    near = {line.code for line in lines if line.starts_on <= TODAY <= line.ends_on <= TODAY + timedelta(90)}
    assert {ending.line.code for ending in found} == near
    assert [ending.days for ending in found] == sorted(ending.days for ending in found)
    for ending in found:
        assert ending.days <= ending.within
        assert ending.within == min(limit for limit in (30, 60, 90) if TODAY + timedelta(limit) >= ending.line.ends_on)
