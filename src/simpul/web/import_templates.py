"""An empty table to fill in: headings in the reader's language, one example row, and what each column may hold."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import xlsxwriter
from django.utils.translation import gettext as _

from simpul.people.models import Organisation
from simpul.register.logic.columns import Column, Holds, Sheet
from simpul.register.models import Area
from simpul.register.text import choice, choices

_WORDS = (Holds.NAME, Holds.TEXT)
# Choices are named by what is stored; organisations and areas give way to those of the register, where there are any.
EXAMPLES: dict[str, dict[str, str]] = {
    "sites": {
        "code": "OPD-27",
        "name": "Dinas Contoh",
        "kind": "opd",
        "organisation": "DINAS-CONTOH",
        "medium": "own_fibre",
        "latitude": "-0,9512",
        "longitude": "114,8943",
        "position": "surveyed",
        "address": "Jl. Contoh No. 1",
        "planned_year": "2027",
    },
    "contracts": {
        "contract": "027/118/SPK/2026",
        "title": "Kerja sama jaringan",
        "provider": "PENYEDIA-CONTOH",
        "signed_on": "2026-01-05",
        "contract_starts_on": "2026-01-12",
        "contract_ends_on": "2026-12-31",
        "budget_year": "2026",
        "line": "1",
        "kind": "bandwidth",
        "description": "Internet 500 Mbps",
        "quantity": "12",
        "unit": "bulan",
        "cir_bps": "500 Mbps",
        "unit_price": "45000000",
        "budget_line": "5.1.02.02.01.0063",
    },
    "areas": {"code": "62.05.05", "name": "Kecamatan Contoh"},
}


def columns_of(sheet: Sheet) -> list[Column]:
    """Those a person fills in."""
    return [column for column in sheet.columns if not column.derived and column.name != "is_sample"]


def example_row(sheet: Sheet, columns: Sequence[Column]) -> list[str]:
    """One row as people write it: choices in the reader's words, and codes that the register knows."""
    given = EXAMPLES.get(sheet.kind, {}) | _known(sheet.kind)
    return [_written(column, given.get(column.name, "")) for column in columns]


def _written(column: Column, value: str) -> str:
    return choice(column, value) if column.choices and value else value


def _known(kind: str) -> dict[str, str]:
    """What an example of that kind may point to; empty while the register is."""
    if kind == "areas":
        regency = Area.objects.filter(level=Area.Level.REGENCY).first()
        return {"code": f"{regency.code}.99"} if regency else {}
    column, wanted = {
        "sites": ("organisation", Organisation.Kind.AGENCY),
        "contracts": ("provider", Organisation.Kind.PROVIDER),
    }[kind]
    found = Organisation.objects.filter(kind=wanted).order_by("code").first()
    return {column: found.code} if found else {}


def as_csv(sheet: Sheet, language: str) -> bytes:
    """For any program that writes text; semicolons and a mark of UTF-8, as spreadsheets here open it."""
    columns = columns_of(sheet)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([column.heading(language) for column in columns])
    writer.writerow(example_row(sheet, columns))
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(sheet: Sheet, language: str, title: str) -> bytes:
    """With a second sheet that explains the columns, and lists to choose from where only some words may stand."""
    columns = columns_of(sheet)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        head = book.add_format({"bold": True, "bg_color": "#E1EEF8", "bottom": 1})
        needed = book.add_format({"bold": True, "bg_color": "#CDE3F4", "bottom": 1})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        table = book.add_worksheet(title[:31])
        table.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            table.write_string(0, place, column.heading(language), needed if column.needed else head)
            table.set_column(place, place, 24 if column.holds in _WORDS else 16)
            words = choices(column) if column.choices else []
            if words:
                table.data_validation(
                    1,
                    place,
                    5000,
                    place,
                    {"validate": "list", "source": words, "ignore_blank": True, "error_type": "warning"},
                )
        for place, value in enumerate(example_row(sheet, columns)):
            table.write_string(1, place, value)
        notes = book.add_worksheet(_("Explanation")[:31])
        notes.set_column(0, 0, 24)
        notes.set_column(1, 1, 12)
        notes.set_column(2, 2, 80, wrap)
        for place, text in enumerate([_("Column"), _("Needed"), _("What may stand there")]):
            notes.write_string(0, place, text, head)
        for line, column in enumerate(columns, start=1):
            notes.write_string(line, 0, column.heading(language))
            notes.write_string(line, 1, _("yes") if column.needed else "")
            notes.write_string(line, 2, help_of(column))
    return buffer.getvalue()


def help_of(column: Column) -> str:
    """What may stand in a column, in a sentence."""
    if column.choices:
        return _("One of: %(words)s.") % {"words": ", ".join(choices(column))}
    sentences = {
        Holds.CODE: _("A short name that stays the same: letters, digits and . _ - only. Rows are recognised by it."),
        Holds.NUMBER: _("The number as it is written on paper."),
        Holds.WHOLE: _("A whole number."),
        Holds.DECIMAL: _("A number; decimal comma or point."),
        Holds.MONEY: _("Rupiah, without or with thousands separators."),
        Holds.DATE: _("A day: 2026-01-31 or 31/01/2026."),
        Holds.TRUTH: _("yes or no."),
        Holds.RATE: _("A rate with its unit: 500 Mbps, 1,5 Gbps."),
        Holds.LATITUDE: _("Degrees, south negative: -0,9512."),
        Holds.LONGITUDE: _("Degrees, east positive: 114,8943."),
        Holds.POINT: _("Latitude and longitude in one cell, instead of the two columns."),
        Holds.REFERENCE: _("The code or the name of something that stands in the register already."),
    }
    if column.holds in _WORDS and column.longest:
        return _("Text, at most %(most)s characters.") % {"most": column.longest}
    return sentences.get(column.holds, _("Text."))
