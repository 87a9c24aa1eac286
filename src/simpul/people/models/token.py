"""A key by which a program acts for a person through the API."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.models.user import User
from simpul.people.validators import validate_name
from simpul.people.visibility import VisibleQuerySet


class ApiToken(models.Model):
    """Has at most the person's rights of the moment, and only those of reading unless `may_write`.

    The token itself is shown once and not kept: `digest` is its SHA-256, `tail` its last four characters.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens", verbose_name=_("person"))
    label = models.CharField(_("what for"), max_length=100, validators=[validate_name])
    digest = models.CharField(_("fingerprint of the token"), max_length=64, unique=True)
    tail = models.CharField(_("ends in"), max_length=4)
    may_write = models.BooleanField(_("may also change data"), default=False)
    created_at = models.DateTimeField(_("issued"))
    expires_at = models.DateTimeField(_("valid until"))
    last_used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    objects = VisibleQuerySet["ApiToken"].as_manager()
    audit_exclude: ClassVar[frozenset[str]] = frozenset({"digest", "last_used_at"})

    class Meta:
        verbose_name = _("API token")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.label

    @property
    def code(self) -> str:
        """`<user name>/token ...<tail>`."""
        return f"{self.user.username}/token ...{self.tail}"

    def is_open(self, now: datetime) -> bool:
        """Whether the token still works."""
        return self.revoked_at is None and now < self.expires_at

    @property
    def audit_about(self) -> User:
        """The log finds it with the person."""
        return self.user

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """As for people: staff only."""
        return models.Q(pk__in=[])
