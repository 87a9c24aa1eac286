"""The two components as the process tree runs them: threads, their own connections, a quick stop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from record.telling import ACTOR, Counted, effects, note_effect, tell
from simpul.kit.component import Component
from simpul.record import delivery, runner
from simpul.record import service as record
from simpul.record.models import Job, OutboxEvent
from waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


def with_component(component: Component, watch: Callable[[], bool]) -> None:
    """Run the component until `watch()` holds, then stop it."""

    async def life() -> None:
        await component.start()
        try:
            await asyncio.to_thread(until, watch)
            assert component.health().state == "up"
        finally:
            await component.stop()

    asyncio.run(life())


def threads() -> set[str]:
    """Names of the threads that the components make."""
    return {thread.name for thread in threading.enumerate() if thread.name.startswith(("job-", "outbox"))}


def test_the_dispatcher_delivers_what_is_told_while_it_runs() -> None:
    outbox = delivery.Dispatcher(delivery.Config(poll_seconds=0.02), {Counted: {"effect": note_effect}})
    tell(Counted(1))
    untold = [Counted(2)]

    def watch() -> bool:
        if untold and effects() == [1]:
            tell(untold.pop())
        return effects() == [1, 2]

    with_component(outbox, in_own_connection(watch))
    assert threads() == set()


def test_the_runner_runs_two_jobs_at_once_and_stops() -> None:
    jobs = [record.enqueue(ACTOR, "meet", {}) for _ in range(2)]
    both = threading.Barrier(2)

    def meet(run: record.JobRun) -> dict[str, object]:
        return {"order": both.wait(120)}

    component = runner.JobRunner(runner.Config(poll_seconds=0.02), {"meet": meet})
    with_component(component, in_own_connection(lambda: Job.objects.filter(state="done").count() == 2))
    assert sorted(Job.objects.get(pk=job.pk).result["order"] for job in jobs) == [0, 1]
    assert threads() == set()


def test_a_handler_that_does_not_look_up_cannot_hold_up_the_stop() -> None:
    record.enqueue(ACTOR, "deaf", {})
    begun, release = threading.Event(), threading.Event()

    def deaf(run: record.JobRun) -> dict[str, object]:
        begun.set()
        release.wait(3600)
        return {}

    component = runner.JobRunner(runner.Config(poll_seconds=0.02, workers=1), {"deaf": deaf})
    with_component(component, begun.is_set)
    # It is stopped, and the handler is still at work.
    assert threads() != set()
    release.set()
    until(lambda: threads() == set())


def test_a_database_that_fails_is_told_as_down_and_tried_again() -> None:
    tell(Counted(1))
    outbox = delivery.Dispatcher(delivery.Config(poll_seconds=0.02), {Counted: {"effect": note_effect}})
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE record_faileddelivery RENAME TO hidden")

    async def life() -> tuple[str, str]:
        await outbox.start()
        await asyncio.to_thread(until, lambda: outbox.health().state == "down")
        detail = outbox.health().detail
        await asyncio.to_thread(in_own_connection(restore))
        await asyncio.to_thread(until, lambda: outbox.health().state == "up")
        await outbox.stop()
        return detail, outbox.health().state

    detail, state = asyncio.run(life())
    assert detail.startswith("cannot deliver events: ")
    assert state == "up"
    until(lambda: not OutboxEvent.objects.filter(delivered_at=None).exists())


def restore() -> bool:
    """Give the hidden table its name back."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE hidden RENAME TO record_faileddelivery")
    return True


def in_own_connection(watch: Callable[[], bool]) -> Callable[[], bool]:
    """The same question, from a thread of its own whose connection is closed after it."""

    def ask() -> bool:
        try:
            return watch()
        finally:
            connection.close()

    return ask
