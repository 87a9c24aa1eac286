"""Lists: filters that refuse what they do not know, and pages that follow a key instead of counting."""

from __future__ import annotations

import difflib
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from django.db import models
from django.http import HttpRequest
from ninja import Schema
from pydantic import AwareDatetime, Field

from simpul.kit.days import EARLIEST, FIRST_DAY, LAST_DAY, LATEST
from simpul.web.api.errors import Fault, Refused

M = TypeVar("M", bound=models.Model)
Item = TypeVar("Item")
MOST_ITEMS = 200

# PostgreSQL cannot hold a NUL in text; a pattern says so before the database does.
Word = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Moment = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)]
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
Cursor = Annotated[int, Field(ge=0, le=2**63 - 1, description="From `next` of the page before; means nothing else")]


class Window(Schema):
    """Which part of a list. Subclasses add the list's filters."""

    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_ITEMS, description="Items per page")] = 50


class Page(Schema, Generic[Item]):
    """One page of a list; `next` is the address of the following page, null at the end."""

    items: list[Item]
    next: str | None


def page(
    request: HttpRequest, rows: models.QuerySet[M], window: Window, *, newest_first: bool = False
) -> dict[str, Any]:
    """The part of `rows` that `window` asks for, ordered by primary key. Any order of `rows` is dropped."""
    refuse_unknown(request, type(window))
    order = "-pk" if newest_first else "pk"
    if window.cursor is not None:
        rows = rows.filter(**{"pk__lt" if newest_first else "pk__gt": window.cursor})
    items = list(rows.order_by(order)[: window.limit + 1])
    more = len(items) > window.limit
    items = items[: window.limit]
    return {"items": items, "next": _address(request, items[-1].pk) if more else None}


def page_of(request: HttpRequest, items: list[Any], window: Window) -> dict[str, Any]:
    """As `page`, for a list that was computed: the cursor is a position."""
    refuse_unknown(request, type(window))
    start = window.cursor or 0
    end = start + window.limit
    return {"items": items[start:end], "next": _address(request, end) if end < len(items) else None}


def refuse_unknown(request: HttpRequest, known: type[Schema]) -> None:
    """A misspelt filter would silently show everything; refuse it and name the nearest one."""
    for name in request.GET:
        if name not in known.model_fields:
            near = difflib.get_close_matches(name, known.model_fields, n=1)
            names = ", ".join(known.model_fields)
            remedy = f"Did you mean {near[0]}?" if near else f"This operation knows: {names}."
            fault = Fault(
                code="unknown_parameter",
                message="The parameter is not known.",
                place=f"query.{name[:80]}",
                remedy=remedy,
            )
            raise Refused(422, fault)


def _address(request: HttpRequest, cursor: int) -> str:
    query = request.GET.copy()
    query["cursor"] = str(cursor)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
