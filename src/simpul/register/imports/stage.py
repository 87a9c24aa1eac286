"""The first step of an import: read the file, compare each row with what stands there, keep the verdicts.

Rows are written in many short transactions, so nobody else waits; an attempt that died is cleared away and begun anew.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_noop

from simpul.kit.geometry import Bounds
from simpul.record.evidence import open_evidence
from simpul.record.jobs import Cancelled
from simpul.register.imports.foreign import opened
from simpul.register.imports.run import Run
from simpul.register.imports.standing import Key, ids_of, references, standing
from simpul.register.imports.tables import FileProblem, Head
from simpul.register.logic.cells import Cell, is_empty
from simpul.register.logic.columns import Sheet
from simpul.register.logic.completion import COMPLETIONS, outside, settle_parent
from simpul.register.logic.faults import Fault
from simpul.register.logic.rows import Row, RowReader, Standing, Values, Verdict, compare, needed_faults
from simpul.register.logic.sheets import SHEETS
from simpul.register.models import ImportBatch
from simpul.register.service.imports import clear_rows

MOST_FAULTS_PER_ROW = 20
READING = gettext_noop("reading and comparing rows")
State = ImportBatch.State


def stage(run: Run) -> dict[str, object]:
    """Read the batch's file. Ends with the batch staged, or failed with its problem; idempotent."""
    batch = ImportBatch.objects.select_related("source").get(pk=run.arguments["batch"])
    if batch.state != State.STAGING:
        return outcome(batch)
    clear_rows(batch)
    try:
        with open_evidence(batch.source) as file:
            counts, columns = _Stager(run, batch).read(file)
    except Cancelled:
        _end(batch, state=State.DISCARDED, problem=Fault("cancelled").as_json())
        raise
    except FileProblem as problem:
        _end(batch, state=State.FAILED, problem=problem.fault.as_json())
        return outcome(batch)
    if not sum(counts.values()):
        _end(batch, state=State.FAILED, problem=Fault("no_rows").as_json(), columns=columns)
        return outcome(batch)
    _end(batch, state=State.STAGED, columns=columns, **{verdict.value: counts[verdict] for verdict in Verdict})
    return outcome(batch)


def outcome(batch: ImportBatch) -> dict[str, object]:
    """What a job or the command line says at the end."""
    counts = {verdict.value: getattr(batch, verdict.value) for verdict in Verdict}
    return {"batch": batch.pk, "kind": batch.kind, "state": str(batch.state), **counts}


def bounds() -> Bounds:
    """The box that the instance's points must lie in."""
    south, west, north, east = settings.CONFIGURATION.instance.bounds
    return Bounds(south, west, north, east)


def _end(batch: ImportBatch, **columns: Any) -> None:
    """Write the result, unless the batch was discarded or given up meanwhile."""
    ImportBatch.objects.filter(pk=batch.pk, state=State.STAGING).update(**columns)
    batch.refresh_from_db()
    if batch.state in (State.DISCARDED, State.FAILED):
        clear_rows(batch)


