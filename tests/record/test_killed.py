"""What a process leaves undone when it is killed, the next one does; what it has done is not done twice."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from record.nursery import Nursery
from record.telling import ACTOR, Counted, effects, tell
from simpul.record import service as record
from simpul.record.models import Handled, Job, OutboxEvent
from waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    """Real processes on this test's database."""
    with Nursery() as nursery:
        yield nursery


def expire_lease(job: Job) -> None:
    """As time would."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_listener_killed_in_the_middle_twenty_times_has_each_effect_once(nursery: Nursery) -> None:
    tell(*[Counted(number) for number in range(60)])
    dice = random.Random(1)
    in_the_middle = []
    for death in range(20):
        life = nursery.begin("dispatcher")
        in_the_middle.append(int(nursery.hear("middle")))
        # Half of them die between effect and commit; the others wherever they are a little later.
        time.sleep(dice.uniform(0, 0.05) * (death % 2))
        nursery.kill(life)
    life = nursery.begin("dispatcher")
    until(lambda: not OutboxEvent.objects.filter(delivered_at=None).exists())
    nursery.kill(life, signal.SIGTERM)
    assert effects() == list(range(60))
    assert Handled.objects.count() == 60
    assert len(in_the_middle) - len(set(in_the_middle)) > 5, "hardly any life was killed before its commit"
    assert record.verify_chain().ok


def test_a_job_whose_runner_is_killed_runs_again_after_its_lease(nursery: Nursery) -> None:
    job = record.enqueue(ACTOR, "slow", {"steps": 10})
    life = nursery.begin("jobs", 60)
    assert nursery.hear("middle") == "1"
    nursery.kill(life)
    other = record.enqueue(ACTOR, "slow", {"steps": 1})
    life = nursery.begin("jobs", 60)
    until(lambda: Job.objects.get(pk=other.pk).is_over)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("running", 1), "it was taken while the lease ran"
    expire_lease(job)
    until(lambda: Job.objects.get(pk=job.pk).is_over)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.result, job.progress) == ("done", 2, {"attempt": 2}, 9)
    nursery.kill(life, signal.SIGTERM)


def test_a_job_that_takes_its_runner_down_each_time_is_given_up(nursery: Nursery) -> None:
    job = record.enqueue(ACTOR, "slow", {"steps": 10_000})
    for attempt in ("1", "2", "3"):
        life = nursery.begin("jobs", 60)
        assert nursery.hear("middle") == attempt
        nursery.kill(life)
        expire_lease(job)
    life = nursery.begin("jobs", 60)
    until(lambda: Job.objects.get(pk=job.pk).is_over)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("failed", 3)
    assert "ended 3 times" in job.error
    nursery.kill(life, signal.SIGTERM)


def test_a_runner_that_is_asked_to_stop_gives_its_job_back_at_once(nursery: Nursery) -> None:
    job = record.enqueue(ACTOR, "slow", {"steps": 10_000})
    life = nursery.begin("jobs", 60)
    nursery.hear("middle")
    # To its end the job would take minutes.
    nursery.kill(life, signal.SIGTERM)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.lease_until) == ("queued", 0, None)
