"""What an import is called, where it stands and what comes of it, in words."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from simpul.register.models import ImportBatch
from simpul.web import cells, figures

State = ImportBatch.State
WAITING = Q(state=State.STAGED, wrong=0) & (Q(new__gt=0) | Q(changed__gt=0))
WITH_WRONG = Q(state=State.STAGED, wrong__gt=0)

KINDS: dict[str, tuple[Promise, Promise]] = {
    "sites": (
        gettext_lazy("Sites"),
        gettext_lazy("Offices, public spaces, villages and points of presence, by their code."),
    ),
    "contracts": (
        gettext_lazy("Contracts"),
        gettext_lazy("A row for each line; the contract's own columns repeat."),
    ),
    "areas": (
        gettext_lazy("Areas"),
        gettext_lazy("Districts and villages by their official code; needed before sites that name them."),
    ),
}
TONES = {
    State.STAGED: "warn",
    State.APPLIED: "ok",
    State.FAILED: "bad",
    State.STAGING: "info",
    State.APPLYING: "info",
    State.UNDOING: "info",
}


def kind_of(batch: ImportBatch) -> str:
    """`Sites`."""
    return str(KINDS[batch.kind][0]) if batch.kind in KINDS else batch.kind


def state_of(batch: ImportBatch) -> str:
    """Where it stands, in a few words; a file that cannot be applied is not "ready"."""
    if batch.state != State.STAGED or batch.may_be_applied:
        return str(batch.get_state_display())
    return _("rows are wrong") if batch.wrong else _("nothing would change")


def state_chip(batch: ImportBatch) -> SafeString:
    """The same as a chip."""
    tone = TONES.get(State(batch.state), "")
    if batch.state == State.STAGED and not batch.may_be_applied:
        tone = "bad" if batch.wrong else ""
    return cells.chip(state_of(batch), tone)


def answer_of(batch: ImportBatch) -> str:
    """The title of its page."""
    if batch.state == State.STAGED and batch.wrong:
        said = ngettext(
            "%(wrong)s of %(total)s rows is wrong; nothing was written",
            "%(wrong)s of %(total)s rows are wrong; nothing was written",
            batch.wrong,
        )
        return said % {"wrong": figures.number(batch.wrong), "total": figures.number(batch.total)}
    if batch.state == State.STAGED:
        counted = counted_rows(batch)
        return _("%(rows)s: ready to apply") % {"rows": counted} if counted else _("Nothing would change")
    if batch.state == State.APPLIED:
        return _("Applied: %(rows)s") % {"rows": counted_rows(batch)}
    return {
        State.STAGING: _("The file is being read"),
        State.APPLYING: _("The rows are being written"),
        State.UNDOING: _("The import is being undone"),
        State.FAILED: _("This file could not be read"),
        State.DISCARDED: _("Given up; nothing was written"),
        State.UNDONE: _("Undone; the register is as it was before"),
    }[State(batch.state)]


def counted_rows(batch: ImportBatch) -> str:
    """`3 new and 1 changed rows`, without what there is none of; empty if there is neither."""
    new, changed = figures.number(batch.new), figures.number(batch.changed)
    if batch.new and batch.changed:
        return _("%(new)s new and %(changed)s changed rows") % {"new": new, "changed": changed}
    if batch.new:
        return ngettext("%(new)s new row", "%(new)s new rows", batch.new) % {"new": new}
    if batch.changed:
        return ngettext("%(changed)s changed row", "%(changed)s changed rows", batch.changed) % {"changed": changed}
    return ""


def answer_of_all(batches: QuerySet[ImportBatch]) -> str:
    """The title of the list: what waits for somebody, and what for."""
    waiting, wrong = batches.filter(WAITING).count(), batches.filter(WITH_WRONG).count()
    said = []
    if waiting:
        text = ngettext(
            "%(number)s import waits for your decision", "%(number)s imports wait for your decision", waiting
        )
        said.append(text % {"number": figures.number(waiting)})
    if wrong:
        text = ngettext("%(number)s file has wrong rows to mend", "%(number)s files have wrong rows to mend", wrong)
        said.append(text % {"number": figures.number(wrong)})
    if said:
        return "; ".join(said)
    return _("No import is waiting") if batches.exists() else _("Nothing has been imported yet")
