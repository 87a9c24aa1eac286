"""The story's own tables: CSV files that lie in the package."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from importlib.resources import files

Row = dict[str, str]


@cache
def rows(name: str) -> tuple[Row, ...]:
    """All rows of `data/<name>.csv` as text by column; an empty cell is an empty text. Do not change them."""
    text = files("simpul.lab").joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def day(text: str) -> date | None:
    """`2023-01-16`, or None for an empty cell."""
    return date.fromisoformat(text) if text else None


def yes(text: str) -> bool:
    """`yes` or `no`."""
    return text == "yes"
