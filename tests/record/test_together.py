"""Changes of several threads at once: no deadlock, one chain, events numbered in the order of commits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from record.telling import ACTOR, Counted
from simpul.record import service as record
from simpul.record.models import Credential, Job, LogEntry, OutboxEvent
from simpul.record.runner import Config, JobRunner

pytestmark = pytest.mark.django_db(transaction=True)


def apart(*works: Callable[[], object]) -> None:
    """Run each in a thread of its own, with a connection of its own; raise what any of them raised."""

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(run, work) for work in works]:
            done.result(60)


def rename(row: Credential, purpose: str) -> None:
    """One change of one row."""
    with record.change(ACTOR, row):
        row.purpose = purpose
        row.save()


def two_rows() -> list[Credential]:
    """Rows that somebody may lock in the wrong order."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return [Credential.objects.create(name=name, purpose="-", sealed="-", created_at=now) for name in "ab"]


def test_two_changes_that_take_the_same_rows_in_opposite_order_both_succeed() -> None:
    first, second = two_rows()

    def both(*rows: Credential) -> Callable[[], None]:
        def work() -> None:
            for turn in range(10):
                with record.change(ACTOR):
                    for row in rows:
                        rename(Credential.objects.get(pk=row.pk), f"{threading.get_ident()} {turn}")
                        time.sleep(0.002)

        return work

    apart(both(first, second), both(second, first))
    verdict = record.verify_chain()
    assert (verdict.ok, verdict.entries) == (True, 40)


def test_an_event_never_appears_behind_one_that_was_seen_already() -> None:
    over = threading.Event()
    seen: list[list[int]] = []

    def writer() -> None:
        for number in range(25):
            with record.change(ACTOR) as change:
                change.emit(Counted(number))
                time.sleep(0.001 * (number % 3))

    def writers() -> None:
        try:
            apart(writer, writer, writer)
        finally:
            over.set()

    def reader() -> None:
        while not over.is_set():
            seen.append(list(OutboxEvent.objects.order_by("id").values_list("pk", flat=True)))
            time.sleep(0.001)

    apart(writers, reader)
    final = list(OutboxEvent.objects.order_by("id").values_list("pk", flat=True))
    assert len(final) == 75
    assert [look for look in seen if look != final[: len(look)]] == []


def test_the_first_changes_of_an_empty_database_agree_on_one_head() -> None:
    def first() -> None:
        with record.change(ACTOR) as change:
            change.did(LogEntry.Verb.USED, "test", "1")

    apart(*[first] * 4)
    verdict = record.verify_chain()
    assert (verdict.ok, verdict.entries) == (True, 4)


def test_many_runners_that_look_at_once_take_each_job_once() -> None:
    jobs = [record.enqueue(ACTOR, "count", {}).pk for _ in range(30)]
    Job.objects.update(state="running", lease_until=datetime(2026, 1, 1, tzinfo=UTC), lease_by="dead", attempts=1)
    ready = threading.Barrier(6)
    taken: list[int] = []

    def count(run: record.JobRun) -> dict[str, object]:
        taken.append(run.pk)
        return {}

    def work() -> None:
        runner = JobRunner(Config(), {"count": count})
        ready.wait()
        while runner.run_one():
            pass

    apart(*[work] * 6)
    assert sorted(taken) == jobs
    assert set(Job.objects.values_list("state", "attempts")) == {("done", 2)}


def test_a_change_waits_for_a_long_one_instead_of_failing() -> None:
    started, row = threading.Event(), two_rows()[0]

    def long() -> None:
        with transaction.atomic(), record.change(ACTOR) as change:
            change.did(LogEntry.Verb.IMPORTED, "test", "long")
            started.set()
            time.sleep(0.9)

    def short() -> None:
        started.wait()
        rename(row, "after")

    apart(long, short)
    assert list(LogEntry.objects.order_by("seq").values_list("verb", flat=True)) == ["imported", "changed"]
