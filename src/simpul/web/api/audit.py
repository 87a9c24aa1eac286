"""The hash-chained log, for programs of an auditor."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema
from pydantic import Field

from simpul.people.logic.rights import Permission
from simpul.record.entries import of
from simpul.record.models import LogEntry
from simpul.web.api.errors import FAULTS
from simpul.web.api.paging import Moment, Page, Window, Word, page
from simpul.web.api.words import VerbWord
from simpul.web.middleware import ViewerRequest

router = Router(tags=["audit"])


class EntryAnswer(Schema):
    """One line of the log. `before` and `after` hold the columns that changed, null where there was no row.

    `about_kind` and `about_ref` name what the object belongs to, such as the site of a device; empty if nothing.
    """

    seq: int
    at: datetime
    actor_key: str
    actor_name: str
    verb: str
    kind: str
    ref: str
    about_kind: str
    about_ref: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    note: str
    previous: str
    hash: str

    @staticmethod
    def resolve_before(row: LogEntry) -> dict[str, Any] | None:
        """The stored text as an object."""
        return json.loads(row.before) if row.before else None

    @staticmethod
    def resolve_after(row: LogEntry) -> dict[str, Any] | None:
        """The stored text as an object."""
        return json.loads(row.after) if row.after else None


class EntryWindow(Window):
    """Filters of the log."""

    actor: Annotated[Word | None, Field(description="Key of the actor, for example `user:17`")] = None
    verb: VerbWord | None = None
    kind: Annotated[Word | None, Field(description="Kind of object, for example `register.site`")] = None
    ref: Annotated[
        Word | None,
        Field(
            description="Code of the object; use it together with `kind`. What belongs to the object is found with it"
        ),
    ] = None
    since: Annotated[Moment | None, Field(description="From this moment on")] = None
    until: Annotated[Moment | None, Field(description="Before this moment")] = None


@router.get("", response={200: Page[EntryAnswer], **FAULTS}, operation_id="list_audit_entries")
def list_audit_entries(request: ViewerRequest, window: Query[EntryWindow]) -> dict[str, Any]:
    """Entries, newest first. Needs the permission `audit.see`."""
    request.actor.require(Permission.SEE_AUDIT)
    wanted = {
        "actor_key": window.actor,
        "verb": window.verb,
        "kind": None if window.ref else window.kind,
        "at__gte": window.since,
        "at__lt": window.until,
    }
    rows = LogEntry.objects.filter(**{name: value for name, value in wanted.items() if value is not None})
    if window.ref:
        rows = rows.filter(of(window.ref, window.kind or ""))
    return page(request, rows, window, newest_first=True)


@router.get("/{seq}", response={200: EntryAnswer, **FAULTS}, operation_id="get_audit_entry")
def get_audit_entry(request: ViewerRequest, seq: Annotated[int, Field(ge=0, le=2**63 - 1)]) -> LogEntry:
    """One entry by its number."""
    request.actor.require(Permission.SEE_AUDIT)
    return get_object_or_404(LogEntry, seq=seq)
