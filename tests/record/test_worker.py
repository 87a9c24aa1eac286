"""A worker's thread has a connection of its own, and leaves none behind."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, connections

from simpul.record.models import Job
from simpul.record.worker import Worker

pytestmark = pytest.mark.django_db(transaction=True)


def run(*steps: str) -> list[Any]:
    """A worker that does these steps; what the thread's connection was at the beginning of each, and at the end."""
    met: list[Any] = []
    wrappers: list[Any] = []
    stopping = threading.Event()

    def step() -> bool:
        wrappers.append(connections["default"])
        met.append(wrappers[-1].connection)
        Job.objects.count()
        if len(met) == len(steps):
            stopping.set()
        if steps[len(met) - 1] == "fail":
            raise ValueError("a bad day\nindeed")
        return True

    worker = Worker("test", step, 0.01, stopping)
    worker.start()
    assert worker.join(10)
    assert not worker.is_alive()
    assert worker.trouble == ("ValueError: a bad day" if steps[-1] == "fail" else "")
    assert wrappers[0] is not connection
    return [*met, wrappers[-1].connection]


def test_the_connection_lasts_as_long_as_the_thread() -> None:
    first, second, third, after = run("work", "work", "work")
    assert (first, after) == (None, None)
    assert second is third is not None


def test_a_failed_step_begins_anew_with_a_new_connection() -> None:
    assert run("work", "fail", "work")[2] is None


def test_the_trouble_of_the_last_step_is_told_in_one_line() -> None:
    assert run("fail")[-1] is None


def test_a_worker_that_never_began_is_no_trouble_to_stop() -> None:
    assert Worker("test", lambda: False, 1, threading.Event()).join(1)
