"""Answers the command line on `run/watch.sock`: one JSON object in a line, one back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from simpul.kit.component import Component
from simpul.kit.health import Health
from simpul.people.errors import Refusal

log = logging.getLogger(__name__)
Answer = Callable[[Mapping[str, Any]], dict[str, Any]]
LONGEST_REQUEST = 65536


class Answering(Component):
    """Whoever may write to the socket, the owner of the data folder, may ask."""

    name = "answers"

    def __init__(self, socket: Path, answer: Answer) -> None:
        self._socket, self._answer = socket, answer
        self._server: asyncio.Server | None = None
        self._answered = 0

    async def start(self) -> None:
        """Listen; a socket that a killed process has left is replaced."""
        self._socket.parent.mkdir(parents=True, exist_ok=True)
        self._socket.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._converse, self._socket, limit=LONGEST_REQUEST)
        self._socket.chmod(0o600)

    async def stop(self) -> None:
        """Answer nobody any more."""
        if self._server is not None:
            self._server.close()
        self._socket.unlink(missing_ok=True)

    def health(self) -> Health:
        """Up while it listens."""
        return Health("up" if self._server is not None else "starting", "", {"answered": self._answered})

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError):
            request = json.loads(await reader.readline())
            writer.write(json.dumps(self._answered_or_refused(request)).encode() + b"\n")
            await writer.drain()
        writer.close()

    def _answered_or_refused(self, request: Mapping[str, Any]) -> dict[str, Any]:
        self._answered += 1
        try:
            return {"ok": True, **self._answer(request)}
        except Refusal as refusal:
            return {"ok": False, "problem": str(refusal)}
        except Exception:
            log.exception("a question could not be answered: %s", request)
            return {"ok": False, "problem": "the watch could not answer. See log/simpul.log in the data folder"}
