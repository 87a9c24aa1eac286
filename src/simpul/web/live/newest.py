"""Who knows the newest live messages, and under which key a request finds them in its connection. No Django."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

CONNECTION_KEY = "simpul.live"


class Live(Protocol):
    """Keeps the newest message of each topic."""

    async def newest(self, topic: str) -> Mapping[str, Any] | None:
        """The last message of a topic; None before the first."""
