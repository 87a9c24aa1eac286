"""Reads the whole log and says whether it is what was once written; if not, where it breaks first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from simpul.record import guards
from simpul.record.logic.chain import NOTHING, Break, Entry, Fault, Head, Unreadable, walk
from simpul.record.models import LogEntry, LogHead

CHUNK = 2000
LAST = 2**63 - 1
# The time as the database has it: Django's own reading would let several spellings of one moment pass.
_COLUMNS = [name if name != "at" else "written_at" for name in Entry.__slots__]
_GARBLED = (DatabaseError, UnicodeDecodeError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verify found. `entries` hold up to `fault`; `head` is the link to note down elsewhere.

    `unguarded` names triggers that should refuse UPDATE and DELETE, but are not there.
    """

    entries: int
    head: Head
    fault: Fault | None = None
    unguarded: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the log is whole and guarded."""
        return self.fault is None and not self.unguarded


def verify_chain(noted: Mapping[int, str] | None = None) -> Verdict:
    """Check every entry against its hash, its predecessor and the head; `noted` are hashes known from elsewhere.

    Reads in chunks, so others may go on writing; takes about two seconds per 100,000 entries.
    """
    head = _head()
    found = walk(_lines(head.seq if head else LAST), head, noted)
    return Verdict(found.good, found.end, found.fault or _past_the_head(), guards.missing(connection))


def _head() -> Head | None:
    row = LogHead.objects.filter(pk=1).first()
    return Head(row.seq, row.hash) if row else None


def _past_the_head() -> Fault | None:
    """Entries that the head does not know of. Last entry first, then the head: an honest head is never behind."""
    last: Any = LogEntry.objects.order_by("-seq").values_list("seq", flat=True).first()
    head = _head() or Head(0, NOTHING)
    if last is None or (isinstance(last, int) and last <= head.seq):
        return None
    return Fault(head.seq + 1, "", "", Break.PAST_HEAD, f"the head knows of {head.seq} entries only")


def _lines(last: int) -> Iterator[Entry | Unreadable]:
    rows = LogEntry.objects.order_by("seq").annotate(written_at=Cast("at", TextField())).filter(seq__lte=last)
    after = 0
    while chunk := _chunk(rows.filter(seq__gt=after)):
        yield from chunk
        after = chunk[-1].seq


def _chunk(rows: QuerySet[LogEntry, Any]) -> list[Entry | Unreadable]:
    try:
        return [_entry(values) for values in rows.values_list(*_COLUMNS)[:CHUNK]]
    except _GARBLED:
        # One garbled row spoils the whole fetch; find out which.
        return [_single(rows.filter(seq=seq)) for seq in rows.values_list("seq", flat=True)[:CHUNK]]


def _single(row: QuerySet[LogEntry, Any]) -> Entry | Unreadable:
    try:
        return _entry(row.values_list(*_COLUMNS).get())
    except _GARBLED:
        return Unreadable(row.values_list("seq", flat=True).get(), _text(row, "kind"), _text(row, "ref"))


def _text(row: QuerySet[LogEntry, Any], column: str) -> str:
    try:
        return str(row.values_list(column, flat=True).get())
    except _GARBLED:
        return ""


def _entry(values: tuple[Any, ...]) -> Entry | Unreadable:
    row = dict(zip(Entry.__slots__, values, strict=True))
    seq, written_at = row.pop("seq"), row.pop("at")
    at = _moment(written_at)
    if at is None or not isinstance(seq, int) or not all(isinstance(text, str) for text in row.values()):
        return Unreadable(int(seq), str(row["kind"]), str(row["ref"]))
    return Entry(seq=seq, at=at, **row)


def _moment(written: Any) -> datetime | None:
    """The time, if it is spelled as the database itself would spell it."""
    try:
        at = datetime.fromisoformat(written)
    except (TypeError, ValueError):
        return None
    if connection.vendor == "sqlite":
        return at.replace(tzinfo=UTC) if at.tzinfo is None and str(at) == written else None
    return at
