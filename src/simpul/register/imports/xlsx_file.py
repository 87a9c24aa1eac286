"""Tables from XLSX: every visible worksheet, row by row, with numbers, truths, dates and texts as they are.

openpyxl reads. Three things it leaves open are settled here: what a file may not hold is refused before it is read, a
formula without a result is told from an empty cell, and numbers come out as a spreadsheet shows them.
"""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Any, BinaryIO
from xml.parsers import expat

from openpyxl import load_workbook

from simpul.register.imports.tables import FileProblem, RawTable
from simpul.register.logic.cells import Cell, NoResult, shown
from simpul.register.logic.faults import Fault

# Sheets and shared texts are read piece by piece: 100,000 rows of 12 columns are about 50 MB. Of any other XML openpyxl
# keeps up to 24 times the size in memory. Pictures are not read.
LARGEST_EXPANDED = 128 << 20
LARGEST_OTHER = 2 << 20
MOST_PARTS = 2000
LAST_ROW = 1_048_576
_ROWS = re.compile(r"worksheets?/[^/]+$|sharedstrings\.xml$", re.IGNORECASE)
_NOT_READ = re.compile(r"xl/media/", re.IGNORECASE)
_CONTROL = re.compile("_x(00[01][0-9A-Fa-f])_")
_MIDNIGHT = time()
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 (a spreadsheet knows no zone)

# It warns of drawings and the like, which are not read here anyway.
warnings.filterwarnings("ignore", module=r"openpyxl\.")


class _Unwanted(ValueError):
    """A workbook of a kind that is not read; `code` as `register.text` knows it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def read_xlsx(file: BinaryIO, file_name: str) -> list[RawTable]:
    """All visible worksheets. Raises FileProblem, also while rows are read."""
    if file.read(4) == b"\xd0\xcf\x11\xe0":
        text = "an old .xls, or protected by a password. Save it as .xlsx without password"
        raise FileProblem(file_name, Fault("old_or_protected"), text)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if not _NOT_READ.match(entry.filename)]
            _check_sizes(entries, file_name)
            for entry in entries:
                _look_at_start(archive, entry)
        tables = []
        for place, page in enumerate(_worksheets(file, data_only=True)):
            if page.sheet_state == "visible":
                total = page.max_row or 0  # what the sheet says; it may be wrong and only serves the progress bar
                tables.append(RawTable(page.title, _rows(file, file_name, page, place), total))
    except (FileProblem, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 (damaged files make openpyxl raise almost anything)
        raise _problem(file_name, error) from None
    return tables


def _check_sizes(entries: list[zipfile.ZipInfo], file_name: str) -> None:
    """By what the archive states; of what is larger than stated, no more than that is unpacked."""
    if len(entries) > MOST_PARTS:
        fault = Fault("workbook_many_parts", most=MOST_PARTS)
        raise FileProblem(file_name, fault, f"more than {MOST_PARTS} parts. Copy the table into a new workbook")
    if sum(entry.file_size for entry in entries if _ROWS.search(entry.filename)) > LARGEST_EXPANDED:
        fault = Fault("too_large_file", megabytes=LARGEST_EXPANDED >> 20)
        raise FileProblem(file_name, fault, f"larger than {LARGEST_EXPANDED >> 20} MB when unpacked. Split it")
    for entry in entries:
        if entry.file_size > LARGEST_OTHER and not _ROWS.search(entry.filename):
            part = shown(entry.filename)
            fault = Fault("workbook_part_too_large", part=part, megabytes=LARGEST_OTHER >> 20)
            text = f'its part "{part}" is larger than {LARGEST_OTHER >> 20} MB. Copy the table into a new workbook'
            raise FileProblem(file_name, fault, text)


def _look_at_start(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Raises _Unwanted if the part is XML that openpyxl would expand without end, or read as empty."""

    def refuse(*_: Any) -> None:
        raise _Unwanted("workbook_entities", "declares XML entities")

    def root(_: str, attributes: dict[str, str]) -> None:
        if any("purl.oclc.org/ooxml/spreadsheetml" in value for value in attributes.values()):
            raise _Unwanted("workbook_strict", 'is of the kind "Strict Open XML"')
        raise EOFError  # entities can be declared only before this

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = root
    with suppress(EOFError, expat.ExpatError), archive.open(entry) as part:
        while chunk := part.read(4096):
            parser.Parse(chunk, False)  # noqa: FBT003 (expat takes no keyword)


