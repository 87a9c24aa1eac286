"""When a trial or an emergency order is over, by the monotonic count: a wall clock that is set moves no deadline.

What a row says by wall time counts once, when the row is first met, and never for more than what was ordered.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from simpul.kit.clock import Clock
from simpul.traffic.models import PanicOrder, PlanVersion

# So long after the time to confirm is over, a gateway that says nothing has gone back by itself.
GRACE_SECONDS = 30.0
# An emergency order that finds nobody for so long is not carried out any more: by then nobody expects it.
PANIC_SECONDS = 600.0


class Deadlines:
    """Remembers each deadline from the first time that its row is met."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ends: dict[tuple[str, int], float] = {}

    def overdue(self, version: PlanVersion) -> bool:
        """Whether its time is over so long that the gateway has gone back by itself, though it could not say so."""
        if version.state != PlanVersion.State.APPLIED or version.confirm_by is None:
            return False
        return self._over(("plan", version.pk), version.confirm_by, version.confirm_s, GRACE_SECONDS)

    def lapsed(self, order: PanicOrder) -> bool:
        """Whether the emergency it was given for is likely over; the way back to the plan is right however late."""
        if order.mode == PanicOrder.Mode.NORMAL:
            return False
        until = order.asked_at + timedelta(seconds=PANIC_SECONDS)
        return self._over(("panic", order.pk), until, PANIC_SECONDS, 0.0)

    def _over(self, key: tuple[str, int], until: datetime, most: float, grace: float) -> bool:
        now = self._clock.monotonic()
        if key not in self._ends:
            left = (until - self._clock.now()).total_seconds()
            self._ends[key] = now + max(0.0, min(left, most)) + grace
        return now > self._ends[key]
