"""`visible_to(user)` for every manager: the only door through which pages, API and live feed read objects.

A model states its own rule in `visibility(scope)`; a foreign object is then simply not found (404).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self, TypeVar, cast

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

from simpul.people.logic.rights import Role, Scope, scope_of

if TYPE_CHECKING:
    from simpul.people.models.user import User

M = TypeVar("M", bound=models.Model)


class Visible(Protocol):
    """What a model needs so that `visible_to` can filter it; called only when not everything is shown."""

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q: ...


class VisibleQuerySet(models.QuerySet[M]):
    """A queryset whose rows can be narrowed to what somebody may see."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Rows that `user` may see; for an anonymous visitor only what is public."""
        return self.within(scope_of_user(user))

    def within(self, scope: Scope) -> Self:
        """Rows inside a scope that the caller has already looked up."""
        if scope.everything:
            return self
        return self.filter(cast("type[Visible]", self.model).visibility(scope)).distinct()


def scope_of_user(user: User | AnonymousUser) -> Scope:
    """The scope of a person today; looked up once per user object (that is, once per request)."""
    if isinstance(user, AnonymousUser) or not user.is_active:
        return Scope()
    return scope_of(roles_of(user))


def roles_of(user: User) -> list[tuple[Role, int]]:
    """(role, organisation) pairs in force now; read once per user object, so once per request."""
    known: list[tuple[Role, int]] | None = user.__dict__.get("_roles_in_force")
    if known is None:
        now = timezone.now()
        rows = user.memberships.filter(models.Q(until=None) | models.Q(until__gt=now), since__lte=now)
        known = [(Role(role), organisation) for role, organisation in rows.values_list("role", "organisation_id")]
        user.__dict__["_roles_in_force"] = known
    return known


def forget_roles(user: User) -> None:
    """Read the roles anew at the next question; for code that changes them and goes on with the same object."""
    user.__dict__.pop("_roles_in_force", None)