def _worksheets(file: BinaryIO, *, data_only: bool) -> list[Any]:
    return list(load_workbook(file, read_only=True, data_only=data_only, keep_links=False).worksheets)


def _rows(file: BinaryIO, file_name: str, page: Any, place: int) -> Iterator[tuple[int, list[Cell]]]:
    """Rows with anything in them. Only if a cell is there but empty, the sheet is read once more for its formulas."""
    number = 0
    formulas: Iterator[tuple[int, Any]] | None = None
    try:
        for number, row in _numbered(page):
            cells = [_cell(cell) for cell in row]
            unclear = [column for column, cell in enumerate(row) if cell.value is None and _may_be_formula(cell)]
            if unclear:
                formulas = formulas or _numbered(_worksheets(file, data_only=False)[place])
                written = next(cells for line, cells in formulas if line == number)
                for column in unclear:
                    if written[column].data_type == "f":
                        cells[column] = NoResult("=")
            while cells and cells[-1] is None:
                cells.pop()
            if cells:
                yield number, cells
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 (damaged files make openpyxl raise almost anything)
        raise _problem(file_name, error, page.title, number + 1) from None


def _numbered(page: Any) -> Iterator[tuple[int, Any]]:
    """Every row there is, whatever the sheet says about its size."""
    page.reset_dimensions()
    for number, row in enumerate(page.iter_rows(), start=1):
        if number > LAST_ROW:
            raise ValueError(f"more than {LAST_ROW} rows")
        yield number, row


def _may_be_formula(cell: Any) -> bool:
    """Whether a cell without value may be a formula without result; text of no length is a result (`str`)."""
    return hasattr(cell, "row") and cell.data_type not in ("str", "inlineStr")


def _cell(cell: Any) -> Cell:
    value, kind = cell.value, cell.data_type
    if value is None or isinstance(value, bool):
        found: Cell = value
    elif isinstance(value, str):
        found = NoResult(value) if kind == "e" else _CONTROL.sub(_character, value)
    elif isinstance(value, int | float):
        found = _number(cell, value)
    else:
        found = _day(value)
    return found


def _number(cell: Any, value: float) -> Cell:
    if not float(value).is_integer():
        return value
    digits = cell.number_format
    if digits.startswith("00") and not digits.strip("0"):
        return f"{int(value):0{len(digits)}d}"
    return int(value) if abs(value) < 1e15 else value


def _day(value: Any) -> Cell:
    """A time of day or a length of time is a date to a spreadsheet too, and no code or number was meant by it."""
    if isinstance(value, time):
        value = datetime.combine(_DAY_ZERO, value)
    elif isinstance(value, timedelta):
        value = _DAY_ZERO + value
    moment: datetime = value
    return moment.date() if isinstance(moment, datetime) and moment.time() == _MIDNIGHT else moment


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _problem(file_name: str, error: Exception, sheet: str = "", row: int = 0) -> FileProblem:
    """What openpyxl stumbled over. Raises MemoryError if it was want of memory: the XML parser says that as a fault."""
    why = shown(str(error)) or type(error).__name__
    if "out of memory" in why or (isinstance(error, zlib.error) and "Error -4" in why):
        raise MemoryError
    text = f"cannot be read ({why}). Save it again as .xlsx"
    if isinstance(error, _Unwanted):
        return FileProblem(file_name, Fault(error.code), text)
    if row:
        return FileProblem(
            file_name, Fault("sheet_broken", sheet=shown(sheet), row=row), text, f'sheet "{sheet}", near row {row}'
        )
    return FileProblem(file_name, Fault("not_a_workbook"), text)
