"""Links by which people set their password themselves, so that nobody else ever knows it."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from simpul.kit.actor import Actor
from simpul.people.errors import HoursOutOfRange, Inactive, InvitationUnknown
from simpul.people.logic.rights import Permission
from simpul.people.models import Invitation, User
from simpul.people.service.actors import actor_for
from simpul.people.service.users import set_password
from simpul.record.change import change

HOURS = 72
MOST_HOURS = 720


@dataclass(frozen=True, slots=True)
class IssuedInvitation:
    """`secret` belongs into the link and is known only here and now."""

    invitation: Invitation
    secret: str


def invite(actor: Actor, user: User, *, hours: int = HOURS) -> IssuedInvitation:
    """Make a link for the person, valid once and for `hours` (1 to 720); earlier links stop.

    Raises Forbidden, Inactive or HoursOutOfRange; earlier links then still work.
    """
    actor.require(Permission.MANAGE_PEOPLE)
    if not user.is_active:
        raise Inactive(name=str(user))
    if not 1 <= hours <= MOST_HOURS:
        raise HoursOutOfRange(hours=hours, most=MOST_HOURS)
    secret = secrets.token_urlsafe(32)
    with change(actor) as this:
        user.invitations.filter(accepted_at=None, withdrawn_at=None).update(withdrawn_at=this.at)
        invitation = Invitation.objects.create(
            user=user,
            digest=_digest(secret),
            invited_by=actor.name,
            created_at=this.at,
            expires_at=this.at + timedelta(hours=hours),
        )
        this.created(invitation)
    return IssuedInvitation(invitation, secret)


def find_invitation(secret: str) -> Invitation:
    """The open invitation of a link. Raises InvitationUnknown, whatever the reason."""
    invitation = Invitation.objects.select_related("user").filter(digest=_digest(secret)).first()
    if invitation is None or not invitation.user.is_active or not invitation.is_open(timezone.now()):
        raise InvitationUnknown
    return invitation


def accept_invitation(actor: Actor, secret: str, password: str) -> User:
    """Set the invited person's password; who holds the link is the person, so `actor` needs no permission.

    Raises InvitationUnknown or PasswordRefused; the link still works after a refused password.
    """
    invitation = find_invitation(secret)
    person = actor_for(invitation.user)
    with change(person, invitation, note=f"link opened by {actor.name}") as this:
        won = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None)
        if not won.update(accepted_at=this.at):
            raise InvitationUnknown
        invitation.accepted_at = this.at
        set_password(person, invitation.user, password)
    return invitation.user


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
