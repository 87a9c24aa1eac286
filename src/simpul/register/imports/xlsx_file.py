"""Tables from XLSX: every visible worksheet, row by row, with numbers, truths, dates and texts as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import BinaryIO

from simpul.register.imports.tables import FileProblem, RawTable
from simpul.register.imports.xlsx_package import BROKEN, Package, SheetPart, new_parser, open_package
from simpul.register.logic.cells import Cell, NoResult
from simpul.register.logic.faults import Fault

CHUNK = 64 * 1024
MOST_COLUMNS = 500
MOST_ROWS = 1_048_576
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def read_xlsx(file: BinaryIO, file_name: str) -> list[RawTable]:
    """All visible worksheets. Raises FileProblem, also while rows are read."""
    package = open_package(file, file_name)
    return [RawTable(part.name, _rows(package, part, file_name), _row_count(package, part)) for part in package.sheets]


def _row_count(package: Package, part: SheetPart) -> int:
    """What the sheet says about its size; it may be wrong and only serves the progress bar."""
    try:
        with package.archive.open(part.path) as stream:
            match = re.search(rb'<dimension ref="[A-Z]+\d+:[A-Z]+(\d{1,7})"', stream.read(4096))
    except BROKEN:
        return 0  # reading the rows will say it better
    return int(match[1]) if match else 0


def _rows(package: Package, part: SheetPart, file_name: str) -> Iterator[tuple[int, list[Cell]]]:
    reader = _SheetReader(package)
    try:
        with package.archive.open(part.path) as stream:
            while chunk := stream.read(CHUNK):
                reader.parser.Parse(chunk, False)  # noqa: FBT003 (expat takes no keyword)
                yield from reader.taken()
            reader.parser.Parse(b"", True)  # noqa: FBT003
            yield from reader.taken()
    except BROKEN as error:
        place = f'sheet "{part.name}", near row {reader.row}'
        fault = Fault("not_a_workbook", why=str(error))
        raise FileProblem(file_name, fault, f"cannot be read ({error}). Save it again as .xlsx", place) from None


class _SheetReader:
    """Collects rows from the events of the XML parser."""

    def __init__(self, package: Package) -> None:
        self.row = 0
        self._package = package
        self._epoch = date(1904, 1, 1) if package.from_1904 else date(1899, 12, 30)
        self._done: list[tuple[int, list[Cell]]] = []
        self._cells: list[Cell] = []
        self._place = 0
        self._kind = "n"
        self._style = 0
        self._formula = False
        self._value: str | None = None
        self._in_value = False
        self._in_hint = False
        self._columns: dict[str, int] = {}
        self.parser = new_parser()
        self.parser.StartElementHandler = self._root

    def taken(self) -> list[tuple[int, list[Cell]]]:
        """The rows that are complete; they are handed over once."""
        done, self._done = self._done, []
        return done

    def _root(self, name: str, _: dict[str, str]) -> None:
        """The prefix of the first element is that of all; with it known, events are told apart by one comparison."""
        prefix = name[: -len("worksheet")]
        self._row_tag, self._cell_tag = f"{prefix}row", f"{prefix}c"
        self._value_tag, self._text_tag = f"{prefix}v", f"{prefix}t"
        self._formula_tag, self._hint_tag = f"{prefix}f", f"{prefix}rPh"
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._value_tag or (name == self._text_tag and not self._in_hint):
            self._in_value = True
            self._value = self._value or ""
        elif name == self._cell_tag:
            self._place = self._column(attributes["r"]) if "r" in attributes else len(self._cells)
            self._kind = attributes.get("t", "n")
            self._style = int(attributes.get("s", 0))
            self._value, self._formula = None, False
        elif name == self._formula_tag:
            self._formula = True
        elif name == self._row_tag:
            self.row = int(attributes.get("r", self.row + 1))
            if not 0 < self.row <= MOST_ROWS:
                raise ValueError(f"row number {self.row}")
            self._cells = []
        elif name == self._hint_tag:
            self._in_hint = True

    def _end(self, name: str) -> None:
        if name in (self._value_tag, self._text_tag):
            self._in_value = False
        elif name == self._cell_tag:
            if self._value is not None or self._formula:
                self._keep(self._cell())
        elif name == self._row_tag:
            if any(cell is not None for cell in self._cells):
                self._done.append((self.row, self._cells))
        elif name == self._hint_tag:
            self._in_hint = False

    def _column(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        number = self._columns.get(letters)
        if number is None:
            number = self._columns[letters] = _column(letters)
        return number

    def _data(self, text: str) -> None:
        if self._in_value:
            self._value = (self._value or "") + text

    def _keep(self, cell: Cell) -> None:
        if self._place >= MOST_COLUMNS:
            raise ValueError(f"more than {MOST_COLUMNS} columns")
        if self._place >= len(self._cells):
            self._cells.extend([None] * (self._place + 1 - len(self._cells)))
        self._cells[self._place] = cell

    def _cell(self) -> Cell:
        value, kind = self._value, self._kind
        if value is None or (value == "" and self._formula and kind != "str"):
            return NoResult("=")
        match kind:
            case "s":
                cell: Cell = _unescaped(self._package.texts[int(value)])
            case "inlineStr" | "str":
                cell = _unescaped(value)
            case "b":
                cell = value.strip() in ("1", "true")
            case "e":
                cell = NoResult(value)
            case "d":
                cell = datetime.fromisoformat(value)
            case _:
                cell = self._number(value)
        return cell

    def _number(self, value: str) -> Cell:
        if value == "":
            return None
        number = float(value)
        if self._style in self._package.date_styles:
            return _date(self._epoch, number)
        digits = self._package.zero_styles.get(self._style)
        if digits and number.is_integer():
            return f"{int(number):0{digits}d}"
        return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _date(epoch: date, number: float) -> Cell:
    """Excel believes that 1900 was a leap year; days before March 1900 are not worth the trouble."""
    moment = datetime(epoch.year, epoch.month, epoch.day, tzinfo=UTC) + timedelta(days=number)
    return moment.date() if number.is_integer() else moment


def _column(letters: str) -> int:
    """`C` -> 2."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter.upper()) - 64
    return number - 1


def _unescaped(text: str) -> str:
    """Excel writes control characters as `_x000D_`."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return match[0] if 0xD800 <= number <= 0xDFFF else chr(number)
