"""The file that somebody names on the command line: a regular one, within the limit, that stays as it is."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from simpul.kit.problem import Problem


class SteadyFile:
    """A file being read; at its end it must still be the one that was opened."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file
        self._seen = _mark(os.fstat(file.fileno()))

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes. Raises Problem at the end of a file that was written to meanwhile."""
        try:
            data = self._file.read(size)
        except OSError as error:
            raise Problem(
                f"{self._path}: cannot be read ({error.strerror}). Copy it elsewhere, and import that"
            ) from None
        if not data and _mark(os.fstat(self._file.fileno())) != self._seen:
            raise Problem(f"{self._path}: it was changed while it was read. Wait until it is complete, then import it")
        return data


@contextmanager
def opened_file(path: Path, most_bytes: int) -> Iterator[SteadyFile]:
    """The file, opened. Raises Problem for what is no regular file, empty, too large or not to be read."""
    with _opened(path, most_bytes) as file:
        _check(path, os.fstat(file.fileno()), most_bytes)
        yield SteadyFile(path, file)


def _opened(path: Path, most_bytes: int) -> BinaryIO:
    """Looked at before it is opened: to open a device may do something. By then it may be another one."""
    try:
        _check(path, path.stat(), most_bytes)
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY), "rb")
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}. Check the path") from None
    except ValueError:
        raise Problem(f"{str(path)!r}: this can be no path. Check it") from None


def _check(path: Path, found: os.stat_result, most_bytes: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise Problem(f"{path}: not a regular file. Save what it gives in a file, and import that")
    if found.st_size == 0:
        # So are the kernel's own below /proc, some of which never end.
        raise Problem(f"{path}: the file is empty. Choose another")
    if found.st_size > most_bytes:
        raise Problem(f"{path}: larger than {most_bytes >> 20} MB. Split it, or raise evidence.max_mb")


def _mark(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns
