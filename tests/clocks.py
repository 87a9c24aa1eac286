"""A clock that stands still until a test moves it; for components and everything else that is handed a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class HeldClock:
    """Begins on a Tuesday morning. `move` turns wall time and the monotonic count together, `jump` wall time alone."""

    def __init__(self, at: datetime = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)) -> None:
        self._at = at
        self._passed = timedelta(0)

    def now(self) -> datetime:
        """UTC."""
        return self._at

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return self._passed.total_seconds()

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self._passed += timedelta(seconds=seconds)
        self.jump(seconds)

    def jump(self, seconds: float) -> None:
        """Set the wall clock; no time passes."""
        self._at += timedelta(seconds=seconds)
