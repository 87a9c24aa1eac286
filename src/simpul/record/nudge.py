"""Tells whoever listens on the bus that something has changed, so that they read again at once.

A nudge may be lost (core NATS): it carries no fact, only the names needed to know whether to look. Facts are rows.
"""

from __future__ import annotations

import asyncio
import json

from simpul.engines.nats import Bus
from simpul.kit.component import Component
from simpul.kit.events import Event
from simpul.kit.health import Health


class Nudges(Component):
    """Publishes each event on the subject `changed.<room>.<Event>`. `listener` may be called from any thread."""

    name = "nudges"

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._loop: asyncio.AbstractEventLoop | None = None
        self._told = 0

    async def start(self) -> None:
        """Note the loop that owns the bus client."""
        self._loop = asyncio.get_running_loop()

    async def stop(self) -> None:
        """Nothing to end: what is not sent yet may be lost."""
        self._loop = None

    def health(self) -> Health:
        """Counts the nudges handed to the bus client, which counts those it had to drop."""
        return Health("up", "", {"told": self._told})

    def listener(self, event: Event) -> None:
        """Hand the event to the bus; returns at once and never fails."""
        if self._loop is not None:
            self._told += 1
            publish = self._bus.publish(f"changed.{event.wire_name()}", json.loads(event.to_json()))
            asyncio.run_coroutine_threadsafe(publish, self._loop)
