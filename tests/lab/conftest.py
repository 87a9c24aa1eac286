"""The invented regency, told once for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simpul.lab.story.telling import Told
from told import told_regency


@pytest.fixture(scope="module")
def regency(django_db_setup: None, django_db_blocker: Any) -> Iterator[Told]:
    """The whole story in the test database; taken back after the last test of the file."""
    with told_regency(django_db_blocker) as told:
        yield told
