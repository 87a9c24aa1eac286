"""Any edit, removal, swap or insertion breaks the chain, and the first broken link is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simpul.record.logic.chain import NOTHING, Break, Entry, Head, Unreadable, digest, linked, walk

WORDS = st.text(max_size=12)
BLANKS = st.builds(
    Entry,
    seq=st.just(0),
    at=st.integers(0, 10**15).map(lambda us: datetime(2018, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)),
    actor_key=WORDS,
    actor_name=WORDS,
    verb=st.sampled_from(["created", "changed", "deleted"]),
    kind=WORDS,
    ref=WORDS,
    about_kind=WORDS,
    about_ref=WORDS,
    before=WORDS,
    after=WORDS,
    note=WORDS,
    previous=st.just(""),
)


def chained(blanks: list[Entry]) -> list[Entry]:
    """The entries, numbered and linked."""
    entries: list[Entry] = []
    for blank in blanks:
        entries.append(linked(blank, head_of(entries)))
    return entries


def head_of(entries: list[Entry]) -> Head:
    """What the log's head says after these entries."""
    return Head(entries[-1].seq, entries[-1].hash) if entries else Head(0, NOTHING)


CHAINS = st.lists(BLANKS, min_size=1, max_size=12).map(chained)


def edited(entry: Entry, field: str, data: st.DataObject) -> Entry:
    """The entry with another value in one field."""
    new: object
    if field == "at":
        new = entry.at + timedelta(microseconds=data.draw(st.integers(1, 10**9)))
    elif field == "seq":
        new = entry.seq + data.draw(st.integers(1, 5))
    else:
        new = data.draw(WORDS)
    assume(new != getattr(entry, field))
    return replace(entry, **{field: new})  # type: ignore[arg-type]


@given(CHAINS)
def test_a_chain_as_written_is_good(entries: list[Entry]) -> None:
    result = walk(entries, head_of(entries))
    assert (result.fault, result.good, result.end) == (None, len(entries), head_of(entries))


def test_an_empty_log_is_good() -> None:
    assert walk([], Head(0, NOTHING)).fault is None
    assert walk([], None).fault is None


@given(CHAINS, st.data())
def test_any_edited_field_is_found_at_its_entry(entries: list[Entry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(entries) - 1))
    field = data.draw(st.sampled_from([name for name in Entry.__slots__ if name != "seq"]))
    broken = [*entries]
    broken[at] = edited(entries[at], field, data)
    fault = walk(broken, head_of(entries)).fault
    assert fault is not None
    assert (fault.seq, fault.what, fault.kind) == (at + 1, Break.EDITED, broken[at].kind)


@given(CHAINS, st.data())
def test_an_edited_entry_with_a_fresh_hash_is_found_by_its_successor_or_the_head(
    entries: list[Entry], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(entries) - 1))
    field = data.draw(st.sampled_from([name for name in Entry.__slots__ if name not in ("seq", "hash", "previous")]))
    forged = edited(entries[at], field, data)
    broken = [*entries]
    broken[at] = replace(forged, hash=digest(forged))
    fault = walk(broken, head_of(entries)).fault
    assert fault is not None
    last = at == len(entries) - 1
    assert (fault.seq, fault.what) == ((at + 1, Break.HEAD_EDITED) if last else (at + 2, Break.RELINKED))


@given(CHAINS, st.data())
def test_a_removed_entry_is_named(entries: list[Entry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(entries) - 1))
    fault = walk(entries[:at] + entries[at + 1 :], head_of(entries)).fault
    assert fault is not None
    assert fault.seq == at + 1
    assert fault.what is (Break.CUT_OFF if at == len(entries) - 1 else Break.MISSING)


@given(CHAINS, st.integers(1, 12))
def test_a_cut_off_tail_is_found(entries: list[Entry], count: int) -> None:
    assume(count <= len(entries))
    fault = walk(entries[:-count], head_of(entries)).fault
    assert fault is not None
    assert (fault.seq, fault.what) == (len(entries) - count + 1, Break.CUT_OFF)


