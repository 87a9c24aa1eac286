"""What a contract's lines cost, and where a contract stands on a day. Pure; Rupiah in Decimal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

SOON_DAYS = 60
_CENT = Decimal("0.01")


def line_amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Quantity times price, to the hundredth of a Rupiah, halves up."""
    return (quantity * unit_price).quantize(_CENT, ROUND_HALF_UP)


def contract_total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of the lines' amounts."""
    return sum(amounts, Decimal("0.00"))


def standing(starts_on: date, ends_on: date, day: date) -> str:
    """`coming`, `running`, `soon` (runs out within SOON_DAYS) or `ended`; both days are included."""
    if day < starts_on:
        return "coming"
    if day > ends_on:
        return "ended"
    return "soon" if (ends_on - day).days <= SOON_DAYS else "running"
