"""What the agent knows over a restart: orders, seats, uplinks, counters. One JSON file each, replaced in one step."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from simpul.kit.problem import Problem

CONFIRMED, PENDING, HISTORY = "confirmed.json", "pending.json", "history"
NUMBERS, GATEWAYS, ALIVE, STEERING, COUNTERS, PANIC, UNTOLD = (
    "numbers.json",
    "gateways.json",
    "alive.json",
    "steering.json",
    "counters.json",
    "panic.json",
    "untold.json",
)
KEPT = 20
LOCK = "agent.lock"
_OWN = (CONFIRMED, PENDING, NUMBERS, GATEWAYS, ALIVE, STEERING, COUNTERS, PANIC, UNTOLD)
_FILED = re.compile(r"[0-9]{10}")


class Folder:
    """The state folder of one agent; a second agent is refused it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    def make(self) -> None:
        """Raises Problem where there can be no such folder."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self.path / HISTORY).mkdir(exist_ok=True, mode=0o700)
            self._close_to_others()
            writable = os.access(self.path, os.W_OK)
        except OSError as error:
            raise Problem(f"{self.path}: {error.strerror}. Name a folder that can be written with --state") from None
        if not writable:
            raise Problem(f"{self.path}: Permission denied. Name a folder that can be written with --state")

    def _close_to_others(self) -> None:
        """What it holds is for its owner alone, also in a folder that an older agent has made.

        A folder that holds anything else is left as it is: it may be everybody's.
        """
        ours = [path for path in self.path.iterdir() if _is_ours(path.name)]
        for path in [*ours, *(self.path / HISTORY).glob("*.json")]:
            if not path.is_symlink():
                path.chmod(0o700 if path.is_dir() else 0o600)
        if len(ours) == len(list(self.path.iterdir())):
            self.path.chmod(0o700)

    def take(self) -> None:
        """Make the folder and keep other agents out of it. Raises Problem."""
        self.make()
        try:
            self._lock = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Problem(f"{self.path}: {error.strerror}. Name a folder that can be written with --state") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            self._lock = None
            raise Problem(f"{self.path}: another agent works with it. Stop that one first") from None

    def give_back(self) -> None:
        """Let another agent in."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def read(self, name: str) -> Any:
        """What a file holds; None if there is none. Raises Problem when it cannot be read."""
        path = self.path / name
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, RecursionError, ValueError) as error:
            raise Problem(f"{path}: cannot be read ({error}). Mend it, or remove it to begin anew") from None

    def write(self, name: str, data: Any) -> None:
        """Replace a file, on the disk before this returns: a crash leaves the old or the new one. Raises Problem."""
        path = self.path / name
        draft = path.with_name(f".{path.name}.draft")
        try:
            with open(draft, "w", encoding="utf-8", opener=_private) as file:
                json.dump(data, file, ensure_ascii=False, separators=(",", ":"))
                file.flush()
                os.fsync(file.fileno())
            if _is_folder(path):
                self.set_aside(name)
            draft.replace(path)
            self._sync(path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            raise self._unwritable(error) from None

    def set_aside(self, name: str) -> str:
        """Give a damaged file, or a folder in its place, another name, if the disk lets us, for whoever wants to look
        at it; returns the name. What was set aside under that name before is gone."""
        aside = f"{name}.damaged"
        with contextlib.suppress(OSError):
            # Nothing but a folder that is empty gives way to a folder, and none to a file.
            if _is_folder(self.path / aside):
                shutil.rmtree(self.path / aside)
            elif _is_folder(self.path / name):
                (self.path / aside).unlink(missing_ok=True)
            (self.path / name).replace(self.path / aside)
        return aside

    def remove(self, name: str) -> None:
        """Remove a file, if it is there; a folder in its place is set aside. Raises Problem."""
        try:
            if _is_folder(self.path / name):
                self.set_aside(name)
            (self.path / name).unlink(missing_ok=True)
            self._sync(self.path)
        except OSError as error:
            raise self._unwritable(error) from None

    def keep_in_history(self, number: int, data: Any) -> None:
        """File an order; the oldest beyond the last twenty go. Raises Problem."""
        self.write(_filed(number), data)
        for old in sorted((self.path / HISTORY).glob("*.json"))[:-KEPT]:
            self.remove(f"{HISTORY}/{old.name}")

    def take_out_of_history(self, number: int) -> None:
        """As if the order had never come. Raises Problem."""
        self.remove(_filed(number))

    def latest_in_history(self) -> int:
        """The highest number that was ever filed; 0 if there is none."""
        names = [path.stem for path in (self.path / HISTORY).glob("*.json")]
        return max((int(name) for name in names if _FILED.fullmatch(name)), default=0)

    def from_history(self, number: int) -> Any:
        """The order that was filed; None if none was, or if its file is damaged."""
        with contextlib.suppress(Problem):
            return self.read(_filed(number))
        return None

    def _unwritable(self, error: OSError) -> Problem:
        return Problem(
            f"state folder {self.path} cannot be written ({error.strerror}). "
            "Make room there or mend it; no order is taken until then"
        )

    def _sync(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _filed(number: int) -> str:
    return f"{HISTORY}/{number:010}.json"


def _is_ours(name: str) -> bool:
    """Whether the agent makes files of that name in its folder."""
    plain = name.removesuffix(".damaged").removeprefix(".").removesuffix(".draft")
    return plain in (*_OWN, HISTORY, LOCK)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _private(path: str, flags: int) -> int:
    """Opens for the owner alone, whatever the umask is and whoever has left a draft there."""
    descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor
