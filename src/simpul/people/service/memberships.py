"""Which role somebody has in which organisation, from when to when."""

from __future__ import annotations

from django.utils import timezone

from simpul.kit.actor import Actor
from simpul.people.errors import AlreadyEnded, AlreadyGranted, Inactive, RoleDoesNotFit
from simpul.people.events import AccessChanged
from simpul.people.logic.rights import Permission, Role, fits
from simpul.people.models import Membership, Organisation, User
from simpul.people.service.last_administrator import require_another_administrator
from simpul.people.visibility import forget_roles
from simpul.record.change import change


def grant(actor: Actor, user: User, organisation: Organisation, role: Role) -> Membership:
    """Give the person a role from now on. Raises Forbidden, Inactive, RoleDoesNotFit or AlreadyGranted."""
    actor.require(Permission.MANAGE_PEOPLE)
    role = Role(role)
    words = {
        "name": str(user),
        "role": Membership.Roles(role.value).label,
        "organisation": str(organisation),
    }
    if not user.is_active:
        raise Inactive(**words)
    if not fits(role, organisation.kind):
        raise RoleDoesNotFit(**words)
    with change(actor) as this:
        if user.memberships.filter(organisation=organisation, role=role.value, until=None).exists():
            raise AlreadyGranted(**words)
        membership = Membership.objects.create(user=user, organisation=organisation, role=role.value)
        forget_roles(user)
        this.created(membership)
        this.emit(AccessChanged(user=user.pk, may_sign_in=True))
    return membership


def end_membership(actor: Actor, membership: Membership) -> Membership:
    """Take the role back from now on. Raises Forbidden, AlreadyEnded or LastAdministrator."""
    actor.require(Permission.MANAGE_PEOPLE)
    with change(actor, membership) as this:
        if membership.until is not None:
            raise AlreadyEnded
        others = membership.user.memberships.filter(role=Role.ADMINISTRATOR.value, until=None).exclude(pk=membership.pk)
        if membership.role == Role.ADMINISTRATOR.value and membership.user.is_active and not others.exists():
            require_another_administrator(membership.user)
        membership.until = timezone.now()
        membership.save(update_fields=["until"])
        forget_roles(membership.user)
        this.emit(AccessChanged(user=membership.user_id, may_sign_in=membership.user.is_active))
    return membership
