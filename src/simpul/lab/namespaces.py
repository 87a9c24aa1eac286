"""Sockets of other network namespaces: a socket stays in the namespace its thread stood in when it was made.

For processes with one thread that makes sockets. An open socket keeps its namespace alive after its name is gone,
so whoever holds sockets closes them when the lab is taken down.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAMES = Path("/run/netns")
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class Gone(Exception):
    """There is no such namespace, or it may not be entered."""


class Namespaces:
    """Open handles of the named namespaces and of the own one; enter one only for the time of a system call."""

    def __init__(self, names: Path = NAMES) -> None:
        self._names = names
        self._own = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self._handles: dict[str, int] = {}

    @contextmanager
    def entered(self, code: str) -> Iterator[None]:
        """Stand in the namespace called `code` (empty: the own one). No `await` in here."""
        if not code:
            yield
            return
        _set(self._handle(code), code)
        try:
            yield
        finally:
            _set(self._own, "own")

    def forget(self) -> None:
        """Close the handles of all names; the next entry looks the name up anew."""
        for handle in self._handles.values():
            os.close(handle)
        self._handles.clear()

    def close(self) -> None:
        """Give everything back."""
        self.forget()
        os.close(self._own)

    def _handle(self, code: str) -> int:
        handle = self._handles.get(code)
        if handle is None:
            try:
                handle = os.open(self._names / code, os.O_RDONLY | os.O_CLOEXEC)
            except OSError as error:
                raise Gone(f"network namespace {code}: {error.strerror}") from None
            self._handles[code] = handle
        return handle


def _set(handle: int, code: str) -> None:
    if _libc.setns(handle, CLONE_NEWNET) != 0:
        raise Gone(f"network namespace {code}: {os.strerror(ctypes.get_errno())}")
