"""The database refuses to change or remove what is written for ever, whoever asks."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from simpul.kit.actor import Actor
from simpul.record import guards
from simpul.record import service as record
from simpul.record.models import Evidence, LogEntry, LogHead

ACTOR = Actor.system("test")


def log_one(ref: str = "1") -> None:
    """Append one entry."""
    with record.change(ACTOR) as change:
        change.did(LogEntry.Verb.USED, "test", ref)


def proof() -> Evidence:
    """A row of evidence."""
    with record.change(ACTOR) as change:
        return Evidence.objects.create(sha256="a" * 64, size_bytes=1, media_type="x/y", name="n", at=change.at)


STATEMENTS = [
    "UPDATE record_logentry SET note = 'x'",
    "UPDATE record_logentry SET ref = ref WHERE seq = 1",
    "DELETE FROM record_logentry",
    "UPDATE record_evidence SET name = 'x'",
    "DELETE FROM record_evidence",
    "DELETE FROM record_loghead",
    "UPDATE record_loghead SET seq = 0",
    *(["TRUNCATE record_logentry", "TRUNCATE record_evidence CASCADE"] if connection.vendor == "postgresql" else []),
]


@pytest.mark.django_db
@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_is_refused(statement: str) -> None:
    log_one()
    proof()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert record.verify_chain().ok


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["record_logentry", "record_evidence", "record_loghead"])
def test_a_row_cannot_be_replaced_by_inserting_over_it(table: str) -> None:
    log_one()
    proof()
    over = {
        "sqlite": f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        "postgresql": f"INSERT INTO {table} SELECT * FROM {table}",
    }
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(over[connection.vendor])
    assert record.verify_chain().ok


@pytest.mark.django_db
def test_the_models_cannot_either() -> None:
    log_one()
    entry = LogEntry.objects.get()
    entry.note = "another"
    with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
        entry.save()
    with pytest.raises(IntegrityError, match="cannot be removed"), transaction.atomic():
        LogEntry.objects.all().delete()


@pytest.mark.django_db
def test_all_guards_stand_after_the_migrations_and_verify_names_one_that_is_gone() -> None:
    assert guards.missing(connection) == []
    guards.remove(connection)
    verdict = record.verify_chain()
    assert "record_logentry_no_update" in verdict.unguarded
    assert not verdict.ok


@pytest.mark.django_db
def test_a_toothless_guard_under_the_old_name_is_named() -> None:
    toothless = {
        "sqlite": "BEFORE UPDATE ON record_logentry WHEN 0 BEGIN SELECT 1; END",
        "postgresql": "BEFORE UPDATE ON record_logentry FOR EACH ROW "
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    }
    on = " ON record_logentry" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER record_logentry_no_update{on}")
        cursor.execute(f"CREATE TRIGGER record_logentry_no_update {toothless[connection.vendor]}")
    assert record.verify_chain().unguarded == ["record_logentry_no_update"]


@pytest.mark.django_db(transaction=True)
def test_emptying_the_database_leaves_the_guards_and_a_log_that_starts_anew() -> None:
    log_one()
    call_command("flush", interactive=False, verbosity=0)
    assert guards.missing(connection) == []
    assert LogHead.objects.count() == 0
    log_one("first")
    assert LogEntry.objects.get().seq == 1
    assert record.verify_chain().ok
