"""Importing in tests: the verbs and steps, one after the other, without a runner."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from simpul.kit.actor import Actor
from simpul.register import text
from simpul.register.imports import steps as imports
from simpul.register.models import ImportBatch, ImportRow
from simpul.register.service.imports import approve_import, prepare_import, revoke_import


class Run:
    """One run of a step."""

    def __init__(self, actor: Actor, batch: ImportBatch) -> None:
        self.actor = actor
        self.arguments: Mapping[str, Any] = {"batch": batch.pk}
        self.told: list[tuple[int, int, str]] = []

    def progress(self, done: int, total: int = 0, step: str = "") -> None:
        """Keep what was told."""
        self.told.append((done, total, step))


def staged(actor: Actor, kind: str, content: str | bytes, name: str = "berkas.csv") -> ImportBatch:
    """A batch that has been read and compared."""
    data = content.encode() if isinstance(content, str) else content
    batch = prepare_import(actor, kind, name, io.BytesIO(data))
    imports.stage(Run(actor, batch))
    batch.refresh_from_db()
    return batch


def applied(actor: Actor, kind: str, content: str | bytes, name: str = "berkas.csv") -> ImportBatch:
    """A batch that has been written; its state says whether it really was."""
    batch = staged(actor, kind, content, name)
    assert batch.state == "staged", text.problem_of(batch)
    assert not batch.wrong, problems(batch)
    imports.apply(Run(actor, approve_import(actor, batch)))
    batch.refresh_from_db()
    return batch


def undone(actor: Actor, batch: ImportBatch) -> ImportBatch:
    """The batch after it was asked to be taken back."""
    imports.undo(Run(actor, revoke_import(actor, batch)))
    batch.refresh_from_db()
    return batch


def counts(batch: ImportBatch) -> tuple[int, int, int, int]:
    """new, changed, same, wrong."""
    return batch.new, batch.changed, batch.same, batch.wrong


def problems(batch: ImportBatch) -> list[str]:
    """Every problem of every wrong row, with its place."""
    rows = ImportRow.objects.filter(batch=batch, verdict="wrong").order_by("number")
    return [line for row in rows for line in text.row_problems(batch, row)]
