"""One change: the rows, their audit entries and their events, in one transaction or not at all.

Every line of the log is written at the moment it is told, not gathered for later: so it lives and dies with the
savepoint around it, and changes may be nested in each other and in `transaction.atomic()` as one likes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils import timezone

from simpul.kit.actor import Actor
from simpul.kit.events import Event
from simpul.record.logic.chain import Entry, Head, Row, canonical, linked, storable
from simpul.record.models import LogEntry, LogHead, OutboxEvent

Verb = LogEntry.Verb
About = tuple[str, str]
SECRET = "***"  # noqa: S105 (stands in the log where a secret is not told)


@dataclass(frozen=True, slots=True)
class Note:
    """One line for the log, before it is chained."""

    verb: LogEntry.Verb
    kind: str
    ref: str
    before: Row | None = None
    after: Row | None = None
    about: About = ("", "")


class Change:
    """What happens inside `change(...)`. Subjects given up front are compared at its end."""

    def __init__(self, actor: Actor, note: str) -> None:
        self.actor = actor
        self.at: datetime = timezone.now()
        self.note = note
        self._open = True
        self._watched: list[tuple[models.Model, Any, Note, Row]] = []
        self._deleted: set[tuple[str, Any]] = set()

    def watch(self, subject: models.Model) -> None:
        """Remember the row as it is in the database now; if it differs at the end, the log says from what to what.

        Raises the model's DoesNotExist if the row is not there (any more).
        """
        self._watched.append((subject, subject.pk, _note(Verb.DELETED, subject), _row(subject, subject.pk)))

    def created(self, *subjects: models.Model) -> None:
        """Log rows that this change has inserted. One call with many rows is much faster than many calls."""
        self._write([_note(Verb.CREATED, each, after=audited(each)) for each in subjects])

    def changed(self, subject: models.Model, before: Row) -> None:
        """Log what the row has become since `before`, which is what `audited` said of it; nothing if it is the same.

        For subjects that are not known up front; mind that both sides are read from the objects in memory.
        """
        self._write(_difference(subject, before, audited(subject), frozenset()))

    def deleted(self, subject: models.Model) -> None:
        """Log a row that this change removes; call it before the deletion."""
        if subject.pk is None:
            raise ValueError(f"{kind_of(subject)} has no key any more; tell the log before the deletion")
        self._deleted.add((kind_of(subject), subject.pk))
        self._write([_note(Verb.DELETED, subject, before=audited(subject))])

    def did(
        self, verb: LogEntry.Verb, kind: str, ref: str, before: Row | None = None, after: Row | None = None
    ) -> None:
        """Log something that is not one row: an import of many, the use of a credential."""
        self._write([Note(verb, kind, ref, before, after)])

    def emit(self, event: Event) -> None:
        """Tell the other rooms, once the transaction holds; events arrive in the order of these calls."""
        self._only_while_open()
        OutboxEvent.objects.create(name=event.wire_name(), payload=event.to_json(), at=self.at)

    def _write(self, notes: list[Note]) -> None:
        self._only_while_open()
        if notes:
            _append(self.actor, self.at, self.note, notes)

    def _only_while_open(self) -> None:
        if not self._open:
            raise RuntimeError("this change has ended; what is told now would not be in its transaction")

    def _end(self) -> None:
        for subject, pk, gone, before in self._watched:
            after = _row_if_any(subject, pk)
            if after is not None:
                self._write(_difference(subject, before, after, _secrets(subject)))
            elif (gone.kind, pk) not in self._deleted:
                self._write([replace(gone, before=_told(before, _secrets(subject)))])


@contextmanager
def change(actor: Actor, *subjects: models.Model, note: str = "") -> Iterator[Change]:
    """Open one transaction, or a savepoint of the one that is open. An exception leaves nothing behind.

    Open it before you lock or write rows: the log's head is the first lock of every change, so that two changes
    wait for each other instead of dying in a deadlock, and events get their numbers in the order of commits.
    """
    with transaction.atomic():
        # SQLite has locked the whole database at BEGIN IMMEDIATE already.
        if connection.features.has_select_for_update:
            _locked_head()
        this = Change(actor, note)
        for subject in subjects:
            this.watch(subject)
        try:
            yield this
            this._end()  # noqa: SLF001 (its own context manager)
        finally:
            this._open = False  # noqa: SLF001


def kind_of(subject: models.Model) -> str:
    """`register.site`."""
    return subject._meta.label_lower


def ref_of(subject: models.Model) -> str:
    """The name people know the row by: its code where it has one."""
    return str(getattr(subject, "code", "") or subject.pk)


def about_of(subject: models.Model) -> About:
    """Kind and code of the object whose story the row is part of, as the model's `audit_about` says; empty if none."""
    whole: models.Model | None = getattr(subject, "audit_about", None)
    return (kind_of(whole), ref_of(whole)) if whole is not None else ("", "")


