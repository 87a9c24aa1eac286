"""How often a password may be tried, so that guessing is slow and nobody can lock everybody else out.

An address alone is a bad key: behind a relay or a provider's address translation everybody shares one. So an
attempt counts in one of two places (after the device cookies of OWASP's "Slow Down Online Guessing Attacks"):

- from a browser in which the person has signed in before, only that browser's own attempts count;
- from any other browser the attempts at this account count, those from this address (where it is known), and
  those of all such browsers together.

A stranger who tries on and on thus closes the door for new browsers at most: people at their usual desk go on
signing in, and so does everybody with a passkey or by the identity provider.
"""

from __future__ import annotations

import secrets

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from simpul.people.models import User
from simpul.web.proxies import counted_as, read

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 (what no client has; not an address to listen on)
COOKIE = "simpul_known"
COOKIE_DAYS = 180
MOST_PEOPLE_PER_BROWSER = 8
_SALT = "simpul.web.known"

KNOWN_BROWSER = "10/5m/key"
ONE_ACCOUNT = "5/5m/key"
ONE_ADDRESS = "20/m/key"
EVERYBODY = "60/m/key"


def attempt(request: HttpRequest, login: str, address: str) -> ratelimit.RateLimitUsage | None:
    """Count one attempt; None if it may not be made. Roll the usage back when the password was right."""
    name = login.strip().lower()
    mark = _marks(request).get(_person(name))
    if mark:
        limits = [(KNOWN_BROWSER, f"browser {mark}")]
    else:
        # The widest first: an attempt refused there leaves no entry per account behind.
        limits = [(EVERYBODY, "everybody"), (ONE_ACCOUNT, f"account {name}")]
        if not _shared(address):
            limits.insert(1, (ONE_ADDRESS, f"address {counted_as(address)}"))
    counted = ratelimit.RateLimitUsage(usage=[])
    for rate, key in limits:
        usage = ratelimit.consume(
            request, app="simpul", action="password", config={"password": rate}, key=key, limit_get=True
        )
        if usage is None:
            return None
        counted.usage.extend(usage.usage)
    return counted


def remember(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Mark the browser as one in which `user` has signed in."""
    marks = _marks(request)
    marks.pop(user.pk, None)
    marks[user.pk] = secrets.token_urlsafe(12)
    newest = list(marks.items())[-MOST_PEOPLE_PER_BROWSER:]
    response.set_cookie(
        COOKIE,
        signing.dumps(newest, salt=_SALT),
        max_age=COOKIE_DAYS * 86400,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _shared(address: str) -> bool:
    """Whether the address is that of a relay or proxy on this machine, so that all visitors have it."""
    known = read(address)
    return known is None or address == UNKNOWN_ADDRESS or known.is_loopback


def _person(name: str) -> int:
    return User.objects.filter(username=name).values_list("pk", flat=True).first() or 0


def _marks(request: HttpRequest) -> dict[int, str]:
    """User's primary key -> the browser's mark for that person, oldest first; nothing if forged or too old."""
    try:
        pairs = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=COOKIE_DAYS * 86400)
    except signing.BadSignature:
        return {}
    return dict(pairs)
