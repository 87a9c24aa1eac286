"""A person who signs in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.validators import validate_name
from simpul.people.visibility import VisibleQuerySet

if TYPE_CHECKING:
    from simpul.people.models.token import ApiToken

# ASCII only: two names that look alike on the screen are never two people.
_USERNAME = RegexValidator(
    r"\A[a-z0-9][a-z0-9._@+-]*\Z",
    _("Small letters, digits and . _ @ + - only; the first is a letter or digit."),
)


class UserQuerySet(VisibleQuerySet["User"]):
    """Adds what Django's sign-in asks of a manager; people are made by `people.service`, never here."""

    def get_by_natural_key(self, username: str | None) -> User:
        """The person of that name; raises `User.DoesNotExist`."""
        return self.get(username=(username or "").lower())


class User(AbstractBaseUser):
    """Rights come from memberships only; there is no superuser flag to forget. A person is never deleted."""

    username = models.CharField(_("user name"), max_length=60, unique=True, validators=[_USERNAME])
    name = models.CharField(_("full name"), max_length=200, validators=[validate_name])
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_sample = models.BooleanField(_("sample data"), default=False)
    date_joined = models.DateTimeField(_("since"), default=timezone.now)

    objects = UserQuerySet.as_manager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    audit_exclude: ClassVar[frozenset[str]] = frozenset({"password", "last_login"})
    # Set while a program acts for the person through the API; no column.
    acting_by: ApiToken | None = None

    class Meta:
        verbose_name = _("user")
        ordering: ClassVar = ["username"]
        constraints: ClassVar = [
            # An identity provider's verified address leads to at most one person.
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="people_one_person_per_address",
                violation_error_message=_("Somebody else has this e-mail address."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def code(self) -> str:
        """The name the log knows the person by."""
        return self.username

    @property
    def key(self) -> str:
        """The person's `Actor.key`."""
        return f"user:{self.pk}"

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """Nobody outside the staff sees the list of people."""
        return models.Q(pk__in=[])
