"""Files that prove something: kept under their SHA-256, written once, read back unchanged or not at all."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

from simpul.kit.actor import Actor
from simpul.kit.problem import Problem
from simpul.record.change import change
from simpul.record.logic.media import HEAD_BYTES, file_name_of, media_type_of
from simpul.record.models import Evidence
from simpul.record.permissions import ADD_EVIDENCE

log = logging.getLogger(__name__)
CHUNK = 1 << 20


class TooLarge(Problem):
    """The file is larger than the `megabytes` that may be kept as evidence."""

    def __init__(self, name: str, megabytes: int) -> None:
        super().__init__(f"{name}: larger than {megabytes} MB. Send a smaller file, or raise evidence.max_mb")
        self.megabytes = megabytes


class Empty(Problem):
    """The file holds nothing."""


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

    `media_type` is believed only where the bytes agree. Raises Forbidden, TooLarge or Empty.
    """
    actor.require(ADD_EVIDENCE)
    bare = file_name_of(name)
    with _draft(bare, file) as draft:
        _settle(draft)
    with change(actor) as this:
        # The log's head is locked now, so nobody else keeps the same content at this moment.
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
def _draft(name: str, file: Readable) -> Iterator[_Draft]:
    """The content in a file of its own, synced to disk, mode 0400; it is gone at the end, whatever happens."""
    folder = Path(settings.EVIDENCE_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, path = tempfile.mkstemp(prefix=".draft-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as target:
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
