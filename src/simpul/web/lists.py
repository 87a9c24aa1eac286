"""Lists of anything: the address is the state (filters, sort, page), 50 rows a page, the same rows as CSV and XLSX.

A page describes its list once, as a `Listing`, and calls `answer`. Without a script the form and the links
reload the page; with one, htmx swaps the rows only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import FieldDoesNotExist
from django.core.paginator import Page, Paginator
from django.db.models import CharField, F, Model, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.functions import Lower
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from simpul.people.logic.rights import Permission
from simpul.web import figures
from simpul.web.filters import Control, Filter
from simpul.web.list_files import FORMATS, download, in_parts
from simpul.web.middleware import ViewerRequest

R = TypeVar("R")
Text = str | Promise
PAGE_SIZE = 50
FRAGMENT = "web/parts/list_rows.html"


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """One column. `value` is what exports write; `cell` is the HTML shown, by default the value as text.

    `order` names the database columns it sorts by (none: not sortable). `number` puts it to the right;
    `wide` hides it on a phone, `roomy` on anything narrower than a desk; both keep it on one line, unless it may
    `wrap`. The `head` column names the row and is
    read out with every cell of it. A column that is not `shown` stands in exports only, one that is not `filed` on the
    page only; `heading` is what exports write above it where the page's own words would not do.
    """

    key: str
    label: Text
    value: Callable[[R], object]
    cell: Callable[[R], SafeString | str] | None = None
    order: Sequence[str] = ()
    number: bool = False
    wide: bool = False
    roomy: bool = False
    wrap: bool = False
    head: bool = False
    shown: bool = True
    filed: bool = True
    heading: Text = ""

    def show(self, row: R) -> SafeString | str:
        """The cell as HTML; a plain string is escaped by the template."""
        if self.cell is not None:
            return self.cell(row)
        value = self.value(row)
        return "–" if value in (None, "") else str(value)


@dataclass(frozen=True, slots=True)
class Listing(Generic[R]):
    """A list of rows R. `load` turns one page of the queryset into rows, with whatever else a row needs.

    `caption` also names its files (`name` where there is none). `empty` says what to do when there is nothing yet.
    """

    name: str
    columns: Sequence[Column[R]]
    load: Callable[[QuerySet[Any]], Sequence[R]]
    filters: Sequence[Filter] = ()
    sort: str = ""
    empty: Text = ""
    caption: Text = ""
    exportable: bool = True


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's head as the page shows it."""

    column: Column[Any]
    url: str
    direction: str

    @property
    def aria_sort(self) -> str:
        """Value of `aria-sort`, or empty."""
        return {"": "", "up": "ascending", "down": "descending"}[self.direction]


@dataclass(frozen=True, slots=True)
class Shown(Generic[R]):
    """One page of a list, ready for the template."""

    listing: Listing[R]
    path: str
    state: dict[str, str]
    page: Page[Any]
    rows: Sequence[R]
    total: int
    controls: Sequence[Control] = ()
    exports: bool = False

    @property
    def count(self) -> int:
        """Rows that pass the filters."""
        return self.page.paginator.count

    @property
    def filtered(self) -> bool:
        """Whether a filter is in force."""
        return any(self.state.get(each.key) for each in self.listing.filters)

    def titled(self, title: Text) -> Text:
        """`title` if all rows are shown; else how many are, for a title must answer for what is below it."""
        if not self.filtered or not self.listing.caption:
            return title
        words = {
            "list": self.listing.caption,
            "count": figures.number(self.count),
            "total": figures.number(self.total),
        }
        if not self.count:
            return _("%(list)s: none of %(total)s matches the filters") % words
        return (
            ngettext(
                "%(list)s: %(count)s of %(total)s matches the filters",
                "%(list)s: %(count)s of %(total)s match the filters",
                self.count,
            )
            % words
        )

    @property
    def sort(self) -> str:
        """The sort in force, if it is not the list's own."""
        return self.state.get("sort", "")

    @property
    def columns(self) -> list[Column[R]]:
        """Those on the page."""
        return [column for column in self.listing.columns if column.shown]

    @property
    def headings(self) -> Iterator[Heading]:
        """Column heads; a click sorts, a second one turns the order round."""
        in_force = self.state.get("sort") or self.listing.sort
        for column in self.columns:
            direction = ""
            if in_force.lstrip("-") == column.key and column.order:
                direction = "down" if in_force.startswith("-") else "up"
            wanted = f"-{column.key}" if direction == "up" else column.key
            yield Heading(column, self.url(sort=wanted, page="") if column.order else "", direction)

    @property
    def lines(self) -> Iterator[list[tuple[Column[R], SafeString | str]]]:
        """Each row as (column, cell) pairs."""
        for row in self.rows:
            yield [(column, column.show(row)) for column in self.columns]

    def url(self, **changes: str) -> str:
        """The address of this list with some of its state changed; an empty value leaves it out."""
        state = {name: value for name, value in (self.state | changes).items() if value}
        return f"{self.path}?{urlencode(state)}" if state else self.path

    @property
    def cleared(self) -> str:
        """The address without filters."""
        return self.url(page="", **{each.key: "" for each in self.listing.filters})

    @property
    def previous(self) -> str:
        """The address of the page before, or empty."""
        if not self.page.has_previous():
            return ""
        number = self.page.previous_page_number()
        return self.url(page="" if number == 1 else str(number))

    @property
    def next(self) -> str:
        """The address of the page after, or empty."""
        return self.url(page=str(self.page.next_page_number())) if self.page.has_next() else ""

    @property
    def csv(self) -> str:
        """The address of the same rows as CSV."""
        return self.url(page="", format="csv")

    @property
    def xlsx(self) -> str:
        """The address of the same rows as a workbook."""
        return self.url(page="", format="xlsx")


