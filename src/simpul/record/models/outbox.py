"""Events that wait for their listeners, written in the transaction of the change they tell of."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class OutboxEvent(models.Model):
    """One event; `delivered_at` is set when every listener has handled it."""

    name = models.CharField(max_length=120)
    payload = models.TextField()
    at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    error = models.TextField(default="")

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=models.Q(delivered_at=None), name="record_outbox_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.name}"


class Handled(models.Model):
    """That one listener has had its effect; written in the same transaction as the effect."""

    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="handled")
    listener = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "listener"], name="record_handled_once"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} by {self.listener}"
