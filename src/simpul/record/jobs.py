"""Long work: ask for it, watch it, call it off; and what a handler sees of its own run."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Literal, cast

from django.db.models import QuerySet
from django.utils import timezone

from simpul.kit.actor import Actor, Forbidden
from simpul.kit.clock import Clock, SystemClock
from simpul.record.change import change
from simpul.record.logic.chain import storable
from simpul.record.models import Job, JobState
from simpul.record.permissions import MANAGE_JOBS

# A page looks at a job about once a second; more writes would only make others wait.
WRITE_SECONDS = 1.0
OWN_LEASE = timedelta(seconds=60)


class Cancelled(Exception):
    """Somebody called the job off; let it pass through the handler."""


class Interrupted(Exception):
    """The program is being stopped; the job will be run again. Let it pass through the handler."""


class LeaseLost(Exception):
    """The job has been given to another runner; this run's result no longer counts."""


class JobRun:
    """One run of a job, as its handler sees it. `arguments` are those of `enqueue`; `actor` is who asked for it,
    with the permissions of that moment."""

    def __init__(self, job: Job, lease: timedelta, clock: Clock, stopping: threading.Event) -> None:
        self.pk: int = job.pk
        self.kind = job.kind
        self.attempt = job.attempts
        self.arguments: Mapping[str, Any] = job.arguments
        self.actor = _actor_of(job)
        self.lost = False
        self._holder = job.lease_by
        self._lease = lease
        self._clock = clock
        self._stopping = stopping
        self._state: dict[str, Any] = {}
        self._write_at = clock.monotonic() + min(WRITE_SECONDS, lease.total_seconds() / 4)

    def progress(self, done: int, total: int = 0, step: str = "") -> None:
        """Say how far the work is; call it as often as you like, about once a second it is written down.

        Raises Cancelled, Interrupted or LeaseLost when the handler has to end here: leave things so that a new run
        can begin from the start.
        """
        self._state = {"progress": max(0, done), "total": max(0, total), "step": storable(step, 200)}
        if self._stopping.is_set():
            raise Interrupted
        if self.lost:
            raise LeaseLost
        now = self._clock.monotonic()
        if now < self._write_at:
            return
        self._write_at = now + min(WRITE_SECONDS, self._lease.total_seconds() / 4)
        self.renew()
        if Job.objects.filter(pk=self.pk, cancel=True).exists():
            raise Cancelled

    def renew(self) -> None:
        """Make the lease last from now on. Raises LeaseLost if another runner holds it."""
        if not self.write(lease_until=self._clock.now() + self._lease, **self._state):
            self.lost = True
            raise LeaseLost

    def write(self, **columns: Any) -> bool:
        """Write columns of the job's row, if the lease is still ours; whether it was."""
        return Job.objects.filter(pk=self.pk, lease_by=self._holder, state=JobState.RUNNING).update(**columns) == 1

    def end(self, state: JobState, **columns: Any) -> bool:
        """Write the last progress and the end of the run; False if the lease was lost."""
        return self.write(**self._state, **columns, state=state, lease_until=None, finished_at=self._clock.now())


Handler = Callable[[JobRun], dict[str, object]]


def enqueue(actor: Actor, kind: str, arguments: Mapping[str, Any]) -> Job:
    """Ask for work that a handler of `kind` does soon, with JSON values as arguments (no secrets: they are logged).

    The caller has checked that the actor may ask for it. The job begins when the transaction around holds.
    """
    with change(actor) as this:
        job = Job.objects.create(
            kind=kind,
            arguments=dict(arguments),
            actor_kind=actor.kind,
            actor_key=actor.key,
            actor_name=storable(actor.name, 200),
            actor_permissions=sorted(actor.permissions),
            created_at=this.at,
        )
        this.created(job)
    return job


def begin(actor: Actor, kind: str, arguments: Mapping[str, Any], lease: timedelta = OWN_LEASE) -> JobRun:
    """Work that the caller does itself and now. Its row says that it lives; when the caller dies, the lease ends and
    whoever runs jobs takes it up.

    The caller calls `progress` and, at last, `end`.
    """
    clock = SystemClock()
    with change(actor):
        job = enqueue(actor, kind, arguments)
        job.state, job.attempts, job.started_at = JobState.RUNNING, 1, clock.now()
        job.lease_by, job.lease_until = holder(), clock.now() + lease
        job.save()
    return JobRun(job, lease, clock, threading.Event())


def holder() -> str:
    """Another name for each run, so that an old run of the same process cannot pass for the new one."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(6)}"


def cancel(actor: Actor, job: Job) -> Job:
    """Call a job off: a waiting one at once, a running one at its next progress; a finished one stays as it is.

    For who asked for it, or for who manages jobs. Returns the job as it is now. Raises Forbidden.
    """
    if job.actor_key != actor.key and not actor.may(MANAGE_JOBS):
        raise Forbidden(actor, MANAGE_JOBS)
    with change(actor, job):
        waiting = Job.objects.filter(pk=job.pk, state=JobState.QUEUED)
        waiting.update(cancel=True, state=JobState.CANCELLED, finished_at=timezone.now())
        Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(cancel=True)
    job.refresh_from_db()
    return job


def jobs_of(actor: Actor) -> QuerySet[Job]:
    """The jobs that the actor asked for; all of them for who manages jobs. Newest first."""
    return Job.objects.all() if actor.may(MANAGE_JOBS) else Job.objects.filter(actor_key=actor.key)


def _actor_of(job: Job) -> Actor:
    kind = cast('Literal["user", "system"]', job.actor_kind)
    return Actor(kind, job.actor_key, job.actor_name, frozenset(job.actor_permissions))
