"""Which rows stand in the way of applying or undoing an import, by the names that people know."""

from __future__ import annotations

from typing import Any

from django.db import connection, models

from simpul.register.imports.plan import code_of
from simpul.register.imports.standing import PARTS
from simpul.register.logic.columns import Sheet
from simpul.register.models import ImportBatch, ImportRow

MOST_NAMED = 50


def moved_on(batch: ImportBatch, sheet: Sheet) -> list[str]:
    """Keys of the rows that do not stand as they were when they were compared."""
    found: set[str] = set()
    for part in sheet.parts:
        target, version = _seen_in(sheet, part)
        versions, taken = _versions(part), _keys(part)
        rows = _written(batch).values_list("key", target, version)
        for key, pk, seen in rows.iterator(chunk_size=5000):
            there = code_of(sheet, part, key) in taken if pk is None else versions.get(pk) != seen
            if there:
                found.add(key)
    return sorted(found)


def changed_since(batch: ImportBatch, sheet: Sheet) -> list[str]:
    """Keys of the rows that the batch changed and somebody else has changed, or removed, since."""
    found: set[str] = set()
    for part in sheet.parts:
        target, version = _seen_in(sheet, part)
        versions = _versions(part)
        names = {column.name for column in sheet.of_part(part)}
        rows = _written(batch).exclude(**{target: None}).values_list("key", target, version, "before")
        for key, pk, seen, before in rows.iterator(chunk_size=5000):
            if names & before.keys() and versions.get(pk) != seen + 1:
                found.add(key)
    return sorted(found)


def new_changed_since(batch: ImportBatch, sheet: Sheet) -> list[str]:
    """Codes of the rows that the batch made and somebody has changed since."""
    return [str(row.code) for part in sheet.parts for row in made_by(batch, part).exclude(version=1)[:MOST_NAMED]]


def used_since(batch: ImportBatch, sheet: Sheet) -> list[str]:
    """Codes of the rows that the batch made and others stand on by now."""
    found: set[str] = set()
    parts = {PARTS[part]: part for part in sheet.parts}
    for part in sheet.parts:
        for relation in PARTS[part]._meta.related_objects:
            name = relation.field.name
            users = _all(relation.related_model).filter(**{f"{name}__in": made_by(batch, part)})
            if relation.related_model in parts:
                users = users.exclude(pk__in=made_by(batch, parts[relation.related_model]))
            # By the used rows' own keys: a relation may be of many to many, which cannot be read with the user.
            used = made_by(batch, part).filter(pk__in=users.values(name))
            found |= {str(row.code) for row in used[:MOST_NAMED]}
    return sorted(found)


def made_by(batch: ImportBatch, part: str) -> models.QuerySet[Any]:
    """Rows of one part that the batch made and that are still there."""
    low, high = batch.made[part]
    rows = _all(PARTS[part]).filter(pk__gt=low, pk__lte=high)
    # SQLite lets one write at a time, so the range is the batch's alone; elsewhere others may have numbers in it.
    return rows if connection.vendor == "sqlite" else _with_keys_of(batch, part, rows)


def _with_keys_of(batch: ImportBatch, part: str, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    new = ImportRow.objects.filter(batch=batch, verdict="new")
    if part == "line":
        text = models.functions.Cast("number", models.CharField())
        named = rows.annotate(key=models.functions.Concat("contract__code", models.Value("#"), text))
        return rows.filter(pk__in=named.filter(key__in=new.values("key")).values("pk"))
    if part == "contract":
        codes = {key.rpartition("#")[0] for key in new.filter(parent=None).values_list("key", flat=True)}
        return rows.filter(code__in=codes)
    return rows.filter(code__in=new.values("key"))


def _written(batch: ImportBatch) -> models.QuerySet[ImportRow]:
    return ImportRow.objects.filter(batch=batch, verdict__in=["new", "changed"]).order_by("number")


def _seen_in(sheet: Sheet, part: str) -> tuple[str, str]:
    """The columns of an import's row that say which row of the part was seen, and in which version."""
    return ("target", "target_version") if part == sheet.parts[-1] else ("parent", "parent_version")


def _versions(part: str) -> dict[int, int]:
    return dict(_all(PARTS[part]).values_list("pk", "version"))


def _keys(part: str) -> set[str]:
    if part == "line":
        rows = _all(PARTS[part]).values_list("contract__code", "number")
        return {f"{code}#{number}" for code, number in rows}
    return set(_all(PARTS[part]).values_list("code", flat=True))


def _all(model: type[models.Model]) -> models.QuerySet[Any]:
    return models.QuerySet(model).order_by()
