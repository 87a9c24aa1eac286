"""Cells on their way out of the child that reads a file: plain JSON values there, cells here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from simpul.register.logic.cells import Cell, NoResult

_PLAIN = (str, int, float, bool, type(None))


def as_plain(cells: Sequence[Cell]) -> list[Any]:
    """A row as JSON can say it; what is no text, number or truth becomes an object of one name."""
    return [cell if type(cell) in _PLAIN else _named(cell) for cell in cells]


def as_cells(plain: list[Any]) -> list[Cell]:
    """The inverse. Raises ValueError, TypeError or AttributeError for what `as_plain` never says."""
    return [cell if type(cell) in _PLAIN else _unnamed(cell) for cell in plain]


def _named(cell: Any) -> dict[str, str]:
    if isinstance(cell, NoResult):
        return {"no_result": str(cell)}
    if isinstance(cell, datetime):
        return {"moment": cell.isoformat()}
    day: date = cell
    return {"day": day.isoformat()}


def _unnamed(plain: Any) -> Cell:
    ((name, text),) = plain.items()
    if name == "no_result":
        return NoResult(text)
    return datetime.fromisoformat(text) if name == "moment" else date.fromisoformat(text)
