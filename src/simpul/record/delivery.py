"""The component that brings events from the outbox to their listeners.

Each listener gets its events in the order they happened, each at least once. The listener's effect and the note that
it happened (`Handled`) are one transaction, so in the database the effect happens once, whatever dies in between;
effects outside of it (a mail, a message on the bus) must bear a repetition.

An event that a listener cannot handle holds back that listener's later events, and no other listener's. It is tried
again with a doubling wait, and after some attempts parked: kept, counted, shown, and passed over.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from simpul.kit.clock import Clock, SystemClock
from simpul.kit.component import Component
from simpul.kit.events import Event, Listener
from simpul.kit.health import Health
from simpul.record.logic.backoff import wait_after
from simpul.record.models import FailedDelivery, Handled, OutboxEvent
from simpul.record.runner import one_line
from simpul.record.worker import Worker

log = logging.getLogger(__name__)
STOP_SECONDS = 1.6
SLOW_SECONDS = 1.0
PRUNE_SECONDS = 3600.0


@dataclass(frozen=True)
class Config:
    """`attempts` is how often an event is tried before it is parked; with these waits that takes about 9 minutes."""

    poll_seconds: float = 0.5
    batch: int = 100
    attempts: int = 10
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 300.0
    keep_days: int = 30


class Dispatcher(Component):
    """Looks for waiting events and calls their listeners, one after the other, in a thread."""

    name = "outbox"

    def __init__(
        self,
        config: Config,
        listeners: Mapping[type[Event], Mapping[str, Listener]],
        clock: Clock | None = None,
    ) -> None:
        self._config = config
        self._clock = clock or SystemClock()
        self._types = {kind.wire_name(): kind for kind in listeners}
        self._of_event = {kind.wire_name(): dict(named) for kind, named in listeners.items()}
        self._of_listener: dict[str, list[str]] = {}
        for event, named in self._of_event.items():
            for listener in named:
                self._of_listener.setdefault(listener, []).append(event)
        self._counts = {"delivered": 0, "failed": 0, "slow": 0, "waiting": 0, "parked": 0}
        self._prune_at = 0.0
        self._stopping = threading.Event()
        self._worker = Worker("outbox", self.round, config.poll_seconds, self._stopping)

    async def start(self) -> None:
        """Begin to look for events."""
        self._worker.start()

    async def stop(self) -> None:
        """End after the listener that is at work."""
        self._stopping.set()
        await asyncio.to_thread(self._worker.join, STOP_SECONDS)

    async def finished(self) -> None:
        """Return when the thread has died, which no error of a listener can bring about."""
        while self._worker.is_alive():  # noqa: ASYNC110 (a thread sets no event when it dies)
            await asyncio.sleep(1)

    def health(self) -> Health:
        """Counters: delivered, failed and slow (over 1 s) since the start; waiting and parked as of the last round."""
        counts = dict(self._counts)
        if self._worker.trouble:
            return Health("down", f"cannot deliver events: {self._worker.trouble}", counts)
        if counts["parked"]:
            return Health("up", f"{counts['parked']} events could not be delivered. See: simpul events parked", counts)
        return Health("up", "", counts)

    def round(self) -> bool:
        """Deliver a batch to every listener; whether there is more to do at once."""
        more = False
        if OutboxEvent.objects.filter(delivered_at=None).exists():
            for listener in self._of_listener:
                more = self._deliver_batch(listener) or more
            self._settle()
        self._counts["waiting"] = OutboxEvent.objects.filter(delivered_at=None).count()
        self._counts["parked"] = FailedDelivery.objects.exclude(parked_at=None).count()
        if self._clock.monotonic() >= self._prune_at:
            more = self._prune() or more
        return more and not self._stopping.is_set()

    def _deliver_batch(self, listener: str) -> bool:
        """Deliver up to a batch in order, as long as it succeeds; whether the batch was full."""
        waiting = list(_waiting_for(listener, self._of_listener[listener])[: self._config.batch])
        failures = {row.event_id: row for row in FailedDelivery.objects.filter(listener=listener, parked_at=None)}
        for event in waiting:
            failed = failures.get(event.pk)
            if self._stopping.is_set() or (failed is not None and self._waits(failed)):
                return False
            if not self._deliver(event, listener):
                return False
        return len(waiting) == self._config.batch

    def _waits(self, failed: FailedDelivery) -> bool:
        """Whether it is too soon to try again. No pause is longer than the longest, whatever the clock has done."""
        if failed.retry_at is None:
            return False
        left = (failed.retry_at - self._clock.now()).total_seconds()
        return 0 < left <= self._config.longest_wait_seconds

    def _deliver(self, event: OutboxEvent, listener: str) -> bool:
        """Call one listener with one event; whether the next one may follow."""
        began = self._clock.monotonic()
        try:
            with transaction.atomic():
                # First of all, so that a second dispatcher waits here, or sees that it is done.
                if not _mark(event, listener, self._clock):
                    return True
                self._of_event[event.name][listener](self._types[event.name].from_json(event.payload))
                FailedDelivery.objects.filter(event=event, listener=listener).delete()
        except Exception as error:
            log.exception("event %s (%s): listener %s failed", event.pk, event.name, listener)
            return self._failed(event, listener, error)
        self._counts["delivered"] += 1
        took = self._clock.monotonic() - began
        if took > SLOW_SECONDS:
            self._counts["slow"] += 1
            log.warning("event %s (%s): listener %s held the database for %.1f s", event.pk, event.name, listener, took)
        return True

    def _failed(self, event: OutboxEvent, listener: str, error: Exception) -> bool:
        """Note the failure; whether the event is parked now, so that the next one may follow."""
        now = self._clock.now()
        self._counts["failed"] += 1
        with transaction.atomic():
            row, _ = FailedDelivery.objects.get_or_create(
                event=event, listener=listener, defaults={"error": "", "failed_at": now}
            )
            row.attempts += 1
            row.error = one_line(error)
            row.failed_at = now
            parked = row.attempts >= self._config.attempts
            wait = wait_after(row.attempts, self._config.first_wait_seconds, self._config.longest_wait_seconds)
            row.retry_at = None if parked else now + wait
            row.parked_at = now if parked else None
            row.save()
        if parked:
            log.error("event %s (%s): parked for %s after %s attempts", event.pk, event.name, listener, row.attempts)
        return parked

    def _settle(self) -> None:
        """Put away events that no listener has to do with any more."""
        waiting = OutboxEvent.objects.filter(delivered_at=None)
        done = [waiting.exclude(name__in=self._types)]
        for name, listeners in self._of_event.items():
            rows = waiting.filter(name=name)
            for listener in listeners:
                rows = rows.filter(_is_over(listener))
            done.append(rows)
        for rows in done:
            keys = list(rows.order_by("id").values_list("pk", flat=True)[:500])
            if keys:
                OutboxEvent.objects.filter(pk__in=keys).update(delivered_at=self._clock.now())

    def _prune(self) -> bool:
        """Remove old delivered events, a few hundred at a time; whether there may be more."""
        before = self._clock.now() - timedelta(days=self._config.keep_days)
        oldest = OutboxEvent.objects.order_by("id").values_list("pk", "delivered_at")[:500]
        old = [pk for pk, delivered_at in oldest if delivered_at and delivered_at < before]
        parked = FailedDelivery.objects.filter(event__in=old).values_list("event", flat=True)
        gone, _ = OutboxEvent.objects.filter(pk__in=set(old) - set(parked)).delete()
        if not gone:
            self._prune_at = self._clock.monotonic() + PRUNE_SECONDS
        return bool(gone)


def _is_over(listener: str) -> Q:
    """The listener has handled the event, or the event is parked for it."""
    handled = Handled.objects.filter(event=OuterRef("pk"), listener=listener)
    parked = FailedDelivery.objects.filter(event=OuterRef("pk"), listener=listener).exclude(parked_at=None)
    return Q(Exists(handled)) | Q(Exists(parked))


def _waiting_for(listener: str, names: list[str]) -> QuerySet[OutboxEvent]:
    return OutboxEvent.objects.filter(~_is_over(listener), delivered_at=None, name__in=names).order_by("id")


def _mark(event: OutboxEvent, listener: str, clock: Clock) -> bool:
    """Write that the listener has handled the event; False if that is written already."""
    try:
        with transaction.atomic():
            Handled.objects.create(event=event, listener=listener, at=clock.now())
    except IntegrityError:
        return False
    return True
