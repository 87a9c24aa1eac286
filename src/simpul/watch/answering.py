"""Answers the command line on `run/watch.sock`: one JSON object in a line, one back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from simpul.kit.component import Component
from simpul.kit.health import Health
from simpul.kit.local_socket import LineServer
from simpul.people.errors import Refusal

log = logging.getLogger(__name__)
Answer = Callable[[Mapping[str, Any]], dict[str, Any]]


class Answering(Component):
    """Whoever may write to the socket, the owner of the data folder, may ask."""

    name = "answers"

    def __init__(self, socket: Path, answer: Answer) -> None:
        self._answer = answer
        self._server = LineServer(socket, self._answered_or_refused)
        self._answered = 0

    async def start(self) -> None:
        """Listen."""
        await self._server.start()

    async def stop(self) -> None:
        """Answer nobody any more."""
        self._server.stop()

    def health(self) -> Health:
        """Up while it listens."""
        return Health("up" if self._server.listens else "starting", "", {"answered": self._answered})

    async def _answered_or_refused(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self._answered += 1
        try:
            return {"ok": True, **self._answer(request)}
        except Refusal as refusal:
            return {"ok": False, "problem": str(refusal)}
        except Exception:
            log.exception("a question could not be answered: %s", request)
            return {"ok": False, "problem": "the watch could not answer. See log/simpul.log in the data folder"}
