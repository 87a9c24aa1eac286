"""Evidence is kept once under its hash, cannot be changed unnoticed, and is never trusted."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from simpul.kit.actor import Actor, Forbidden
from simpul.record import service as record
from simpul.record.evidence import blob_path
from simpul.record.models import Evidence, LogEntry

pytestmark = pytest.mark.django_db
CREW = Actor("user", "user:4", "Dewi", frozenset({"evidence.add"}))
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """An evidence folder of the test's own; files of up to 1 MB."""
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    settings.EVIDENCE_MAX_BYTES = 2**20
    return tmp_path / "evidence"


def keep(content: bytes, name: str = "foto.png", media_type: str = "image/png") -> Evidence:
    """Dewi's evidence."""
    return record.keep(CREW, name, media_type, io.BytesIO(content))


def blobs(folder: Path) -> list[Path]:
    """Every file in the folder, hidden ones included."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_kept_under_its_hash_and_read_back_unchanged(folder: Path) -> None:
    evidence = keep(PNG)
    sha256 = hashlib.sha256(PNG).hexdigest()
    assert (evidence.sha256, evidence.size_bytes, evidence.media_type) == (sha256, len(PNG), "image/png")
    assert blobs(folder) == [folder / sha256[:2] / sha256]
    with record.open_evidence(evidence, check=True) as file:
        assert file.read() == PNG


def test_nobody_else_may_read_the_files_and_nobody_may_write_them(folder: Path) -> None:
    path = blob_path(keep(PNG).sha256)
    assert [oct(each.stat().st_mode & 0o777) for each in (path, path.parent, folder)] == ["0o400", "0o700", "0o700"]


def test_who_brought_it_is_in_the_log() -> None:
    evidence = keep(PNG)
    entry = LogEntry.objects.get()
    assert (entry.verb, entry.kind, entry.actor_name) == ("created", "record.evidence", "Dewi")
    assert evidence.sha256 in entry.after


def test_the_same_content_twice_is_one_blob_and_one_row(folder: Path) -> None:
    first, second = keep(PNG), keep(PNG, "another name.png")
    assert (second.pk, second.name) == (first.pk, "foto.png")
    assert (Evidence.objects.count(), len(blobs(folder)), LogEntry.objects.count()) == (1, 1, 1)


def test_a_large_file_is_streamed_and_too_large_a_one_leaves_nothing(folder: Path) -> None:
    assert keep(os.urandom(2**20)).size_bytes == 2**20
    before = blobs(folder)
    with pytest.raises(record.TooLarge, match=r"foto.png: larger than 1 MB"):
        keep(os.urandom(2**20 + 1))
    assert (blobs(folder), Evidence.objects.count()) == (before, 1)


def test_an_empty_file_is_refused(folder: Path) -> None:
    with pytest.raises(record.Empty):
        keep(b"")
    assert blobs(folder) == []


def test_without_the_permission_nothing_is_kept(folder: Path) -> None:
    with pytest.raises(Forbidden):
        record.keep(Actor("user", "user:9", "Budi"), "x.png", "image/png", io.BytesIO(PNG))
    assert not folder.exists()


def test_a_transaction_that_fails_leaves_no_row_and_the_content_may_come_again() -> None:
    def broken() -> None:
        with transaction.atomic():
            keep(PNG)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert not Evidence.objects.exists()
    assert keep(PNG).size_bytes == len(PNG)


def test_a_changed_or_missing_blob_is_noticed_and_named(folder: Path) -> None:
    good, edited, gone = keep(PNG + b"1"), keep(PNG + b"2"), keep(PNG + b"3")
    path = blob_path(edited.sha256)
    path.chmod(0o600)
    path.write_bytes(PNG + b"X")
    blob_path(gone.sha256).unlink()
    record.open_evidence(good, check=True).close()
    with pytest.raises(record.Damaged, match="not what was kept"):
        record.open_evidence(edited, check=True)
    with pytest.raises(record.Damaged, match="is gone"):
        record.open_evidence(gone)
    assert [evidence.pk for evidence, _ in record.damaged_evidence()] == [edited.pk, gone.pk]


def test_a_damaged_blob_is_mended_when_the_same_content_comes_again() -> None:
    evidence = keep(PNG)
    path = blob_path(evidence.sha256)
    path.chmod(0o600)
    path.write_bytes(b"damage")
    assert keep(PNG).pk == evidence.pk
    assert list(record.damaged_evidence()) == []
    assert path.stat().st_mode & 0o777 == 0o400


def test_what_the_sender_says_of_the_type_is_not_believed() -> None:
    page = keep(b"<script>alert(1)</script>", "foto.png", "image/png")
    assert (page.media_type, page.media_type in record.INLINE) == ("application/octet-stream", False)


def test_a_name_cannot_lead_out_of_the_folder(folder: Path) -> None:
    evidence = keep(PNG, "../../etc/passwd\0\n")
    assert evidence.name == "passwd"
    assert len(blobs(folder)) == 1
