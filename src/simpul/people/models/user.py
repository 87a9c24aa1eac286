"""A person who signs in."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.visibility import VisibleQuerySet


class UserManager(BaseUserManager.from_queryset(VisibleQuerySet)):  # type: ignore[misc]
    """Adds what `authenticate` needs; people are made by `people.service`, never here."""


class User(AbstractBaseUser):
    """Rights come from memberships only; there is no superuser flag to forget."""

    username = models.CharField(_("user name"), max_length=60, unique=True, validators=[UnicodeUsernameValidator()])
    name = models.CharField(_("full name"), max_length=200)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_sample = models.BooleanField(_("sample data"), default=False)
    date_joined = models.DateTimeField(_("since"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]
    audit_exclude: ClassVar = frozenset({"password", "last_login"})

    class Meta:
        ordering: ClassVar = ["username"]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def code(self) -> str:
        """The name the log knows the person by."""
        return self.username

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """Nobody outside the staff sees the list of people."""
        return models.Q(pk__in=[])
