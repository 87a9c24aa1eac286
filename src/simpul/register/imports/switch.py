"""The second step of an import: everything in one short transaction, or nothing. And its way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, connection, models
from django.utils.translation import gettext_noop

from simpul.record.change import Change
from simpul.record.jobs import Cancelled
from simpul.record.models import LogEntry
from simpul.register.events import BatchApplied, BatchUndone
from simpul.register.imports.at_once import at_once
from simpul.register.imports.conflicts import changed_since, made_by, moved_on, new_changed_since, used_since
from simpul.register.imports.plan import ReferenceGone, Statement, plan_of, undo_statements
from simpul.register.imports.run import Run
from simpul.register.imports.stage import outcome
from simpul.register.imports.standing import PARTS
from simpul.register.logic.columns import Sheet
from simpul.register.logic.faults import Fault
from simpul.register.logic.sheets import SHEETS
from simpul.register.models import ImportBatch

PREPARING = gettext_noop("preparing")
WRITING = gettext_noop("writing all rows at once")
MOST_NAMED = 50
State = ImportBatch.State
Made = dict[str, list[int]]


class _MovedOn(Exception):
    """A row is not as it was when it was compared."""


def apply(run: Run) -> dict[str, object]:
    """Write a staged batch. A batch whose rows were changed meanwhile goes back to staged, with their names."""
    batch = ImportBatch.objects.select_related("source").get(pk=run.arguments["batch"])
    if batch.state != State.APPLYING:
        return outcome(batch)
    sheet = SHEETS[batch.kind]
    try:
        run.progress(0, batch.new + batch.changed, PREPARING)
        plan = plan_of(batch, sheet)
        run.progress(batch.new + batch.changed, batch.new + batch.changed, WRITING)

        def work() -> Made | None:
            return _insert_and_update(sheet, plan.statements) if _locked(batch, State.APPLYING) else None

        def tell(this: Change, made: Made | None) -> None:
            if made is not None:
                _mark(batch, State.APPLIED, applied_at=this.at, digest=plan.digest, made=made, problem={})
                _tell_applied(this, batch)

        at_once(run.actor, work, tell)
    except Cancelled:
        ImportBatch.objects.filter(pk=batch.pk, state=State.APPLYING).update(
            state=State.STAGED, problem=Fault("cancelled").as_json()
        )
        raise
    except ReferenceGone as gone:
        _refuse(batch, State.APPLYING, State.STAGED, "reference_gone", [gone.code])
    except (_MovedOn, IntegrityError):
        moved = moved_on(batch, sheet)
        if not moved:
            raise
        _refuse(batch, State.APPLYING, State.STAGED, "moved_on", moved)
    return outcome(batch)


def undo(run: Run) -> dict[str, object]:
    """Take an applied batch back: old values return, new rows go. Refused if one was changed or is used since."""
    batch = ImportBatch.objects.get(pk=run.arguments["batch"])
    if batch.state != State.UNDOING:
        return outcome(batch)
    sheet = SHEETS[batch.kind]
    try:
        run.progress(0, batch.new + batch.changed, PREPARING)
        statements = undo_statements(batch, sheet)
        run.progress(batch.new + batch.changed, batch.new + batch.changed, WRITING)

        def work() -> int | None:
            return _take_back(batch, sheet, statements) if _locked(batch, State.UNDOING) else None

        def tell(this: Change, removed: int | None) -> None:
            if removed is not None:
                _mark(batch, State.UNDONE, undone_at=this.at, problem={})
                _tell_undone(this, batch, removed)

        at_once(run.actor, work, tell)
    except Cancelled:
        ImportBatch.objects.filter(pk=batch.pk, state=State.UNDOING).update(
            state=State.APPLIED, problem=Fault("cancelled").as_json()
        )
        raise
    except ReferenceGone as gone:
        _refuse(batch, State.UNDOING, State.APPLIED, "reference_gone", [gone.code])
    except (_MovedOn, IntegrityError):
        touched = [*new_changed_since(batch, sheet), *changed_since(batch, sheet)]
        rows, code = (touched, "changed_since") if touched else (used_since(batch, sheet), "used_since")
        if not rows:
            raise
        _refuse(batch, State.UNDOING, State.APPLIED, code, rows)
    return outcome(batch)


def _locked(batch: ImportBatch, state: str) -> bool:
    """Whether the batch is still in the state, now that nobody else can change it."""
    return ImportBatch.objects.select_for_update().filter(pk=batch.pk, state=state).exists()


def _insert_and_update(sheet: Sheet, statements: Sequence[Statement]) -> Made:
    low = {part: _highest(part) for part in sheet.parts}
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.executemany(statement.sql, statement.rows)
            if statement.guarded and cursor.rowcount != len(statement.rows):
                raise _MovedOn
    return {part: [low[part], _highest(part)] for part in sheet.parts}


def _highest(part: str) -> int:
    """Numbers only grow, so what this import makes lies above it."""
    highest = PARTS[part]._base_manager.aggregate(models.Max("pk"))["pk__max"]  # noqa: SLF001
    return int(highest or 0)


def _mark(batch: ImportBatch, state: str, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(batch, name, value)
    batch.state = state
    batch.save(update_fields=["state", *columns])


def _tell_applied(this: Change, batch: ImportBatch) -> None:
    after = {
        "kind": batch.kind,
        "file": batch.file_name,
        "sha256": batch.source.sha256,
        "new": batch.new,
        "changed": batch.changed,
        "digest": batch.digest,
    }
    this.did(LogEntry.Verb.IMPORTED, "register.importbatch", str(batch.pk), after=after)
    this.emit(BatchApplied(batch=batch.pk, kind=batch.kind, new=batch.new, changed=batch.changed))


def _refuse(batch: ImportBatch, running: str, back: str, code: str, rows: list[str]) -> None:
    problem = Fault(code, count=len(rows), names=", ".join(rows[:MOST_NAMED])).as_json()
    ImportBatch.objects.filter(pk=batch.pk, state=running).update(state=back, problem=problem)
    batch.refresh_from_db()


def _take_back(batch: ImportBatch, sheet: Sheet, statements: Sequence[Statement]) -> int:
    """Old values return, new rows go, dependent parts first; how many went."""
    _insert_and_update(sheet, statements)
    if new_changed_since(batch, sheet) or used_since(batch, sheet):
        raise _MovedOn
    removed = 0
    for part in reversed(sheet.parts):
        count = made_by(batch, part)._raw_delete(connection.alias)  # noqa: SLF001 (no signals, no collecting)
        removed = count if part == sheet.parts[-1] else removed
    return removed


def _tell_undone(this: Change, batch: ImportBatch, removed: int) -> None:
    after = {"file": batch.file_name, "removed": removed, "restored": batch.changed}
    this.did(LogEntry.Verb.UNDONE, "register.importbatch", str(batch.pk), after=after)
    this.emit(BatchUndone(batch=batch.pk, kind=batch.kind, removed=removed, restored=batch.changed))
