"""Tells the browsers of a demonstration what a test wants them to see, over the bus, from a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from look.demonstration import Demonstration
from simpul.engines.nats import Bus
from up.bus_server import PASSWORD, BusServer

EVERY_SECONDS = 0.3


class Publisher:
    """Publishes `values` (topic -> message without its time) again and again, until it is told to be quiet."""

    def __init__(self, server: BusServer) -> None:
        self.server = server
        self.values: dict[str, dict[str, Any]] = {}
        self.quiet = False
        self._over = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._publish()), name="publisher")

    def start(self) -> None:
        """Begin, once the bus is there."""
        self._thread.start()
        assert self._ready.wait(120), self.server.log.read_text(encoding="utf-8")[-2000:]

    def stop(self) -> None:
        """End the thread."""
        self._over.set()
        self._thread.join(120)

    async def _publish(self) -> None:
        bus = Bus(self.server.config("simpul", PASSWORD))
        await bus.start()
        try:
            await bus.connected(120)
            self._ready.set()
            while not self._over.is_set():
                for topic, message in () if self.quiet else tuple(self.values.items()):
                    await bus.publish(f"live.{topic}", {"at": datetime.now(UTC).isoformat(), **message})
                await asyncio.sleep(EVERY_SECONDS)
        finally:
            await bus.stop()


@contextmanager
def publishing(site: Demonstration) -> Iterator[Publisher]:
    """A bus where the demonstration looks for one, and somebody who publishes on it."""
    server = BusServer(site.folder)
    server.port = site.bus_port
    server.start()
    publisher = Publisher(server)
    try:
        publisher.start()
        yield publisher
    finally:
        publisher.stop()
        server.end()
