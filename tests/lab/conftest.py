"""The invented regency, told once for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from simpul.kit.actor import Actor
from simpul.lab.story.telling import Told, tell


@pytest.fixture(scope="module")
def regency(django_db_setup: None, django_db_blocker: Any) -> Iterator[Told]:
    """The whole story in the test database; taken back after the last test of the file."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield tell(Actor.system("test"), date(2026, 7, 1))
        transaction.set_rollback(True)
