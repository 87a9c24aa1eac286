"""One change: the rows, their audit entries and their events, in one transaction or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone

from simpul.kit.actor import Actor
from simpul.kit.events import Event
from simpul.record.models import LogEntry, LogHead, OutboxEvent

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """One line for the log, before it is chained."""

    verb: LogEntry.Verb
    kind: str
    ref: str
    before: Row | None = None
    after: Row | None = None


@dataclass
class Change:
    """What happens inside `change(...)`. Subjects given up front are compared at the end."""

    actor: Actor
    at: datetime
    note: str = ""
    notes: list[Note] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    watched: list[tuple[models.Model, Row]] = field(default_factory=list)

    def watch(self, subject: models.Model) -> None:
        """Remember the subject as it is now; if it differs at the end, the log says from what to what."""
        self.watched.append((subject, audited(subject)))

    def created(self, subject: models.Model) -> None:
        """Log a row that this change has inserted."""
        self.notes.append(Note(LogEntry.Verb.CREATED, kind_of(subject), ref_of(subject), after=audited(subject)))

    def deleted(self, subject: models.Model) -> None:
        """Log a row that this change removes; call it before the deletion."""
        self.notes.append(Note(LogEntry.Verb.DELETED, kind_of(subject), ref_of(subject), before=audited(subject)))

    def did(
        self, verb: LogEntry.Verb, kind: str, ref: str, before: Row | None = None, after: Row | None = None
    ) -> None:
        """Log something that is not one row: an import of many, the use of a credential."""
        self.notes.append(Note(verb, kind, ref, before, after))

    def emit(self, event: Event) -> None:
        """Tell the other rooms, once the transaction holds."""
        self.events.append(event)


@contextmanager
def change(actor: Actor, *subjects: models.Model, note: str = "") -> Iterator[Change]:
    """Open one transaction; write log and outbox rows at its end. An exception leaves nothing behind."""
    with transaction.atomic():
        this = Change(actor=actor, at=timezone.now(), note=note)
        for subject in subjects:
            this.watch(subject)
        yield this
        for subject, before in this.watched:
            after = audited(subject)
            if after != before:
                changed = {name for name in after if after[name] != before.get(name)}
                this.notes.append(
                    Note(
                        LogEntry.Verb.CHANGED,
                        kind_of(subject),
                        ref_of(subject),
                        {name: before.get(name) for name in changed},
                        {name: after[name] for name in changed},
                    )
                )
        _append(this)
        OutboxEvent.objects.bulk_create(
            [OutboxEvent(name=event.wire_name(), payload=event.to_json(), at=this.at) for event in this.events]
        )


def kind_of(subject: models.Model) -> str:
    """`register.site`."""
    return subject._meta.label_lower


def ref_of(subject: models.Model) -> str:
    """The name people know the row by: its code where it has one."""
    return str(getattr(subject, "code", "") or subject.pk)


def audited(subject: models.Model) -> Row:
    """The row's columns as plain JSON values, without those the model declares secret (`audit_exclude`)."""
    secret: frozenset[str] = getattr(subject, "audit_exclude", frozenset())
    values = {
        column.attname: column.value_from_object(subject)
        for column in subject._meta.concrete_fields
        if column.name not in secret
    }
    plain: Row = json.loads(json.dumps(values, cls=DjangoJSONEncoder))
    return plain


def canonical(row: Row | None) -> str:
    """The text that is hashed and stored; empty for "no row"."""
    return "" if row is None else json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(entry: LogEntry) -> str:
    """SHA-256 over every column but the hash itself, the previous hash included."""
    parts = [
        str(entry.seq),
        entry.at.isoformat(),
        entry.actor_key,
        entry.actor_name,
        entry.verb,
        entry.kind,
        entry.ref,
        entry.before,
        entry.after,
        entry.note,
        entry.previous,
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def _append(this: Change) -> None:
    if not this.notes:
        return
    head = LogHead.objects.select_for_update().get(pk=1)
    entries: list[LogEntry] = []
    for line in this.notes:
        entry = LogEntry(
            seq=head.seq + 1,
            at=this.at,
            actor_key=this.actor.key,
            actor_name=this.actor.name,
            verb=line.verb.value,
            kind=line.kind,
            ref=line.ref,
            before=canonical(line.before),
            after=canonical(line.after),
            note=this.note,
            previous=head.hash,
        )
        entry.hash = digest(entry)
        entries.append(entry)
        head.seq, head.hash = entry.seq, entry.hash
    LogEntry.objects.bulk_create(entries)
    head.save()
