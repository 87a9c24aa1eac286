"""Tables as files: rows and columns as data, and writers for CSV, XLSX and GeoJSON that stream.

`table(queryset, fields)` fits any queryset; `register_table` makes the tables that imports read back.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from simpul.people.logic.rights import Scope
from simpul.people.models import Organisation
from simpul.register.imports.standing import path_of
from simpul.register.logic.cells import guarded
from simpul.register.logic.columns import Column, Holds, Sheet
from simpul.register.logic.sheets import WRITTEN
from simpul.register.models import (
    Application,
    Area,
    Camera,
    Circuit,
    ContractLine,
    Device,
    Link,
    Prefix,
    Site,
    Uplink,
)
from simpul.register.text import language

SAMPLE_MARK = "DATA CONTOH"
BITS = "bit/s"
FORMATS = ("csv", "xlsx", "geojson")
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
}
_CHUNK = 2000
_AS_TEXT = {Holds.CODE, Holds.NUMBER, Holds.NAME, Holds.REFERENCE, Holds.TEXT, Holds.CHOICE, Holds.TRUTH}

MODELS: dict[str, Any] = {
    "sites": Site,
    "contracts": ContractLine,
    "areas": Area,
    "organisations": Organisation,
    "devices": Device,
    "circuits": Circuit,
    "links": Link,
    "uplinks": Uplink,
    "prefixes": Prefix,
    "cameras": Camera,
    "applications": Application,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table. `path` is what `values_list` takes; `labels` turns stored choices into words."""

    name: str
    heading: str
    path: Any
    holds: Holds = Holds.TEXT
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """What a writer needs. `rows` may be walked once; values are as the database gives them."""

    name: str
    title: str
    fields: Sequence[Field]
    rows: Iterable[Sequence[Any]]
    filter: str = ""
    sample: bool = False
    made_at: datetime = field(default_factory=timezone.now)
    source: str = ""


def table(queryset: models.QuerySet[Any], fields: Sequence[Field], *, name: str, title: str, filter: str = "") -> Table:  # noqa: A002 (it says what the rows were narrowed to)
    """A table of the queryset's rows, in its order; read from the database while it is written."""
    rows = queryset.values_list(*(each.path for each in fields)).iterator(chunk_size=_CHUNK)
    instance = settings.CONFIGURATION.instance
    return Table(
        name=name,
        title=title,
        fields=fields,
        rows=rows,
        filter=filter,
        sample=bool(settings.CONFIGURATION.demo.on),
        source=f"{instance.name}, {instance.operator}",
    )


def register_table(kind: str, scope: Scope, *, filter: str = "") -> Table:  # noqa: A002
    """Everything of one kind that the scope shows, by code, under the headings that an import understands."""
    sheet, model = WRITTEN[kind], MODELS[kind]
    order = ("contract__code", "number") if kind == "contracts" else sheet.key
    columns = [column for column in sheet.columns if column.holds is not Holds.POINT]
    fields = [_field(sheet, column, model) for column in columns]
    return table(model.objects.within(scope).order_by(*order), fields, name=kind, title=title_of(kind), filter=filter)


def title_of(kind: str) -> str:
    """What the rows of a kind are, in the reader's language."""
    return {
        "sites": _("Sites"),
        "contracts": _("Contract lines"),
        "areas": _("Areas"),
        "organisations": _("Organisations"),
        "devices": _("Devices"),
        "circuits": _("Circuits"),
        "links": _("Links"),
        "uplinks": _("Uplinks"),
        "prefixes": _("Address blocks"),
        "cameras": _("Cameras"),
        "applications": _("Applications"),
    }[kind]


def chunks(table: Table, suffix: str) -> Iterator[bytes]:
    """The file, piece by piece. Raises ValueError for GeoJSON of a table without positions."""
    writers: dict[str, Callable[[Table], Iterator[bytes]]] = {"csv": _csv, "xlsx": _xlsx, "geojson": _geojson}
    if suffix == "geojson" and not {Holds.LATITUDE, Holds.LONGITUDE} <= {each.holds for each in table.fields}:
        raise ValueError(f"{table.name} have no position, so GeoJSON does not fit. Use csv or xlsx")
    return writers[suffix](table)


def _field(sheet: Sheet, column: Column, model: Any) -> Field:
    path = path_of(column, "contract__" if sheet.kind == "contracts" and column.part == "contract" else "")
    labels: dict[str, str] = {}
    if column.holds is Holds.CHOICE:
        flat = model._meta.get_field(column.stored).flatchoices
        labels = {str(value): str(label) for value, label in flat}
    # Rates are written as plain numbers; units in brackets do not count when headings are read.
    unit = f" ({BITS})" if column.holds is Holds.RATE else ""
    return Field(column.name, f"{column.heading(language())}{unit}", path, column.holds, labels)


