"""What still hangs on a row, so that it can neither go nor change its code."""

from __future__ import annotations

from django.db import models, router
from django.db.models.deletion import Collector, ProtectedError
from django.utils.translation import gettext, gettext_noop

from simpul.people.errors import Refusal
from simpul.record.change import ref_of

MOST_NAMED = 5


class InUse(Refusal):
    """Other rows hang on this one. `users` are some of them."""

    text = gettext_noop("%(element)s: still used by %(users)s. Remove these first")

    def __init__(self, element: models.Model, users: list[models.Model]) -> None:
        self.element = element
        self.users = users
        named = ", ".join(_named(user) for user in users[:MOST_NAMED])
        super().__init__(element=_named(element), users=named)

    def shown(self) -> str:
        """The line in the language of the page."""
        named = ", ".join(_named(user, shown=True) for user in self.users[:MOST_NAMED])
        return gettext(self.text) % {"element": _named(self.element, shown=True), "users": named}


def require_free(element: models.Model) -> None:
    """Raise InUse if a row points to the element, or to a part that would go with it."""
    collector = Collector(using=router.db_for_write(type(element)), origin=element)
    try:
        collector.collect([element])
    except ProtectedError as error:
        users = [user for user in error.protected_objects if isinstance(user, models.Model)]
        raise InUse(element, sorted(users, key=lambda user: (user._meta.label_lower, user.pk))) from error


def in_use(element: models.Model) -> InUse | None:
    """What speaks against removing the element, or None. Asks the database; for pages."""
    try:
        require_free(element)
    except InUse as refusal:
        return refusal
    return None


def _named(row: models.Model, *, shown: bool = False) -> str:
    kind = str(row._meta.verbose_name) if shown else row._meta.verbose_name_raw
    return f"{kind} {ref_of(row)}"
