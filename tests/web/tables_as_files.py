"""One table of texts as each of the formats that an import takes."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import xlsxwriter

Rows = Sequence[Sequence[str]]
AXES = ("bujur", "lintang")


def as_csv(heads: Sequence[str], rows: Rows) -> bytes:
    """Every cell in quotes."""
    quoted = (";".join('"' + text.replace('"', '""') + '"' for text in row) for row in rows)
    return "\n".join([";".join(heads), *quoted]).encode()


def as_xlsx(heads: Sequence[str], rows: Rows) -> bytes:
    """Every cell a string, but plain numbers, which a spreadsheet keeps as such."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        page = book.add_worksheet("Lokasi")
        page.write_row(0, 0, heads)
        for line, row in enumerate(rows, start=1):
            for place, text in enumerate(row):
                number = _number(text)
                if isinstance(number, float) and abs(number) < 1e300:
                    page.write_number(line, place, number)
                else:
                    page.write_string(line, place, text)
    return data.getvalue()


def as_geojson(heads: Sequence[str], rows: Rows) -> bytes:
    """A point of each row's longitude and latitude, which may be bare `NaN` or 400 digits; the rest are properties."""
    features = []
    for row in rows:
        cells = dict(zip(heads, row, strict=True))
        point = {"type": "Point", "coordinates": [_number(cells.pop(axis)) for axis in AXES]}
        features.append({"type": "Feature", "geometry": point, "properties": cells})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


FORMATS = {"csv": as_csv, "xlsx": as_xlsx, "geojson": as_geojson}


def _number(text: str) -> Any:
    """A number where it is one for Python, `inf` and `nan` too; the text where not."""
    try:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 4000 else float(text)
    except ValueError:
        return text
