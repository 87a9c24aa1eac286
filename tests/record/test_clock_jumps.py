"""A clock put ahead or back: no job runs twice or stands still, no delivery waits for a day, no token lives on."""

from __future__ import annotations

import pytest

from clocks import HeldClock
from record.test_jobs import ask, runner, seen
from simpul.record import service as record
from simpul.record.jobs import JobRun
from simpul.record.models import Job

pytestmark = pytest.mark.django_db
DAY = 86_400.0
JUMPS = [3600.0, -3600.0, DAY, -DAY]
every_jump = pytest.mark.parametrize("jump", JUMPS, ids=["an hour ahead", "an hour back", "a day ahead", "a day back"])


@every_jump
def test_a_job_that_runs_here_is_not_begun_again(jump: float) -> None:
    clock, job = HeldClock(), ask()
    begun: list[int] = []

    def work(run: JobRun) -> dict[str, object]:
        begun.append(run.attempt)
        clock.jump(jump)
        assert mine.run_one() is False
        mine.renew_leases()
        return {}

    mine = runner(work, clock)
    mine.run_one()
    assert (begun, seen(job).state, seen(job).attempts) == ([1], "done", 1)


@every_jump
def test_what_a_killed_program_left_is_taken_up_within_two_leases(jump: float) -> None:
    clock, job = HeldClock(), ask()
    killed = runner(lambda _: {}, clock)
    killed._claim()
    assert seen(job).state == "running"
    clock.jump(jump)
    clock.move(121)
    assert runner(lambda _: {}, clock).run_one()
    assert Job.objects.get().state == "done"


def test_a_token_does_not_outlive_every_term_because_the_clock_was_put_back() -> None:
    clock = HeldClock()
    token = record.issue_token("stream", {}, 3600, clock)
    clock.jump(-30 * DAY)
    with pytest.raises(record.TokenEnded):
        record.read_token("stream", token, clock)
