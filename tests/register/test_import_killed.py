"""kill -9 in the middle of any step: nothing half-done, and the job ends right when it is taken up again."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from simpul.kit.actor import Actor
from simpul.people.models import Organisation
from simpul.record.models import LogEntry
from simpul.register.models import ImportBatch, ImportRow, Site
from simpul.register.service.imports import apply_import, start_import, undo_import

ROWS = 8_000
KILLS = 3
HERE = Path(__file__).resolve().parent

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="the process is told the name of an SQLite file"),
]


def importer() -> subprocess.Popen[str]:
    """A process that runs jobs; it has begun when this returns."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "importer.py"), str(connection.settings_dict["NAME"]), str(settings.EVIDENCE_DIR)],
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1] / "src")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def killed_then_finished(check: Callable[[], None], seconds: float) -> None:
    """Kill the process at random moments within so many seconds, `check` after each, then let one come to the end."""
    dice = random.Random(20260114)
    for _ in range(KILLS):
        process = importer()
        time.sleep(dice.uniform(0, seconds))
        process.kill()
        process.communicate()
        check()
    process = importer()
    # Not communicate(): that would miss what came along with the line that has been read already.
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.read() == "idle\n"
    assert process.wait(120) == 0


def test_an_import_killed_again_and_again_ends_as_if_nothing_had_happened(clerk: Actor, office: Organisation) -> None:
    file = "kode,nama,jenis,opd\n" + "".join(f"S-{n},Kantor {n},OPD,DISKOMINFO\n" for n in range(ROWS))
    batch = start_import(clerk, "sites", "titik.csv", io.BytesIO(file.encode()))

    def nothing_written() -> None:
        assert not Site.objects.exists()

    def all_or_nothing() -> None:
        assert Site.objects.count() in (0, ROWS)

    killed_then_finished(nothing_written, 0.8)
    batch.refresh_from_db()
    assert (batch.state, batch.new, batch.total) == ("staged", ROWS, ROWS)
    assert ImportRow.objects.filter(batch=batch).count() == ROWS
    apply_import(clerk, batch)
    killed_then_finished(all_or_nothing, 0.5)
    batch.refresh_from_db()
    assert (batch.state, Site.objects.count()) == ("applied", ROWS)
    undo_import(clerk, batch)
    killed_then_finished(all_or_nothing, 0.4)
    batch.refresh_from_db()
    assert (batch.state, Site.objects.count()) == ("undone", 0)
    told = LogEntry.objects.filter(verb__in=["imported", "undone"]).order_by("seq").values_list("verb", flat=True)
    assert list(told) == ["imported", "undone"]
    assert ImportBatch.objects.count() == 1
