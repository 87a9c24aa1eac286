"""When to try again what has failed. Pure."""

from __future__ import annotations

from datetime import timedelta


def wait_after(attempts: int, first_seconds: float, longest_seconds: float) -> timedelta:
    """How long to wait after that many failed attempts: doubling from `first_seconds` up to `longest_seconds`."""
    # 2 ** 60 s is longer than any limit; more would not fit a float.
    doublings = min(max(attempts, 1) - 1, 60)
    return timedelta(seconds=min(first_seconds * 2**doublings, longest_seconds))
