"""Secrets that the program makes for itself: one per file, readable by its owner only."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from simpul.kit.problem import Problem


def read_or_make(path: Path, make: Callable[[], str]) -> str:
    """The text in `path`; if there is no such file, write what `make` returns into it (mode 0600) first.

    Two processes that start together agree on one secret. Raises Problem when others may read the file.
    """
    if not path.exists():
        draft = _draft(path, make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its secret counts
        finally:
            draft.unlink()
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise Problem(f"{path} may be read by others (mode {mode:04o}). Run: chmod 600 {path}")
    return path.read_text(encoding="ascii").strip()


def write_private(path: Path, text: str) -> None:
    """Put `text` into `path` (mode 0600) in one step: a reader meets the old text or the new one, never half of it."""
    _draft(path, text).replace(path)


def _draft(path: Path, text: str) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return draft
