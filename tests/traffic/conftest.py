"""The small town of the tests about plans."""

from __future__ import annotations

import pytest
from hypothesis import settings

from traffic.small_town import Town, build_town

# What a property says is true at any speed; how long one example takes says how busy the machine is.
settings.register_profile("any speed", deadline=None)
settings.load_profile("any speed")


@pytest.fixture
def town(db: None) -> Town:
    """A gateway, two ways out, four sites with shares; no plan yet."""
    return build_town()
