"""A town full of people, and passwords that cost no time."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings

from api.regency import Regency
from people.town import build_town


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """The real hash is meant to be slow; these tests ask for other things."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    """Counters of sign-in attempts start at nothing."""
    cache.clear()


@pytest.fixture
def town(db: None) -> Regency:
    """Made anew for each test, inside its transaction."""
    return build_town()
