"""Who belongs to which organisation, with which role, from when to when."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.models.organisation import Organisation
from simpul.people.models.user import User
from simpul.people.visibility import VisibleQuerySet


class Membership(models.Model):
    """Ended by `until`, never deleted: the auditor asks who could do what in March."""

    class Roles(models.TextChoices):
        ADMINISTRATOR = "administrator", _("administrator")
        OPERATOR = "operator", _("operator")
        ENGINEER = "engineer", _("network engineer")
        CREW = "crew", _("field crew")
        AGENCY = "agency", _("agency staff")
        PROVIDER = "provider", _("provider staff")
        HEAD = "head", _("head of agency")
        AUDITOR = "auditor", _("auditor")
        PUBLIC = "public", _("public")

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("person"))
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("organisation")
    )
    role = models.CharField(_("role"), max_length=20, choices=Roles.choices)
    since = models.DateTimeField(_("since"), default=timezone.now)
    until = models.DateTimeField(_("until"), null=True, blank=True)

    objects = VisibleQuerySet["Membership"].as_manager()

    class Meta:
        verbose_name = _("role of a person")
        ordering: ClassVar = ["user", "since"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role"],
                condition=models.Q(until=None),
                name="people_one_open_membership",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.organisation_id}"

    @property
    def code(self) -> str:
        """`<user name>/<role>@<organisation>`: the name the log knows it by."""
        return f"{self.user.username}/{self.role}@{self.organisation.code}"

    @property
    def audit_about(self) -> User:
        """The log finds it with the person."""
        return self.user

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """As for people: staff only."""
        return models.Q(pk__in=[])
