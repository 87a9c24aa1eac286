"""The page's check of the whole log runs as a job and says what the command says."""

from __future__ import annotations

import pytest

from record.telling import ACTOR
from simpul.record import checking, runner
from simpul.record import service as record
from simpul.record.models import Job, LogEntry

pytestmark = pytest.mark.django_db


def checked() -> dict[str, object]:
    """The result of a check."""
    job = record.enqueue(ACTOR, "record.verify", {})
    runner.JobRunner(runner.Config(), checking.JOBS).run_one()
    result: dict[str, object] = Job.objects.get(pk=job.pk).result
    return result


def test_a_whole_log() -> None:
    result = checked()
    assert (result["ok"], result["entries"], result["fault"]) == (True, 1, None)
    assert result["head"] == LogEntry.objects.get(seq=1).hash


def test_a_broken_log(unguarded: None) -> None:
    with record.change(ACTOR) as change:
        change.did(LogEntry.Verb.CHANGED, "register.site", "S-1", {}, {})
    LogEntry.objects.update(note="x")
    result = checked()
    assert (result["ok"], result["fault"]) == (False, {"seq": 1, "kind": "register.site", "ref": "S-1"})
    assert result["said"] == "its content and its hash do not match"