def audited(subject: models.Model) -> Row:
    """The object's columns as plain JSON values, without those the model declares secret (`audit_exclude`)."""
    columns = subject._meta.concrete_fields
    return _told(_plain({column.attname: column.value_from_object(subject) for column in columns}), _secrets(subject))


def _secrets(subject: models.Model) -> frozenset[str]:
    names: frozenset[str] = getattr(subject, "audit_exclude", frozenset())
    return frozenset(subject._meta.get_field(name).attname for name in names)  # type: ignore[union-attr]


def _told(row: Row, secrets: frozenset[str]) -> Row:
    return {name: value for name, value in row.items() if name not in secrets}


def _note(verb: LogEntry.Verb, subject: models.Model, before: Row | None = None, after: Row | None = None) -> Note:
    return Note(verb, kind_of(subject), ref_of(subject), before, after, about_of(subject))


def _difference(subject: models.Model, before: Row, after: Row, secrets: frozenset[str]) -> list[Note]:
    """A note on the columns that differ, or none. Of a secret the log says that it changed, not what it was."""
    changed = sorted(name for name in after if after[name] != before.get(name))
    if not changed:
        return []
    was = {name: SECRET if name in secrets else before.get(name) for name in changed}
    now = {name: SECRET if name in secrets else after[name] for name in changed}
    return [_note(Verb.CHANGED, subject, was, now)]


def _row(subject: models.Model, pk: Any) -> Row:
    """The row as the database has it, secrets included. What an object in memory says may be stale."""
    names = [column.attname for column in subject._meta.concrete_fields]
    return _plain(type(subject)._base_manager.values(*names).get(pk=pk))  # noqa: SLF001 (Django documents it)


def _row_if_any(subject: models.Model, pk: Any) -> Row | None:
    try:
        return _row(subject, pk)
    except ObjectDoesNotExist:
        return None


class _Exact(DjangoJSONEncoder):
    """Django's encoder cuts times to milliseconds; two values that differ must differ here."""

    def default(self, o: Any) -> Any:
        if isinstance(o, datetime):
            return (o if timezone.is_naive(o) else o.astimezone(UTC)).isoformat()
        if isinstance(o, bytes | bytearray | memoryview):
            return f"sha256:{hashlib.sha256(o).hexdigest()}"
        try:
            return super().default(o)
        except TypeError:
            return str(o)


def _plain(values: Row) -> Row:
    plain: Row = json.loads(json.dumps(values, cls=_Exact))
    return plain


def _append(actor: Actor, at: datetime, note: str, notes: list[Note]) -> None:
    head = _locked_head()
    entries: list[Entry] = []
    for line in notes:
        entry = linked(_entry(actor, at, note, line), head)
        entries.append(entry)
        head = Head(entry.seq, entry.hash)
    LogEntry.objects.bulk_create([LogEntry(**_columns(entry)) for entry in entries])
    LogHead.objects.filter(pk=1).update(seq=head.seq, hash=head.hash)


def _entry(actor: Actor, at: datetime, note: str, line: Note) -> Entry:
    return Entry(
        seq=0,
        at=at,
        actor_key=storable(actor.key, 80),
        actor_name=storable(actor.name, 200),
        verb=line.verb.value,
        kind=storable(line.kind, 80),
        ref=storable(line.ref, 200),
        about_kind=storable(line.about[0], 80),
        about_ref=storable(line.about[1], 200),
        before=canonical(line.before),
        after=canonical(line.after),
        note=storable(note, 10_000),
        previous="",
    )


def _columns(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in Entry.__slots__}


@contextmanager
def locked_log() -> Iterator[None]:
    """A transaction in which nobody else writes to the log."""
    with transaction.atomic():
        _locked_head()
        yield


def _locked_head() -> Head:
    head = LogHead.objects.select_for_update().filter(pk=1).first()
    if head is None:
        head = _found_again()
    return Head(head.seq, head.hash)


def _found_again() -> LogHead:
    """Make the head, in an empty log. In another it was taken away: go on after the last entry, and say so for ever."""
    LogHead.objects.bulk_create([LogHead(pk=1)], ignore_conflicts=True)
    head = LogHead.objects.select_for_update().get(pk=1)
    last = LogEntry.objects.order_by("-seq").first()
    if last is not None and head.seq == 0:
        LogHead.objects.filter(pk=1).update(seq=last.seq, hash=last.hash)
        note = f"the log's head was missing; the chain goes on after entry {last.seq}"
        _append(Actor.system("record"), timezone.now(), note, [Note(Verb.REFUSED, "record.loghead", "1")])
        head.refresh_from_db()
    return head
