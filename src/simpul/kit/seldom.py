"""Saying a thing once in a while: what somebody else can make happen a thousand times a second fills no log."""

from __future__ import annotations

import time
from collections.abc import Callable


class Seldom:
    """`due` is true once per key and `seconds`, on the monotonic count; it forgets all keys beyond `most`."""

    def __init__(
        self, seconds: float = 60.0, most: int = 1000, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._most, self._monotonic = seconds, most, monotonic
        self._said: dict[str, float] = {}

    def due(self, key: str) -> bool:
        """Whether it is time to say it again."""
        now = self._monotonic()
        if now - self._said.get(key, float("-inf")) < self._seconds:
            return False
        if len(self._said) >= self._most:
            self._said.clear()
        self._said[key] = now
        return True
