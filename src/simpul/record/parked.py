"""Events that a listener could not handle: look at them, and have them delivered again once the cause is mended."""

from __future__ import annotations

from django.db.models import QuerySet

from simpul.kit.actor import Actor
from simpul.record.change import change, kind_of
from simpul.record.models import FailedDelivery, LogEntry, OutboxEvent
from simpul.record.permissions import MANAGE_JOBS


def parked_deliveries(actor: Actor) -> QuerySet[FailedDelivery]:
    """Parked deliveries with their events, oldest first. Raises Forbidden."""
    actor.require(MANAGE_JOBS)
    return FailedDelivery.objects.exclude(parked_at=None).select_related("event").order_by("id")


def retry_parked(actor: Actor, failure: FailedDelivery) -> None:
    """Have a parked event delivered again to the one listener; later events have reached that listener meanwhile."""
    actor.require(MANAGE_JOBS)
    with change(actor) as this:
        freed = FailedDelivery.objects.filter(pk=failure.pk).exclude(parked_at=None)
        if freed.update(parked_at=None, attempts=0, retry_at=None):
            OutboxEvent.objects.filter(pk=failure.event_id).update(delivered_at=None)
            told = {"event": failure.event_id, "name": failure.event.name, "listener": failure.listener}
            this.did(LogEntry.Verb.CHANGED, kind_of(failure), str(failure.pk), {"error": failure.error}, told)
