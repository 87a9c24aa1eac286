"""What pages ask the store for their charts: briefly and few at once, so that a store that hangs holds no page up."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from simpul.kit.problem import Problem
from simpul.store.client import Client, StoreAway
from simpul.store.samples import Chart, chart

SECONDS, PATIENCE_SECONDS = 1.0, 0.5
# Pages share `server.threads` (16): so many of them may wait for the store at most. It answers as many at once.
AT_ONCE = 4
# A home with six charts asks for all of them in one moment; the last ones wait for the first.
QUEUE_SECONDS = 0.5
# After an answer that did not come in time nobody asks for so long.
REST_SECONDS = 5


class StoreCharts:
    """Asks for charts on behalf of all pages. Threads share one."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._rests_until = 0.0

    def ask(
        self, where: Path, metrics: Sequence[str], refs: Sequence[str], start: datetime, now: datetime
    ) -> Chart | None:
        """What the store behind the socket `where` has from `start` until now; None when it does not answer soon."""
        if self._rests() or not self._places.acquire(timeout=QUEUE_SECONDS):
            return None
        try:
            # Somebody else may have waited in vain in the meantime.
            return None if self._rests() else self._asked(where, metrics, refs, start, now)
        finally:
            self._places.release()

    def _asked(
        self, where: Path, metrics: Sequence[str], refs: Sequence[str], start: datetime, now: datetime
    ) -> Chart | None:
        began = time.monotonic()
        try:
            return chart(Client(where, seconds=SECONDS, patience=PATIENCE_SECONDS), metrics, refs, start, now, now=now)
        except StoreAway:
            # A store that is not there says so at once, and may be asked again at once.
            ended = time.monotonic()
            if ended - began >= SECONDS:
                self._rests_until = ended + REST_SECONDS
            return None
        except Problem:
            return None

    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until


CHARTS = StoreCharts()


def made_until(found: Chart) -> int | None:
    """The last time (seconds since 1970) whose values were invented for a demonstration; None without any."""
    return next((at for at, made in zip(reversed(found.times), reversed(found.made), strict=True) if made), None)
