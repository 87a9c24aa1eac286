"""Jobs are taken once, say how far they are, can be called off, and end with one plain line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clocks import HeldClock
from simpul.kit.actor import Actor, Forbidden
from simpul.kit.problem import Problem
from simpul.record import service as record
from simpul.record.jobs import JobRun, LeaseLost
from simpul.record.models import Job, LogEntry
from simpul.record.runner import Config, JobRunner

pytestmark = pytest.mark.django_db
SARI = Actor("user", "user:1", "Sari", frozenset({"register.import"}))
BUDI = Actor("user", "user:2", "Budi")
ADMIN = Actor("user", "user:3", "Admin", frozenset({"jobs.manage"}))
Work = Callable[[JobRun], dict[str, object]]


def runner(work: Work, clock: HeldClock | None = None, **handlers: Work) -> JobRunner:
    """One that has not been started; `run_one` is called by hand. Its leases take a minute."""
    return JobRunner(Config(lease_seconds=60, attempts=3), {"work": work, **handlers}, clock or HeldClock())


def ask(**arguments: Any) -> Job:
    """A job that Sari wants."""
    return record.enqueue(SARI, "work", arguments)


def seen(job: Job) -> Job:
    """The job's row as it is now."""
    return Job.objects.get(pk=job.pk)


def test_a_job_is_done_with_its_arguments_and_in_the_name_of_who_asked() -> None:
    job = ask(rows=3)
    assert runner(lambda run: {"rows": run.arguments["rows"], "for": run.actor.name}).run_one()
    job = seen(job)
    assert (job.state, job.result, job.attempts, job.error) == ("done", {"rows": 3, "for": "Sari"}, 1, "")
    assert job.finished_at is not None
    assert job.lease_until is None


def test_the_handler_has_the_rights_of_who_asked_and_no_others() -> None:
    job = ask()

    def work(run: JobRun) -> dict[str, object]:
        run.actor.require("register.import")
        run.actor.require("register.edit")
        return {}

    runner(work).run_one()
    assert seen(job).error == "Sari may not do this: permission register.edit is missing"


def test_a_job_of_the_program_itself_may_do_everything() -> None:
    job = record.enqueue(Actor.system("demo"), "work", {})
    runner(lambda run: {"may": run.actor.may("anything")}).run_one()
    assert seen(job).result == {"may": True}


def test_that_somebody_asked_is_in_the_log_without_permissions() -> None:
    job = ask(rows=3)
    entry = LogEntry.objects.get(kind="record.job")
    assert (entry.verb, entry.ref, entry.actor_name) == ("created", str(job.pk), "Sari")
    assert "register.import" not in entry.after


def test_there_is_nothing_to_do_without_jobs_or_for_kinds_without_handler() -> None:
    record.enqueue(SARI, "unknown", {})
    assert runner(lambda _: {}).run_one() is False


def test_the_oldest_job_comes_first() -> None:
    jobs = [ask(), ask(), ask()]
    order: list[int] = []

    def work(run: JobRun) -> dict[str, object]:
        order.append(run.pk)
        return {}

    one = runner(work)
    while one.run_one():
        pass
    assert order == [job.pk for job in jobs]


def test_a_job_runs_once_even_if_two_runners_look_at_once() -> None:
    ask()
    taken: list[bool] = []
    other = runner(lambda _: {})

    def work(_: JobRun) -> dict[str, object]:
        taken.append(other.run_one())
        return {}

    runner(work).run_one()
    assert taken == [False]


def test_an_error_ends_the_job_with_its_first_line_and_the_traceback_in_the_process_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    job = ask()

    def work(_: JobRun) -> dict[str, object]:
        raise Problem("sites.xlsx, row 17: latitude is missing. Nothing was imported.\nmore")

    one = runner(work)
    one.run_one()
    assert (seen(job).state, seen(job).attempts) == ("failed", 1)
    assert seen(job).error == "sites.xlsx, row 17: latitude is missing. Nothing was imported."
    assert "Traceback" in caplog.text
    assert one.run_one() is False
    assert one.health().counters["failed"] == 1


def test_an_error_without_words_is_named_by_its_type() -> None:
    job = ask()
    runner(lambda _: next(iter(()))).run_one()
    assert seen(job).error == "StopIteration"


def test_a_result_that_is_no_json_is_a_failure() -> None:
    job = ask()
    runner(lambda _: {"thing": object()}).run_one()
    assert seen(job).state == "failed"
    assert "not JSON serializable" in seen(job).error


def test_progress_is_written_about_once_a_second() -> None:
    clock, job = HeldClock(), ask()

    def work(run: JobRun) -> dict[str, object]:
        with CaptureQueriesContext(connection) as queries:
            for row in range(1000):
                clock.move(0.01)
                run.progress(row, 1000, f"row {row}")
        # Two per second: the progress, and whether somebody called the job off.
        return {"queries": len(queries), "seen": seen(job).progress}

    runner(work, clock).run_one()
    assert seen(job).result == {"queries": 20, "seen": 999}


