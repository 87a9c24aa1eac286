"""Several writers on one SQLite file take turns without starving."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection, connections, transaction

from simpul import database
from simpul.people.models import Organisation

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks rows, not the database"),
]


@contextmanager
def held() -> Iterator[threading.Event]:
    """Somebody has the database's one write lock until the event is set."""
    taken, over = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            taken.set()
            over.wait()
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait()
    try:
        yield over
    finally:
        over.set()
        holder.join()


def test_a_waiting_writer_asks_again_every_few_milliseconds_until_the_lock_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SQLite's own waiting asks ever more seldom, at last ten times a second. What that gives is measured by
    bench/import_beside_writers.py."""
    waited: list[float] = []
    connection.ensure_connection()
    with held() as over:

        def wait(seconds: float) -> None:
            waited.append(seconds)
            if len(waited) == 50:
                over.set()
            time.sleep(seconds)

        monkeypatch.setattr(database, "time", SimpleNamespace(sleep=wait, monotonic=time.monotonic))
        Organisation.objects.create(code="O", name="x", kind="agency")
    assert len(waited) >= 50
    assert max(waited) < 0.01


def test_who_waits_too_long_is_told_that_the_database_is_locked() -> None:
    connection.ensure_connection()
    connection.connection.patience = 0.2
    try:
        with held(), pytest.raises(OperationalError, match="locked"):
            Organisation.objects.create(code="O", name="x", kind="agency")
    finally:
        connection.connection.patience = 20.0
    assert not Organisation.objects.exists()
