"""Long work: the row is the truth, whoever runs it holds a lease."""

from __future__ import annotations

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    """A job ends once, and then stays as it is."""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


# A job in one of these may still do something.
OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)


class Job(models.Model):
    """`kind` names a handler of the wiring; an expired lease means it runs again, so handlers are idempotent.

    Who asked for it is kept with the permissions of that moment, for the verbs that the handler calls.
    """

    kind = models.CharField(_("work"), max_length=80)
    arguments = models.JSONField(_("details of the request"), default=dict, encoder=DjangoJSONEncoder)
    state = models.CharField(_("state of the work"), max_length=12, choices=JobState.choices, default=JobState.QUEUED)
    step = models.CharField(_("step of the work"), max_length=200, default="")
    progress = models.PositiveBigIntegerField(_("done so far"), default=0)
    total = models.PositiveBigIntegerField(_("in all"), default=0)
    cancel = models.BooleanField(_("asked to stop"), default=False)
    lease_until = models.DateTimeField(_("lease ends"), null=True)
    lease_by = models.CharField(_("lease held by"), max_length=80, default="")
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    result = models.JSONField(_("result"), default=dict, encoder=DjangoJSONEncoder)
    error = models.TextField(_("error"), default="")
    actor_kind = models.CharField(_("kind of the asker"), max_length=10)
    actor_key = models.CharField(_("key of the asker"), max_length=80)
    actor_name = models.CharField(_("asked by"), max_length=200)
    actor_permissions = models.JSONField(_("rights when asking"), default=list)
    created_at = models.DateTimeField(_("asked"))
    started_at = models.DateTimeField(_("begun"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    audit_exclude: ClassVar = frozenset({"actor_permissions", "lease_by", "lease_until"})

    class Meta:
        verbose_name = _("background job")
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=["queued", "running"]),
                name="record_job_open",
            ),
            models.Index(fields=["actor_key", "-id"], name="record_job_whose"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.state not in OPEN_STATES
