"""Who calls: a session of the pages, or a token of a person's own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer, SessionAuth

from simpul.people.service import user_for_api_token
from simpul.web.middleware import become


class Token(HttpBearer):
    """`Authorization: Bearer TOKEN`. Rights are those of the person it acts for, as they are today."""

    openapi_bearerFormat = "opaque"  # noqa: N815 (the name ninja reads)

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The person, or None: unknown, expired and revoked tokens are told apart by nobody."""
        user = user_for_api_token(token)
        if user is None:
            raise AuthenticationError(message="The token is not valid (any more).")
        request.user = user
        become(request, user)
        return user


class Session(SessionAuth):
    """The session of the pages; calls that write must carry the CSRF token."""

    def _get_key(self, request: HttpRequest) -> str | None:
        # Who is not signed in is told so, before anything is said about CSRF.
        return super()._get_key(request) if request.user.is_authenticated else None


# The token first: a call with a token needs no CSRF token even from a browser that also has a session.
EITHER = [Token(), Session()]
