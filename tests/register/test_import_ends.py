"""However the work on an import ends, the import ends too, and says why."""

from __future__ import annotations

import contextlib
import io
import signal
from datetime import timedelta

import psutil
import pytest
from django.utils import timezone, translation

from clocks import HeldClock
from register.importing import Run, applied
from simpul.kit.actor import Actor
from simpul.people.models import Organisation
from simpul.record.jobs import JobRun, cancel
from simpul.record.models import Job, JobState
from simpul.record.runner import Config, JobRunner
from simpul.register import text
from simpul.register.imports import steps
from simpul.register.models import ImportBatch, ImportRow, Site
from simpul.register.service.imports import (
    apply_import,
    approve_import,
    prepare_import,
    settle_abandoned,
    start_import,
    undo_import,
    work_here,
)

pytestmark = pytest.mark.django_db
GOOD = "kode,nama,jenis,opd\nA-1,Kantor,OPD,DISKOMINFO\n"


def asked(clerk: Actor, content: str = GOOD) -> ImportBatch:
    """An import that waits for a runner of jobs."""
    return start_import(clerk, "sites", "titik.csv", io.BytesIO(content.encode()))


def runner(clock: HeldClock | None = None, config: Config = Config(), **handlers: object) -> JobRunner:  # noqa: B008
    """As `control` has it."""
    work = {**steps.JOBS, **{f"register.{name}": handler for name, handler in handlers.items()}}
    return JobRunner(config, work, clock, settle=[settle_abandoned])  # type: ignore[arg-type]


def crash(run: JobRun) -> dict[str, object]:
    """A handler that stumbles."""
    raise ZeroDivisionError(run.kind)


def ended(batch: ImportBatch) -> tuple[str, str]:
    """State and reason; the reason is there in both languages, and no row of a file is left where it has none."""
    batch.refresh_from_db()
    said = []
    for language in ("en", "id"):
        with translation.override(language):
            said.append(text.problem_of(batch))
    assert said[0]
    assert said[0] != said[1]
    if batch.state in ("failed", "discarded"):
        assert not ImportRow.objects.filter(batch=batch).exists()
    return batch.state, batch.problem["code"]


def test_an_import_whose_reading_crashes_has_failed(clerk: Actor) -> None:
    batch = asked(clerk)
    assert runner(stage=crash).run_one()
    assert ended(batch) == ("failed", "broke_off")


def test_an_import_called_off_before_its_turn_was_given_up(clerk: Actor) -> None:
    batch = asked(clerk)
    assert batch.job is not None
    cancel(clerk, batch.job)
    assert not runner().run_one()
    assert ended(batch) == ("discarded", "cancelled")


def test_an_import_called_off_while_it_is_read_was_given_up(clerk: Actor, office: Organisation) -> None:
    batch = asked(clerk, GOOD + "".join(f"B-{n},Kantor,OPD,DISKOMINFO\n" for n in range(3000)))

    def stage(run: JobRun) -> dict[str, object]:
        cancel(clerk, Job.objects.get(pk=run.pk))
        return steps.stage(run)

    # With a lease of no length, each progress looks at the job's row.
    assert runner(config=Config(lease_seconds=0), stage=stage).run_one()
    assert ended(batch) == ("discarded", "cancelled")
    assert batch.job is not None
    assert Job.objects.get(pk=batch.job.pk).state == JobState.CANCELLED


def test_an_import_whose_runner_is_killed_every_time_has_failed(clerk: Actor) -> None:
    batch = asked(clerk)
    assert batch.job is not None
    clock = HeldClock()
    Job.objects.filter(pk=batch.job.pk).update(
        state=JobState.RUNNING, attempts=3, lease_by="killed", lease_until=clock.now() - timedelta(seconds=1)
    )
    assert not runner(clock).run_one()
    assert ended(batch) == ("failed", "reading_given_up")


def test_an_import_whose_reader_is_killed_has_failed(clerk: Actor) -> None:
    batch = prepare_import(clerk, "sites", "a.csv", io.BytesIO(GOOD.encode() * 400_000))

    class Killer(Run):
        """Kills the child as the kernel does when memory is short."""

        def progress(self, done: int, total: int = 0, step: str = "") -> None:
            super().progress(done, total, step)
            for child in psutil.Process().children():
                with contextlib.suppress(psutil.ZombieProcess):  # it is killed already
                    if "simpul.engines.reading_inside" in child.cmdline():
                        child.send_signal(signal.SIGKILL)

    steps.stage(Killer(clerk, batch))
    assert ended(batch) == ("failed", "reader_killed")


def test_an_import_that_crashes_when_it_is_applied_or_undone_can_be_tried_again(
    clerk: Actor, office: Organisation
) -> None:
    batch = asked(clerk)
    runner().run_one()
    batch.refresh_from_db()
    apply_import(clerk, batch)
    runner(apply=crash).run_one()
    assert ended(batch) == ("staged", "apply_broke_off")
    apply_import(clerk, batch)
    runner().run_one()
    batch.refresh_from_db()
    assert (batch.state, batch.problem, Site.objects.count()) == ("applied", {}, 1)
    undo_import(clerk, batch)
    runner(undo=crash).run_one()
    assert ended(batch) == ("applied", "undo_broke_off")


def test_a_reading_on_the_command_line_that_is_killed_is_taken_up_by_the_runner(
    clerk: Actor, office: Organisation
) -> None:
    batch = prepare_import(clerk, "sites", "titik.csv", io.BytesIO(GOOD.encode()))
    job = work_here(clerk, batch, "register.stage").pk
    assert not runner().run_one()
    batch.refresh_from_db()
    assert batch.state == "staging"
    Job.objects.filter(pk=job).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert runner().run_one()
    batch.refresh_from_db()
    assert (batch.state, batch.new) == ("staged", 1)


def test_an_import_that_was_left_behind_long_ago_has_failed(clerk: Actor) -> None:
    batch = prepare_import(clerk, "sites", "titik.csv", io.BytesIO(GOOD.encode()))
    assert settle_abandoned() == 0
    ImportBatch.objects.filter(pk=batch.pk).update(created_at=timezone.now() - timedelta(days=2))
    assert settle_abandoned() == 1
    assert ended(batch) == ("failed", "broke_off")


def test_work_that_its_caller_does_itself_is_not_settled_under_its_hands(clerk: Actor, office: Organisation) -> None:
    batch = asked(clerk)
    runner().run_one()
    batch.refresh_from_db()
    approve_import(clerk, batch)
    assert settle_abandoned() == 0
    steps.apply(Run(clerk, batch))
    batch.refresh_from_db()
    assert batch.state == "applied"
    assert applied(clerk, "sites", GOOD.replace("A-1", "A-2")).state == "applied"
