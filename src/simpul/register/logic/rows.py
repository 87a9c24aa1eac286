"""From the cells of one row to values, and from values to what would change. Pure.

A value that is absent leaves what stands alone; None empties it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from simpul.register.logic.cells import (
    Cell,
    NoResult,
    Value,
    check_number,
    is_empty,
    read_code,
    read_date,
    read_decimal,
    read_name,
    read_number,
    read_rate,
    read_text,
    read_truth,
    read_whole,
    shown,
)
from simpul.register.logic.columns import Column, Holds, Sheet, plain
from simpul.register.logic.coordinates import read_degrees, read_pair
from simpul.register.logic.faults import Fault

Values = dict[str, Value]
# Per table that is pointed to: each known spelling, without case, to its code; an empty code: several have it.
References = Mapping[str, Mapping[str, str]]


class Verdict(StrEnum):
    """What an import would do with a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WRONG = "wrong"


@dataclass(slots=True)
class Row:
    """What a row of a file says. `written` holds what stood in each cell, as errors quote it."""

    values: Values = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def key(self, sheet: Sheet) -> tuple[Value, ...] | None:
        """What tells the row apart, if it can be read."""
        found = tuple(self.values.get(name) for name in sheet.key)
        return None if None in found else found

    def quoting(self, fault: Fault) -> Fault:
        """The fault with what stood in its cell, where it quotes the value that was made of it."""
        if "value" in fault.params and fault.column in self.written:
            fault.params["value"] = self.written[fault.column]
        return fault


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands under a row's key now: per part its id and version, and the values of those parts."""

    ids: Mapping[str, tuple[int, int]]
    values: Values


class RowReader:
    """Reads the rows of one table whose headings have been matched."""

    def __init__(
        self, sheet: Sheet, columns: Sequence[str | None], references: References, *, exact: bool = False
    ) -> None:
        by_name = {column.name: column for column in sheet.columns}
        self._columns = [(place, by_name[name]) for place, name in enumerate(columns) if name]
        self._columns = [(place, column) for place, column in self._columns if not column.derived]
        self._width = len(columns)
        self._references = references
        self._exact = exact
        self.sheet = sheet

    def read(self, cells: Sequence[Cell]) -> Row:
        """The row's values and everything that is wrong with its cells."""
        row = Row()
        if len(cells) != self._width and not all(is_empty(cell) for cell in cells[self._width :]):
            row.faults.append(Fault("too_many_cells", cells=len(cells), headings=self._width))
            return row
        if self._exact and len(cells) < self._width:
            row.faults.append(Fault("too_few_cells", cells=len(cells), headings=self._width))
            return row
        for place, column in self._columns:
            cell = cells[place] if place < len(cells) else None
            try:
                self._read_cell(row, column, cell)
            except Fault as fault:
                row.faults.append(fault.at(column.name))
        return row

    def _read_cell(self, row: Row, column: Column, cell: Cell) -> None:
        if isinstance(cell, NoResult):
            raise Fault("no_result", value=str(cell))
        if is_empty(cell):
            if column.name in self.sheet.key:
                raise Fault("key_empty")
            if column.clears:
                row.values[column.name] = "" if column.holds in _TEXTS else None
            return
        check_number(cell)
        if column.holds is Holds.POINT:
            row.written["latitude"] = row.written["longitude"] = shown(cell)
            row.values["latitude"], row.values["longitude"] = read_pair(str(cell))
            return
        row.written[column.name] = shown(cell)
        if column.holds is Holds.REFERENCE:
            row.values[column.name] = self._refer(column, cell)
        else:
            row.values[column.name] = _READERS[column.holds](column, cell)

    def _refer(self, column: Column, cell: Cell) -> str:
        """The code of what the cell names. A number is looked up as it prints: `62.05` survives Excel, `62.10` not."""
        written = repr(cell) if isinstance(cell, float) and not cell.is_integer() else read_text(cell, 0)
        known = self._references.get(column.to, {})
        code = known.get(" ".join(written.split()).casefold())
        if code == "":
            raise Fault("several_have_it", value=shown(written), to=column.to)
        if code is None:
            if isinstance(cell, float):
                raise Fault("code_became_number", value=written)
            raise Fault("not_known", value=shown(written), to=column.to)
        return code


def compare(sheet: Sheet, wanted: Values, standing: Standing | None) -> tuple[Verdict, Values, Values]:
    """The verdict, the values that would be written, and what stands there now (for those already there)."""
    before = standing.values if standing else {}
    ids = standing.ids if standing else {}
    changed = {name: value for name, value in wanted.items() if name not in before or differs(value, before[name])}
    old = {name: before[name] for name in changed if name in before}
    if sheet.parts[-1] not in ids:
        return Verdict.NEW, changed, old
    return (Verdict.CHANGED, changed, old) if changed else (Verdict.SAME, {}, {})


def differs(one: Value, other: Value) -> bool:
    """Whether two values are not the same; degrees agree within a tenth of a millimetre, as spreadsheets round them."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) > 1e-9
    return one != other


def needed_faults(sheet: Sheet, values: Values, parts: Sequence[str]) -> list[Fault]:
    """A Fault for each value that new rows of these parts must have and this one lacks."""
    return [
        Fault("needed", column=column.name)
        for column in sheet.columns
        if column.part in parts and column.needed and values.get(column.name) in (None, "")
    ]


def _choice(column: Column, cell: Cell) -> str:
    value = column.choices.get(plain(read_text(cell, 0)))
    if value is None:
        raise Fault("not_a_choice", value=shown(cell), choices=", ".join(sorted(set(column.choices.values()))))
    return value


def _degrees(column: Column, cell: Cell) -> float:
    axis = "latitude" if column.holds is Holds.LATITUDE else "longitude"
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    return read_degrees(read_text(cell, 0), axis)


_TEXTS = {Holds.TEXT, Holds.NAME, Holds.CODE, Holds.NUMBER}
_READERS: dict[Holds, Callable[[Column, Cell], Value]] = {
    Holds.CODE: lambda column, cell: read_code(cell, column.longest),
    Holds.NUMBER: lambda column, cell: read_number(cell, column.longest),
    Holds.NAME: lambda column, cell: read_name(cell, column.longest),
    Holds.TEXT: lambda column, cell: read_text(cell, column.longest),
    Holds.CHOICE: _choice,
    Holds.WHOLE: lambda column, cell: read_whole(cell, column.low, column.high),
    Holds.DECIMAL: lambda column, cell: read_decimal(cell, column.places, column.digits),
    Holds.MONEY: lambda column, cell: read_decimal(cell, column.places, column.digits, money=True),
    Holds.DATE: lambda _, cell: read_date(cell),
    Holds.TRUTH: lambda _, cell: read_truth(cell),
    Holds.RATE: lambda _, cell: read_rate(cell),
    Holds.LATITUDE: _degrees,
    Holds.LONGITUDE: _degrees,
}
