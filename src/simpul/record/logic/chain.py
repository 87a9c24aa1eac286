"""The chain of the log: how an entry is hashed, and where a chain is broken first. Pure.

Each entry's hash covers every other column of it and the hash of the entry before. Whoever edits, removes, swaps
or inserts an entry therefore has to rewrite all that follow it, the head included; and a hash that somebody
noted elsewhere (an anchor) cannot be rewritten at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

Row = dict[str, Any]
NOTHING = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. `before` and `after` hold canonical JSON, or nothing where there was no row.

    `about_kind` and `about_ref` name the object it belongs to where that is another one, and are empty elsewhere.
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
    before: str
    after: str
    note: str
    previous: str
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stored line whose bytes are no entry any more: a time that is none, text that is not text."""

    seq: int
    kind: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The last link as the log knows it, kept beside the entries."""

    seq: int
    hash: str


class Break(StrEnum):
    """What is wrong with a chain."""

    EDITED = "edited"
    MISSING = "missing"
    RELINKED = "relinked"
    CUT_OFF = "cut off"
    PAST_HEAD = "past the head"
    HEAD_EDITED = "head edited"
    HEAD_MISSING = "head missing"
    NOT_AS_NOTED = "not as noted"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place where the chain does not hold. `kind` and `ref` are empty where no entry is left to name."""

    seq: int
    kind: str
    ref: str
    what: Break
    detail: str


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a chain holds: `good` entries, ending with the link `end`; then `fault`, if any."""

    good: int
    end: Head
    fault: Fault | None = None


def digest(entry: Entry) -> str:
    """SHA-256 (hex) over every field but the hash itself. The same on every database."""
    parts = [
        str(entry.seq),
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.actor_key,
        entry.actor_name,
        entry.verb,
        entry.kind,
        entry.ref,
        entry.about_kind,
        entry.about_ref,
        entry.before,
        entry.after,
        entry.note,
        entry.previous,
    ]
    return hashlib.sha256(json.dumps(parts).encode("ascii")).hexdigest()


def linked(entry: Entry, head: Head) -> Entry:
    """The entry as the next one after `head`: numbered, linked, hashed."""
    numbered = replace(entry, seq=head.seq + 1, previous=head.hash)
    return replace(numbered, hash=digest(numbered))


def canonical(row: Row | None) -> str:
    """The text of a row that is stored and hashed; empty for "no row"."""
    return "" if row is None else json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def storable(text: str, limit: int) -> str:
    """At most `limit` characters that both databases store as they are: no NUL, no half of a surrogate pair."""
    plain = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def walk(lines: Iterable[Entry | Unreadable], head: Head | None, noted: Mapping[int, str] | None = None) -> Walk:
    """Follow the chain from its first entry to `head`, and stop at the first fault.

    `lines` come in order of `seq`, lazily if you like. `head` is None where the log has lost it. `noted` holds
    hashes by `seq` that were written down elsewhere.
    """
    end = Head(0, NOTHING)
    anchors = dict(noted or {})
    for line in lines:
        fault = _misplaced(line, end)
        if isinstance(line, Unreadable):
            unreadable = _at(line, Break.EDITED, "its stored bytes cannot be read as an entry any more")
            return Walk(end.seq, end, fault or unreadable)
        fault = fault or _fault_of(line, end, anchors.pop(line.seq, None))
        if fault:
            return Walk(end.seq, end, fault)
        end = Head(line.seq, line.hash)
    return Walk(end.seq, end, _fault_of_end(end, head) or _fault_of_anchors(anchors))


def _misplaced(line: Entry | Unreadable, end: Head) -> Fault | None:
    if line.seq <= end.seq:
        return _at(line, Break.RELINKED, f"it stands after entry {end.seq}")
    if line.seq > end.seq + 1:
        gap = f"entry {end.seq + 1} is" if line.seq == end.seq + 2 else f"entries {end.seq + 1} to {line.seq - 1} are"
        detail = f"{gap} missing before entry {line.seq} ({line.kind} {line.ref})"
        return Fault(end.seq + 1, "", "", Break.MISSING, detail)
    return None


def _fault_of(line: Entry, end: Head, noted: str | None) -> Fault | None:
    if digest(line) != line.hash:
        return _at(line, Break.EDITED, "its content and its hash do not match")
    if line.previous != end.hash:
        return _at(line, Break.RELINKED, f"it does not follow the entry {end.seq} that is there now")
    if noted is not None and noted != line.hash:
        return _at(line, Break.NOT_AS_NOTED, f"its hash is {line.hash}; {noted} was noted elsewhere")
    return None


def _at(line: Entry | Unreadable, what: Break, detail: str) -> Fault:
    return Fault(line.seq, line.kind, line.ref, what, detail)


def _fault_of_end(end: Head, head: Head | None) -> Fault | None:
    if head is None:
        if end.seq == 0:
            return None
        return Fault(end.seq, "", "", Break.HEAD_MISSING, "the log has entries, but its head is gone")
    if head.seq > end.seq:
        gone = f"entries {end.seq + 1} to {head.seq} are gone; the head knows of {head.seq}"
        return Fault(end.seq + 1, "", "", Break.CUT_OFF, gone)
    if head.seq < end.seq:
        return Fault(head.seq + 1, "", "", Break.PAST_HEAD, f"the head knows of {head.seq} entries only")
    if head.hash != end.hash:
        return Fault(end.seq, "", "", Break.HEAD_EDITED, "the head's hash is not that of the last entry")
    return None


def _fault_of_anchors(left: Mapping[int, str]) -> Fault | None:
    for seq in sorted(left):
        return Fault(seq, "", "", Break.NOT_AS_NOTED, "a hash of it was noted elsewhere, but there is no such entry")
    return None
