"""`/traffic/table/`: every share in a table that can be filtered, sorted and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from simpul.traffic.logic.plan import Rates
from simpul.traffic.models import ShareGroup, SiteShare
from simpul.traffic.service.reading import gateways
from simpul.web import cells, figures
from simpul.web.filters import Flag, Related, Search
from simpul.web.last_values import last_rows
from simpul.web.lists import Column, Listing, Text, answer
from simpul.web.middleware import ViewerRequest
from simpul.web.network import in_bits
from simpul.web.share_board import require_whole_network, tabs
from simpul.web.share_panel import due_of


@dataclass(frozen=True, slots=True)
class Row:
    """A share, what it comes to in the busiest hour, and what is used now."""

    share: SiteShare
    due: Rates | None
    down: int | None
    up: int | None


def table(request: ViewerRequest) -> HttpResponse:
    """The list, its rows alone, or a file of them."""
    require_whole_network(request)
    visible = SiteShare.objects.within(request.scope)
    count = visible.count()
    title = ngettext("%(count)s site has a share", "%(count)s sites have a share", count)
    return answer(
        request,
        listing(request),
        visible.select_related("site", "group"),
        "share/list.html",
        title=title % {"count": figures.number(count)},
        label=_("Shares"),
        tabs=tabs("traffic-table", request),
    )


def listing(request: ViewerRequest) -> Listing[Row]:
    """As this visitor sees it; what is used now is of the moment in which it is asked for."""
    due = {code: rates for gateway in gateways() for code, rates in due_of(gateway).items()}
    now = last_rows(request, "sites")

    def load(part: QuerySet[Any]) -> Sequence[Row]:
        rows = []
        for share in part:
            used = now.get(share.site.code) or {}
            rows.append(Row(share, due.get(share.site.code), used.get("down"), used.get("up")))
        return rows

    return Listing(
        name="shares",
        caption=_("Shares"),
        columns=COLUMNS,
        filters=[
            Search(_("Search"), ("site__name", "site__code"), _("name or code")),
            Related("group", _("Group"), ShareGroup.objects.within(request.scope)),
            Flag("guaranteed", _("with a guarantee"), Q(guarantee_down_bps__gt=0)),
            Flag("capped", _("with a ceiling"), Q(ceiling_down_bps__isnull=False)),
        ],
        sort="site",
        load=load,
        empty=_("Give a site its share on its own page, once its internet is on."),
    )


def _name(row: Row) -> SafeString:
    return cells.link(row.share.site.name, f"{reverse('site', args=[row.share.site.code])}#share")


def _rate(key: str, label: Text, column: str, **more: Any) -> Column[Row]:
    """A column of the table's own, in plain bits in files."""

    def value(row: Row) -> int | None:
        found: int | None = getattr(row.share, column)
        return found

    return Column(
        key,
        label,
        value,
        lambda row: figures.rate(value(row)),
        order=(column,),
        number=True,
        heading=in_bits(label),
        **more,
    )


COLUMNS: list[Column[Row]] = [
    Column("site", _("Site"), lambda row: row.share.site.name, _name, order=("site__name",), head=True),
    Column("code", _("Code"), lambda row: row.share.site.code, shown=False),
    Column("group", _("Group"), lambda row: row.share.group.name, order=("group__name",), wide=True),
    _rate("guarantee", _("Guarantee down"), "guarantee_down_bps", wide=True),
    _rate("guarantee_up", _("Guarantee up"), "guarantee_up_bps", roomy=True),
    _rate("ceiling", _("Ceiling down"), "ceiling_down_bps", wide=True),
    _rate("ceiling_up", _("Ceiling up"), "ceiling_up_bps", shown=False),
    Column(
        "weight",
        _("Weight"),
        lambda row: row.share.weight,
        lambda row: figures.plain(row.share.weight),
        order=("weight",),
        number=True,
        wide=True,
    ),
    Column(
        "due",
        _("Busiest hour down"),
        lambda row: row.due and row.due.down,
        lambda row: figures.rate_brief(row.due.down if row.due else None),
        number=True,
        heading=in_bits(_("Busiest hour down")),
    ),
    Column(
        "due_up",
        _("Busiest hour up"),
        lambda row: row.due and row.due.up,
        shown=False,
        heading=in_bits(_("Busiest hour up")),
    ),
    Column(
        "down",
        _("Uses now down"),
        lambda row: row.down,
        lambda row: figures.rate_brief(row.down),
        number=True,
        wide=True,
        heading=in_bits(_("Uses now down")),
    ),
    Column("up", _("Uses now up"), lambda row: row.up, shown=False, heading=in_bits(_("Uses now up"))),
]

urlpatterns = [path("traffic/table/", table, name="traffic-table")]
