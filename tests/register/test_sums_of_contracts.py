"""What a contract costs, and where it stands on a day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from simpul.register.logic.contracts import contract_total, line_amount, standing

TODAY = date(2026, 3, 1)
money = st.decimals(0, 10**9, places=2)
spans = st.tuples(st.integers(-400, 400), st.integers(0, 400)).map(
    lambda pair: (TODAY + timedelta(pair[0]), TODAY + timedelta(pair[0] + pair[1]))
)


@given(st.lists(st.tuples(money, money), max_size=8))
def test_the_total_is_the_sum_of_the_lines_to_the_hundredth(pairs: list[tuple[Decimal, Decimal]]) -> None:
    amounts = [line_amount(quantity, price) for quantity, price in pairs]
    for amount, (quantity, price) in zip(amounts, pairs, strict=True):
        assert abs(Fraction(amount) - Fraction(quantity) * Fraction(price)) <= Fraction(1, 200)
    assert Fraction(contract_total(amounts)) == sum(map(Fraction, amounts))
    assert contract_total(amounts).as_tuple().exponent == -2


@given(spans)
def test_a_contract_stands_where_its_days_say(span: tuple[date, date]) -> None:
    first, last = span
    stands = standing(first, last, TODAY)
    assert (stands == "coming") == (first > TODAY)
    assert (stands == "ended") == (last < TODAY)
    assert (stands == "soon") == (first <= TODAY <= last <= TODAY + timedelta(60))
