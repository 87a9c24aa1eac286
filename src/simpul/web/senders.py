"""Who sends a request, asked before its body is taken: by session cookie or by token, as the pages themselves ask."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, close_old_connections, connection
from django.http import HttpRequest

from simpul.people.models import User
from simpul.people.service import user_for_api_token
from simpul.web.bodies import Refused
from simpul.web.healthz import Scope

Headers = Iterable[tuple[bytes, bytes]]


# Each question takes a thread.
AT_ONCE = 4


class Senders:
    """Asks the database who it is, for a few requests at the same time."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope) -> int | None:
        """The person's primary key; None for a stranger, an ended session, a token that was taken back.

        Raises Refused while the database does not answer.
        """
        session, token = session_of(scope), token_of(scope)
        if not session and not token:
            return None
        try:
            async with self._slots:
                return await sync_to_async(_person)(session, token)
        except DatabaseError:
            await sync_to_async(connection.close)()
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE) from None


def session_of(scope: Scope) -> str:
    """The key of the session that the browser names."""
    return cookie_of(scope["headers"], settings.SESSION_COOKIE_NAME)


def token_of(scope: Scope) -> str:
    """The token in `Authorization: Bearer TOKEN`."""
    kind, _, token = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def cookie_of(headers: Headers, name: str) -> str:
    """A cookie's value, or nothing."""
    # HTTP/2 may split cookies over several headers.
    text = "; ".join(value.decode("latin-1") for key, value in headers if key == b"cookie")
    try:
        found = SimpleCookie(text).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _person(session: str, token: str) -> int | None:
    close_old_connections()
    if token and (owner := user_for_api_token(token)) is not None:
        return int(owner.pk)
    if not session:
        return None
    request = HttpRequest()
    request.session = SessionStore(session)
    # Django's own check: the session's end, the way of signing in, the password it was made with, the account's lock.
    user = get_user(request)
    return user.pk if isinstance(user, User) else None
