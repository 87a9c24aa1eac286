"""Which format a file has, and its tables."""

from __future__ import annotations

from pathlib import PurePath
from typing import BinaryIO

from simpul.register.imports.csv_file import read_csv
from simpul.register.imports.geojson_file import read_geojson
from simpul.register.imports.tables import FileProblem, HeadedTable, RawTable, with_headings
from simpul.register.imports.xlsx_file import read_xlsx
from simpul.register.logic.columns import Sheet
from simpul.register.logic.faults import Fault


def open_tables(file: BinaryIO, file_name: str, sheet: Sheet) -> list[HeadedTable]:
    """Every table of the file whose headings name the key columns of `sheet`. Raises FileProblem if there is none."""
    raw = _raw_tables(file, file_name, sheet)
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
        if table.match.twice:
            name = table.match.twice[0]
            text = f'two columns mean "{name}". Remove one of them'
            place = f'sheet "{table.name}"' if table.name else ""
            raise FileProblem(file_name, Fault("heading_twice", column=name), text, place)
    return tables


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
