"""Maintenance windows."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.visibility import VisibleQuerySet


class Silence(models.Model):
    """Work on one element, announced beforehand: alarms of it and of what hangs on it are kept, but nobody is called.

    `ref` is the code of a device, link, circuit, site or uplink.
    """

    ref = models.CharField(_("element"), max_length=60)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=200)
    made_by = models.CharField(_("announced by"), max_length=200)
    made_at = models.DateTimeField(_("announced at"))

    objects = VisibleQuerySet["Silence"].as_manager()

    class Meta:
        verbose_name = _("maintenance window")
        ordering: ClassVar = ["-starts_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="watch_silence_ends_after_its_start",
                violation_error_message=_("A maintenance window ends after its start."),
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    def covers(self, at: datetime) -> bool:
        """Whether the work goes on at that moment."""
        return self.starts_at <= at < self.ends_at

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """For those who see the whole network."""
        return models.Q() if scope.whole_network else models.Q(pk__in=[])