def test_the_last_progress_stays_with_the_finished_job() -> None:
    job = ask()

    def work(run: JobRun) -> dict[str, object]:
        for row in range(1001):
            run.progress(row, 1000, f"row {row}")
        return {}

    runner(work).run_one()
    assert (seen(job).progress, seen(job).total, seen(job).step) == (1000, 1000, "row 1000")


def test_a_running_job_is_called_off_at_its_next_progress() -> None:
    clock, job = HeldClock(), ask()

    def work(run: JobRun) -> dict[str, object]:
        run.progress(1, 9)
        record.cancel(SARI, seen(job))
        clock.move(1.1)
        run.progress(2, 9)
        raise AssertionError("it went on")

    one = runner(work, clock)
    one.run_one()
    assert (seen(job).state, seen(job).progress, one.health().counters["cancelled"]) == ("cancelled", 2, 1)


def test_a_waiting_job_is_called_off_at_once() -> None:
    job = record.cancel(SARI, ask())
    assert (job.state, job.is_over) == ("cancelled", True)
    assert runner(lambda _: {}).run_one() is False


def test_a_finished_job_cannot_be_called_off() -> None:
    job = ask()
    runner(lambda _: {}).run_one()
    assert record.cancel(SARI, job).state == "done"


def test_a_job_called_off_while_its_runner_was_dead_does_not_run_again() -> None:
    clock, job = HeldClock(), ask()
    lease_until = clock.now() - timedelta(seconds=1)
    Job.objects.update(state="running", lease_until=lease_until, cancel=True, attempts=1)
    assert runner(lambda _: {}, clock).run_one() is False
    assert seen(job).state == "cancelled"


def test_only_who_asked_or_manages_jobs_may_call_one_off_or_see_it() -> None:
    job = ask()
    with pytest.raises(Forbidden):
        record.cancel(BUDI, job)
    assert [list(record.jobs_of(actor)) for actor in (SARI, BUDI, ADMIN)] == [[job], [], [job]]
    assert record.cancel(ADMIN, job).state == "cancelled"
    assert LogEntry.objects.filter(kind="record.job", verb="changed", actor_key="user:3").count() == 1


def test_a_lease_that_ran_out_gives_the_job_to_another_and_the_old_run_ends() -> None:
    clock, job = HeldClock(), ask()
    second = runner(lambda _: {"by": "second"}, clock)
    ended: list[str] = []

    def work(run: JobRun) -> dict[str, object]:
        clock.move(61)
        assert second.run_one()
        try:
            run.progress(1)
        except LeaseLost:
            ended.append("lost")
            raise
        return {"by": "first"}

    first = runner(work, clock)
    first.run_one()
    assert (ended, seen(job).result, seen(job).attempts) == (["lost"], {"by": "second"}, 2)
    assert first.health().counters["lost"] == 1


def test_an_old_run_cannot_write_into_the_run_that_took_over() -> None:
    clock, job = HeldClock(), ask()
    runs: list[JobRun] = []

    def take_over(run: JobRun) -> dict[str, object]:
        clock.move(2)
        with pytest.raises(LeaseLost):
            runs[0].progress(77)
        assert seen(job).progress == 0
        return {"by": "second"}

    second = runner(take_over, clock)

    def work(run: JobRun) -> dict[str, object]:
        runs.append(run)
        clock.move(61)
        second.run_one()
        return {"by": "first"}

    runner(work, clock).run_one()
    assert seen(job).result == {"by": "second"}


def test_a_run_that_lost_its_lease_without_noticing_does_not_overwrite_the_result() -> None:
    clock, job = HeldClock(), ask()
    second = runner(lambda _: {"by": "second"}, clock)

    def work(_: JobRun) -> dict[str, object]:
        clock.move(61)
        second.run_one()
        return {"by": "first"}

    runner(work, clock).run_one()
    assert seen(job).result == {"by": "second"}


def test_a_silent_job_keeps_its_lease_while_its_process_lives() -> None:
    clock, job = HeldClock(), ask()
    second = runner(lambda _: {"by": "second"}, clock)

    def work(_: JobRun) -> dict[str, object]:
        for _minute in range(10):
            clock.move(50)
            first.renew_leases()
            assert second.run_one() is False
        return {"by": "first"}

    first = runner(work, clock)
    first.run_one()
    assert seen(job).result == {"by": "first"}


def test_a_job_asked_for_in_a_change_that_fails_never_runs() -> None:
    def broken() -> None:
        with record.change(SARI):
            ask()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert not Job.objects.exists()
