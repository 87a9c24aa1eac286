"""Much work and its entry in the log, in one transaction that makes others wait as little as the database allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection, transaction

from simpul.kit.actor import Actor
from simpul.record.change import Change, change

T = TypeVar("T")
TRIES = 8
_LOCK_NOT_AVAILABLE = "55P03"  # SQLSTATE


def at_once(actor: Actor, work: Callable[[], T], tell: Callable[[Change, T], None]) -> None:
    """Do `work`, then `tell` the log what came of it; both hold or neither. `work` may run more than once.

    SQLite lets one write at a time, so the order does not matter there. PostgreSQL checks foreign keys row by row and
    takes seconds for 100,000 rows; if the log's head were locked first, as every other change does, all of them would
    wait. It is locked last here, for so short a time that a change which waits for one of our rows while it holds the
    head never dies of it: we step back, let it pass, and begin anew.
    """
    if connection.vendor != "sqlite":
        for _ in range(TRIES):
            try:
                _head_last(actor, work, tell)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
                    raise
            else:
                return
    with change(actor) as this:
        tell(this, work())


def _head_last(actor: Actor, work: Callable[[], T], tell: Callable[[Change, T], None]) -> None:
    with transaction.atomic():
        done = work()
        with connection.cursor() as cursor:
            # The foreign keys' turn, while nobody waits.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            # Shorter than the second after which PostgreSQL looks for deadlocks and ends one of the two.
            cursor.execute("SET LOCAL lock_timeout = '600ms'")
        with change(actor) as this:
            tell(this, done)
