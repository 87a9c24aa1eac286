"""What the store says of its disk, in a file beside the engine: nobody else may open that to look."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "need.json"


@dataclass(frozen=True, slots=True)
class Note:
    """Bytes held, and needed once everything is as old as it may get (None: not known yet); `at` in Unix seconds.

    `damaged`: parts of tables that the engine has set aside; their rows are missing.
    """

    held: int
    needed: int | None
    at: float
    rows: dict[str, int]
    damaged: tuple[str, ...] = ()


def write_note(folder: Path, note: Note) -> None:
    """`folder` is the store's. Raises OSError."""
    draft = folder / f".{FILE}"
    draft.write_text(json.dumps(asdict(note)), encoding="utf-8")
    draft.replace(folder / FILE)


def read_note(folder: Path) -> Note | None:
    """The last note; None where there is none that can be read."""
    try:
        return Note(**json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
