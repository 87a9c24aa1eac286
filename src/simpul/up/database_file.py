"""Is the SQLite file whole? Asked before a start and by `simpul doctor`; the standard library alone."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from simpul.configuration import Configuration
from simpul.kit.problem import Problem

# A start waits no longer for the answer: then it goes on, as most files are whole.
START_SECONDS = 5.0
# Up to here indexes are compared with their tables as well, which takes several times as long.
SMALL_BYTES = 200_000_000
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
LONGEST = 160


def check_database_file(configuration: Configuration) -> None:
    """Raise Problem where the file is damaged: every change would make it worse."""
    path = configuration.data.sqlite
    if configuration.database.url or not path.exists():
        return
    found = damage(path, START_SECONDS)
    if found:
        told = remedy(path)
        raise Problem(f"{path} is damaged: {found.rstrip('.')}. {told[0].upper()}{told[1:]}")


def damage(path: Path, patience_seconds: float) -> str:
    """What SQLite finds wrong first; empty where nothing is, or where the time was too short to see it."""
    check = "integrity_check" if path.stat().st_size <= SMALL_BYTES else "quick_check"
    found = [str(row[0]) for row in _ask(path, f"PRAGMA {check}(1)", patience_seconds)]
    return "" if found in ([], ["ok"]) else _line(found[0])


def dangling(path: Path, patience_seconds: float) -> str:
    """Which rows point to rows that are gone; empty where none does. Raises nothing for a damaged file."""
    counts: dict[tuple[str, str], int] = {}
    for table, _rowid, parent, _number in _ask(path, "PRAGMA foreign_key_check", patience_seconds):
        pair = (str(table), str(parent))
        counts[pair] = counts.get(pair, 0) + 1
    return _line(
        "; ".join(
            f"{many} rows of {table} name a row of {parent} that is gone" for (table, parent), many in counts.items()
        )
    )


def remedy(path: Path) -> str:
    """What a person can do about a damaged file."""
    name = path.name
    return (
        f"stop Simpul, remove {name}-wal and {name}-shm and put a backup of {name} in its place; "
        f"without a backup, sqlite3 {path} .recover reads what is left"
    )


def _ask(path: Path, sql: str, patience_seconds: float) -> list[tuple[object, ...]]:
    """Rows, or the damage as one row. Nothing is said of a file that is busy, closed to this user, or too large."""
    until = time.monotonic() + patience_seconds
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=1.0)) as database:
            database.set_progress_handler(lambda: time.monotonic() > until, 10_000)
            return database.execute(sql).fetchall()
    except sqlite3.DatabaseError as error:
        kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return [(str(error),)] if kind in DAMAGE and "check(" in sql else []


def _line(text: str) -> str:
    return " ".join(text.replace("*** in database main ***", "").split())[:LONGEST]
