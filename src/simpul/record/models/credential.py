"""Secrets for outside peers, encrypted at rest."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Credential(models.Model):
    """`sealed` is opened only by `record.service.use`, for the stated purpose, and each use is logged."""

    name = models.CharField(max_length=120, unique=True)
    purpose = models.CharField(max_length=120)
    sealed = models.TextField()
    created_at = models.DateTimeField()
    rotated_at = models.DateTimeField(null=True)

    audit_exclude: ClassVar = frozenset({"sealed"})

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
