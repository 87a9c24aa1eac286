"""`GET /healthz`: how the whole tree is, answered without Django so that it works when Django does not.

Anybody may ask, so details (they name processes and peers) are left out; `simpul doctor` shows them.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from simpul.kit.health import read_reports

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def answer(run_dir: Path, version: str) -> dict[str, Any]:
    """The contract's object. `ok` is false when a component is down; one that is starting or off is not."""
    healths = read_reports(run_dir)
    return {
        "ok": all(health.state != "down" for health in healths.values()),
        "version": version,
        "components": {name: {"state": health.state, "detail": ""} for name, health in healths.items()},
    }


class HealthApp:
    """A bare ASGI application: 200 when all is well, 503 when a component is down, 405 for other methods."""

    def __init__(self, run_dir: Path, version: str) -> None:
        self.run_dir = run_dir
        self.version = version

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Answer one request."""
        method = scope["method"]
        if method not in ("GET", "HEAD"):
            await self._send(send, 405, b"", [(b"allow", b"GET, HEAD")])
            return
        found = answer(self.run_dir, self.version)
        body = json.dumps(found).encode()
        await self._send(send, 200 if found["ok"] else 503, body if method == "GET" else b"", [])

    async def _send(self, send: Send, status: int, body: bytes, more: list[tuple[bytes, bytes]]) -> None:
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), *more]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
