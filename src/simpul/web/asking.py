"""Questions that a page has for another process of the instance, over the bus.

The application hands each request the one who asks, with its connection; where there is none (a command, a test of
another page), nobody answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from asgiref.sync import async_to_sync
from django.http import HttpRequest

from simpul.engines.nats import Bus, NoAnswer

CONNECTION_KEY = "simpul.asking"
# The first question of a process waits for its connection.
CONNECT_WITHIN = 3.0


class Asking(Protocol):
    """Asks over the bus."""

    async def ask(self, subject: str, payload: Mapping[str, Any], within: float) -> dict[str, Any]:
        """The answer of whoever listens. Raises NoAnswer after `within` seconds, or at once if nobody does."""


class BusAsking:
    """Asks over a connection that is made when there is a first question. `make` gives it, not yet started."""

    def __init__(self, make: Callable[[], Bus]) -> None:
        self._make = make
        self._bus: Bus | None = None
        self._starting = asyncio.Lock()

    async def ask(self, subject: str, payload: Mapping[str, Any], within: float) -> dict[str, Any]:
        """The answer. Raises NoAnswer."""
        async with self._starting:
            if self._bus is None:
                bus = self._make()
                await bus.start()
                self._bus = bus
        with suppress(TimeoutError):
            await self._bus.connected(CONNECT_WITHIN)
        return await self._bus.request(subject, payload, within)


def ask(request: HttpRequest, subject: str, payload: Mapping[str, Any], within: float) -> dict[str, Any]:
    """The answer to a page's question. Raises NoAnswer."""
    asking: Asking | None = getattr(request, "connection", {}).get(CONNECTION_KEY)
    if asking is None:
        raise NoAnswer(f"{subject}: this process has no bus")
    return async_to_sync(asking.ask)(subject, payload, within)
