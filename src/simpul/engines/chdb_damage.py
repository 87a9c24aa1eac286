"""What is broken in the column store's folder, in words: which table, which file or part, and what to do.

The standard library only: `simpul doctor` looks too, and must not open the store.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

# What the engine adds to every error that it meets while it reads a part.
_PART = re.compile(r"reading from part \S*/(?P<part>[^/\s]+)/? in table (?P<table>\S+)")
# ClickHouse's numbers of errors that any sound part may meet: time, memory, limits, room, ended from outside.
INNOCENT = frozenset({74, 75, 76, 158, 159, 173, 202, 241, 243, 307, 394, 396, 425, 1002})


def damaged_metadata(folder: Path) -> Path | None:
    """The first file that should say what a table or database is and does not; None where all do.

    `folder` is the engine's. It names no file when it meets one, so each is looked at before.
    """
    files = sorted([*folder.glob("metadata/*.sql"), *folder.glob("store/*/*/*.sql")])
    return next((path for path in files if not _is_definition(path)), None)


def _is_definition(path: Path) -> bool:
    try:
        return path.read_text(encoding="utf-8").startswith(("ATTACH ", "CREATE "))
    except FileNotFoundError:
        return True
    except (OSError, UnicodeDecodeError):
        return False


def damaged_part(error: str, code: int) -> str:
    """`part 202611_1_1_1 of simpul.samples_1h`, where the engine's error is about the bytes of one; else empty."""
    found = _PART.search(error)
    return f"part {found['part']} of {found['table']}" if found and code not in INNOCENT else ""


def vanished(expected: Mapping[str, int], present: Collection[str]) -> list[str]:
    """Tables that held rows at the last look and are not there any more."""
    return sorted(table for table, rows in expected.items() if rows and table not in present)


def remedy(folder: Path) -> str:
    """For a store that cannot be opened or read as a whole."""
    return f"stop Simpul and put {folder} back from a backup, or move it away to begin an empty one"
