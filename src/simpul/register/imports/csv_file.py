"""Tables from CSV: encoding and delimiter are found out, quotes and line breaks in cells are understood."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from simpul.register.imports.tables import FileProblem, RawTable
from simpul.register.logic.cells import Cell, is_empty, unguarded
from simpul.register.logic.columns import Sheet, match_headings
from simpul.register.logic.faults import Fault

DELIMITERS = (",", ";", "\t", "|")
LONGEST_CELL = 100_000
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_csv(file: BinaryIO, file_name: str, sheet: Sheet) -> list[RawTable]:
    """The one table of a CSV file. Raises FileProblem."""
    encoding, lines = _encoding(file, file_name)
    file.seek(0)
    head = io.TextIOWrapper(io.BytesIO(_whole_lines(file.read(64 * 1024))), encoding, errors="replace", newline="")
    delimiter = _delimiter(head.read(), sheet)
    file.seek(0)
    return [RawTable("", _rows(file, file_name, encoding, delimiter), lines, exact=True)]


def _rows(file: BinaryIO, file_name: str, encoding: str, delimiter: str) -> Iterator[tuple[int, list[Cell]]]:
    csv.field_size_limit(LONGEST_CELL)
    text = io.TextIOWrapper(file, encoding, newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=1):
            if not all(is_empty(cell) for cell in row):
                yield number, [unguarded(cell) if cell[:1] == "'" else cell for cell in row]
    except csv.Error as error:
        raise _broken(file_name, number + 1, error) from None
    finally:
        # The file belongs to the caller, who may have closed it before the last row was asked for.
        with contextlib.suppress(ValueError):
            text.detach()


def _broken(file_name: str, row: int, error: csv.Error) -> FileProblem:
    place = f"row {row}"
    if "field limit" in str(error):
        fault = Fault("csv_cell_too_long", row=row, most=LONGEST_CELL)
        text = f"a cell has more than {LONGEST_CELL} characters; perhaps a quote stays open. Mend the quotes there"
        return FileProblem(file_name, fault, text, place)
    text = f"{error}. Mend the quotes there, or save it as XLSX"
    return FileProblem(file_name, Fault("csv_broken", row=row), text, place)


def _encoding(file: BinaryIO, file_name: str) -> tuple[str, int]:
    """The encoding, and how many lines there are. UTF-8 unless bytes say otherwise; then Windows-1252."""
    start = file.read(4)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), "")
    file.seek(0)
    decoder = codecs.getincrementaldecoder(marked or "utf-8")()
    lines = 1
    try:
        while chunk := file.read(1 << 20):
            lines += chunk.count(b"\n")
            if b"\0" in decoder.decode(chunk).encode("utf-8", "replace"):
                raise _binary(file_name)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return ("cp1252", lines) if not marked and _is_cp1252(file) else _not_text(file_name)
    return marked or "utf-8", lines


def _is_cp1252(file: BinaryIO) -> bool:
    file.seek(0)
    try:
        while chunk := file.read(1 << 20):
            if "\0" in chunk.decode("cp1252"):
                return False
    except UnicodeDecodeError:
        return False
    return True


def _not_text(file_name: str) -> tuple[str, int]:
    raise _binary(file_name)


def _binary(file_name: str) -> FileProblem:
    return FileProblem(file_name, Fault("not_text"), "this is no text. Save it as CSV (UTF-8) or XLSX")


def _whole_lines(start: bytes) -> bytes:
    return start[: start.rfind(b"\n") + 1] or start


def _delimiter(head: str, sheet: Sheet) -> str:
    """The one under which most headings are known in one of the first rows."""
    return max(DELIMITERS, key=lambda delimiter: _known(head, delimiter, sheet))


def _known(head: str, delimiter: str, sheet: Sheet) -> tuple[int, int]:
    best = (0, 0)
    try:
        for row, _ in zip(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), range(20), strict=False):
            best = max(best, (match_headings(sheet, row).known, len(row)))
    except csv.Error:
        return best
    return best
