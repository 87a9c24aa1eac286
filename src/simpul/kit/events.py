"""Facts that one room tells the others: frozen dataclasses that travel as JSON through the outbox.

An event class belongs to the room that emits it and is named there in the past tense
(`SiteImported`). Its wire name is `<room>.<ClassName>`, so a class can move between files of a
room without breaking rows that still wait for delivery.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self, get_type_hints


@dataclass(frozen=True, slots=True)
class Event:
    """Subclass with flat fields only: str, int, bool, float, date, datetime, None, or lists of them."""

    @classmethod
    def wire_name(cls) -> str:
        """`register.SiteImported` for `simpul.register.events.SiteImported`."""
        return f"{cls.__module__.split('.')[1]}.{cls.__qualname__}"

    def to_json(self) -> str:
        """Canonical JSON; times as ISO 8601 with offset."""
        return json.dumps(dataclasses.asdict(self), default=_iso, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Inverse of `to_json`. Unknown keys are dropped, so an older reader survives a newer event."""
        hints = get_type_hints(cls)
        given: Mapping[str, Any] = json.loads(text)
        return cls(**{name: _revive(hints[name], value) for name, value in given.items() if name in hints})


Listener = Callable[[Event], None]


def _iso(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"an event field of type {type(value).__name__} cannot be written")


def _revive(hint: object, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if hint in (datetime, datetime | None):
        return datetime.fromisoformat(value)
    if hint in (date, date | None):
        return date.fromisoformat(value)
    return value
