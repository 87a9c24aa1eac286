"""A link by which a person sets the first password, or a new one after losing it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.models.user import User
from simpul.people.visibility import VisibleQuerySet


class Invitation(models.Model):
    """Works once and until `expires_at`. The link's secret is not kept: `digest` is its SHA-256."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations", verbose_name=_("person"))
    digest = models.CharField(_("fingerprint of the link"), max_length=64, unique=True)
    invited_by = models.CharField(_("invited by"), max_length=200)
    created_at = models.DateTimeField(_("invited"))
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    objects = VisibleQuerySet["Invitation"].as_manager()
    audit_exclude: ClassVar[frozenset[str]] = frozenset({"digest"})

    class Meta:
        verbose_name = _("invitation")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"invitation of {self.user_id}"

    @property
    def code(self) -> str:
        """`<user name>/invitation`."""
        return f"{self.user.username}/invitation"

    def is_open(self, now: datetime) -> bool:
        """Whether the link still works."""
        return self.accepted_at is None and self.withdrawn_at is None and now < self.expires_at

    @property
    def audit_about(self) -> User:
        """The log finds it with the person."""
        return self.user

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """As for people: staff only."""
        return models.Q(pk__in=[])
