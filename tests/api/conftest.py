"""The regency, and a caller for each role."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from api.regency import Regency, build
from simpul.people.logic.rights import Role

Caller = Callable[[Role], Client]


@pytest.fixture
def regency(db: None) -> Regency:
    """Made anew for each test, inside its transaction."""
    return build()


@pytest.fixture
def as_role(regency: Regency) -> Caller:
    """A browser in which a person with that role has signed in."""

    def sign_in(role: Role) -> Client:
        client = Client()
        client.force_login(regency.users[role])
        return client

    return sign_in
