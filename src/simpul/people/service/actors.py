"""From a signed-in person to the actor that every verb asks for."""

from __future__ import annotations

from simpul.kit.actor import Actor
from simpul.people.logic.rights import READING, Permission, permissions_of
from simpul.people.models import User
from simpul.people.visibility import roles_of

ANONYMOUS = Actor(kind="user", key="anonymous", name="anonymous")


def actor_for(user: User) -> Actor:
    """The person as an actor, with the permissions of today's memberships; through a token at most the token's."""
    permissions = permissions_of(role for role, _ in roles_of(user)) if user.is_active else frozenset()
    name = str(user)
    if user.acting_by is not None:
        name = f"{name} ({user.acting_by.label})"
        permissions = permissions if user.acting_by.may_write else permissions & READING
    return Actor(kind="user", key=user.key, name=name, permissions=permissions)


def require_self_or_manager(actor: Actor, user: User) -> None:
    """Everybody may see to the own account; for somebody else's, Forbidden unless the actor manages people."""
    if actor.key != user.key:
        actor.require(Permission.MANAGE_PEOPLE)
