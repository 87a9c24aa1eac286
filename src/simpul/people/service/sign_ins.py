"""What the log keeps of sign-ins: who came in and how, and who was refused. Never a password, nor what may be one."""

from __future__ import annotations

from django.utils.crypto import salted_hmac

from simpul.kit.actor import Actor
from simpul.people.models import User
from simpul.people.service.actors import require_self_or_manager
from simpul.record.change import change
from simpul.record.models import LogEntry


def note_sign_in(actor: Actor, user: User, *, means: list[str]) -> None:
    """Log that the person signed in; `means` such as ["password", "totp"]."""
    require_self_or_manager(actor, user)
    with change(actor) as this:
        this.did(LogEntry.Verb.SIGNED_IN, "people.user", user.code, after={"means": means})


def note_sign_in_refused(actor: Actor, login: str, *, reason: str) -> None:
    """Log a refused sign-in. Anybody can fail to sign in, so `actor` needs no permission.

    `login` is logged as it is only if a person has that name. Otherwise it may be a password typed into
    the wrong field: then its length and a keyed fingerprint tell repeated attempts apart, and no more.
    """
    name = login.strip().lower()
    known = User.objects.filter(username=name).exists()
    fingerprint = salted_hmac("simpul.people.refused", name).hexdigest()[:8]
    ref = name if known else f"unknown name, {len(name)} characters, #{fingerprint}"
    with change(actor) as this:
        this.did(LogEntry.Verb.REFUSED, "people.user", ref, after={"reason": reason})


def note_second_factor(actor: Actor, user: User, *, what: str) -> None:
    """Log a change of how the person proves who they are, such as "totp added"."""
    require_self_or_manager(actor, user)
    with change(actor) as this:
        this.did(LogEntry.Verb.CHANGED, "people.user", user.code, after={"sign_in": what})
