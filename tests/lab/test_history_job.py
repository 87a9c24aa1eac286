"""The job writes the same segments however often it is begun anew, and is asked for once."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.kit.actor import Actor
from simpul.kit.clock import SystemClock
from simpul.lab.history.job import COARSE_STEP, FINE_STEP, KIND, Config, Historian, ask, spans_until
from simpul.lab.story.telling import Told
from simpul.record.jobs import Interrupted, JobRun
from simpul.record.models import Job, JobState
from simpul.record.runner import Config as RunnerConfig
from simpul.record.runner import JobRunner
from simpul.store import spool

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("demo")
DAYS = 3


def _historian(folder: Path, spare: int = 10**9, stop_after: int = 10**9) -> Historian:
    """One whose spool nobody empties: what it waits for is taken away into `taken`, as the store does."""
    (folder / "taken").mkdir(parents=True, exist_ok=True)
    taken = 0

    def store(_: float) -> None:
        nonlocal taken
        for segment in spool.segments(folder):
            segment.path.rename(folder / "taken" / segment.token)
            taken += 1
        if taken >= stop_after:
            raise Interrupted

    return Historian(
        Config(folder, spare, ZoneInfo("Asia/Jakarta"), fine_hours=2, first_pause=0.01, rest=0.0), sleep=store
    )


def _run(historian: Historian) -> Job:
    assert JobRunner(RunnerConfig(), {KIND: historian}).run_one()
    return Job.objects.get(kind=KIND)


def _all(folder: Path) -> set[str]:
    return {path.name for path in (folder / "taken").iterdir()} | {each.token for each in spool.segments(folder)}


def test_a_run_that_was_ended_in_the_middle_makes_the_same_segments_when_repeated(
    regency: Told, tmp_path: Path
) -> None:
    # Long enough that something is left after the stop at any hour of the day: in the first hour of UTC days are few.
    assert ask(SYSTEM, 3 * DAYS) is not None
    assert _run(_historian(tmp_path / "a", stop_after=4)).state == JobState.QUEUED
    some = _all(tmp_path / "a")
    job = _run(_historian(tmp_path / "a"))
    Job.objects.update(state=JobState.QUEUED)
    _run(_historian(tmp_path / "b"))
    assert job.state == JobState.DONE
    assert job.result["segments"] == len(_all(tmp_path / "a"))
    assert some < _all(tmp_path / "a") == _all(tmp_path / "b")
    rows = sum(int(name.split(".")[3]) for name in _all(tmp_path / "a"))
    assert rows == job.result["rows"] > 500_000


def test_it_is_asked_for_once_whatever_became_of_it_but_for_a_failure(regency: Told) -> None:
    assert ask(SYSTEM, DAYS) is not None
    assert ask(SYSTEM, DAYS) is None
    for state, again in ((JobState.RUNNING, False), (JobState.DONE, False), (JobState.FAILED, True)):
        Job.objects.filter(kind=KIND).update(state=state)
        assert (ask(SYSTEM, DAYS) is not None) == again, state


def test_without_history_nothing_is_asked_for(regency: Told) -> None:
    assert ask(SYSTEM, 0) is None
    assert not Job.objects.exists()


def test_a_full_spool_ends_it_with_words(regency: Told, tmp_path: Path) -> None:
    ask(SYSTEM, DAYS)
    job = _run(_historian(tmp_path, spare=1000))
    assert job.state == JobState.FAILED
    assert job.error.startswith("the spool takes nothing more")


def test_it_ends_at_once_when_the_program_stops(regency: Told, tmp_path: Path) -> None:
    job = ask(SYSTEM, DAYS)
    assert job is not None
    stopping = threading.Event()
    stopping.set()
    run = JobRun(job, timedelta(seconds=60), SystemClock(), stopping)
    with pytest.raises(Interrupted):
        _historian(tmp_path)(run)


@given(until=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), days=st.integers(1, 70))  # noqa: DTZ001
def test_the_spans_cover_the_days_once_without_a_gap(until: datetime, days: int) -> None:
    until = until.replace(tzinfo=UTC)
    spans = sorted(spans_until(until, days, 24), key=lambda span: span.start)
    for before, after in itertools.pairwise(spans):
        assert before.start + before.step * before.count == after.start
    first, last = spans[0], spans[-1]
    end = last.start + last.step * last.count
    assert 0 <= until.timestamp() - end < FINE_STEP
    assert 0 <= until.timestamp() - first.start - days * 86_400 < COARSE_STEP
    assert all(span.start % span.step == 0 and 0 < span.count <= 360 for span in spans)
    fine = sum(span.step * span.count for span in spans if span.step == FINE_STEP)
    assert 86_400 <= fine < 90_000 or days == 1
