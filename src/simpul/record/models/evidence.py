"""Proof kept as a file: a photo, a signed scan, a measurement."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Evidence(models.Model):
    """The row of a blob that lies in the data folder under its SHA-256; written once, never replaced."""

    sha256 = models.CharField(max_length=64, unique=True)
    size_bytes = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    name = models.CharField(max_length=255)
    at = models.DateTimeField()
    actor_key = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=200)

    class Meta:
        ordering: ClassVar = ["-at"]

    def __str__(self) -> str:
        return f"{self.name} {self.sha256[:12]}"
