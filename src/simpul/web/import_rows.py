"""The rows of an import as its page shows them: what would be written over what, or what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from simpul.register.logic.columns import Column, Holds, Sheet
from simpul.register.logic.sheets import SHEETS
from simpul.register.models import Area, Contract, ContractLine, ImportBatch, ImportRow, Site
from simpul.register.text import fault as fault_text
from simpul.web import figures

ROWS = 50
MODELS: dict[str, type[models.Model]] = {"site": Site, "area": Area, "contract": Contract, "line": ContractLine}


@dataclass(frozen=True, slots=True)
class Change:
    """One column of a row; `before` is empty for a new row."""

    heading: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, under which heading (empty: with the row as a whole), what stood there, and what to do."""

    heading: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of the page."""

    row: ImportRow
    changes: Sequence[Change]
    problems: Sequence[Problem]


@dataclass(frozen=True, slots=True)
class Part:
    """One page of the rows. `before` and `after` are row numbers to go on from, None at the ends."""

    rows: Sequence[Shown]
    before: int | None
    after: int | None


def part_of(batch: ImportBatch, verdict: str, start: int, *, backwards: bool = False) -> Part:
    """Up to 50 rows with that verdict, from row number `start` on; or those before it. Never counts, never skips."""
    rows = ImportRow.objects.filter(batch=batch, verdict=verdict)
    if backwards:
        found = list(rows.filter(number__lt=start).order_by("-number")[:ROWS])[::-1]
        start = found[0].number if found else start
    page = list(rows.filter(number__gte=start).order_by("number")[: ROWS + 1])
    earlier = rows.filter(number__lt=page[0].number if page else start).exists()
    sheet = SHEETS[batch.kind]
    return Part(
        rows=[shown(sheet, row) for row in page[:ROWS]],
        before=page[0].number if page and earlier else None,
        after=page[ROWS].number if len(page) > ROWS else None,
    )


def shown(sheet: Sheet, row: ImportRow) -> Shown:
    """The row in words."""
    changes = [
        Change(
            heading_of(sheet, name),
            value_of(sheet, name, row.before[name]) if name in row.before else "",
            value_of(sheet, name, value),
        )
        for name, value in row.values.items()
        if row.verdict != ImportRow.Verdict.NEW or value not in (None, "")
    ]
    problems = [
        Problem(
            heading_of(sheet, fault["column"]),
            str(fault["params"].get("value", "")),
            fault_text(sheet, fault),
        )
        for fault in row.problems
    ]
    return Shown(row, changes, problems)


def heading_of(sheet: Sheet, name: str) -> str:
    """The column as exports name it, in the reader's language."""
    return sheet.column(name).heading(get_language() or "id") if name else ""


def value_of(sheet: Sheet, name: str, value: Any) -> str:
    """A value as people write it."""
    column = sheet.column(name)
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if column.holds is Holds.CHOICE:
        return _choice(column, value)
    if column.holds is Holds.RATE:
        return figures.rate(int(value))
    if column.holds is Holds.DATE:
        return figures.day(date.fromisoformat(str(value)))
    return _amount(column, str(value)) if column.holds in (Holds.MONEY, Holds.DECIMAL) else str(value)


def _choice(column: Column, value: Any) -> str:
    field: Any = MODELS[column.part]._meta.get_field(column.stored)
    return str(dict(field.flatchoices).get(value, value))


def _amount(column: Column, text: str) -> str:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return text
    return figures.rupiah(amount) if column.holds is Holds.MONEY else figures.plain(amount)
