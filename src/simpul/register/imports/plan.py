"""All that a switch will write, made ready in memory: the transaction then only hands it to the database."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, models

from simpul.register.imports.standing import PARTS, ids_of
from simpul.register.logic.columns import Column, Sheet
from simpul.register.logic.rows import Values
from simpul.register.models import ImportBatch, ImportRow

# Columns that point into the import itself are looked up by code at the moment of writing.
_BY_CODE = {("line", "contract"): "register_contract", ("area", "parent"): "register_area"}


class ReferenceGone(Exception):
    """What a row names was there when the file was read, and is not any more."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Numbers(dict[str, int]):
    """Code -> number."""

    def __missing__(self, code: str) -> int:
        raise ReferenceGone(code)


@dataclass
class Statement:
    """One SQL statement for many rows. `guarded`: each of them must hit a row, or the row has moved on."""

    sql: str
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    guarded: bool = False


@dataclass
class Plan:
    """Statements in order, and what they amount to."""

    statements: list[Statement]
    digest: str


def plan_of(batch: ImportBatch, sheet: Sheet) -> Plan:
    """What applying the batch means, part by part. The parts that others point to come first."""
    rows = list(_rows(batch))
    statements: list[Statement] = []
    for part in sheet.parts:
        statements += _part_statements(sheet, part, rows)
    return Plan([each for each in statements if each.rows], _digest(rows))


def undo_statements(batch: ImportBatch, sheet: Sheet) -> list[Statement]:
    """Updates that give changed rows their old values back, guarded by the version the import gave them."""
    statements: list[Statement] = []
    rows = list(_rows(batch))
    for part in sheet.parts:
        statements += _updates(sheet, part, _undone(sheet, part, rows))
    return [each for each in statements if each.rows]


@dataclass(frozen=True, slots=True)
class _Stored:
    """One row of the import as the plan needs it."""

    key: str
    verdict: str
    ids: dict[str, tuple[int, int]]
    values: Values
    before: Values


def _rows(batch: ImportBatch) -> Iterator[_Stored]:
    sheet_rows = ImportRow.objects.filter(batch=batch, verdict__in=["new", "changed"]).order_by("number")
    columns = ("key", "verdict", "target", "target_version", "parent", "parent_version", "values", "before")
    own, first = ("line", "contract") if batch.kind == "contracts" else ("", "")
    for key, verdict, target, version, parent, parent_version, values, before in sheet_rows.values_list(
        *columns
    ).iterator(chunk_size=5000):
        ids = {} if target is None else {own: (target, version)}
        if parent is not None:
            ids[first] = (parent, parent_version)
        yield _Stored(key, verdict, ids, values, before)


def _part_statements(sheet: Sheet, part: str, rows: list[_Stored]) -> list[Statement]:
    new: dict[str, Values] = {}
    changed: dict[tuple[int, int], Values] = defaultdict(dict)
    names = {column.name for column in sheet.of_part(part)}
    for row in rows:
        values = {name: value for name, value in row.values.items() if name in names}
        ids = _ids(sheet, part, row)
        if ids is None:
            # A contract's rows repeat it; what one of them leaves empty another may have.
            code = code_of(sheet, part, row.key)
            new[code] = new.get(code, {}) | values | _link(part, row.key)
        elif values:
            changed[ids] |= values
    return [*_inserts(sheet, part, new), *_updates(sheet, part, changed)]


def _undone(sheet: Sheet, part: str, rows: list[_Stored]) -> dict[tuple[int, int], Values]:
    changed: dict[tuple[int, int], Values] = defaultdict(dict)
    names = {column.name for column in sheet.of_part(part)}
    for row in rows:
        ids = _ids(sheet, part, row)
        old = {name: value for name, value in row.before.items() if name in names}
        if ids is not None and old:
            changed[ids[0], ids[1] + 1] |= old
    return changed


def _ids(sheet: Sheet, part: str, row: _Stored) -> tuple[int, int] | None:
    return row.ids.get(part if len(sheet.parts) > 1 else "")


def code_of(sheet: Sheet, part: str, key: str) -> str:
    """What tells rows of one part apart: the key, without the line for a contract."""
    return key if part == sheet.parts[-1] else key.rpartition("#")[0]


def _link(part: str, key: str) -> Values:
    """The code of the row that this part hangs on."""
    return {"contract": key.rpartition("#")[0]} if part == "line" else {}


