"""Signed tokens that end by themselves: a link that may be followed for an hour, a stream for a minute.

A token says something (its claims) to whoever reads it with the same purpose. It is not secret, it can be used more
than once until it ends, and it cannot be called back: for anything else keep a row.
"""

from __future__ import annotations

from typing import Any

from django.core import signing

from simpul.kit.clock import Clock, SystemClock
from simpul.kit.problem import Problem

LONGEST_SECONDS = 7 * 24 * 3600
_CLOCK = SystemClock()


class BadToken(Problem):
    """The token is not one of ours, or was made for something else."""


class TokenEnded(BadToken):
    """The token was good, but its time is over."""


def issue(purpose: str, claims: dict[str, Any], seconds: float, clock: Clock = _CLOCK) -> str:
    """A URL-safe token that `read` accepts for the same purpose within `seconds` (at most seven days).

    Claims are JSON values. Raises ValueError for a longer time or none, TypeError for other claims.
    """
    if not 0 < seconds <= LONGEST_SECONDS:
        raise ValueError(f"a token lives up to {LONGEST_SECONDS} seconds, not {seconds}")
    return signing.dumps({"until": clock.now().timestamp() + seconds, "claims": claims}, salt=_salt(purpose))


def read(purpose: str, token: str, clock: Clock = _CLOCK) -> dict[str, Any]:
    """The claims. Raises BadToken, or TokenEnded when only the time is wrong."""
    try:
        # Compares signatures in constant time, and opens nothing that is not signed.
        said = signing.loads(token, salt=_salt(purpose))
    except signing.BadSignature:
        raise BadToken("this link or token is not valid. Ask for a new one") from None
    left = said["until"] - clock.now().timestamp()
    # One that lives longer than any was issued before the clock was put back.
    if not 0 < left <= LONGEST_SECONDS:
        raise TokenEnded("this link or token has ended. Ask for a new one")
    claims: dict[str, Any] = said["claims"]
    return claims


def _salt(purpose: str) -> str:
    if not purpose:
        raise ValueError("a token needs a purpose, so that it fits nowhere else")
    return f"simpul.token.{purpose}"
