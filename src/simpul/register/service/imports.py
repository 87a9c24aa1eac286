"""Imports, step by step: each verb records what was asked for and leaves the long work to a job."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from simpul.kit.actor import Actor
from simpul.kit.problem import Problem
from simpul.people.logic.rights import Permission
from simpul.record.change import change
from simpul.record.evidence import Readable, keep
from simpul.record.jobs import JobRun, begin, enqueue
from simpul.record.models import Evidence, Job, JobState
from simpul.register.logic.faults import Fault
from simpul.register.logic.sheets import SHEETS
from simpul.register.models import ImportBatch, ImportRow

State = ImportBatch.State
_CHUNK = 5000
# Where a batch goes back to when nobody works on it any more.
_BACK = {State.STAGING: State.FAILED, State.APPLYING: State.STAGED, State.UNDOING: State.APPLIED}
_BROKE_OFF = {State.STAGING: "broke_off", State.APPLYING: "apply_broke_off", State.UNDOING: "undo_broke_off"}
# Work without a job is a caller's own; one that has not come to its end by then was killed.
_FORGOTTEN = timedelta(days=1)


class ImportRefused(Problem):
    """The batch is not in a state for that. `code` names the reason, as `register.text` knows it."""

    def __init__(self, batch: ImportBatch | None, code: str, text: str) -> None:
        super().__init__(f"import {batch.pk} of {batch.file_name}: {text}" if batch else text)
        self.batch = batch
        self.code = code


def start_import(actor: Actor, kind: str, file_name: str, file: Readable) -> ImportBatch:
    """Keep the file and have it read and compared. Nothing is written to the register yet.

    Raises Forbidden, ImportRefused for an unknown kind, or record.evidence's TooLarge and Empty.
    """
    require(actor, kind)
    source = keep(actor, file_name, "application/octet-stream", file)
    with change(actor):
        return _ask_for(actor, _new_batch(actor, kind, file_name, source), "register.stage")


def prepare_import(actor: Actor, kind: str, file_name: str, file: Readable) -> ImportBatch:
    """As `start_import`, for a caller that runs the reading itself."""
    require(actor, kind)
    return _new_batch(actor, kind, file_name, keep(actor, file_name, "application/octet-stream", file))


def apply_import(actor: Actor, batch: ImportBatch) -> ImportBatch:
    """Have a staged batch written. Raises Forbidden, or ImportRefused while a row is wrong or nothing would change."""
    with change(actor):
        return _ask_for(actor, approve_import(actor, batch), "register.apply")


def approve_import(actor: Actor, batch: ImportBatch) -> ImportBatch:
    """As `apply_import`, for a caller that runs the writing itself."""
    require(actor, batch.kind)
    with change(actor) as this:
        _lock(batch)
        if batch.state != State.STAGED:
            raise ImportRefused(batch, "not_staged", f"it is {batch.state}, not ready to apply. Look at its page")
        if batch.wrong:
            raise ImportRefused(batch, "rows_wrong", f"{batch.wrong} rows are wrong. Mend the file, import it again")
        if not batch.new and not batch.changed:
            raise ImportRefused(batch, "nothing_to_do", "every row stands there already. Nothing to apply")
        this.watch(batch)
        _move(batch, State.APPLYING)
    return batch


def undo_import(actor: Actor, batch: ImportBatch) -> ImportBatch:
    """Have an applied batch taken back. Raises Forbidden or ImportRefused."""
    with change(actor):
        return _ask_for(actor, revoke_import(actor, batch), "register.undo")


def revoke_import(actor: Actor, batch: ImportBatch) -> ImportBatch:
    """As `undo_import`, for a caller that runs it itself."""
    require(actor, batch.kind)
    with change(actor) as this:
        _lock(batch)
        if batch.state != State.APPLIED:
            raise ImportRefused(batch, "not_applied", f"it is {batch.state}, so there is nothing to undo")
        this.watch(batch)
        _move(batch, State.UNDOING)
    return batch


def discard_import(actor: Actor, batch: ImportBatch) -> ImportBatch:
    """Give up a batch that was not applied; its rows go, its file stays. Raises Forbidden or ImportRefused."""
    require(actor, batch.kind)
    with change(actor) as this:
        _lock(batch)
        if batch.state not in (State.STAGING, State.STAGED, State.FAILED):
            raise ImportRefused(batch, "not_discardable", f"it is {batch.state}. Undo it instead")
        this.watch(batch)
        _move(batch, State.DISCARDED)
        # A running reader finds the batch discarded and clears its own rows away.
        if batch.job is not None and not batch.job.is_over:
            Job.objects.filter(pk=batch.job.pk).update(cancel=True)
    clear_rows(batch)
    return batch


def work_here(actor: Actor, batch: ImportBatch, kind: str) -> JobRun:
    """The run of a step that the caller does itself: when the caller dies, a runner of jobs takes it up."""
    with change(actor):
        run = begin(actor, kind, {"batch": batch.pk})
        batch.job = Job.objects.get(pk=run.pk)
        batch.save(update_fields=["job"])
    return run


def settle_abandoned() -> int:
    """Give every batch on which nobody works any more its end and the reason for it; how many there were.

    Its job failed, was called off before it began, or was given up because whoever ran it was killed.
    """
    over = Q(job__state__in=[JobState.DONE, JobState.FAILED, JobState.CANCELLED])
    forgotten = Q(job=None, created_at__lt=timezone.now() - _FORGOTTEN)
    found = list(ImportBatch.objects.filter(over | forgotten, state__in=_BACK).select_related("job"))
    for batch in found:
        state = State(batch.state)
        called_off = batch.job is not None and batch.job.state == JobState.CANCELLED
        end = State.DISCARDED if called_off and state == State.STAGING else _BACK[state]
        problem = Fault("cancelled") if called_off else _why_broken(batch, state)
        as_seen = ImportBatch.objects.filter(pk=batch.pk, state=state, job=batch.job)
        if as_seen.update(state=end, problem=problem.as_json()) and state == State.STAGING:
            clear_rows(batch)
    return len(found)


def _why_broken(batch: ImportBatch, state: str) -> Fault:
    times = batch.job.result.get("given_up") if batch.job is not None else None
    if state == State.STAGING and times:
        return Fault("reading_given_up", times=times)
    return Fault(_BROKE_OFF[State(state)])


def clear_rows(batch: ImportBatch) -> None:
    """Delete the batch's rows, a few thousand at a time, so that nobody waits."""
    rows = ImportRow.objects.filter(batch=batch)
    while numbers := list(rows.order_by("number").values_list("number", flat=True)[:_CHUNK]):
        rows.filter(number__lte=numbers[-1]).delete()


