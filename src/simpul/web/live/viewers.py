"""Who opens a stream, and which elements they see: the questions to the database, asked off the event loop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, connection
from django.http import HttpRequest

from simpul.people.logic.rights import Permission, Scope
from simpul.people.models import Organisation, User
from simpul.people.service import actor_for
from simpul.people.visibility import scope_of_user
from simpul.register.models import Link, Site, Uplink
from simpul.web.live.topics import Sight

WHOLE = Scope(whole_network=True)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in: the person's primary key, and whose objects they see.

    All who see the whole network have the same scope here: nothing that is followed live tells them apart.
    """

    user: int
    scope: Scope


@contextmanager
def _anew_after_failure() -> Iterator[None]:
    """The thread keeps its connection to the database; one that has failed is not asked twice."""
    try:
        yield
    except DatabaseError:
        connection.close()
        raise


@_anew_after_failure()
def visitor_of(session_key: str) -> Visitor | None:
    """Who a session belongs to; None if it has ended, or its person may not sign in any more."""
    request = HttpRequest()
    request.session = SessionStore(session_key)
    # Django's own check: the session's end, the way of signing in, the password it was made with, the account's lock.
    user = get_user(request)
    if not isinstance(user, User):
        return None
    if not actor_for(user).may(Permission.SEE_NETWORK):
        return Visitor(user.pk, Scope())
    scope = scope_of_user(user)
    return Visitor(user.pk, WHOLE if scope.whole_network else scope)


@_anew_after_failure()
def sight_of(scope: Scope) -> Sight:
    """The codes that a scope sees now, by the same rule as every page: `visible_to`."""
    if scope.whole_network:
        return Sight(whole=True)
    return Sight(
        sites=frozenset(Site.objects.within(scope).values_list("code", flat=True)),
        links=frozenset(Link.objects.within(scope).values_list("code", flat=True)),
        uplinks=frozenset(Uplink.objects.within(scope).values_list("code", flat=True)),
        parties=frozenset(Organisation.objects.filter(pk__in=scope.providers).values_list("code", flat=True)),
    )
