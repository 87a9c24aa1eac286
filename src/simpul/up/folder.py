"""The data folder: made, kept private, and used by one process tree at a time."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simpul.configuration import Data
from simpul.kit.problem import Problem

PRIVATE = 0o700
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def make_folder(data: Data) -> None:
    """Make what is missing; an empty folder that others may look into becomes private.

    Raises Problem when it cannot be written, or holds something that others may look into. Somebody took the
    owner's rights away on purpose (a copy kept as it was, say): they are not given back behind that person's back.
    """
    with _writing(data):
        data.folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        _check(data.folder)
        for folder in (data.run, data.log, data.evidence):
            folder.mkdir(mode=PRIVATE, exist_ok=True)


@contextmanager
def _writing(data: Data) -> Iterator[None]:
    """What the system says about the folder becomes a Problem with its remedy."""
    try:
        yield
    except OSError as error:
        remedy = "Free some room on that disk, or choose" if error.errno in NO_ROOM else "Choose"
        said = f"{error.strerror}. {remedy} another (data.folder, --data)"
        raise Problem(f"data folder {data.folder}: {said}") from None


def _check(folder: Path) -> None:
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise Problem(f"data folder {folder} belongs to another user. Run as its owner or choose another")
    mode = found.st_mode & 0o777
    if mode & PRIVATE != PRIVATE:
        raise Problem(f"data folder {folder} is closed to its owner (mode {mode:04o}). Run: chmod 700 {folder}")
    if mode & 0o077 and any(folder.iterdir()):
        raise Problem(f"data folder {folder} may be seen by others (mode {mode:04o}). Run: chmod 700 {folder}")
    folder.chmod(PRIVATE)


def clear_run(data: Data) -> None:
    """Take away what an earlier tree left: sockets, health files, temporary files. Raises Problem where it cannot.

    Static files stay: what has not changed need not be collected again.
    """
    with _writing(data):
        for path in (*data.run.iterdir(), temporary(data)):
            if path.name == "static":
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        temporary(data).mkdir(mode=PRIVATE, exist_ok=True)


def temporary(data: Data) -> Path:
    """Where the tree's processes put temporary files, so that none is left elsewhere."""
    return data.folder / "tmp"


def refuse_if_used(data: Data) -> None:
    """Raise Problem naming the process tree that uses the folder now. Makes nothing; `take_lock` has the last word."""
    owner = lock_owner(data)
    if owner is not None:
        raise _used(data, str(owner))


def take_lock(data: Data) -> int:
    """Claim the folder for this process tree; the descriptor holds the claim until its last copy is closed.

    Raises Problem naming the process that has it, or when it cannot be written. The kernel gives the claim back when
    that process dies.
    """
    with _writing(data):
        descriptor = os.open(data.folder / "simpul.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "?"
        os.close(descriptor)
        raise _used(data, owner) from None
    try:
        with _writing(data):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except Problem:
        os.close(descriptor)
        raise
    return descriptor


def _used(data: Data, owner: str) -> Problem:
    return Problem(
        f"data folder {data.folder} is used by another simpul (pid {owner}). "
        f"Stop it (kill {owner}) or choose another folder"
    )


def lock_owner(data: Data) -> int | None:
    """The pid of the process tree that uses the folder now, if any."""
    try:
        descriptor = os.open(data.folder / "simpul.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
        return int(text) if text.isdigit() else None
    finally:
        os.close(descriptor)
    return None
