"""One lab at a time in one sandbox: who has it, known by a lock that the kernel gives back."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from simpul.kit.problem import Problem

LOCK = Path("/run/simpul-lab.lock")


class Ownership:
    """Claimed by the process that builds; gone when it dies, however it dies."""

    def __init__(self, folder: Path, lock: Path = LOCK) -> None:
        self.folder = folder
        self.lock = lock
        self._descriptor = -1

    def claim(self) -> None:
        """Raise Problem naming the process that has a lab here already."""
        # Programs that are started meanwhile do not inherit it (Python opens files close-on-exec).
        descriptor = os.open(self.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(descriptor, 4096, 0).decode(errors="replace")
            os.close(descriptor)
            raise Problem(_refusal(owner)) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "folder": str(self.folder)}).encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Let another process have it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _refusal(owner: str) -> str:
    try:
        known = json.loads(owner)
        who, remedy = f"pid {known['pid']}, data folder {known['folder']}", f"Stop it first (kill {known['pid']})"
    except (ValueError, KeyError, TypeError):
        who, remedy = "its owner has not said who it is", "Try again in a moment"
    return f"a virtual network stands here already ({who}). {remedy}"
