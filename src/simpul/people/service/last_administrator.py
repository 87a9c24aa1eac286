"""Somebody must always be able to manage people."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from simpul.people.errors import LastAdministrator
from simpul.people.models import Membership, User


def require_another_administrator(user: User) -> None:
    """Raise LastAdministrator if `user` is the only administrator who may sign in.

    Call it inside the transaction of the change, so that two who remove each other cannot both pass.
    """
    now = timezone.now()
    in_force = Membership.objects.select_for_update().filter(
        Q(until=None) | Q(until__gt=now),
        role=Membership.Roles.ADMINISTRATOR,
        since__lte=now,
        user__is_active=True,
    )
    administrators = set(in_force.values_list("user_id", flat=True))
    if administrators == {user.pk}:
        raise LastAdministrator(name=str(user))