@given(CHAINS, st.data())
def test_two_swapped_entries_are_found(entries: list[Entry], data: st.DataObject) -> None:
    assume(len(entries) > 1)
    first = data.draw(st.integers(0, len(entries) - 2))
    second = data.draw(st.integers(first + 1, len(entries) - 1))
    broken = [*entries]
    broken[first], broken[second] = (
        replace(entries[second], seq=first + 1),
        replace(entries[first], seq=second + 1),
    )
    fault = walk(broken, head_of(entries)).fault
    assert fault is not None
    assert fault.seq == first + 1


@given(CHAINS, BLANKS, st.data())
def test_an_inserted_entry_is_found(entries: list[Entry], blank: Entry, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(entries)))
    forged = linked(blank, head_of(entries[:at]))
    moved = [replace(entry, seq=entry.seq + 1) for entry in entries[at:]]
    fault = walk([*entries[:at], forged, *moved], head_of(entries)).fault
    assert fault is not None
    assert fault.seq == (at + 2 if moved else at + 1)


@given(CHAINS)
def test_the_same_entry_twice_is_found(entries: list[Entry]) -> None:
    fault = walk([*entries, entries[-1]], head_of(entries)).fault
    assert fault is not None
    assert fault.what is Break.RELINKED


@given(CHAINS, BLANKS)
def test_a_log_rewritten_as_a_whole_is_found_by_a_hash_noted_elsewhere(entries: list[Entry], blank: Entry) -> None:
    rewritten = chained([replace(entries[0], note=entries[0].note + "!"), *entries[1:]])
    assert walk(rewritten, head_of(rewritten)).fault is None
    noted = {entries[-1].seq: entries[-1].hash}
    assert walk(entries, head_of(entries), noted).fault is None
    fault = walk(rewritten, head_of(rewritten), noted).fault
    assert fault is not None
    assert (fault.seq, fault.what) == (len(entries), Break.NOT_AS_NOTED)


@given(CHAINS)
def test_a_log_shorter_than_what_was_noted_is_found(entries: list[Entry]) -> None:
    fault = walk(entries, head_of(entries), {len(entries) + 1: "a" * 64}).fault
    assert fault is not None
    assert fault.what is Break.NOT_AS_NOTED


def test_entries_without_a_head_are_found() -> None:
    blank = Entry(0, datetime(2026, 1, 1, tzinfo=UTC), "", "", "created", "k", "r", "", "", "", "", "", "")
    entries = chained([blank, blank])
    for head, what in ((None, Break.HEAD_MISSING), (Head(1, entries[0].hash), Break.PAST_HEAD)):
        fault = walk(entries, head).fault
        assert fault is not None
        assert fault.what is what


def test_an_unreadable_line_is_named() -> None:
    fault = walk([Unreadable(1, "register.site", "S-1")], Head(1, NOTHING)).fault
    assert fault is not None
    assert (fault.seq, fault.kind, fault.ref, fault.what) == (1, "register.site", "S-1", Break.EDITED)


@pytest.mark.parametrize("hours", [-11, 0, 7])
def test_the_hash_is_of_the_moment_not_of_its_spelling(hours: int) -> None:
    at = datetime(2026, 11, 24, 3, 48, 49, 120, tzinfo=UTC)
    blank = Entry(1, at, "user:1", "Sari", "created", "register.site", "S-1", "", "", "", "{}", "", NOTHING)
    assert digest(replace(blank, at=at.astimezone(timezone(timedelta(hours=hours))))) == digest(blank)


def test_the_hash_stays_what_it_was_in_every_version() -> None:
    at = datetime(2026, 11, 24, 3, 48, 49, tzinfo=UTC)
    about = ("register.site", "S-1")
    entry = Entry(1, at, "user:1", "Sari", "created", "register.device", "R-1", *about, "", '{"name":"é"}', "", NOTHING)
    assert digest(entry) == "ee602001b96a333bbd0dc13897192476f359ae7f1f2117bdbed2a6722cb8b369"
