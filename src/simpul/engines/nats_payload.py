"""What a message on the bus holds: one JSON object, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

Payload = Mapping[str, Any]


def encoded(payload: Payload) -> bytes:
    """The bytes that `decoded` reads."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def decoded(data: bytes) -> dict[str, Any]:
    """The object of a message; an empty message is an empty object. Raises ValueError for everything else."""
    try:
        found = json.loads(data or b"{}", parse_constant=_refused)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(found, dict):
        # For whoever reads it this is a wrong value like all others.
        raise ValueError(f"it is no object but of the kind {type(found).__name__}")  # noqa: TRY004
    return found


def _refused(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")