def _inserts(sheet: Sheet, part: str, new: dict[str, Values]) -> list[Statement]:
    model = PARTS[part]
    sources = [_source(sheet, part, column) for column in model._meta.concrete_fields if not column.primary_key]
    keys = sorted(new)
    columns = {source.column: [source.value(new[key]) for key in keys] for source in sources}
    marks = {source.column: _literal(columns[source.column]) or source.mark for source in sources}
    bound = [column for column, mark in marks.items() if "%s" in mark]
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    sql = f"INSERT INTO {table} ({names}) VALUES ({', '.join(marks.values())})"  # noqa: S608 (no value of the file)
    return [Statement(sql, list(zip(*(columns[column] for column in bound), strict=True)))] if keys else []


def _literal(values: list[Any]) -> str:
    """What may stand in the SQL itself because all rows agree on it: each value less to hand over is time gained
    while others wait."""
    first = values[0] if values else None
    plain = {None: "NULL", "": "''", 0: "0", 1: "1"}
    if any(type(value) is not type(first) or value != first for value in values):
        return ""
    return plain.get(first, "") if type(first) in (str, int, type(None)) else ""


@dataclass(frozen=True, slots=True)
class _Source:
    """Where one database column gets its values: from the row's value `name`, through `numbers` if it is a code."""

    column: str
    mark: str
    name: str
    numbers: _Numbers | None
    default: Any

    def value(self, values: Values) -> Any:
        value = values.get(self.name)
        if value is None:
            value = self.default
        elif self.numbers is not None:
            return self.numbers[str(value)]
        # sqlite3 takes a slow way for a truth value, and would store the same.
        return int(value) if isinstance(value, bool) and connection.vendor == "sqlite" else value


def _source(sheet: Sheet, part: str, column: models.Field[Any, Any]) -> _Source:
    by_code = _BY_CODE.get((part, column.name))
    known = next((each for each in sheet.of_part(part) if each.stored == column.name), None)
    return _Source(
        column=str(column.column),
        mark=f"(SELECT id FROM {by_code} WHERE code = %s)" if by_code else "%s",  # noqa: S608 (a table's name)
        name=known.name if known else column.name,
        numbers=_Numbers(ids_of(known.to)) if known and known.to and not by_code else None,
        default=None if column.null else column.get_default(),
    )


def _updates(sheet: Sheet, part: str, changed: dict[tuple[int, int], Values]) -> list[Statement]:
    """One statement per set of changed columns; real files have few of them."""
    model = PARTS[part]
    statements: dict[tuple[str, ...], Statement] = {}
    for (pk, version), values in changed.items():
        names = tuple(sorted(values))
        if names not in statements:
            statements[names] = Statement(_update_sql(model, [sheet.column(name) for name in names]), guarded=True)
        statements[names].rows.append((*(values[name] for name in names), pk, version))
    for names, statement in statements.items():
        _resolve(statement, [sheet.column(name) for name in names])
    return list(statements.values())


def _update_sql(model: type[models.Model], columns: Iterable[Column]) -> str:
    quoted = connection.ops.quote_name
    names = {field.name: str(field.column) for field in model._meta.concrete_fields}
    sets = ", ".join(f"{quoted(names[column.stored])} = %s" for column in columns)
    table = quoted(model._meta.db_table)
    return f"UPDATE {table} SET {sets}, version = version + 1 WHERE id = %s AND version = %s"  # noqa: S608


def _resolve(statement: Statement, columns: list[Column]) -> None:
    """Put numbers in the place of codes."""
    places = [(place, _Numbers(ids_of(column.to))) for place, column in enumerate(columns) if column.to]
    if places:
        statement.rows = [_resolved(row, places) for row in statement.rows]


def _resolved(row: tuple[Any, ...], places: list[tuple[int, _Numbers]]) -> tuple[Any, ...]:
    cells = list(row)
    for place, numbers in places:
        code = cells[place]
        cells[place] = None if code is None else numbers[str(code)]
    return tuple(cells)


def _digest(rows: list[_Stored]) -> str:
    """SHA-256 over what is written, in the order of the file."""
    total = hashlib.sha256()
    for row in rows:
        line = [row.key, row.verdict, row.values]
        total.update(json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())
        total.update(b"\n")
    return total.hexdigest()
