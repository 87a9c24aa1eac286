"""Which format a file has, and its tables, within what a table may be. Runs in the child that reads files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO

from simpul.register.imports.csv_file import read_csv
from simpul.register.imports.geojson_file import read_geojson
from simpul.register.imports.tables import MOST_COLUMNS, MOST_ROWS, FileProblem, HeadedTable, RawTable, with_headings
from simpul.register.imports.xlsx_file import read_xlsx
from simpul.register.logic.cells import Cell, is_empty
from simpul.register.logic.columns import Sheet
from simpul.register.logic.faults import Fault

LONGEST_ROW = 1_000_000


def open_tables(file: BinaryIO, file_name: str, sheet: Sheet) -> list[HeadedTable]:
    """Every table of the file whose headings name the key columns of `sheet`. Raises FileProblem if there is none."""
    raw = _raw_tables(file, file_name, sheet)
    for each in raw:
        each.rows = _within(each.rows, file_name, each.name)
    tables = [table for table in (with_headings(sheet, each) for each in raw) if table]
    if not tables:
        lone = next((each.lone for each in raw if each.lone), "")
        if lone:
            text = f'only the heading "{lone}" was understood. Name the columns beside it too'
            raise FileProblem(file_name, Fault("one_heading", heading=lone), text)
        keys = " / ".join(f'"{sheet.column(name).heading("id")}"' for name in sheet.key)
        text = f"no row of headings with {keys} in it. Name the columns in the first row"
        raise FileProblem(file_name, Fault("no_headings", keys=keys), text)
    for table in tables:
        if table.head.match.twice:
            name = table.head.match.twice[0]
            text = f'two columns mean "{name}". Remove one of them'
            place = f'sheet "{table.head.name}"' if table.head.name else ""
            raise FileProblem(file_name, Fault("heading_twice", column=name), text, place)
    return tables


def _within(rows: Iterator[tuple[int, list[Cell]]], file_name: str, sheet: str) -> Iterator[tuple[int, list[Cell]]]:
    """The rows that hold anything, as long as there are not more than whoever takes them can keep."""
    where = f'sheet "{sheet}", ' if sheet else ""
    count = 0
    for line, cells in rows:
        place = f"{where}row {line}"
        if len(cells) > MOST_COLUMNS:
            fault = Fault("too_many_columns", row=line, most=MOST_COLUMNS)
            raise FileProblem(file_name, fault, f"more than {MOST_COLUMNS} columns. Remove what is not needed", place)
        texts = [cell for cell in cells if isinstance(cell, str)]
        if sum(map(len, texts)) > LONGEST_ROW:
            fault = Fault("row_too_long", row=line, most=LONGEST_ROW)
            raise FileProblem(file_name, fault, f"more than {LONGEST_ROW} characters. Shorten it", place)
        if any("\0" in text for text in texts):
            raise FileProblem(file_name, Fault("null_character", row=line), "holds a null character. Remove it", place)
        if all(map(is_empty, cells)):
            continue
        count += 1
        if count > MOST_ROWS:
            fault = Fault("too_many_rows", most=MOST_ROWS)
            raise FileProblem(file_name, fault, f"more than {MOST_ROWS} rows. Split it", place)
        yield line, cells


def _raw_tables(file: BinaryIO, file_name: str, sheet: Sheet) -> list[RawTable]:
    """By content first: people rename files."""
    start = file.read(4)
    file.seek(0)
    suffix = PurePath(file_name).suffix.lower()
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) or suffix in (".xlsx", ".xlsm"):
        return read_xlsx(file, file_name)
    if suffix in (".geojson", ".json") or start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return read_geojson(file, file_name, sheet)
    if suffix in (".csv", ".txt", ""):
        return read_csv(file, file_name, sheet)
    fault = Fault("format_not_known", suffix=suffix)
    raise FileProblem(file_name, fault, f'the format "{suffix}" is not known. Use CSV, XLSX or GeoJSON')
