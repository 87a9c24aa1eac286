"""Verbs of the room. The only writer of its tables."""

from __future__ import annotations

from simpul.kit.actor import Actor
from simpul.people.logic.rights import permissions_of
from simpul.people.models import User
from simpul.people.visibility import roles_of


def actor_for(user: User) -> Actor:
    """The person as an actor, with the permissions of today's memberships."""
    permissions = permissions_of(role for role, _ in roles_of(user)) if user.is_active else frozenset()
    return Actor(kind="user", key=f"user:{user.pk}", name=str(user), permissions=permissions)
