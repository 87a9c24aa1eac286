"""The invented regency in the test database, for a whole file of tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import transaction

from simpul.kit.actor import Actor
from simpul.lab.story.telling import Told, tell


@contextmanager
def told_regency(blocker: Any) -> Iterator[Told]:
    """Told once, as it stood in July 2026; taken back at the end. `blocker` is pytest-django's."""
    with blocker.unblock(), transaction.atomic():
        yield tell(Actor.system("test"), date(2026, 7, 1))
        transaction.set_rollback(True)
