"""Proof kept as a file: a photo, a signed scan, a measurement."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Evidence(models.Model):
    """The row of a blob that lies in the data folder under its SHA-256; written once, never replaced."""

    sha256 = models.CharField(_("SHA-256"), max_length=64, unique=True)
    size_bytes = models.PositiveBigIntegerField(_("size (bytes)"))
    media_type = models.CharField(_("type of file"), max_length=100)
    name = models.CharField(_("file name"), max_length=255)
    at = models.DateTimeField(_("kept"))
    actor_key = models.CharField(_("key of the giver"), max_length=80)
    actor_name = models.CharField(_("given by"), max_length=200)

    class Meta:
        verbose_name = _("file of evidence")
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return f"{self.name} {self.sha256[:12]}"
