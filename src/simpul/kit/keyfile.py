"""Secrets that the program makes for itself: one per file, readable by its owner only."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from simpul.kit.problem import Problem

RESTORE = "Restore it from a copy, or remove it"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One file of the data folder: its name, what its text must be like, and what follows if it is made anew."""

    name: str
    fits: Callable[[str], bool]
    made_anew: str

    def read(self, folder: Path) -> str:
        """The text; empty where there is no such file. Raises Problem where it cannot be used, with the remedy."""
        path = folder / self.name
        return self._checked(path, read(path, self.remedy)) if os.path.lexists(path) else ""

    def read_or_make(self, folder: Path, make: Callable[[], str]) -> str:
        """The text, made first where there is no such file. Raises Problem where it cannot be used."""
        path = folder / self.name
        return self._checked(path, read_or_make(path, make, self.remedy))

    @property
    def remedy(self) -> str:
        """What a person can do about a damaged one."""
        return f"{RESTORE}: {self.made_anew}"

    def _checked(self, path: Path, text: str) -> str:
        if not self.fits(text):
            raise Problem(f"{path} is damaged or cut short. {self.remedy}")
        return text


def read_or_make(path: Path, make: Callable[[], str], remedy: str = RESTORE) -> str:
    """The text in `path`; if there is no such file, write what `make` returns into it (mode 0600) first.

    Two processes or threads that start together agree on one secret. Raises Problem as `read` does.
    """
    if not os.path.lexists(path):
        draft = _draft(path, make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another one was first: its secret counts
        finally:
            draft.unlink()
        _sync_folder(path.parent)
    return read(path, remedy)


def read(path: Path, remedy: str = RESTORE) -> str:
    """The text in `path`. Raises Problem when others may read the file, or it is empty or cannot be read."""
    try:
        mode = path.stat().st_mode & 0o777
        if mode & 0o077 and path.is_file():
            raise Problem(f"{path} may be read by others (mode {mode:04o}). Run: chmod 600 {path}")
        text = path.read_text(encoding="ascii").strip()
    except PermissionError as error:
        raise Problem(f"{path}: {error.strerror}. Run as its owner, or mend its mode") from None
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}. {remedy}") from None
    except UnicodeDecodeError:
        raise Problem(f"{path} is damaged. {remedy}") from None
    if not text:
        raise Problem(f"{path} is empty. {remedy}")
    return text


def write_private(path: Path, text: str) -> None:
    """Put `text` into `path` (mode 0600) in one step: a reader meets the old text or the new one, never half of it."""
    draft = _draft(path, text)
    try:
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _draft(path: Path, text: str) -> Path:
    """A new file of its own: a name used twice would let one writer empty what another has just put in place."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    return draft


def _sync_folder(folder: Path) -> None:
    """The name is on the disk as well; where the file system cannot promise that, nothing is lost by going on."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
