"""Short names for moments in tests."""

from __future__ import annotations

from datetime import UTC, datetime


def day(text: str) -> datetime:
    """Noon UTC of `2023-01-13`."""
    return datetime.fromisoformat(f"{text}T12:00:00").replace(tzinfo=UTC)
