"""All rows of a list as a file, by the register's own writers: page and command line give files alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any, Protocol

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.http import content_disposition_header

from simpul.register.export import MEDIA_TYPES, SAMPLE_MARK, Field, Table, chunks
from simpul.register.logic.columns import Holds

FORMATS = ("csv", "xlsx")
PART = 1000


class Written(Protocol):
    """A column, as far as a file is concerned."""

    @property
    def key(self) -> str: ...

    @property
    def label(self) -> str | Promise: ...

    @property
    def heading(self) -> str | Promise: ...

    @property
    def filed(self) -> bool: ...

    @property
    def value(self) -> Callable[[Any], object]: ...


def download(
    name: str,
    columns: Sequence[Written],
    parts: Iterator[Sequence[Any]],
    suffix: str,
    title: str,
    narrowed_by: str,
) -> HttpResponse:
    """The rows as an attachment. `parts` gives them piece by piece; the first rows decide what a column is."""
    columns = [column for column in columns if column.filed]
    lines = ([_plain(column.value(row)) for column in columns] for part in parts for row in part)
    first = [line for _, line in zip(range(PART), lines, strict=False)]
    instance = settings.CONFIGURATION.instance
    sample = bool(settings.CONFIGURATION.demo.on)
    table = Table(
        name=name,
        title=title,
        fields=[
            Field(column.key, str(column.heading or column.label), column.key, _holds([line[place] for line in first]))
            for place, column in enumerate(columns)
        ],
        rows=chain(first, lines),
        filter=narrowed_by,
        sample=sample,
        source=f"{instance.name}, {instance.operator}",
    )
    response = HttpResponse(b"".join(chunks(table, suffix)), content_type=MEDIA_TYPES[suffix])
    marked = f"{name}-{SAMPLE_MARK.replace(' ', '-')}" if sample else name
    response["Content-Disposition"] = content_disposition_header(True, f"{marked}.{suffix}") or ""  # noqa: FBT003
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def in_parts(rows: QuerySet[Any], load: Callable[[QuerySet[Any]], Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """The rows of an ordered queryset, a thousand at a time."""
    start = 0
    while part := load(rows[start : start + PART]):
        yield part
        start += PART


def _plain(value: object) -> object:
    """A lazy translation becomes its words; everything else stays what it is."""
    return str(value) if isinstance(value, Promise) else value


def _holds(values: Sequence[object]) -> Holds:
    """What a column is, by its first value that is not missing."""
    known = next((value for value in values if value not in (None, "")), "")
    if isinstance(known, bool):
        return Holds.TRUTH
    for kind, holds in ((date, Holds.DATE), (Decimal, Holds.MONEY), (int, Holds.WHOLE), (float, Holds.DECIMAL)):
        if isinstance(known, kind):
            return holds
    return Holds.TEXT
