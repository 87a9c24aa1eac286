"""People who sign in: made, changed, deactivated, never deleted."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone

from simpul.kit.actor import Actor
from simpul.people.errors import PasswordRefused
from simpul.people.events import AccessChanged
from simpul.people.logic.rights import Permission
from simpul.people.models import User
from simpul.people.service.actors import require_self_or_manager
from simpul.people.service.last_administrator import require_another_administrator
from simpul.people.service.own_name import require_own_name
from simpul.record.change import change
from simpul.record.models import LogEntry


def create_user(
    actor: Actor,
    *,
    username: str,
    name: str,
    password: str | None = None,
    password_hash: str | None = None,
    email: str = "",
    is_sample: bool = False,
) -> User:
    """Add a person, without any role yet. Without password the person needs an invitation to sign in.

    `password_hash` instead is what Django's `make_password` made earlier; it is taken as it is.
    Raises Forbidden, PasswordRefused, or Django's ValidationError naming the field.
    """
    actor.require(Permission.MANAGE_PEOPLE)
    user = User(username=username.strip().lower(), name=name.strip(), email=email.strip(), is_sample=is_sample)
    if password_hash is None:
        _put_password(user, password)
    else:
        user.password = password_hash
    with change(actor) as this:
        user.full_clean(exclude=["password"])
        user.save(force_insert=True)
        this.created(user)
    return user


def update_user(actor: Actor, user: User, *, name: str, email: str) -> User:
    """Change what administrators see to. The e-mail address decides whom an identity provider signs in.

    Raises Forbidden, NameOfAnother, or Django's ValidationError naming the field.
    """
    actor.require(Permission.MANAGE_PEOPLE)
    with change(actor, user):
        require_own_name(actor, user, name)
        user.name, user.email = name.strip(), email.strip()
        user.full_clean(exclude=["password"])
        user.save(update_fields=["name", "email"])
    return user


def update_profile(actor: Actor, user: User, *, name: str, language: str) -> User:
    """Change what people see to themselves; `language` is "id", "en" or empty (the instance's).

    Raises Forbidden, NameOfAnother, or Django's ValidationError naming the field.
    """
    require_self_or_manager(actor, user)
    with change(actor, user):
        require_own_name(actor, user, name)
        user.name, user.language = name.strip(), language
        user.full_clean(exclude=["password"])
        user.save(update_fields=["name", "language"])
    return user


def set_password(actor: Actor, user: User, password: str, *, keep_session: str = "") -> None:
    """Give the person a new password; sessions end, but for the one whose key is `keep_session`.

    Raises Forbidden or PasswordRefused.
    """
    require_self_or_manager(actor, user)
    _put_password(user, password)
    with change(actor) as this:
        user.save(update_fields=["password"])
        this.did(LogEntry.Verb.CHANGED, "people.user", user.code, after={"password": "set"})
        _drop_sessions(user, keep=keep_session)


def deactivate(actor: Actor, user: User) -> None:
    """Lock the person out: no sign-in, sessions end, tokens and invitations stop. What was done stays recorded."""
    actor.require(Permission.MANAGE_PEOPLE)
    if not user.is_active:
        return
    with change(actor, user) as this:
        require_another_administrator(user)
        user.is_active = False
        user.save(update_fields=["is_active"])
        now = timezone.now()
        user.tokens.filter(revoked_at=None).update(revoked_at=now)
        user.invitations.filter(accepted_at=None, withdrawn_at=None).update(withdrawn_at=now)
        _drop_sessions(user)
        this.emit(AccessChanged(user=user.pk, may_sign_in=False))


def reactivate(actor: Actor, user: User) -> None:
    """Let the person sign in again, with the roles that are still open. Tokens stay revoked."""
    actor.require(Permission.MANAGE_PEOPLE)
    if user.is_active:
        return
    with change(actor, user) as this:
        user.is_active = True
        user.save(update_fields=["is_active"])
        this.emit(AccessChanged(user=user.pk, may_sign_in=True))


def end_sessions(actor: Actor, user: User) -> int:
    """Sign the person out of every browser. Returns how many sessions ended."""
    require_self_or_manager(actor, user)
    with change(actor) as this:
        ended = _drop_sessions(user)
        this.did(LogEntry.Verb.CHANGED, "people.user", user.code, after={"sessions_ended": ended})
    return ended


def _drop_sessions(user: User, *, keep: str = "") -> int:
    sessions = list(UserSession.objects.filter(user=user).exclude(session_key=keep))
    for session in sessions:
        session.end()
    return len(sessions)


def _put_password(user: User, password: str | None) -> None:
    """Raises PasswordRefused; None makes the account one that no password opens."""
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise PasswordRefused(reasons=" ".join(error.messages)) from None
    user.set_password(password)