class _Stager:
    """One reading of one file."""

    def __init__(self, run: Run, batch: ImportBatch) -> None:
        self._run = run
        self._batch = batch
        self._sheet: Sheet = SHEETS[batch.kind]
        self._complete = COMPLETIONS[batch.kind]
        self._bounds = bounds()
        self._counts: Counter[Verdict] = Counter()
        self._number = self._total = 0
        # Where each key was first met, and what the rows so far say about the part they share.
        self._met: dict[Key, str] = {}
        self._shared: dict[object, tuple[str, Values]] = {}
        self._many_sheets = False
        # Areas that a row may hang on: those that are there, and those of earlier rows.
        self._areas = set(ids_of("area")) if self._sheet.kind == "areas" else set[str]()

    def read(self, file: BinaryIO) -> tuple[Counter[Verdict], list[list[str | None]]]:
        """All rows of all tables: how many of each verdict, and what each heading was taken for."""
        with opened(file, self._batch.file_name, self._sheet, self._tell) as (heads, chunks):
            self._many_sheets = len(heads) > 1
            self._total = sum(head.total for head in heads)
            readers = {id(head): self._reader(head) for head in heads}
            for head, chunk in chunks:
                self._take(head, readers[id(head)], chunk)
                self._tell()
        pairs = [pair for head in heads for pair in zip(head.headings, head.match.columns, strict=True) if pair[0]]
        return self._counts, [list(pair) for pair in dict.fromkeys(pairs)]

    def _tell(self) -> None:
        self._run.progress(self._number, max(self._total, self._number), READING)

    def _reader(self, head: Head) -> RowReader:
        used = [self._sheet.column(name) for name in head.match.columns if name]
        return RowReader(self._sheet, head.match.columns, references(used), exact=head.exact)

    def _take(self, head: Head, reader: RowReader, chunk: list[tuple[int, list[Cell]]]) -> None:
        read = [(line, reader.read(cells)) for line, cells in chunk if not all(map(is_empty, cells))]
        keys = [key for _, row in read if (key := row.key(self._sheet))]
        there = standing(self._sheet, {name for name in head.match.columns if name}, keys)
        rows = [self._judged(head.name, line, row, there) for line, row in read]
        if rows:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.executemany(_insert_sql(), rows)

    def _judged(self, sheet: str, line: int, row: Row, there: dict[Key, Standing]) -> tuple[Any, ...]:
        """The row's verdict, as the columns of ImportRow."""
        self._number += 1
        key = row.key(self._sheet)
        now = there.get(key) if key else None
        place = f'"{sheet}" {line}' if self._many_sheets else str(line)
        values = self._with_shared(row, key, place)
        if key is not None:
            if key in self._met:
                row.faults.append(Fault("key_twice", column=self._sheet.key[-1], value=shown(key), row=self._met[key]))
            self._met.setdefault(key, place)
        wanted, faults = self._complete(values, now)
        faults = [row.quoting(fault) for fault in faults]
        if self._sheet.kind == "areas" and not faults:
            faults += settle_parent(wanted, self._areas)
            self._areas.add(str(wanted["code"]))
        if not row.faults:
            new_parts = [part for part in self._sheet.parts if now is None or part not in now.ids]
            needed = needed_faults(self._sheet, wanted, new_parts)
            there_then = (now.values if now else {}) | wanted
            row.faults += needed or [*faults, *map(row.quoting, outside(there_then, self._bounds))]
        verdict, changed, before = compare(self._sheet, wanted, now)
        if row.faults:
            # What could be read of it is kept to be shown beside its faults.
            verdict, changed, before = Verdict.WRONG, dict(row.values), {}
        self._counts[verdict] += 1
        problems = [fault.as_json() for fault in row.faults[:MOST_FAULTS_PER_ROW]]
        return (
            self._batch.pk,
            self._number,
            sheet[:80],
            line,
            shown(key) if key else "",
            verdict.value,
            *_seen(now, self._sheet.parts[-1]),
            *(_seen(now, self._sheet.parts[0]) if len(self._sheet.parts) > 1 else (None, None)),
            *(json.dumps(value, ensure_ascii=False) for value in (changed, before, problems)),
        )

    def _with_shared(self, row: Row, key: Key | None, place: str) -> Values:
        """The row's values with those of its contract from earlier rows; they must not contradict each other."""
        if len(self._sheet.parts) == 1 or key is None:
            return row.values
        first, known = self._shared.setdefault(key[0], (place, {}))
        for column in self._sheet.of_part(self._sheet.parts[0]):
            if column.name not in row.values:
                continue
            value = row.values[column.name]
            if known.setdefault(column.name, value) != value:
                fault = Fault("differs_from_row", column=column.name, value=str(value), row=first)
                row.faults.append(row.quoting(fault))
        return known | row.values


def shown(key: Key) -> str:
    """A key as one text: `OPD-01`, `027/11/2023#1`."""
    return "#".join(str(piece) for piece in key)


def _seen(now: Standing | None, part: str) -> tuple[int | None, int | None]:
    return now.ids.get(part, (None, None)) if now else (None, None)


def _insert_sql() -> str:
    columns = (
        "batch_id, number, sheet, line, key, verdict, target, target_version, parent, parent_version, "
        '"values", before, problems'
    )
    # PostgreSQL takes a text for jsonb only where it is told to.
    as_json = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
    marks = ", ".join(["%s"] * 10 + [as_json] * 3)
    return f"INSERT INTO register_importrow ({columns}) VALUES ({marks})"  # noqa: S608 (no value in it)
