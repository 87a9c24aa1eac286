"""Evidence and its row stay together or not at all; what a killed process left is named, and swept."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from simpul.kit.actor import Actor
from simpul.record.evidence import blob_path, keep, kept_together, sweep, unkept_files
from simpul.record.models import Evidence

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
OLD = 1_600_000_000


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    return tmp_path / "evidence"


def kept(content: bytes) -> Evidence:
    return keep(SYSTEM, "foto.png", "image/png", io.BytesIO(content))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def refused(content: bytes) -> None:
    with kept_together():
        kept(content)
        raise ZeroDivisionError


def test_what_was_kept_for_something_that_failed_is_gone(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        refused(b"a")
    assert not Evidence.objects.exists()
    assert files(folder) == []


def test_what_something_else_rests_on_stays(folder: Path) -> None:
    there = kept(b"a")
    with pytest.raises(ZeroDivisionError):
        refused(b"a")
    assert files(folder) == [blob_path(there.sha256)]


def test_what_succeeded_inside_of_what_failed_is_gone_too(folder: Path) -> None:
    def outer() -> None:
        with kept_together():
            with kept_together():
                kept(b"a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        outer()
    assert files(folder) == []


def test_a_file_that_no_row_names_is_found_and_swept_when_it_is_old(folder: Path) -> None:
    there = kept(b"kept")
    with transaction.atomic():
        lost = blob_path(kept(b"lost").sha256)
        transaction.set_rollback(True)  # without `kept_together` around it, as when a process is killed
    draft = folder / ".draft-x"
    draft.write_bytes(b"half")
    assert unkept_files() == []  # somebody may be at it just now
    for path in files(folder):
        os.utime(path, (OLD, OLD))
    assert unkept_files() == sorted([draft, lost])
    assert sweep() == 2
    assert files(folder) == [blob_path(there.sha256)]
