"""An import: a file, its rows with their verdicts, and what is needed to undo it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Scope
from simpul.people.visibility import VisibleQuerySet
from simpul.record.models import Evidence, Job


class ImportBatch(models.Model):
    """staging -> staged (the diff can be looked at) -> applying -> applied -> undoing -> undone.

    Or it ends as failed (the file could not be read) or discarded.
    """

    class State(models.TextChoices):
        STAGING = "staging", _("reading")
        STAGED = "staged", _("ready to apply")
        APPLYING = "applying", _("applying")
        APPLIED = "applied", _("applied")
        UNDOING = "undoing", _("undoing")
        UNDONE = "undone", _("undone")
        FAILED = "failed", _("failed")
        DISCARDED = "discarded", _("discarded")

    kind = models.CharField(_("what"), max_length=20)
    file_name = models.CharField(_("file"), max_length=255)
    source = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.STAGING)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    problem = models.TextField(default="")
    actor_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    objects = VisibleQuerySet["ImportBatch"].as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.state})"

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """Staff only."""
        return models.Q(pk__in=[])


class ImportRow(models.Model):
    """One row of the file. `values` is what would be written, `before` what stands there now (for changed rows)."""

    class Verdict(models.TextChoices):
        NEW = "new", _("new")
        CHANGED = "changed", _("changed")
        SAME = "same", _("unchanged")
        WRONG = "wrong", _("wrong")

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=200)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    target = models.PositiveBigIntegerField(null=True)
    target_version = models.PositiveIntegerField(null=True)
    values = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    problems = models.JSONField(default=list)

    objects = VisibleQuerySet["ImportRow"].as_manager()

    class Meta:
        ordering: ClassVar = ["batch", "number"]
        indexes: ClassVar = [models.Index(fields=["batch", "verdict", "number"])]

    def __str__(self) -> str:
        return f"row {self.number} of {self.batch_id}"

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """Staff only."""
        return models.Q(pk__in=[])
