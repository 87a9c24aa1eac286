"""The spool: finished files of measurements on their way to the store, which may be down meanwhile.

A writer puts one *segment* at a time: written under a temporary name, flushed to the disk, then renamed into
`ready/`. Its final name says everything the store needs, and is the token by which the store knows it again:

    <nanoseconds>.<table>.<writer>-<life>.<rows>.<crc32>.<format>

What a full spool (or disk) cannot take is counted in `lost/<writer>.json`, which outlives the writer.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import secrets
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

_NAME = re.compile(
    r"(?P<at>\d{20})\.(?P<table>[a-z][a-z0-9_]*)\.(?P<writer>[a-z0-9-]+)-[0-9a-f]{8}"
    r"\.(?P<rows>\d+)\.(?P<crc>[0-9a-f]{8})\.(?P<format>native\.z|arrow)"
)
_WRITER = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# How often at most a spool that is full says so in the log.
QUIET_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Segment:
    """One finished file. `format` is `native.z` (zlib over ClickHouse's Native) or `arrow` (an IPC stream)."""

    path: Path
    table: str
    writer: str
    rows: int
    crc: int
    format: str

    @property
    def token(self) -> str:
        """By which the store knows it again."""
        return self.path.name

    @classmethod
    def named(cls, path: Path) -> Segment | None:
        """What a file's name says; None when it is no segment's name."""
        found = _NAME.fullmatch(path.name)
        if found is None:
            return None
        return cls(path, found["table"], found["writer"], int(found["rows"]), int(found["crc"], 16), found["format"])


@dataclass(slots=True)
class Counts:
    """Since this writer's start."""

    segments: int = 0
    rows: int = 0
    lost_segments: int = 0
    lost_rows: int = 0
    # The newest segment was lost.
    full: bool = False


class Spool:
    """The spool's folder as one writer sees it. Any thread may `put`."""

    def __init__(self, folder: Path, writer: str, cap_bytes: int, life: str = "") -> None:
        """`life` (eight hexadecimal digits) is given by who repeats its segments after a kill, see `put`."""
        if not _WRITER.fullmatch(writer):
            raise ValueError(f"writer {writer!r}: small letters, digits and - only")
        self.folder = folder
        self.ready = folder / "ready"
        self.draft = folder / "draft"
        self.lost = folder / "lost"
        self.writer = writer
        self.cap_bytes = cap_bytes
        self.counts = Counts()
        # Two lives of one writer, or two processes of one name, never make the same name.
        self._life = life or secrets.token_hex(4)
        self._last = 0
        self._told = -QUIET_SECONDS
        # Lost rows that `lost/` does not count yet: a full disk refuses the note as well.
        self._unnoted = 0
        self._lock = threading.Lock()

    def put(self, table: str, rows: int, data: bytes, form: str, at_ns: int = 0) -> bool:
        """Keep `data` until the store has it. False when it could not be kept; then it is counted as lost.

        The same data under the same `life` and `at_ns` is the same segment: put again, it counts once.
        """
        with self._lock:
            return self._put(table, rows, data, form, at_ns)

    def _put(self, table: str, rows: int, data: bytes, form: str, at_ns: int) -> bool:
        # The clock may step back, the names must not.
        self._last = max(time.time_ns(), self._last + 1)
        name = f"{at_ns or self._last:020d}.{table}.{self.writer}-{self._life}.{rows}.{zlib.crc32(data):08x}.{form}"
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name} is no segment's name")
        try:
            for folder in (self.ready, self.draft):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            used = waiting_bytes(self.folder)
            # What killed writers left behind must not keep the others out.
            if used + len(data) > self.cap_bytes and remove_drafts(self.folder):
                used = waiting_bytes(self.folder)
            if used + len(data) > self.cap_bytes:
                return self._lose(rows, f"the spool is full ({used // 1_000_000} MB, store.spool_mb)")
            self._write(name, data)
        except OSError as error:
            return self._lose(rows, f"{error.filename or self.folder}: {error.strerror}")
        self.counts.segments += 1
        self.counts.rows += rows
        self.counts.full = False
        self._note_losses()
        return True

    def lose(self, rows: int, why: str) -> None:
        """Count rows that never became a segment."""
        with self._lock:
            self._lose(rows, why)

    def _write(self, name: str, data: bytes) -> None:
        draft = self.draft / name
        try:
            with draft.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self.ready / name)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        _sync_folder(self.ready)

    def _lose(self, rows: int, why: str) -> bool:
        self.counts.lost_segments += 1
        self.counts.full = True
        self.counts.lost_rows += rows
        now = time.monotonic()
        if now - self._told >= QUIET_SECONDS:
            self._told = now
            log.error("%s: %d measurements of %s are lost", why, rows, self.writer)
        self._unnoted += rows
        self._note_losses()
        return False

    def _note_losses(self) -> None:
        """Where the disk takes nothing at all, the count waits in this process until it does."""
        if self._unnoted:
            with contextlib.suppress(OSError):
                self._note_loss(self._unnoted)
                self._unnoted = 0

    def _note_loss(self, rows: int) -> None:
        self.lost.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.lost / f"{self.writer}.json"
        note = _read_loss(path)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        note = {"rows": int(note.get("rows", 0)) + rows, "since": note.get("since", now), "last": now}
        draft = path.with_suffix(f".{self._life}")
        draft.write_text(json.dumps(note), encoding="utf-8")
        draft.replace(path)


def segments(folder: Path) -> list[Segment]:
    """What waits, oldest first."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder / "ready"))
    except FileNotFoundError:
        return []
    found = (Segment.named(folder / "ready" / name) for name in names)
    return [segment for segment in found if segment is not None]


def waiting_bytes(folder: Path) -> int:
    """What waits, in bytes; drafts count as well."""
    return sum(size for part in ("ready", "draft") for size in _sizes(folder / part))


def broken_files(folder: Path) -> int:
    """How many files the store has put aside."""
    return sum(1 for _ in _sizes(folder / "broken"))


def losses(folder: Path) -> dict[str, int]:
    """Rows lost so far, by writer."""
    return {path.stem: int(_read_loss(path).get("rows", 0)) for path in sorted((folder / "lost").glob("*.json"))}


def put_aside(segment: Segment) -> None:
    """Move a damaged segment to `broken/`, where it waits for a person."""
    broken = segment.path.parent.parent / "broken"
    broken.mkdir(mode=0o700, exist_ok=True)
    segment.path.rename(broken / segment.path.name)


def remove_drafts(folder: Path, older_than_seconds: float = 600.0) -> int:
    """Take away what killed writers left half-written. Returns how many."""
    removed = 0
    limit = time.time() - older_than_seconds
    for path in (folder / "draft").glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < limit:
                path.unlink()
                removed += 1
    return removed


def _sizes(folder: Path) -> Iterator[int]:
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        # The store may have taken it meanwhile.
        with contextlib.suppress(FileNotFoundError):
            yield entry.stat(follow_symlinks=False).st_size


def _read_loss(path: Path) -> dict[str, Any]:
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
