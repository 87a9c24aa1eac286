"""The component that runs jobs: it leases them one by one, so that a killed run is taken up again."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F, Q

from simpul.kit.clock import Clock, SystemClock
from simpul.kit.component import Component
from simpul.kit.health import Health
from simpul.record.jobs import Cancelled, Handler, Interrupted, JobRun, LeaseLost, holder
from simpul.record.logic.chain import storable
from simpul.record.models import Job, JobState
from simpul.record.worker import Worker

log = logging.getLogger(__name__)
STOP_SECONDS = 1.6


@dataclass(frozen=True)
class Config:
    """`attempts` is how often a job may be begun; a handler's error ends it at once, only a killed run is repeated."""

    poll_seconds: float = 0.5
    lease_seconds: float = 60.0
    workers: int = 2
    attempts: int = 3


class JobRunner(Component):
    """Runs each handler in a thread. A lease is renewed as long as the process and the thread live.

    `settle` are called after every job and while there is none: they put right what a job has left behind that ended
    in another way than by its handler (failed, called off before it began, given up after its runner was killed).
    """

    name = "jobs"

    def __init__(
        self,
        config: Config,
        handlers: Mapping[str, Handler],
        clock: Clock | None = None,
        settle: Sequence[Callable[[], object]] = (),
    ) -> None:
        self._config = config
        self._settle = tuple(settle)
        self._handlers = dict(handlers)
        self._clock = clock or SystemClock()
        self._lease = timedelta(seconds=config.lease_seconds)
        self._stopping = threading.Event()
        self._running: dict[int, JobRun] = {}
        self._lock = threading.Lock()
        self._counts = {"done": 0, "failed": 0, "cancelled": 0, "lost": 0}
        self._workers = [
            Worker(f"job-{number}", self.run_one, config.poll_seconds, self._stopping)
            for number in range(1, config.workers + 1)
        ]
        # A third of the lease: two beats may be missed before somebody else takes the job.
        self._heart = Worker("job-leases", self.renew_leases, config.lease_seconds / 3, self._stopping)

    async def start(self) -> None:
        """Begin to look for jobs."""
        for worker in (self._heart, *self._workers):
            worker.start()

    async def stop(self) -> None:
        """Interrupt what runs at its next progress; such a job goes back to the queue."""
        self._stopping.set()
        until = time.monotonic() + STOP_SECONDS
        for worker in (*self._workers, self._heart):
            await asyncio.to_thread(worker.join, max(0.0, until - time.monotonic()))

    async def finished(self) -> None:
        """Return when a thread has died, which no error of a handler can bring about."""
        while all(worker.is_alive() for worker in (*self._workers, self._heart)):  # noqa: ASYNC110 (a thread sets no event when it dies)
            await asyncio.sleep(1)

    def health(self) -> Health:
        """Counters since the start, and what is wrong if the database cannot be reached."""
        with self._lock:
            counts = {**self._counts, "running": len(self._running)}
        trouble = next((worker.trouble for worker in (*self._workers, self._heart) if worker.trouble), "")
        return Health("down", f"cannot take jobs: {trouble}", counts) if trouble else Health("up", "", counts)

    def renew_leases(self) -> bool:
        """Renew the lease of every job that runs here. One that was lost ends at its next progress."""
        with self._lock:
            runs = list(self._running.values())
        for run in runs:
            run.lost = run.lost or not run.write(lease_until=self._clock.now() + self._lease)
        self._settled()
        return False

    def run_one(self) -> bool:
        """Take the oldest job that waits, or whose lease has expired, and run it; False if there was none."""
        job = self._claim()
        if job is None:
            self._settled()
            return False
        run = JobRun(job, self._lease, self._clock, self._stopping)
        with self._lock:
            self._running[run.pk] = run
        try:
            self._run(run)
        finally:
            with self._lock:
                self._running.pop(run.pk, None)
        self._settled()
        return True

    def _settled(self) -> None:
        for settle in self._settle:
            settle()

    def _claim(self) -> Job | None:
        now = self._clock.now()
        # A lease that ends later than any that is given now is of a clock that has been put back meanwhile.
        ended = Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * self._lease)
        open_to_us = Q(state=JobState.QUEUED) | (Q(state=JobState.RUNNING) & ended)
        with self._lock:
            # A clock that jumps ends their leases as well, but they run.
            mine = list(self._running)
        waiting = Job.objects.filter(open_to_us, kind__in=self._handlers).exclude(pk__in=mine)
        for job in waiting.order_by("id")[:20]:
            # Compare and swap: whoever of several runners is first changes lease_by; the others find no row.
            seen = Job.objects.filter(pk=job.pk, state=job.state, lease_by=job.lease_by, lease_until=job.lease_until)
            if job.cancel:
                seen.update(state=JobState.CANCELLED, lease_until=None, finished_at=now)
            elif job.attempts >= self._config.attempts:
                self._give_up(job, seen.update(**self._given_up(job), finished_at=now))
            elif seen.update(
                state=JobState.RUNNING,
                lease_by=holder(),
                lease_until=now + self._lease,
                attempts=F("attempts") + 1,
                started_at=now,
            ):
                job.refresh_from_db()
                return job
        return None

    def _given_up(self, job: Job) -> dict[str, object]:
        error = f"The program ended {job.attempts} times while this ran. Look into its log, then ask for it again."
        return {"state": JobState.FAILED, "lease_until": None, "error": error, "result": {"given_up": job.attempts}}

    def _give_up(self, job: Job, changed: int) -> None:
        if changed:
            log.error("job %s (%s) was given up after %s attempts", job.pk, job.kind, job.attempts)
            self._count("failed")

    def _run(self, run: JobRun) -> None:
        try:
            result = json.loads(json.dumps(self._handlers[run.kind](run), cls=DjangoJSONEncoder))
            self._ended("done", run, run.end(JobState.DONE, result=result, error=""))
        except Cancelled:
            self._ended("cancelled", run, run.end(JobState.CANCELLED))
        except Interrupted:
            # The run was in order until the program was stopped; it does not count as an attempt.
            run.write(state=JobState.QUEUED, lease_until=None, attempts=F("attempts") - 1)
        except LeaseLost:
            self._ended("lost", run, written=False)
        except Exception as error:
            log.exception("job %s (%s) failed", run.pk, run.kind)
            self._ended("failed", run, run.end(JobState.FAILED, error=one_line(error)))

    def _ended(self, how: str, run: JobRun, written: bool) -> None:
        if not written:
            how = "lost"
            log.warning("job %s (%s) was taken over by another runner; this run does not count", run.pk, run.kind)
        self._count(how)

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1


def one_line(error: Exception) -> str:
    """What a person reads of a failure: the error's first line, or its type where it says nothing."""
    lines = str(error).strip().splitlines()
    return storable(lines[0], 500) if lines else type(error).__name__
