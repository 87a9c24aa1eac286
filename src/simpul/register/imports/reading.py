"""What runs in the child that reads a file: its tables, understood as far as their headings, as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from simpul.engines.reading_child import Refused
from simpul.register.imports.files import open_tables
from simpul.register.imports.tables import FileProblem, HeadedTable
from simpul.register.imports.wire import as_plain
from simpul.register.logic.sheets import SHEETS

CHUNK_ROWS = 1000
CHUNK_CHARACTERS = 500_000
LONGEST_HEADING = 200
Chunk = list[tuple[int, list[Any]]]


def tables(file: BinaryIO, file_name: str, kind: str) -> Iterator[Any]:
    """First every table's head; then `[place of the table, [[line, cells], ...]]`, some rows at a time."""
    try:
        found = open_tables(file, file_name, SHEETS[kind])
        yield [
            {
                "name": table.head.name,
                "total": table.head.total,
                "headings": [heading[:LONGEST_HEADING] for heading in table.head.headings],
                "exact": table.head.exact,
            }
            for table in found
        ]
        for place, table in enumerate(found):
            for chunk in _chunks(table):
                yield [place, chunk]
    except FileProblem as problem:
        raise Refused(problem.as_plain()) from None


def _chunks(table: HeadedTable) -> Iterator[Chunk]:
    chunk: Chunk = []
    characters = 0
    for line, cells in table.rows:
        chunk.append((line, as_plain(cells)))
        characters += sum(len(cell) for cell in cells if isinstance(cell, str))
        if len(chunk) >= CHUNK_ROWS or characters >= CHUNK_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk
