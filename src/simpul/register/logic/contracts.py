"""What contracts cost, which months they cover, and which of their lines run out soon. Pure; Rupiah in Decimal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

SOON_DAYS = (30, 60, 90)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class LineTerms:
    """One line as the sums need it. `quantity` is in the line's own unit; both days are included."""

    code: str
    quantity: Decimal
    unit_price: Decimal
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Ending:
    """A line that runs out: in `days` days (0: today is its last), and the smallest limit that it is within."""

    line: LineTerms
    days: int
    within: int


def line_amount(line: LineTerms) -> Decimal:
    """Quantity times price, to the hundredth of a Rupiah, halves up."""
    return (line.quantity * line.unit_price).quantize(_CENT, ROUND_HALF_UP)


def contract_total(lines: Iterable[LineTerms]) -> Decimal:
    """The sum of the lines' amounts."""
    return sum((line_amount(line) for line in lines), Decimal("0.00"))


def months_covered(starts_on: date, ends_on: date) -> list[date]:
    """The first day of every calendar month in which at least one day is covered."""
    first, last = starts_on.year * 12 + starts_on.month - 1, ends_on.year * 12 + ends_on.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(first, last + 1)]


def is_running(starts_on: date, ends_on: date, day: date) -> bool:
    """Whether the day lies within the period, both ends included."""
    return starts_on <= day <= ends_on


def running_out(lines: Iterable[LineTerms], day: date, limits: Sequence[int] = SOON_DAYS) -> list[Ending]:
    """Running lines whose last day is within the largest limit, the most urgent first."""
    found = []
    for line in lines:
        days = (line.ends_on - day).days
        within = next((limit for limit in sorted(limits) if days <= limit), None)
        if within is not None and is_running(line.starts_on, line.ends_on, day):
            found.append(Ending(line, days, within))
    return sorted(found, key=lambda ending: (ending.days, ending.line.code))
