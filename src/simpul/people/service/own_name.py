"""The name somebody gives himself is not that of somebody else: pages and the log show it for the person."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.utils.translation import override

from simpul.kit.actor import Actor
from simpul.kit.names import same_name_key
from simpul.people.errors import NameOfAnother
from simpul.people.models import Membership, User


def require_own_name(actor: Actor, user: User, name: str) -> None:
    """Raise NameOfAnother if the actor takes the name of another active person, or of a role in any language.

    Two people may share a name: an administrator, who knows both, can give it. Call it inside the transaction.
    """
    key = same_name_key(name)
    if actor.key != user.key or key == same_name_key(user.name):
        return
    others = User.objects.filter(is_active=True).exclude(pk=user.pk).values_list("name", flat=True)
    if any(same_name_key(taken) == key for taken in (*_roles(), *others)):
        raise NameOfAnother(name=name)


def _roles() -> Iterator[str]:
    yield from Membership.Roles.values
    for language, _own_word in settings.LANGUAGES:
        with override(language):
            yield from (str(label) for label in Membership.Roles.labels)
