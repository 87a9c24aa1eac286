"""What the tests of this room share."""

from __future__ import annotations

import pytest
from django.db import connection

from simpul.record import guards


@pytest.fixture
def unguarded(db: None) -> None:
    """A database whose triggers are gone, as an intruder would leave it. They are back after the test's clean-up."""
    guards.remove(connection)
