"""Files that prove something: kept under their SHA-256, written once, read back unchanged or not at all."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings
from django.db import transaction

from simpul.kit.actor import Actor
from simpul.kit.problem import Problem
from simpul.record.change import change, locked_log
from simpul.record.logic.media import HEAD_BYTES, file_name_of, media_type_of
from simpul.record.models import Evidence
from simpul.record.permissions import ADD_EVIDENCE

log = logging.getLogger(__name__)
CHUNK = 1 << 20
LEFT_AFTER_SECONDS = 86_400
# Hashes kept inside the innermost `kept_together`; outside of one nobody reads them.
_KEPT: ContextVar[list[str]] = ContextVar("kept")


class TooLarge(Problem):
    """The file is larger than the `megabytes` that may be kept as evidence."""

    def __init__(self, name: str, megabytes: int) -> None:
        super().__init__(f"{name}: larger than {megabytes} MB. Send a smaller file, or raise evidence.max_mb")
        self.megabytes = megabytes


class Empty(Problem):
    """The file holds nothing."""


class NoRoom(Problem):
    """The disk that holds the evidence is full."""


class Damaged(Problem):
    """The blob is gone, or its bytes are not those that were kept."""


class Readable(Protocol):
    """A file opened for reading bytes; Django's uploads are such."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Draft:
    path: Path
    sha256: str
    size_bytes: int
    head: bytes


def keep(actor: Actor, name: str, media_type: str, file: Readable) -> Evidence:
    """Keep the rest of `file` for ever. The same content twice is one blob and one row, with its first name.

    `media_type` is believed only where the bytes agree. Raises Forbidden, TooLarge, Empty or NoRoom. Where the
    transaction around may still fail, `kept_together` goes around it.
    """
    actor.require(ADD_EVIDENCE)
    bare = file_name_of(name)
    with _draft(bare, file) as draft, change(actor) as this:
        # The log's head is locked now: nobody else keeps or removes the same content at this moment.
        with _room(bare):
            _settle(draft)
        if (kept := _KEPT.get(None)) is not None:
            kept.append(draft.sha256)
        known = Evidence.objects.filter(sha256=draft.sha256).first()
        if known is not None:
            return known
        evidence = Evidence.objects.create(
            sha256=draft.sha256,
            size_bytes=draft.size_bytes,
            media_type=media_type_of(draft.head, media_type),
            name=bare,
            at=this.at,
            actor_key=actor.key,
            actor_name=actor.name,
        )
        this.created(evidence)
    return evidence


def open_evidence(evidence: Evidence, *, check: bool = False) -> BinaryIO:
    """The file, opened for reading. `check` reads it once through and compares the hash. Raises Damaged.

    Who may see it depends on what it proves, so the caller decides that; serve it with `nosniff`.
    """
    path = blob_path(evidence.sha256)
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise Damaged(f"{path}: this file of evidence is gone. Put it back from a backup") from None
    if check and _hash_of(file) != evidence.sha256:
        file.close()
        raise Damaged(f"{path}: its content is not what was kept. Put it back from a backup")
    file.seek(0)
    return file


def damaged_evidence() -> Iterator[tuple[Evidence, str]]:
    """Every row whose blob is gone or changed, with what is wrong. Reads all blobs: as slow as the disk."""
    for evidence in Evidence.objects.order_by("id").iterator(chunk_size=500):
        try:
            open_evidence(evidence, check=True).close()
        except Damaged as damage:
            yield evidence, str(damage)


def blob_path(sha256: str) -> Path:
    """`evidence/ab/abcd...` in the data folder."""
    return Path(settings.EVIDENCE_DIR) / sha256[:2] / sha256


@contextmanager
def kept_together() -> Iterator[None]:
    """A transaction for evidence and what rests on it: if it fails, neither rows nor files stay."""
    before, kept = _KEPT.get(None), list[str]()
    token = _KEPT.set(kept)
    try:
        with transaction.atomic():
            yield
    except BaseException:
        for sha256 in kept:
            _drop_if_unkept(sha256)
        raise
    finally:
        _KEPT.reset(token)
    if before is not None:
        before.extend(kept)


def unkept_files() -> list[Path]:
    """Files in the folder that no row names, older than a day: what a process left that was killed in between."""
    folder = Path(settings.EVIDENCE_DIR)
    known = set(Evidence.objects.values_list("sha256", flat=True))
    youngest = time.time() - LEFT_AFTER_SECONDS
    found = [*folder.glob(".draft-*"), *(path for path in folder.glob("??/*") if path.name not in known)]
    return sorted(path for path in found if path.is_file() and path.stat().st_mtime < youngest)


def sweep() -> int:
    """Remove `unkept_files`; how many went. Content that somebody keeps at this moment stays."""
    left = unkept_files()
    for path in left:
        if path.name.startswith("."):
            path.unlink(missing_ok=True)
        else:
            _drop_if_unkept(path.name)
    return sum(not path.exists() for path in left)


def _drop_if_unkept(sha256: str) -> None:
    with locked_log():
        if not Evidence.objects.filter(sha256=sha256).exists():
            blob_path(sha256).unlink(missing_ok=True)


@contextmanager
def _room(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoRoom(
            f"{name}: the disk with the data folder ({settings.EVIDENCE_DIR}) is full. Nothing was kept. "
            "Make room there, then send the file again"
        ) from None


@contextmanager
def _draft(name: str, file: Readable) -> Iterator[_Draft]:
    """The content in a file of its own, synced to disk, mode 0400; it is gone at the end, whatever happens."""
    folder = Path(settings.EVIDENCE_DIR)
    with _room(name):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, path = tempfile.mkstemp(prefix=".draft-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as target, _room(name):
            sha256, size, head = _copy(name, file, target)
            target.flush()
            os.fchmod(target.fileno(), 0o400)
            os.fsync(target.fileno())
        yield _Draft(Path(path), sha256, size, head)
    finally:
        Path(path).unlink(missing_ok=True)


def _copy(name: str, source: Readable, target: BinaryIO) -> tuple[str, int, bytes]:
    limit: int = settings.EVIDENCE_MAX_BYTES
    digest, size, head = hashlib.sha256(), 0, b""
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if size > limit:
            raise TooLarge(name, limit // 2**20)
        digest.update(chunk)
        head += chunk[: HEAD_BYTES - len(head)]
        target.write(chunk)
    if size == 0:
        raise Empty(f"{name}: the file is empty. Choose another")
    return digest.hexdigest(), size, head


def _settle(draft: _Draft) -> None:
    """Give the draft its final name. One that is there already stays, unless its bytes are not what its name says."""
    target = blob_path(draft.sha256)
    target.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        os.link(draft.path, target)
    except FileExistsError:
        with target.open("rb") as there:
            if _hash_of(there) == draft.sha256:
                return
        log.warning("%s was damaged; the same content came in again and took its place", target)
        draft.path.rename(target)
    for folder in (target.parent, target.parent.parent):
        _sync(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _hash_of(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
