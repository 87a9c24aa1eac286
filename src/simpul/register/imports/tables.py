"""What a file gives, whatever its format: tables of cells, read row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from simpul.kit.problem import Problem
from simpul.register.logic.cells import Cell, is_empty
from simpul.register.logic.columns import Match, Sheet, match_headings
from simpul.register.logic.faults import Fault

# Above the headings a file may have a title and empty rows.
HEADINGS_WITHIN = 20
# An import of so many rows is prepared in memory before its one switch; 100,000 are some 150 MB.
MOST_ROWS = 250_000
MOST_COLUMNS = 500


class FileProblem(Problem):
    """The file as a whole cannot be read. `fault` says why, `place` where in it (may be empty)."""

    def __init__(self, file_name: str, fault: Fault, text: str, place: str = "") -> None:
        super().__init__(f"{file_name}{place and ', '}{place}: {text}")
        self.fault = fault
        self.place = place
        self.text = text

    def as_plain(self) -> dict[str, Any]:
        """All of it but the file's name, as JSON values."""
        return {"fault": self.fault.as_json(), "text": self.text, "place": self.place}

    @classmethod
    def from_plain(cls, file_name: str, plain: dict[str, Any]) -> FileProblem:
        """The inverse."""
        return cls(file_name, Fault.from_json(plain["fault"]), str(plain["text"]), str(plain["place"]))


@dataclass
class RawTable:
    """`rows` yields the row's number as its user counts and its cells; `total` is about how many there are.

    A format whose rows name their cells (GeoJSON) gives `headings` itself; else they are the first row that
    has the key columns. `lone` is a heading that stood there without any other that is known.
    """

    name: str
    rows: Iterator[tuple[int, list[Cell]]]
    total: int = 0
    headings: list[str] = field(default_factory=list)
    exact: bool = False
    lone: str = ""


@dataclass
class Head:
    """What is known of a table once its headings have been understood. `exact`: each row has as many cells."""

    name: str
    total: int
    headings: list[str]
    match: Match
    exact: bool


@dataclass
class HeadedTable:
    """A table whose headings have been understood, and its rows."""

    head: Head
    rows: Iterator[tuple[int, list[Cell]]]


def with_headings(sheet: Sheet, table: RawTable) -> HeadedTable | None:
    """Find the row of headings; None if the first rows have none that names the key columns."""
    if table.headings:
        match = match_headings(sheet, table.headings)
        head = Head(table.name, table.total, table.headings, match, table.exact)
        return None if match.missing_key else HeadedTable(head, table.rows)
    for seen, (_, cells) in enumerate(table.rows):
        if seen >= HEADINGS_WITHIN:
            break
        headings = ["" if is_empty(cell) else " ".join(str(cell).split()) for cell in cells]
        while headings and not headings[-1]:
            headings.pop()
        match = match_headings(sheet, headings)
        if not match.missing_key and match.known > 1:
            head = Head(table.name, max(0, table.total - seen - 1), headings, match, table.exact)
            return HeadedTable(head, table.rows)
        if not match.missing_key and not table.lone:
            table.lone = next(heading for heading, name in zip(headings, match.columns, strict=True) if name)
    return None
