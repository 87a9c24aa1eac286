"""Keys by which programs act for a person through the API."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from simpul.kit.actor import Actor
from simpul.people.errors import DaysOutOfRange, Inactive
from simpul.people.models import ApiToken, User
from simpul.people.service.actors import require_self_or_manager
from simpul.record.change import change

PREFIX = "simpul_"
MOST_DAYS = 366
# The last use is written down at most so often, so that reading through the API stays reading.
USE_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """`secret` is the token as programs send it; known only here and now."""

    token: ApiToken
    secret: str


def issue_token(actor: Actor, user: User, *, label: str, days: int, may_write: bool = False) -> IssuedToken:
    """Make a token for the person, valid for `days` (1 to 366).

    Raises Forbidden, Inactive, DaysOutOfRange, or Django's ValidationError naming the field.
    """
    require_self_or_manager(actor, user)
    if not user.is_active:
        raise Inactive(name=str(user))
    if not 1 <= days <= MOST_DAYS:
        raise DaysOutOfRange(days=days, most=MOST_DAYS)
    secret = PREFIX + secrets.token_urlsafe(32)
    with change(actor) as this:
        token = ApiToken(
            user=user,
            label=label.strip(),
            digest=_digest(secret),
            tail=secret[-4:],
            may_write=may_write,
            created_at=this.at,
            expires_at=this.at + timedelta(days=days),
        )
        token.full_clean(exclude=["last_used_at", "revoked_at"])
        token.save(force_insert=True)
        this.created(token)
    return IssuedToken(token, secret)


def revoke_token(actor: Actor, token: ApiToken) -> None:
    """Stop a token now. Raises Forbidden."""
    require_self_or_manager(actor, token.user)
    if token.revoked_at is not None:
        return
    with change(actor, token) as this:
        token.revoked_at = this.at
        token.save(update_fields=["revoked_at"])


def user_for_api_token(secret: str) -> User | None:
    """The person a token acts for, with `acting_by` set so that `actor_for` narrows the rights; None if it fails."""
    now = timezone.now()
    token = ApiToken.objects.select_related("user").filter(digest=_digest(secret)).first()
    if token is None or not token.is_open(now) or not token.user.is_active:
        return None
    ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY), pk=token.pk).update(
        last_used_at=now
    )
    token.user.acting_by = token
    return token.user


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
