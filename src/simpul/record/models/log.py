"""The hash-chained log: one row per write, never changed, never deleted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class LogEntry(models.Model):
    """Who changed what, from what to what. `hash` covers every other column and the previous hash.

    Written by `record.change` only; the database itself refuses UPDATE and DELETE (`record/guards.py`).

    `before` and `after` hold canonical JSON as text: a jsonb column would reorder keys and break the hash.
    `about_kind` and `about_ref` name the object whose story it is part of (the site of a device), or are empty.
    """

    class Verb(models.TextChoices):
        CREATED = "created", pgettext_lazy("log", "created")
        CHANGED = "changed", pgettext_lazy("log", "changed")
        DELETED = "deleted", pgettext_lazy("log", "deleted")
        IMPORTED = "imported", pgettext_lazy("log", "imported")
        UNDONE = "undone", pgettext_lazy("log", "undone")
        USED = "used", pgettext_lazy("log", "used")
        SIGNED_IN = "signed_in", pgettext_lazy("log", "signed in")
        REFUSED = "refused", pgettext_lazy("log", "refused")

    seq = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor_key = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=200)
    verb = models.CharField(max_length=20, choices=Verb.choices)
    kind = models.CharField(max_length=80)
    ref = models.CharField(max_length=200)
    about_kind = models.CharField(max_length=80, default="")
    about_ref = models.CharField(max_length=200, default="")
    before = models.TextField(default="")
    after = models.TextField(default="")
    note = models.TextField(default="")
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("log entry")
        ordering: ClassVar = ["-seq"]
        indexes: ClassVar = [
            # The code first: people look for it without saying of which kind.
            models.Index(fields=["ref", "kind"]),
            models.Index(fields=["about_ref", "about_kind"]),
            models.Index(fields=["kind", "seq"]),
            models.Index(fields=["actor_key", "seq"]),
            models.Index(fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb} {self.kind} {self.ref}"


class LogHead(models.Model):
    """The chain's last link; one row, locked by whoever appends. It also betrays a cut-off tail."""

    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        verbose_name = _("head of the log")

    def __str__(self) -> str:
        return f"head {self.seq}"
