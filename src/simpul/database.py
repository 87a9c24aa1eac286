"""Django's DATABASES entry: SQLite in the data folder, or PostgreSQL by URL."""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.db.backends.sqlite3.base import SQLiteCursorWrapper

# WAL lets readers go on while one writes; NORMAL is durable across a crash of the program and
# loses at most the last commits on power loss, never the file (sqlite.org/wal.html, "Durability").
_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
    "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=67108864;"
    # From here on the waiting is SqliteConnection's.
    "PRAGMA busy_timeout=1;"
)


class SqliteConnection(sqlite3.Connection):
    """Whoever finds the database locked asks again every few milliseconds, for up to `patience` seconds.

    SQLite's own way of waiting asks less and less often, at last every 100 ms; among busy writers one of them then
    starves for seconds (measured: six writers and an import, longest wait 2.7 to 5.7 s; this way 0.3 to 0.7 s).
    """

    patience = 20.0

    def cursor(self, factory: object = None) -> Any:  # noqa: ARG002 (Django asks for its own class)
        """A cursor that waits; Django's own class is its parent, so nothing else changes."""
        return super().cursor(_WaitingCursor)


class _WaitingCursor(SQLiteCursorWrapper):
    connection: SqliteConnection

    def execute(self, query: str, params: Any = None) -> Any:
        # Inside a transaction the lock is ours already (BEGIN IMMEDIATE), so only its beginning can meet another's.
        if self.connection.in_transaction:
            return super().execute(query, params)
        until = time.monotonic() + self.connection.patience
        while True:
            try:
                return super().execute(query, params)
            except sqlite3.OperationalError as error:
                # The low byte is the kind of error; the others say which kind of busy it is.
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            time.sleep(random.uniform(0.002, 0.006))  # noqa: S311 (only so that waiters do not march in step)


def database_settings(url: str, data_dir: Path) -> dict[str, Any]:
    """`url` empty -> SQLite; else `postgresql://user:password@host:port/name?sslmode=...`."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": data_dir / "simpul.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "factory": SqliteConnection,
                "init_command": _PRAGMAS,
            },
            # A file, as in life: a database in memory locks by other rules and is closed to other processes.
            "TEST": {"NAME": data_dir / "test.sqlite3"},
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError(f'database url starts with "{parts.scheme}"; write postgresql://user:password@host/name')
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }
