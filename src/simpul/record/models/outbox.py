"""Events that wait for their listeners, written in the transaction of the change they tell of."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class OutboxEvent(models.Model):
    """One event; `delivered_at` is set when no listener has to do with it any more (handled, or parked)."""

    name = models.CharField(max_length=120)
    payload = models.TextField()
    at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("event that waits for its listeners")
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=models.Q(delivered_at=None), name="record_outbox_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.name}"


class Handled(models.Model):
    """That one listener has had its effect; written in the same transaction as the effect."""

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="handled")
    listener = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("event that was handled")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "listener"], name="record_handled_once"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} by {self.listener}"


class FailedDelivery(models.Model):
    """What one listener could not do with one event so far; the row goes when it succeeds.

    Until `retry_at` the listener's later events wait. A parked one is not tried again unless somebody asks for it.
    """

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="failures", verbose_name=_("event"))
    listener = models.CharField(_("listener"), max_length=120)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"))
    failed_at = models.DateTimeField(_("failed last"))
    retry_at = models.DateTimeField(_("next attempt"), null=True)
    parked_at = models.DateTimeField(_("set aside"), null=True)

    class Meta:
        verbose_name = _("event that could not be handled")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "listener"], name="record_failed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} by {self.listener}, {self.attempts} times"
