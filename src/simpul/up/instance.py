"""Is there an instance to speak to? Asked before a verb would make an empty one by looking."""

from __future__ import annotations

import os
from pathlib import Path

from django.db import DatabaseError, connection

from simpul.configuration import Configuration
from simpul.kit.problem import Problem

# A table of the first change to the database: without it nothing was ever started here.
FIRST_TABLE = "django_migrations"


def require_folder(configuration: Configuration) -> None:
    """Raise Problem where no instance was ever started. Makes nothing, and needs no Django to be set up."""
    if not configuration.database.url and not (configuration.data.folder / "secret.key").exists():
        raise _nothing_here(configuration)


def require_tables(configuration: Configuration) -> None:
    """Raise Problem where the database holds no tables, or does not answer. Django must be set up."""
    try:
        missing = _is_no_file() or FIRST_TABLE not in connection.introspection.table_names()
    except DatabaseError as error:
        answer = " ".join(str(error).split())
        raise Problem(f"the database answers: {answer}. Start it, or mend database.url") from None
    if missing:
        raise _nothing_here(configuration)


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
