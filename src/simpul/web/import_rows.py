"""The rows of an import as its page shows them: what would be written over what, or what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models
from django.utils.formats import get_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from simpul.register.logic.columns import Column, Holds, Sheet
from simpul.register.logic.sheets import SHEETS
from simpul.register.models import Area, Contract, ContractLine, ImportBatch, ImportRow, Site
from simpul.register.text import fault as fault_text
from simpul.web import figures
from simpul.web.list_files import in_parts
from simpul.web.lists import Column as FileColumn

ROWS = 50
AMOUNTS = (Holds.MONEY, Holds.DECIMAL, Holds.LATITUDE, Holds.LONGITUDE)
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


def part_of(batch: ImportBatch, verdicts: Sequence[str], start: int, *, backwards: bool = False) -> Part:
    """Up to 50 rows with those verdicts, from row number `start` on; or those before it. Never counts, never skips."""
    of_each = [ImportRow.objects.filter(batch=batch, verdict=verdict) for verdict in verdicts]
    if backwards:
        found = _first([rows.filter(number__lt=start).order_by("-number")[:ROWS] for rows in of_each], ROWS, down=True)
        start = found[-1].number if found else start
    page = _first([rows.filter(number__gte=start).order_by("number")[: ROWS + 1] for rows in of_each], ROWS + 1)
    first = page[0].number if page else start
    earlier = any(rows.filter(number__lt=first).exists() for rows in of_each)
    sheet = SHEETS[batch.kind]
    return Part(
        rows=[shown(sheet, row) for row in page[:ROWS]],
        before=page[0].number if page and earlier else None,
        after=page[ROWS].number if len(page) > ROWS else None,
    )


def _first(parts: Sequence[Iterable[ImportRow]], most: int, *, down: bool = False) -> list[ImportRow]:
    """The first rows of several ordered readings together: each of them finds its own by the index."""
    rows = [row for part in parts for row in part]
    return sorted(rows, key=lambda row: row.number, reverse=down)[:most]


def wrong_columns(batch: ImportBatch) -> list[FileColumn[ImportRow]]:
    """The file's own columns that were understood, then the row's place in the file and its faults."""
    sheet = SHEETS[batch.kind]

    def cell(name: str) -> Callable[[ImportRow], object]:
        return lambda row: _as_written(sheet, name, row)

    def faults(row: ImportRow) -> str:
        return "; ".join(": ".join(filter(None, (each.heading, each.text))) for each in shown(sheet, row).problems)

    return [
        *(FileColumn(name, heading, cell(name)) for heading, name in batch.columns if name),
        FileColumn("place", _("Row in the file"), _place),
        FileColumn("faults", _("What is wrong, and what to do"), faults),
    ]


def wrong_rows(batch: ImportBatch) -> Iterator[Sequence[ImportRow]]:
    """The wrong rows in the file's order."""
    return in_parts(ImportRow.objects.filter(batch=batch, verdict=ImportRow.Verdict.WRONG).order_by("number"), list)


def _place(row: ImportRow) -> str:
    return f"{row.sheet} {row.line}" if row.sheet else str(row.line)


def _as_written(sheet: Sheet, name: str, row: ImportRow) -> str:
    """What the cell says: what is quoted of a faulty one, else its value, so that reading it again gives the same."""
    quoted = next((fault["params"].get("value") for fault in row.problems if fault["column"] == name), None)
    if quoted is not None and name not in sheet.key:
        return str(quoted)
    if name == "point":
        pair = [row.values.get(each) for each in ("latitude", "longitude")]
        return "" if None in pair else ", ".join(str(each) for each in pair)
    value = row.values.get(name)
    if value is None or value == "":
        return str(quoted) if quoted is not None else ""
    column = sheet.column(name)
    if isinstance(value, bool) or column.holds in (Holds.CHOICE, Holds.RATE):
        return value_of(sheet, name, value)
    return str(value)


def shown(sheet: Sheet, row: ImportRow) -> Shown:
    """The row in words."""
    faulty = {fault["column"] for fault in row.problems}
    changes = [
        Change(
            heading_of(sheet, column.name),
            value_of(sheet, column.name, row.before[column.name]) if column.name in row.before else "",
            value_of(sheet, column.name, row.values[column.name]),
        )
        for column in sheet.columns
        if column.name in row.values
        # The key stands in a column of its own, what is faulty with its fault.
        and not (row.key and column.name in sheet.key)
        and column.name not in faulty
        and (row.verdict != ImportRow.Verdict.NEW or row.values[column.name] not in (None, ""))
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
    return _amount(column, str(value)) if column.holds in AMOUNTS else str(value)


def _choice(column: Column, value: Any) -> str:
    field: Any = MODELS[column.part]._meta.get_field(column.stored)
    return str(dict(field.flatchoices).get(value, value))


def _amount(column: Column, text: str) -> str:
    if column.holds in (Holds.LATITUDE, Holds.LONGITUDE):
        return text.replace(".", str(get_format("DECIMAL_SEPARATOR")))
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return text
    return figures.rupiah(amount) if column.holds is Holds.MONEY else figures.plain(amount)
