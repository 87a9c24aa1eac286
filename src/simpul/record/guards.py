"""Triggers that make the database itself refuse what nobody may do: change or remove log entries and evidence rows.

They hold against every program that uses the tables, this one included. Who may drop a trigger can still rewrite
the log, which is what the hash chain is for (`record/verify.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

_FUNCTION = "record_refuse"


class Guard(NamedTuple):
    """One trigger: before which statement on which table, under which condition, with which words."""

    name: str
    table: str
    event: str
    words: str
    when: str = ""


def _kept(table: str, what: str, key: str) -> Iterator[Guard]:
    words = f"{what} is written once: it cannot be"
    yield Guard(f"{table}_no_update", table, "UPDATE", f"{words} changed")
    yield Guard(f"{table}_no_delete", table, "DELETE", f"{words} removed")
    # SQLite's INSERT OR REPLACE removes the old row without firing a DELETE trigger.
    taken = f"EXISTS (SELECT 1 FROM {table} WHERE {key})"  # noqa: S608 (constants)
    yield Guard(f"{table}_no_replace", table, "INSERT", f"{words} replaced", taken)


_HEAD = "record_loghead"
GUARDS = (
    *_kept("record_logentry", "the log", "seq = NEW.seq OR hash = NEW.hash"),
    *_kept("record_evidence", "evidence", "id = NEW.id OR sha256 = NEW.sha256"),
    Guard(f"{_HEAD}_no_return", _HEAD, "UPDATE", "the head of the log only goes forward", "NEW.seq <= OLD.seq"),
    Guard(f"{_HEAD}_no_delete", _HEAD, "DELETE", "the head of the log cannot be removed"),
    Guard(
        f"{_HEAD}_no_replace",
        _HEAD,
        "INSERT",
        "the head of the log cannot be replaced",
        f"EXISTS (SELECT 1 FROM {_HEAD} WHERE id = NEW.id)",  # noqa: S608 (constants)
    ),
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Put all triggers in place, anew where they stand already. PostgreSQL's also refuse TRUNCATE."""
    remove(connection)
    with connection.cursor() as cursor:
        for statement in _postgres() if connection.vendor == "postgresql" else _sqlite():
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take all triggers away: only for emptying a whole database, and for tests that tamper with one."""
    with connection.cursor() as cursor:
        for name, table in _names(connection.vendor):
            on = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of the triggers that should stand guard in this database, but do not, or say something else.

    SQLite keeps the words of a trigger, so one that was made toothless under its old name is found out.
    """
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql IN (SELECT value FROM json_each(%s))",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' "
        "AND tgfoid = %s::regproc",
    }[connection.vendor]
    expected = json.dumps(list(_sqlite())) if connection.vendor == "sqlite" else _FUNCTION
    with connection.cursor() as cursor:
        cursor.execute(query, [expected])
        there = {name for (name,) in cursor.fetchall()}
    return sorted(name for name, _ in _names(connection.vendor) if name not in there)


def _names(vendor: str) -> list[tuple[str, str]]:
    if vendor == "postgresql":
        wanted = [(guard.name, guard.table) for guard in GUARDS if guard.event != "INSERT"]
        return wanted + [(f"{table}_no_truncate", table) for table in _tables()]
    return [(guard.name, guard.table) for guard in GUARDS]


def _tables() -> list[str]:
    return sorted({guard.table for guard in GUARDS})


def _sqlite() -> Iterator[str]:
    for guard in GUARDS:
        when = f" WHEN {guard.when}" if guard.when else ""
        yield (
            f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table} FOR EACH ROW{when} "
            f"BEGIN SELECT RAISE(ABORT, '{guard.words}'); END"
        )


def _postgres() -> Iterator[str]:
    yield (
        f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for guard in GUARDS:
        # PostgreSQL has no INSERT that removes a row: ON CONFLICT DO UPDATE fires the UPDATE trigger.
        if guard.event != "INSERT":
            when = f" WHEN ({guard.when})" if guard.when else ""
            yield (
                f"CREATE TRIGGER {guard.name} BEFORE {guard.event} ON {guard.table} FOR EACH ROW{when} "
                f"EXECUTE FUNCTION {_FUNCTION}('{guard.words}')"
            )
    for table in _tables():
        yield (
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"EXECUTE FUNCTION {_FUNCTION}('{table} cannot be emptied')"
        )
