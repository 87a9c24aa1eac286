"""The doctor says what disk the measurements will take, and when some were lost; it never opens the store for that."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from simpul.configuration import Configuration, load
from simpul.store.note import Note, read_note, write_note
from simpul.store.spool import Spool
from simpul.up.check_measurements import measurements


@pytest.fixture
def settings(tmp_path: Path) -> Configuration:
    found = load(
        environ={
            "SIMPUL_CONFIG": os.devnull,
            "SIMPUL_DATA_FOLDER": str(tmp_path / "d"),
            "SIMPUL_STORE_GUARD_MB": "0",
            "SIMPUL_STORE_RAW_DAYS": "45",
        }
    )
    found.data.store.mkdir(parents=True)
    return found


def _note(settings: Configuration, held: int, needed: int | None) -> None:
    write_note(settings.data.store, Note(held, needed, time.time(), {"samples": 1}))


def test_before_the_first_measurement_there_is_nothing_to_mend(settings: Configuration) -> None:
    assert (measurements(settings).status, measurements(settings).remedy) == ("ok", "")


def test_the_disk_needed_is_said_with_the_days_it_is_for(settings: Configuration) -> None:
    _note(settings, 75_000_000, 691_000_000)
    found = measurements(settings)
    assert found.status == "ok"
    assert "75 MB held, about 691 MB needed to keep them 45, 180 and 1830 days" in found.what


def test_a_pace_that_is_not_known_yet_is_said_so(settings: Configuration) -> None:
    _note(settings, 0, None)
    assert "not known yet needed" in measurements(settings).what


def test_a_disk_that_will_be_too_small_is_told_before_it_is(settings: Configuration) -> None:
    free = shutil.disk_usage(settings.data.store).free
    _note(settings, 10**9, free + 6 * 10**9)
    found = measurements(settings)
    assert found.status == "warn"
    assert found.remedy.startswith(("make 5.0 GB of room", "make 4.9 GB", "make 5.1 GB"))
    assert "store.raw_days" in found.remedy


def test_lost_and_damaged_measurements_are_told_until_somebody_has_looked(settings: Configuration) -> None:
    _note(settings, 0, 1)
    Spool(settings.data.spool, "watch", 0).put("samples", 12, b"x", "native.z")
    found = measurements(settings)
    assert (found.status, "12 of watch" in found.what) == ("warn", True)
    shutil.rmtree(settings.data.spool / "lost")
    (settings.data.spool / "broken").mkdir(parents=True)
    (settings.data.spool / "broken" / "x").touch()
    assert "1 damaged segments" in measurements(settings).what


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"held": 1}', "\x00"])
def test_a_note_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "need.json").write_text(text, encoding="utf-8")
    assert read_note(tmp_path) is None
