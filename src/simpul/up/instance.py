"""Is there an instance to speak to? Asked before a verb would make an empty one by looking."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from django.db import Error, OperationalError, connection

from simpul.configuration import Configuration
from simpul.kit.problem import Problem

# A table of the first change to the database: without it nothing was ever started here.
FIRST_TABLE = "django_migrations"
# SQLite says it in English words, PostgreSQL in the language of its server, with a code (SQLSTATE).
NO_TABLE = ("no such table", "42P01")
READ_ONLY = ("readonly", "25006", "42501")
FULL = ("database or disk is full", "disk I/O error", "53100")
LEAST_FREE_BYTES = 1_000_000
DAMAGED = ("malformed", "not a database")


def require_folder(configuration: Configuration) -> None:
    """Raise Problem where no instance was ever started. Makes nothing, and needs no Django to be set up."""
    if not configuration.database.url and not (configuration.data.folder / "secret.key").exists():
        raise _nothing_here(configuration)


def require_tables(configuration: Configuration) -> None:
    """Raise Problem where the database holds no tables, or does not answer. Django must be set up."""
    try:
        missing = _is_no_file() or FIRST_TABLE not in connection.introspection.table_names()
    except Error as error:
        raise Problem(explain(error, configuration)) from None
    if missing:
        raise _nothing_here(configuration)


def explain(error: Error, configuration: Configuration) -> str:
    """One line: which database, what it answered, what to do about it."""
    said = " ".join(str(error).split()) or type(error).__name__
    place = "the database (database.url)" if configuration.database.url else _near(configuration.data.sqlite)
    signs = f"{said} {getattr(error.__cause__, 'sqlstate', '')}"
    own = not configuration.database.url
    if any(sign in signs for sign in NO_TABLE):
        remedy = "No instance was started with it yet, or only an older one. Start it: simpul up"
    elif any(sign in signs for sign in READ_ONLY):
        remedy = "Check its owner, its mode and its folder's" if own else "Let its user write, or name another user"
    elif any(sign in signs for sign in FULL) and (not own or _has_no_room(configuration.data.folder)):
        disk = _near(configuration.data.folder) if own else "its server"
        remedy = f"Free some room on the disk of {disk}; nothing was half saved"
    elif "locked" in signs:
        remedy = "Another program holds it. Try again in a moment"
    elif any(sign in signs for sign in DAMAGED):
        remedy = "Put a backup in its place"
    elif isinstance(error, OperationalError):
        remedy = "Check its owner, its mode and its folder's" if own else "Start it, or mend database.url"
    else:
        remedy = "SIMPUL_LOG_LEVEL=debug shows where"
    return f"{place} answers: {said.rstrip('.')}. {remedy}"


def _has_no_room(folder: Path) -> bool:
    """SQLite calls a full disk an error of the disk where it cannot even make its own files."""
    return shutil.disk_usage(folder).free < LEAST_FREE_BYTES


def _is_no_file() -> bool:
    """SQLite would make the file that it is asked for."""
    return connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists()


def _nothing_here(configuration: Configuration) -> Problem:
    place = "the database" if configuration.database.url else _near(configuration.data.folder)
    return Problem(
        f"there is no instance in {place} yet; start one (simpul up) or name one: SIMPUL_DATA_FOLDER=.simpul/demo"
    )


def _near(folder: Path) -> str:
    """The folder as people write it from where they are."""
    near = os.path.relpath(folder)
    return str(folder) if near.startswith("..") else near
