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

    Or it ends as failed (the file could not be read) or discarded. A batch that was refused when it was applied or
    undone goes back to staged or applied, and `problem` says why.

    `columns` lists the headings as `[heading, column or null]`. `problem` is `{"code", "params", "rows"}` as
    `register.text.problem_of` reads it, empty if there is none. `made` holds, per part, the ends of the range in
    which the numbers of the rows it inserted lie. `digest` is the SHA-256 of all it wrote.
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
    source = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="+", verbose_name=_("file as it came"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.STAGING)
    job = models.ForeignKey(
        Job, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("background job")
    )
    columns = models.JSONField(_("headings and columns"), default=list)
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    same = models.PositiveIntegerField(_("unchanged"), default=0)
    wrong = models.PositiveIntegerField(_("wrong"), default=0)
    problem = models.JSONField(_("what is wrong"), default=dict)
    made = models.JSONField(_("numbers of the new rows"), default=dict)
    digest = models.CharField(_("fingerprint of what was written"), max_length=64, default="")
    actor_key = models.CharField(_("key of the importer"), max_length=80)
    actor_name = models.CharField(_("imported by"), max_length=200)
    created_at = models.DateTimeField(_("uploaded"))
    applied_at = models.DateTimeField(_("applied at"), null=True)
    undone_at = models.DateTimeField(_("taken back at"), null=True)

    objects = VisibleQuerySet["ImportBatch"].as_manager()

    class Meta:
        verbose_name = _("import")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.state})"

    @property
    def total(self) -> int:
        """How many rows the file has, as far as it was read."""
        return self.new + self.changed + self.same + self.wrong

    @property
    def may_be_applied(self) -> bool:
        """Whether applying it would change something, and nothing in the file is wrong."""
        return self.state == self.State.STAGED and not self.wrong and bool(self.new or self.changed)

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """Staff only."""
        return models.Q(pk__in=[])


class ImportRow(models.Model):
    """One row of the file: `line` in `sheet` as its reader counts them, `number` through the whole file.

    `values` is what would be written, `before` what stands there now under the same names; rows that are the same
    hold neither. `target` and `parent` are the rows that stand there (of the kind itself and, for a contract's line,
    of the contract), with the versions that were compared. `problems` are faults as `register.text.fault` reads them.
    """

    class Verdict(models.TextChoices):
        NEW = "new", _("new")
        CHANGED = "changed", _("changed")
        SAME = "same", _("unchanged")
        WRONG = "wrong", _("wrong")

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()
    sheet = models.CharField(max_length=80, default="")
    line = models.PositiveIntegerField()
    key = models.CharField(max_length=200)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    target = models.PositiveBigIntegerField(null=True)
    target_version = models.PositiveIntegerField(null=True)
    parent = models.PositiveBigIntegerField(null=True)
    parent_version = models.PositiveIntegerField(null=True)
    values = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    problems = models.JSONField(default=list)

    objects = VisibleQuerySet["ImportRow"].as_manager()

    class Meta:
        verbose_name = _("row of an import")
        ordering: ClassVar = ["batch", "number"]
        constraints: ClassVar = [
            # A reader that was taken for dead and comes back cannot add its rows twice.
            models.UniqueConstraint(fields=["batch", "number"], name="register_import_row_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["batch", "verdict", "number"])]

    def __str__(self) -> str:
        return f"row {self.number} of {self.batch_id}"

    @classmethod
    def visibility(cls, scope: Scope) -> models.Q:
        """Staff only."""
        return models.Q(pk__in=[])
