"""Several writers on one SQLite file take turns without starving."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import OperationalError, connection, connections, transaction

from simpul.people.models import Organisation

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks rows, not the database"),
]


def hold(seconds: float, held: threading.Event) -> None:
    """Keep the database's one write lock for a while."""
    with transaction.atomic():
        held.set()
        time.sleep(seconds)
    connections.close_all()


def test_a_waiting_writer_goes_on_soon_after_the_lock_is_free() -> None:
    late = []
    for number in range(5):
        held = threading.Event()
        holder = threading.Thread(target=hold, args=(0.5, held))
        holder.start()
        held.wait()
        begin = time.monotonic()
        Organisation.objects.create(code=f"O{number}", name="x", kind="agency")
        late.append(time.monotonic() - begin - 0.5)
        holder.join()
    # SQLite's own waiting is up to 100 ms late after half a second, and grows with every loser's round.
    assert sorted(late)[2] < 0.04


def test_who_waits_too_long_is_told_that_the_database_is_locked() -> None:
    held = threading.Event()
    holder = threading.Thread(target=hold, args=(1.0, held))
    holder.start()
    held.wait()
    connection.ensure_connection()
    connection.connection.patience = 0.2
    begin = time.monotonic()
    try:
        with pytest.raises(OperationalError, match="locked"):
            Organisation.objects.create(code="O", name="x", kind="agency")
    finally:
        connection.connection.patience = 20.0
        holder.join()
    assert 0.2 <= time.monotonic() - begin < 5
    assert not Organisation.objects.exists()
