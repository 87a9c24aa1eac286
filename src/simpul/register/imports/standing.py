"""What stands in the register under the keys of a file's rows, in the plain form in which rows are compared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Case, When

from simpul.people.models import Organisation
from simpul.register.logic.cells import Value
from simpul.register.logic.columns import Column, Holds, Sheet
from simpul.register.logic.rows import References, Standing, Values
from simpul.register.models import Area, Contract, ContractLine, Site

PARTS: dict[str, type[models.Model]] = {"site": Site, "contract": Contract, "line": ContractLine, "area": Area}
Key = tuple[Value, ...]
# Values that the rules between columns need, whether or not the file has them.
_ALWAYS = {
    "sites": {"latitude", "longitude", "position"},
    "contracts": {"contract_starts_on", "contract_ends_on", "starts_on", "ends_on"},
    "areas": {"name", "level", "parent"},
}


def references(columns: Iterable[Column]) -> References:
    """For each table that these columns point to: every spelling of a row, without case, and its code."""
    return {to: _SPELLINGS[to]() for to in {column.to for column in columns if column.to and not column.derived}}


def ids_of(to: str) -> dict[str, int]:
    """Code -> number of the rows of a table that is pointed to."""
    return _IDS[to]()


def standing(sheet: Sheet, names: Collection[str], keys: Iterable[Key]) -> dict[Key, Standing]:
    """What stands under each key, with the values of the named columns. A constant number of queries."""
    always = _ALWAYS[sheet.kind]
    wanted = [column for column in sheet.columns if column.name in always | set(names)]
    columns = [c for c in wanted if c.holds is not Holds.POINT and (c.name in always or not c.derived)]
    if sheet.kind == "contracts":
        return _contract_lines(columns, list(keys))
    part = sheet.parts[0]
    rows = _values(PARTS[part]._base_manager.filter(code__in=[key[0] for key in keys]), columns)  # noqa: SLF001
    return {(code,): Standing({part: (pk, version)}, values) for pk, version, code, values in rows}


def _contract_lines(columns: list[Column], keys: list[Key]) -> dict[Key, Standing]:
    codes = {key[0] for key in keys}
    of_contract = [column for column in columns if column.part == "contract"]
    of_line = [column for column in columns if column.part == "line"]
    contracts = {
        code: (pk, version, values)
        for pk, version, code, values in _values(Contract.objects.filter(code__in=codes), of_contract)
    }
    numbers = {key[1] for key in keys if isinstance(key[1], int)}
    lines_there = ContractLine.objects.filter(contract__code__in=codes, number__in=numbers)
    lines = {
        (code, number): (pk, version, values)
        for pk, version, (code, number), values in _values(lines_there, of_line, ("contract__code", "number"))
    }
    found = {}
    for key in keys:
        if key[0] not in contracts:
            continue
        pk, version, values = contracts[key[0]]
        ids = {"contract": (pk, version)}
        if key in lines:
            line_pk, line_version, line_values = lines[key]
            ids["line"] = (line_pk, line_version)
            values = values | line_values
        found[key] = Standing(ids, values)
    return found


def _values(
    rows: models.QuerySet[Any], columns: list[Column], key: tuple[str, ...] = ("code",)
) -> list[tuple[int, int, Any, Values]]:
    names = [column.name for column in columns]
    paths = [path_of(column) for column in columns]
    found = []
    for pk, version, *rest in rows.order_by().values_list("pk", "version", *key, *paths):
        code = rest[0] if len(key) == 1 else tuple(rest[: len(key)])
        values = dict(zip(names, map(plain_value, rest[len(key) :]), strict=True))
        found.append((pk, version, code, values))
    return found


def path_of(column: Column, prefix: str = "") -> Any:
    """Where a query finds the column's plain value: its own column, or the code of what it points to.

    `prefix` leads from the queryset's model to the column's, as `contract__`.
    """
    path = f"{prefix}{column.stored}"
    if column.to == "contract_line":
        number = models.functions.Cast(f"{path}__number", models.CharField())
        return Case(
            When(
                **{f"{path}__isnull": False},
                then=models.functions.Concat(f"{path}__contract__code", models.Value("#"), number),
            ),
            output_field=models.CharField(),
        )
    return f"{path}__code" if column.to else path


def plain_value(value: Any) -> Value:
    """A database value as rows are compared: decimals with their fixed places, days as `2023-01-16`."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date):
        return value.isoformat()
    plain: Value = value
    return plain


def _organisations() -> dict[str, str]:
    spelt: dict[str, str] = {}
    rows = list(Organisation.objects.values_list("code", "name", "short_name"))
    for code, *names in rows:
        for name in {_spelt(name) for name in names if name}:
            # Two bodies of one name cannot be told apart by it.
            spelt[name] = "" if name in spelt else code
    return spelt | {_spelt(code): code for code, *_ in rows}


def _areas() -> dict[str, str]:
    return {_spelt(code): code for code in Area.objects.values_list("code", flat=True)}


def _lines() -> dict[str, str]:
    return {_spelt(code): code for code in _line_ids()}


def _line_ids() -> dict[str, int]:
    rows = ContractLine.objects.values_list("contract__code", "number", "pk")
    return {f"{code}#{number}": pk for code, number, pk in rows}


def _spelt(text: str) -> str:
    return " ".join(text.split()).casefold()


_SPELLINGS: dict[str, Callable[[], dict[str, str]]] = {
    "organisation": _organisations,
    "area": _areas,
    "contract_line": _lines,
}
_IDS: dict[str, Callable[[], dict[str, int]]] = {
    "organisation": lambda: dict(Organisation.objects.values_list("code", "pk")),
    "area": lambda: dict(Area.objects.values_list("code", "pk")),
    "contract_line": _line_ids,
}