def _csv(table: Table) -> Iterator[bytes]:
    """UTF-8 with the mark that Excel needs. In Indonesian the comma is in numbers, so semicolons divide."""
    indonesian = language() == "id"
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if indonesian else ",", lineterminator="\r\n")
    # Where the rows themselves say that they are samples, one more column would only stand in an import's way.
    mark = [SAMPLE_MARK] if table.sample and all(each.name != "is_sample" for each in table.fields) else []
    buffer.write("\ufeff")
    writer.writerow([*(each.heading for each in table.fields), *mark])
    for number, row in enumerate(table.rows, start=1):
        cells = [_text(each, value, comma=indonesian) for each, value in zip(table.fields, row, strict=True)]
        writer.writerow([*cells, *mark])
        if number % _CHUNK == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _text(each: Field, value: Any, *, comma: bool) -> str:
    if each.holds in _AS_TEXT:
        return guarded(_word(each, value))
    if value is None:
        return ""
    if isinstance(value, float | Decimal):
        text = f"{value:.2f}" if isinstance(value, Decimal) else repr(value)
        return text.replace(".", ",") if comma else text
    if isinstance(value, datetime):
        # In the zone of the instance, as everywhere else that people read a time.
        return timezone.localtime(value).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _word(each: Field, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else each.labels.get(str(value), str(value))


def _xlsx(table: Table) -> Iterator[bytes]:
    """First a sheet about the file, then the rows: codes as text, numbers and days as such, headings fixed."""
    with tempfile.TemporaryFile() as file:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(file, options) as book:
            if table.sample:
                book.set_properties({"title": f"{table.title} · {SAMPLE_MARK}", "comments": SAMPLE_MARK})
            _about(book, table)
            _rows(book, table)
        file.seek(0)
        while piece := file.read(1 << 16):
            yield piece


def _about(book: Any, table: Table) -> None:
    page = book.add_worksheet(_("About"))
    bold, large = book.add_format({"bold": True}), book.add_format({"bold": True, "font_size": 14})
    page.set_column(0, 0, 18)
    page.set_column(1, 1, 70)
    page.write_string(0, 0, table.title, large)
    made = timezone.localtime(table.made_at)
    lines = [(_("Source"), table.source), (_("Made"), made.strftime("%Y-%m-%d %H:%M %Z")), (_("Filter"), table.filter)]
    if table.sample:
        lines.append((_("Note"), SAMPLE_MARK))
    for line, (label, text) in enumerate(lines, start=2):
        page.write_string(line, 0, label, bold)
        page.write_string(line, 1, text or "–")


def _rows(book: Any, table: Table) -> None:
    page = book.add_worksheet(table.title[:31])
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    formats = {
        "text": book.add_format({"num_format": "@"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        "money": book.add_format({"num_format": "#,##0.00"}),
    }
    for place, each in enumerate(table.fields):
        page.set_column(place, place, 28 if each.holds in (Holds.TEXT, Holds.NAME) else 16)
        page.write_string(0, place, each.heading, head)
    page.freeze_panes(1, 1)
    for line, row in enumerate(table.rows, start=1):
        for place, (each, value) in enumerate(zip(table.fields, row, strict=True)):
            if value is not None and value != "":
                _write(page, line, place, each, value, formats)


def _write(page: Any, line: int, place: int, each: Field, value: Any, formats: Mapping[str, Any]) -> None:
    if each.holds in _AS_TEXT:
        page.write_string(line, place, _word(each, value), formats["text"])
    elif isinstance(value, datetime):
        page.write_datetime(line, place, timezone.localtime(value).replace(tzinfo=None), formats["moment"])
    elif isinstance(value, date):
        page.write_datetime(line, place, value, formats["day"])
    elif isinstance(value, Decimal):
        page.write_number(line, place, float(value), formats["money"])
    else:
        page.write_number(line, place, value)


def _geojson(table: Table) -> Iterator[bytes]:
    """RFC 7946, a feature per line, by stored values and English names: the same rows give the same bytes."""
    places = {each.holds: place for place, each in enumerate(table.fields)}
    latitude, longitude = places[Holds.LATITUDE], places[Holds.LONGITUDE]
    mark = f'"note": "{SAMPLE_MARK}", ' if table.sample else ""
    yield f'{{{mark}"type": "FeatureCollection", "features": ['.encode()
    joint = "\n"
    for row in table.rows:
        properties = {
            each.name: _json(value)
            for place, (each, value) in enumerate(zip(table.fields, row, strict=True))
            if place not in (latitude, longitude)
        }
        point = None if row[latitude] is None else {"coordinates": [row[longitude], row[latitude]], "type": "Point"}
        feature = {"geometry": point, "properties": properties, "type": "Feature"}
        yield f"{joint}{json.dumps(feature, ensure_ascii=False, sort_keys=True)}".encode()
        joint = ",\n"
    yield b"\n]}\n"


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, datetime | date) else value
