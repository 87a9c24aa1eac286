"""Who knows the newest live messages, and under which key a request finds them in its connection. No Django."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from simpul.web.live.topics import Sight

CONNECTION_KEY = "simpul.live"


class Live(Protocol):
    """Keeps the newest message of each topic, and gives it to nobody without asking what they may see."""

    async def newest(self, topic: str, sight: Sight) -> Mapping[str, Any] | None:
        """What a sight leaves of the last message of a topic; None before the first."""
