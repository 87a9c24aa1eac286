"""A question to a process of the same machine: one JSON object in a line over its unix socket, one back.

Whoever may write to the socket may ask: the owner of its folder. Even so no caller can hold a server up.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simpul.kit.problem import Problem

log = logging.getLogger(__name__)
Answer = Callable[[dict[str, Any]], Awaitable[Mapping[str, Any]]]


def ask(path: Path, request: Mapping[str, Any], who: str, patience_seconds: float) -> dict[str, Any] | None:
    """What `who` answers on its socket; None where none listens. Raises Problem when it does not answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(patience_seconds)
        try:
            line.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        except BlockingIOError:
            raise Problem(f"{path}: {who} has too many callers. Ask again in a moment") from None
        except OSError as error:
            raise Problem(f"{path}: {error.strerror or error}. Ask as the owner of the data folder") from None
        try:
            line.sendall(json.dumps(request).encode() + b"\n")
            with line.makefile(encoding="utf-8") as answers:
                answer: dict[str, Any] = json.loads(answers.readline())
        except (OSError, ValueError):
            raise Problem(f"{path}: {who} did not answer. See log/simpul.log in the data folder") from None
    return answer


@dataclass(frozen=True, slots=True)
class Limits:
    """A request must have come, and its answer been fetched, within `seconds`; in bytes, and connections at once."""

    seconds: float = 10.0
    longest: int = 65_536
    most: int = 64


class LineServer:
    """Listens on a socket of the owner's own (mode 0600), hands each request on, writes the answer, hangs up.

    What is no JSON object arrives as an empty one. How long an answer may take is up to `answer`.
    """

    def __init__(self, path: Path, answer: Answer, limits: Limits = Limits()) -> None:
        self.path, self.limits = path, limits
        self._answer = answer
        self._server: asyncio.Server | None = None
        # Connections that are open now.
        self.at_once = 0

    @property
    def listens(self) -> bool:
        """Whether it has been started, and not stopped."""
        return self._server is not None and self._server.is_serving()

    async def start(self) -> None:
        """Listen; a socket that a killed process has left is replaced."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._converse, self.path, limit=self.limits.longest)
        self.path.chmod(0o600)

    def stop(self) -> None:
        """Answer nobody any more."""
        if self._server is not None:
            self._server.close()
        self.path.unlink(missing_ok=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        try:
            # Whoever comes when the room is full is turned away at once, so that files do not run out.
            if self.at_once <= self.limits.most:
                await self._one(reader, writer)
        except (OSError, ValueError, TimeoutError):
            log.debug("a question on %s broke off", self.path, exc_info=True)
        finally:
            self.at_once -= 1
            # Not `close`, which would wait for a caller that fetches nothing.
            if writer.transport.get_write_buffer_size():
                writer.transport.abort()
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(self.limits.seconds):
            line = await reader.readline()
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            request = {}
        answer = await self._answer(request if isinstance(request, dict) else {})
        # All of it is handed to the kernel before the line is given up.
        writer.transport.set_write_buffer_limits(0)
        writer.write(json.dumps(answer).encode() + b"\n")
        async with asyncio.timeout(self.limits.seconds):
            await writer.drain()
