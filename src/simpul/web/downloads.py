"""What a page shows, as a file: CSV for programs and old spreadsheets, XLSX for people. Sample data says so in both."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = ("csv", "xlsx")
SAMPLE_MARK = "DATA CONTOH"
# A spreadsheet takes a text that begins so for a formula.
RISKY = ("=", "+", "-", "@", "\t", "\r")

Cell = str | int | float | Decimal | date | datetime | bool | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """`name` becomes the file's name, `title` stands above the table; `note` says what the table leaves out."""

    name: str
    title: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    note: str = ""


def download(sheet: Sheet, suffix: str) -> HttpResponse:
    """The sheet as an attachment; `suffix` is one of FORMATS."""
    name = f"{sheet.name}-{SAMPLE_MARK.replace(' ', '-')}" if _is_sample() else sheet.name
    if suffix == "csv":
        response = HttpResponse(_csv(sheet), content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(_xlsx(sheet), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, f"{name}.{suffix}") or ""  # noqa: FBT003
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _csv(sheet: Sheet) -> bytes:
    """UTF-8 with its mark; semicolons in Indonesian, where the comma is in numbers. Days as 2023-01-31."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";" if get_language() == "id" else ",", lineterminator="\r\n")
    sample = _is_sample()
    writer.writerow([*sheet.heads, *([_("Sample data")] if sample else [])])
    for row in sheet.rows:
        writer.writerow([*map(_plain, row), *([SAMPLE_MARK] if sample else [])])
    return text.getvalue().encode("utf-8-sig")


def _xlsx(sheet: Sheet) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "remove_timezone": True}) as book:
        title = book.add_format({"bold": True, "font_size": 13})
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E1EEF8", "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        marked = f"{sheet.title} · {SAMPLE_MARK}" if _is_sample() else sheet.title
        book.set_properties({"title": marked, "comments": SAMPLE_MARK if _is_sample() else ""})
        page = book.add_worksheet(sheet.name[:31])
        page.write_string(0, 0, marked, title)
        page.write_string(1, 0, sheet.note)
        for place, text in enumerate(sheet.heads):
            page.write_string(2, place, text, head)
            page.set_column(place, place, 22)
        page.freeze_panes(3, 1)
        for line, row in enumerate(sheet.rows, start=3):
            for place, cell in enumerate(row):
                if isinstance(cell, datetime):
                    page.write_datetime(line, place, timezone.localtime(cell).replace(tzinfo=None), moment)
                elif isinstance(cell, date):
                    page.write_datetime(line, place, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001
                elif isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
                    page.write_number(line, place, cell)
                else:
                    page.write_string(line, place, _word(cell))
    return buffer.getvalue()


def _plain(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return timezone.localtime(cell).isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        return str(cell)
    text = _word(cell)
    return f"'{text}" if text.startswith(RISKY) else text


def _word(cell: Cell) -> str:
    if isinstance(cell, bool):
        return _("yes") if cell else _("no")
    return "" if cell is None else str(cell)


def _is_sample() -> bool:
    return bool(settings.CONFIGURATION.demo.on)
