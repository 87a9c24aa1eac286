"""The tables of a file that somebody else made: read in a child process, taken from it chunk by chunk."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from simpul.engines.reading_child import Limits, ReadingEnded, Refused, reading
from simpul.register.imports.tables import FileProblem, Head
from simpul.register.imports.wire import as_cells
from simpul.register.logic.cells import Cell
from simpul.register.logic.columns import Sheet, match_headings
from simpul.register.logic.faults import Fault

log = logging.getLogger(__name__)
PARSER = "simpul.register.imports.reading:tables"
LIMITS = Limits()
Chunks = Iterator[tuple[Head, list[tuple[int, list[Cell]]]]]
_ENDED = {
    "memory": f"needs more than {LIMITS.memory_bytes >> 20} MB of memory to be read. Split it, or save it as CSV",
    "time": f"takes longer than {LIMITS.cpu_seconds} s to be read. Split it, or save it as CSV",
    "killed": "the program that reads it was killed, perhaps for want of memory. Try again",
    "broken": "the program that reads it broke off. Save the file again, or as CSV",
}


@contextmanager
def opened(
    file: BinaryIO, file_name: str, sheet: Sheet, beat: Callable[[], None]
) -> Iterator[tuple[list[Head], Chunks]]:
    """The heads of all tables, and their rows in order. Raises FileProblem, also while rows are taken.

    `beat` is called while nothing comes; what it raises ends the reading.
    """
    with _said(file_name), reading(PARSER, file, _request(file_name, sheet), beat=beat, limits=LIMITS) as values:
        heads = [_head(plain, sheet) for plain in next(values)]
        yield heads, _chunks(values, heads)


def _request(file_name: str, sheet: Sheet) -> dict[str, str]:
    return {"file_name": file_name, "kind": sheet.kind}


@contextmanager
def _said(file_name: str) -> Iterator[None]:
    """What the child says, or its end, as a FileProblem."""
    try:
        yield
    except Refused as refused:
        raise FileProblem.from_plain(file_name, refused.what) from None
    except ReadingEnded as ended:
        log.warning("%s: %s", file_name, ended)
        fault = Fault(f"reader_{ended.why}", megabytes=LIMITS.memory_bytes >> 20, seconds=LIMITS.cpu_seconds)
        raise FileProblem(file_name, fault, _ENDED[ended.why]) from None


def _head(plain: dict[str, Any], sheet: Sheet) -> Head:
    headings = [str(heading) for heading in plain["headings"]]
    return Head(
        str(plain["name"]), int(plain["total"]), headings, match_headings(sheet, headings), bool(plain["exact"])
    )


def _chunks(values: Iterator[Any], heads: list[Head]) -> Chunks:
    for place, chunk in values:
        yield heads[place], [(int(line), as_cells(cells)) for line, cells in chunk]
