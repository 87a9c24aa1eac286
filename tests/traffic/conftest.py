"""The small town of the tests about plans."""

from __future__ import annotations

import pytest

from traffic.small_town import Town, build_town


@pytest.fixture
def town(db: None) -> Town:
    """A gateway, two ways out, four sites with shares; no plan yet."""
    return build_town()