def state_of(request: ViewerRequest, listing: Listing[Any]) -> dict[str, str]:
    """What the address says about this list; empty and foreign names are left out."""
    known = [each.key for each in listing.filters] + ["sort", "page"]
    return {name: request.GET[name].strip() for name in known if request.GET.get(name, "").strip()}


def shown(request: ViewerRequest, listing: Listing[R], rows: QuerySet[Any]) -> Shown[R]:
    """Narrow, sort and cut out the page that the address asks for. An odd page or sort falls back, never fails."""
    state = state_of(request, listing)
    narrowed = narrow(listing, rows, state)
    # Keys first: what a row shows besides its columns is then computed for 50 rows, not for all that are skipped.
    keys = ordered(listing, narrowed, state.get("sort", "")).values_list("pk", flat=True)
    paginator = Paginator(keys, PAGE_SIZE)
    page = paginator.get_page(state.get("page"))
    total = paginator.count if not any(state.get(each.key) for each in listing.filters) else rows.count()
    controls = [each.control(state.get(each.key, "")) for each in listing.filters]
    part = ordered(listing, rows.filter(pk__in=list(page.object_list)), state.get("sort", ""))
    exports = listing.exportable and request.actor.may(Permission.EXPORT)
    return Shown(listing, request.path, state, page, listing.load(part), total, controls, exports)


def narrow(listing: Listing[Any], rows: QuerySet[Any], state: dict[str, str]) -> QuerySet[Any]:
    """Rows that pass every filter of the address."""
    for each in listing.filters:
        if state.get(each.key):
            rows = each.narrow(rows, state[each.key])
    return rows


def ordered(listing: Listing[Any], rows: QuerySet[Any], sort: str) -> QuerySet[Any]:
    """Rows in the order asked for; the primary key decides between equals, so that pages never overlap."""
    by_key = {column.key: column.order for column in listing.columns if column.order}
    if sort.lstrip("-") not in by_key:
        sort = listing.sort
    names = by_key.get(sort.lstrip("-"), ())
    turn = sort.startswith("-")
    return rows.order_by(*(_order(rows.model, name, turn) for name in names), "pk")


def file_name(listing: Listing[Any]) -> str:
    """What the list's files are called, in the reader's language."""
    return slugify(str(listing.caption)) or listing.name


def _order(model: type[Model], name: str, turn: bool) -> OrderBy:
    """One column of the order; words are put in order as people do, whatever their case."""
    down = name.startswith("-") != turn
    bare = name.removeprefix("-")
    by: F | Lower = Lower(bare) if _holds_words(model, bare) else F(bare)
    return by.desc(nulls_last=True) if down else by.asc(nulls_last=True)


def _holds_words(model: type[Model], path: str) -> bool:
    """Whether the column at `organisation__name` is text that people typed; annotations are not."""
    first, _, rest = path.partition("__")
    try:
        column = model._meta.get_field(first)
    except FieldDoesNotExist:
        return False
    if rest and isinstance(column.related_model, type):
        return _holds_words(column.related_model, rest)
    return isinstance(column, CharField) and not column.choices


def answer(
    request: ViewerRequest, listing: Listing[R], rows: QuerySet[Any], template: str, title: Text = "", **context: object
) -> HttpResponse:
    """The page of a list, or only its rows if htmx asks for them, or all its rows as a file.

    `title` answers for the whole list; a filtered one is titled by the number of its rows.
    """
    if request.GET.get("format") in FORMATS and listing.exportable:
        request.actor.require(Permission.EXPORT)
        state = state_of(request, listing)
        chosen = ordered(listing, narrow(listing, rows, state), state.get("sort", ""))
        said = [f"{each.label}: {state[each.key]}" for each in listing.filters if state.get(each.key)]
        parts = in_parts(chosen, listing.load)
        return download(
            file_name(listing), listing.columns, parts, request.GET["format"], str(listing.caption), "; ".join(said)
        )
    part = shown(request, listing, rows)
    fragment = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Target") == "div#list"
    response = render(
        request, FRAGMENT if fragment else template, {"list": part, "title": part.titled(title), **context}
    )
    patch_vary_headers(response, ["HX-Request"])
    return response
