"""Secrets for outside peers, encrypted at rest."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Credential(models.Model):
    """`sealed` is opened only by `record.service.use`, for the stated purpose, and each use is logged."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    purpose = models.CharField(_("purpose"), max_length=120)
    sealed = models.TextField(_("sealed secret"))
    created_at = models.DateTimeField(_("made"))
    rotated_at = models.DateTimeField(_("renewed"), null=True)

    audit_exclude: ClassVar = frozenset({"sealed"})

    class Meta:
        verbose_name = _("secret of a device or system")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