def require(actor: Actor, kind: str) -> None:
    """Raise Forbidden unless the actor may import this kind, or ImportRefused for a kind that does not exist."""
    actor.require(Permission.IMPORT)
    actor.require(Permission.EDIT_CONTRACTS if kind == "contracts" else Permission.EDIT_REGISTER)
    if kind not in SHEETS:
        raise ImportRefused(None, "kind_not_known", f'"{kind}" cannot be imported. Use one of {", ".join(SHEETS)}')


def _new_batch(actor: Actor, kind: str, file_name: str, source: Evidence) -> ImportBatch:
    with change(actor) as this:
        batch = ImportBatch.objects.create(
            kind=kind,
            file_name=file_name[:255],
            source=source,
            actor_key=actor.key,
            actor_name=actor.name,
            created_at=this.at,
        )
        this.created(batch)
    return batch


def _ask_for(actor: Actor, batch: ImportBatch, kind: str) -> ImportBatch:
    batch.job = enqueue(actor, kind, {"batch": batch.pk})
    batch.save(update_fields=["job"])
    return batch


def _lock(batch: ImportBatch) -> None:
    """Read the batch anew, for this transaction alone. What nobody works on any more goes back a step.

    A run that still lives although its job was given up does no harm: each step looks at the state again before it
    writes.
    """
    batch.refresh_from_db(from_queryset=ImportBatch.objects.select_for_update())
    working = batch.job is not None and not batch.job.is_over
    if batch.state in _BACK and not working:
        batch.state = _BACK[State(batch.state)]


def _move(batch: ImportBatch, state: str) -> None:
    batch.state = state
    batch.problem = {}
    # The job of the step before says nothing of this one.
    batch.job = batch.job if state == State.DISCARDED else None
    batch.save(update_fields=["state", "problem", "job"])
