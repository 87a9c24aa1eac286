"""Whatever is done to the stored log behind the program's back, verify names it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.db import connection

from simpul.kit.actor import Actor
from simpul.record import service as record
from simpul.record import verify
from simpul.record.logic.chain import Break, Fault
from simpul.record.models import LogEntry, LogHead

pytestmark = pytest.mark.django_db
ACTOR = Actor.system("pemeriksa é")
COLUMNS = ["actor_key", "actor_name", "verb", "kind", "ref", "about_kind", "about_ref", "before", "after", "note"]
COLUMNS += ["previous", "hash"]


def log_some(count: int) -> None:
    """Entries 1 to `count`, each with text in every column."""
    with record.change(ACTOR, note="catatan – ünï") as change:
        for number in range(1, count + 1):
            row, about = ({"nama": "Kantor ñ"}, {"nama": "Balai"}), ("people.organisation", "DINAS")
            change._write([record.Note(LogEntry.Verb.CHANGED, "register.site", f"S-{number}", *row, about)])


def sql(statement: str, *values: Any) -> None:
    """Run a statement as an intruder with a database shell would."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def fault() -> Fault:
    """What verify finds; it must find something."""
    found = record.verify_chain().fault
    assert found is not None
    return found


def test_a_whole_log_is_good_in_many_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "CHUNK", 3)
    log_some(10)
    verdict = record.verify_chain()
    assert (verdict.ok, verdict.entries, verdict.head.seq) == (True, 10, 10)
    assert verdict.head.hash == LogEntry.objects.get(seq=10).hash


def test_an_empty_log_is_good() -> None:
    assert record.verify_chain().ok


@pytest.mark.parametrize("column", COLUMNS)
def test_an_edited_text_is_named(unguarded: None, column: str) -> None:
    log_some(5)
    sql(f"UPDATE record_logentry SET {column} = REPLACE({column}, SUBSTR({column}, 2, 1), '~') WHERE seq = 3")
    found = fault()
    assert (found.seq, found.what) == (3, Break.EDITED)
    assert column in ("kind", "ref") or (found.kind, found.ref) == ("register.site", "S-3")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL does not store text that is none")
@pytest.mark.parametrize("column", [*COLUMNS, "at"])
def test_any_edited_byte_is_named_even_where_the_text_cannot_be_read_any_more(unguarded: None, column: str) -> None:
    log_some(4)
    dice = random.Random(column)
    stored = LogEntry.objects.filter(seq=2).values_list(column, flat=True)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT CAST({column} AS BLOB) FROM record_logentry WHERE seq = 2")
        original = bytes(cursor.fetchone()[0])
    for _ in range(40):
        edited = bytearray(original)
        edited[dice.randrange(len(edited))] ^= 1 << dice.randrange(8)
        sql(f"UPDATE record_logentry SET {column} = CAST(%s AS TEXT) WHERE seq = 2", bytes(edited))
        found = fault()
        assert (found.seq, found.what) == (2, Break.EDITED), bytes(edited)
    sql(f"UPDATE record_logentry SET {column} = CAST(%s AS TEXT) WHERE seq = 2", original)
    assert stored.get() is not None
    assert record.verify_chain().fault is None


@pytest.mark.parametrize("moment", ["2026-11-24 03:48:49.123457", "2026-11-24 03:48:49", "2030-01-01 00:00:00.000001"])
def test_an_edited_time_is_named(unguarded: None, moment: str) -> None:
    log_some(3)
    sql("UPDATE record_logentry SET at = %s WHERE seq = 2", moment)
    assert (fault().seq, fault().what) == (2, Break.EDITED)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has one spelling of a time")
def test_another_spelling_of_the_same_time_is_an_edit(unguarded: None) -> None:
    log_some(3)
    sql("UPDATE record_logentry SET at = REPLACE(at, ' ', 'T') WHERE seq = 2")
    assert (fault().seq, fault().what) == (2, Break.EDITED)


def test_a_removed_entry_is_named(unguarded: None) -> None:
    log_some(5)
    sql("DELETE FROM record_logentry WHERE seq = 3")
    assert (fault().seq, fault().what, "entry 3 is missing before entry 4" in fault().detail) == (3, "missing", True)


def test_a_cut_off_tail_is_named(unguarded: None) -> None:
    log_some(5)
    sql("DELETE FROM record_logentry WHERE seq > 3")
    assert (fault().seq, fault().what) == (4, Break.CUT_OFF)


def test_an_entry_past_the_head_is_named(unguarded: None) -> None:
    log_some(5)
    LogHead.objects.update(seq=4, hash=LogEntry.objects.get(seq=4).hash)
    assert (fault().seq, fault().what) == (5, Break.PAST_HEAD)


def test_an_edited_or_lost_head_is_named(unguarded: None) -> None:
    log_some(2)
    LogHead.objects.update(hash="f" * 64)
    assert fault().what is Break.HEAD_EDITED
    LogHead.objects.all().delete()
    assert fault().what is Break.HEAD_MISSING


def test_a_renumbered_entry_is_named(unguarded: None) -> None:
    log_some(3)
    sql("UPDATE record_logentry SET seq = 9 WHERE seq = 2")
    assert (fault().seq, fault().what) == (2, Break.MISSING)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL stores numbers as numbers only")
@pytest.mark.parametrize("seq", ["'two'", "2.5", "x'32'"])
def test_a_number_that_is_none_is_named(unguarded: None, seq: str) -> None:
    log_some(3)
    sql(f"UPDATE record_logentry SET seq = {seq} WHERE seq = 2")
    assert fault().seq == 2


def test_a_log_written_anew_as_a_whole_is_found_by_a_hash_noted_before(unguarded: None) -> None:
    log_some(3)
    noted = {3: record.verify_chain().head.hash}
    sql("DELETE FROM record_logentry")
    LogHead.objects.update(seq=0, hash="0" * 64)
    log_some(4)
    assert record.verify_chain().fault is None
    found = record.verify_chain(noted).fault
    assert found is not None
    assert (found.seq, found.what) == (3, Break.NOT_AS_NOTED)
