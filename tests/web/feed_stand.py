"""A feed without a server: streams as a browser opens them, read as it reads them."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from simpul.kit.component import Component
from simpul.kit.health import Health
from waiting import PATIENCE_SECONDS, becomes

Handler = Callable[[str, dict[str, Any]], Awaitable[Any]]
COOKIE = "simpul_session"


class StandInBus(Component):
    """Hands what the test tells to whoever has asked for it, as the bus would."""

    name = "bus-client"

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}
        self.started = 0

    async def start(self) -> None:
        """Count it."""
        self.started += 1

    async def stop(self) -> None:
        """Nothing to leave."""

    def health(self) -> Health:
        """Always there."""
        return Health("up")

    async def subscribe(self, subject: str, handler: Handler) -> None:
        """Keep the handler."""
        self.handlers[subject] = handler

    async def tell(self, subject: str, payload: Mapping[str, Any]) -> None:
        """One message."""
        await self.handlers.get(subject, self.handlers.get(f"{subject.rpartition('.')[0]}.*"))(subject, dict(payload))  # type: ignore[misc]


class Stream:
    """One request to `/feed`; `blocked` lets the line take nothing."""

    def __init__(
        self,
        app: Any,
        query: str = "",
        session: str = "",
        *,
        method: str = "GET",
        path: str = "/feed",
        gzip: bool = False,
    ) -> None:
        headers = [(b"cookie", f"other=1; {COOKIE}={session}".encode())] if session else []
        if gzip:
            headers.append((b"accept-encoding", b"gzip, br"))
        self.scope = {
            "type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": headers,
            "client": ("127.0.0.1", 1),
        }  # fmt: skip
        self.app = app
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.raw = b""
        self.sent = 0
        self.clear = asyncio.Event()
        self.clear.set()
        self._left = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._asked = False

    async def __aenter__(self) -> Stream:
        self._task = asyncio.create_task(self.app(self.scope, self._receive, self._send))
        await self.until(lambda: self.status != 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._left.set()
        self.clear.set()
        assert self._task is not None
        await asyncio.wait_for(self._task, PATIENCE_SECONDS)

    @property
    def ended(self) -> bool:
        """Whether the application is done with it."""
        return self._task is not None and self._task.done()

    @property
    def text(self) -> str:
        """What has come, as text."""
        if self.headers.get(b"content-encoding") == b"gzip":
            return zlib.decompressobj(31).decompress(self.raw).decode()
        return self.raw.decode()

    @property
    def events(self) -> list[tuple[str, Any]]:
        """(name, data) of every event so far."""
        found = []
        for block in self.text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and line[0] != ":")
            if "event" in fields:
                found.append((fields["event"], json.loads(fields["data"])))
        return found

    def of(self, name: str) -> list[Any]:
        """The data of every event of one name."""
        return [data for event, data in self.events if event == name]

    async def has(self, name: str, count: int = 1) -> None:
        """Wait until that many events of one name have come."""
        await self.until(lambda: len(self.of(name)) >= count)

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for something that the stream brings."""

        def so() -> object:
            ended = self.ended
            if not (found := true()) and ended:
                assert self._task is not None
                self._task.result()
                raise AssertionError(f"the stream has ended: {self.status} {self.raw[-500:]!r}")
            return found

        await becomes(so)

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        await self.clear.wait()
        self.status = message.get("status", self.status)
        self.headers |= dict(message.get("headers", []))
        self.raw += message.get("body", b"")
        self.sent += bool(message.get("body"))


async def answered(app: Any, method: str, path: str, session: str) -> str:
    """The status of one request to anything that is answered before Django; a stream is left at once."""
    path, _, query = path.partition("?")
    async with Stream(app, query, session, method=method, path=path) as stream:
        return str(stream.status)
