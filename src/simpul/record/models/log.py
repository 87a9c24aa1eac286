"""The hash-chained log: one row per write, never changed, never deleted."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class LogEntry(models.Model):
    """Who changed what, from what to what. `hash` covers every other column and the previous hash.

    Written by `record.change` only; the database itself refuses UPDATE and DELETE (`record/guards.py`).

    `before` and `after` hold canonical JSON as text: a jsonb column would reorder keys and break the hash.
    """

    class Verb(models.TextChoices):
        CREATED = "created", _("created")
        CHANGED = "changed", _("changed")
        DELETED = "deleted", _("deleted")
        IMPORTED = "imported", _("imported")
        UNDONE = "undone", _("undone")
        USED = "used", _("used")
        SIGNED_IN = "signed_in", _("signed in")
        REFUSED = "refused", _("refused")

    seq = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor_key = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=200)
    verb = models.CharField(max_length=20, choices=Verb.choices)
    kind = models.CharField(max_length=80)
    ref = models.CharField(max_length=200)
    before = models.TextField(default="")
    after = models.TextField(default="")
    note = models.TextField(default="")
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering: ClassVar = ["-seq"]
        indexes: ClassVar = [
            models.Index(fields=["kind", "ref"]),
            models.Index(fields=["actor_key", "seq"]),
            models.Index(fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb} {self.kind} {self.ref}"


class LogHead(models.Model):
    """The chain's last link; one row, locked by whoever appends. It also betrays a cut-off tail."""

    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"head {self.seq}"
