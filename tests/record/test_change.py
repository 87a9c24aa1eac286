"""A change, its log entries and its events are one thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from simpul.kit.actor import Actor
from simpul.kit.events import Event
from simpul.record import service as record
from simpul.record.logic.chain import NOTHING
from simpul.record.models import Credential, LogEntry, LogHead, OutboxEvent

pytestmark = pytest.mark.django_db
ACTOR = Actor.system("test")


@dataclass(frozen=True, slots=True)
class Told(Event):
    """An event of these tests."""

    number: int


def credential(name: str = "router") -> Credential:
    """A row of some table, saved."""
    return Credential.objects.create(name=name, purpose="snmp", sealed="x", created_at=datetime(2026, 1, 2, tzinfo=UTC))


def fail(*told: record.Change) -> None:
    """Tell each change of something, then break."""
    for change in told:
        change.did(LogEntry.Verb.USED, "test", "lost")
        change.emit(Told(0))
    raise ZeroDivisionError


def refs() -> list[str]:
    """What the log tells of, oldest first."""
    return list(LogEntry.objects.order_by("seq").values_list("ref", flat=True))


def test_the_log_says_who_inserted_what() -> None:
    with record.change(ACTOR, note="first day") as change:
        row = credential()
        change.created(row)
    entry = LogEntry.objects.get()
    assert (entry.seq, entry.previous, entry.actor_key, entry.note) == (1, NOTHING, "system:test", "first day")
    assert (entry.verb, entry.kind, entry.ref, entry.before) == ("created", "record.credential", str(row.pk), "")
    assert '"name":"router"' in entry.after
    assert record.verify_chain().ok


def test_the_log_says_from_what_to_what() -> None:
    row = credential()
    with record.change(ACTOR, row):
        row.purpose = "ssh"
        row.save()
    entry = LogEntry.objects.get()
    assert (entry.verb, entry.before, entry.after) == ("changed", '{"purpose":"snmp"}', '{"purpose":"ssh"}')


def test_what_the_object_in_memory_remembers_wrongly_is_not_logged() -> None:
    row = credential()
    Credential.objects.filter(pk=row.pk).update(purpose="telnet")
    row.purpose = "ssh"
    with record.change(ACTOR, row):
        row.save()
    assert LogEntry.objects.get().before == '{"purpose":"telnet"}'


def test_a_subject_that_stays_the_same_leaves_no_entry() -> None:
    row = credential()
    with record.change(ACTOR, row):
        row.save()
    assert refs() == []


def test_a_change_of_microseconds_is_a_change() -> None:
    row = credential()
    with record.change(ACTOR, row):
        row.created_at = row.created_at.replace(microsecond=1)
        row.save()
    assert LogEntry.objects.get().after == '{"created_at":"2026-01-02T00:00:00.000001+00:00"}'


def test_that_a_secret_changed_is_told_but_not_the_secret() -> None:
    row = credential()
    with record.change(ACTOR, row):
        row.sealed = "new secret"
        row.save()
    entry = LogEntry.objects.get()
    assert (entry.before, entry.after) == ('{"sealed":"***"}', '{"sealed":"***"}')


def test_a_subject_that_is_deleted_is_logged_once() -> None:
    told, untold = credential("told"), credential("untold")
    key = untold.pk
    with record.change(ACTOR, told, untold) as change:
        change.deleted(told)
        told.delete()
        untold.delete()
    assert [entry.verb for entry in LogEntry.objects.all()] == ["deleted", "deleted"]
    assert LogEntry.objects.get(ref=str(key)).after == ""


def test_an_exception_leaves_nothing_behind() -> None:
    def broken() -> None:
        with record.change(ACTOR) as change:
            change.created(credential())
            fail(change)

    # A database that an earlier test emptied has no head until the first entry.
    before = list(LogHead.objects.values())
    assert [head["seq"] for head in before] in ([0], [])
    with pytest.raises(ZeroDivisionError):
        broken()
    assert (LogEntry.objects.count(), OutboxEvent.objects.count(), Credential.objects.count()) == (0, 0, 0)
    assert list(LogHead.objects.values()) == before


def test_nested_changes_are_logged_and_told_in_the_order_they_happened() -> None:
    with record.change(ACTOR) as outer:
        outer.did(LogEntry.Verb.USED, "test", "1")
        outer.emit(Told(1))
        with record.change(ACTOR) as inner:
            inner.did(LogEntry.Verb.USED, "test", "2")
            inner.emit(Told(2))
        outer.did(LogEntry.Verb.USED, "test", "3")
        outer.emit(Told(3))
    assert refs() == ["1", "2", "3"]
    assert [Told.from_json(row.payload).number for row in OutboxEvent.objects.order_by("id")] == [1, 2, 3]
    assert record.verify_chain().ok


def test_an_inner_change_that_fails_takes_only_its_own_lines_with_it() -> None:
    with record.change(ACTOR) as outer:
        outer.did(LogEntry.Verb.USED, "test", "1")
        with pytest.raises(ZeroDivisionError), record.change(ACTOR) as inner:
            fail(inner)
        outer.did(LogEntry.Verb.USED, "test", "2")
    assert refs() == ["1", "2"]
    assert OutboxEvent.objects.count() == 0
    assert record.verify_chain().ok


def test_a_savepoint_that_is_rolled_back_takes_its_lines_with_it_and_no_others() -> None:
    with record.change(ACTOR) as outer:
        outer.did(LogEntry.Verb.USED, "test", "1")
        with pytest.raises(ZeroDivisionError), transaction.atomic(), record.change(ACTOR) as inner:
            fail(outer, inner)
    assert refs() == ["1"]
    assert OutboxEvent.objects.count() == 0
    assert record.verify_chain().ok


def test_a_refused_row_inside_a_change_can_be_survived() -> None:
    credential("twice")
    with record.change(ACTOR) as change:
        with pytest.raises(IntegrityError), transaction.atomic():
            credential("twice")
        change.did(LogEntry.Verb.REFUSED, "test", "twice")
    assert refs() == ["twice"]


def test_many_rows_are_chained_in_one_change() -> None:
    with record.change(ACTOR) as change:
        change.created(*[credential(f"row {number}") for number in range(250)])
        for number in range(250):
            change.did(LogEntry.Verb.IMPORTED, "test", str(number))
    verdict = record.verify_chain()
    assert (verdict.ok, verdict.entries) == (True, 500)


def test_a_change_that_has_ended_takes_no_more_lines() -> None:
    with record.change(ACTOR) as change:
        pass
    with pytest.raises(RuntimeError, match="has ended"):
        change.did(LogEntry.Verb.USED, "test", "late")


def test_names_too_long_or_unstorable_do_not_stop_the_change() -> None:
    odd = Actor(kind="user", key="user:1", name="A\0B\ud800" + "x" * 300)
    with record.change(odd, note="\0") as change:
        change.did(LogEntry.Verb.USED, "test", "r" * 300)
    entry = LogEntry.objects.get()
    assert (len(entry.actor_name), len(entry.ref)) == (200, 200)
    assert record.verify_chain().ok


def test_watching_a_row_that_is_gone_is_an_error() -> None:
    row = credential()
    Credential.objects.all().delete()
    with pytest.raises(Credential.DoesNotExist), record.change(ACTOR, row):
        pass


def test_telling_of_a_deletion_too_late_is_an_error() -> None:
    row = credential()
    row.delete()
    with pytest.raises(ValueError, match="before the deletion"), record.change(ACTOR) as change:
        change.deleted(row)


def test_a_lost_head_is_made_again_and_the_log_says_so(unguarded: None) -> None:
    with record.change(ACTOR) as change:
        change.did(LogEntry.Verb.USED, "test", "1")
    LogHead.objects.all().delete()
    with record.change(ACTOR) as change:
        change.did(LogEntry.Verb.USED, "test", "2")
    assert refs() == ["1", "1", "2"]
    assert "head was missing" in LogEntry.objects.get(seq=2).note
    assert record.verify_chain().fault is None
