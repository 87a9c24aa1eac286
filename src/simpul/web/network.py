"""What the network is made of: lists of circuits, ways out, devices, address blocks, cameras and applications."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Permission, Scope
from simpul.register.export import BITS
from simpul.register.models import Application, Camera, Circuit, Device, Prefix, Site, Uplink
from simpul.web import cells, circuits, figures
from simpul.web.filters import Choice, Filter, Flag, Rule, Search
from simpul.web.lists import Column, Listing, answer
from simpul.web.middleware import ViewerRequest

YES, NO = _("yes"), _("no")
IMPORTED = _("The register is empty here. Engineers add elements by the REST interface or by an import.")


@dataclass(frozen=True, slots=True)
class Tab:
    """One list of the network; `said` is its title, with the number of visible rows for `%(count)s`."""

    route: str
    label: Promise
    model: type[Model]
    related: tuple[str, ...]
    said: Promise
    columns: list[Column[Any]]
    filters: list[Filter]
    sort: str = "code"
    known: Callable[[QuerySet[Any]], QuerySet[Any]] = lambda rows: rows
    load: Callable[[QuerySet[Any], Scope], Sequence[Any]] = lambda part, _scope: list(part)
    headline: Callable[[QuerySet[Any], Scope], str] | None = None


def view_of(tab: Tab) -> Callable[[ViewerRequest], HttpResponse]:
    """The view of one tab."""

    def view(request: ViewerRequest) -> HttpResponse:
        request.actor.require(Permission.SEE_NETWORK)
        visible: QuerySet[Any] = tab.model.objects.within(request.scope)  # type: ignore[attr-defined]
        listing: Listing[Any] = Listing(
            name=tab.route,
            caption=tab.label,
            columns=tab.columns,
            filters=tab.filters,
            sort=tab.sort,
            load=lambda part: tab.load(part, request.scope),
            empty=IMPORTED,
        )
        tabs = [(reverse(each.route), each.label, each.route == tab.route) for each in TABS]
        if tab.headline is not None:
            title = tab.headline(visible, request.scope)
        else:
            title = tab.said % {"count": figures.number(visible.count())}
        rows = tab.known(visible.select_related(*tab.related))
        return answer(request, listing, rows, "network/list.html", title=title, label=tab.label, tabs=tabs)

    return view


def two_lines(first: Callable[[Any], object], second: Callable[[Any], object]) -> Callable[[Any], SafeString]:
    """A cell of a name and, quieter, what tells it apart."""
    return lambda row: cells.text(first(row)) + cells.sub(second(row))


def site_cell(row: Any) -> SafeString | str:
    """The site as a link; links are only for who may see sites, and who sees this row at its site may."""
    return place(row.site) if row.site else "–"


def place(site: Site) -> SafeString:
    """A site as a link."""
    return cells.link(site.name, reverse("site", args=[site.code]))


def in_use(rows: QuerySet[Any], given: str) -> QuerySet[Any]:
    """Circuits that carry traffic, or that wait for an end."""
    return rows.filter(carries=given == "used")


def code_column(label: Promise) -> Column[Any]:
    """The code, first in the row."""
    return Column("code", label, lambda row: row.code, order=("code",), head=True)


def named_column(label: Promise) -> Column[Any]:
    """The name with the code below it."""
    cell = two_lines(lambda row: row.name, lambda row: row.code)
    return Column("name", label, lambda row: row.name, cell, order=("name",), head=True)


def in_bits(label: str | Promise) -> str | Promise:
    """What a file writes above plain numbers of bits per second, where the page writes each with its unit."""
    return format_lazy("{} ({})", label, BITS)


def mono(value: object) -> SafeString | str:
    """An address."""
    return cells.mono(value) if value else "–"


CODE: Column[Any] = Column("code", _("Code"), lambda row: row.code, order=("code",), shown=False)
OPERATOR: Column[Any] = Column(
    "operator", _("Repairs it"), lambda row: str(row.operator), order=("operator__name",), wide=True
)
OWNER: Column[Any] = Column("owner", _("Owner"), lambda row: str(row.owner), order=("owner__name",), wide=True)
AT_SITE: Column[Any] = Column("site", _("Site"), lambda row: str(row.site or ""), site_cell, order=("site__name",))

CIRCUITS = Tab(
    "network",
    _("Circuits"),
    Circuit,
    ("site_a", "site_b", "provider", "operator"),
    _("%(count)s circuits carry the network"),
    [
        code_column(_("Circuit")),
        Column(
            "ends",
            _("From – to"),
            lambda row: f"{row.site_a} – {row.site_b}",
            circuits.ends_cell,
            order=("site_a__name",),
        ),
        Column("state", _("State"), circuits.use, circuits.use_cell, order=("carries", "code"), wide=True),
        Column("kind", _("Kind"), lambda row: row.get_kind_display(), order=("kind", "code"), roomy=True),
        Column(
            "provider",
            _("Provider"),
            lambda row: str(row.provider or ""),
            two_lines(lambda row: row.provider or "–", lambda row: row.service_number),
            order=("provider__name",),
            wide=True,
        ),
        Column(
            "cir",
            "CIR",
            lambda row: row.cir_bps,
            lambda row: figures.rate(row.cir_bps),
            order=("cir_bps",),
            number=True,
            heading=in_bits("CIR"),
        ),
        Column(
            "length",
            _("Length (m)"),
            lambda row: row.length_m,
            lambda row: figures.number(row.length_m),
            order=("length_m",),
            number=True,
            roomy=True,
        ),
        OPERATOR,
    ],
    [
        Search(_("Search"), ("code", "service_number", "site_a__name", "site_b__name"), _("code, number or site")),
        Choice("kind", _("Kind"), Circuit.Kind.choices),
        Rule("state", _("State"), [("used", _("in use")), ("waiting", _("an end is not joined yet"))], in_use),
    ],
    known=circuits.with_use,
    load=circuits.opened,
    headline=circuits.headline,
)
UPLINKS = Tab(
    "uplinks",
    _("Ways out"),
    Uplink,
    ("provider", "operator", "interface__device__site"),
    _("%(count)s ways out to the internet"),
    [
        named_column(_("Way out")),
        CODE,
        Column("provider", _("Provider"), lambda row: str(row.provider), order=("provider__name",)),
        Column("service", _("Service number"), lambda row: row.service_number, wide=True),
        Column("port", _("Port"), lambda row: row.interface.code, lambda row: mono(row.interface.code), wide=True),
        Column(
            "down",
            _("Download rate"),
            lambda row: row.down_bps,
            lambda row: figures.rate(row.down_bps),
            order=("down_bps",),
            number=True,
            heading=in_bits(_("Download rate")),
        ),
        Column(
            "up",
            _("Upload rate"),
            lambda row: row.up_bps,
            lambda row: figures.rate(row.up_bps),
            order=("up_bps",),
            number=True,
            heading=in_bits(_("Upload rate")),
        ),
        OPERATOR,
    ],
    [Search(_("Search"), ("code", "name", "service_number", "provider__name"), _("name or number"))],
)
DEVICES = Tab(
    "devices",
    _("Devices"),
    Device,
    ("site", "operator", "owner"),
    _("%(count)s devices stand in the network"),
    [
        named_column(_("Device")),
        CODE,
        Column("kind", _("Kind"), lambda row: row.get_kind_display(), order=("kind", "code")),
        AT_SITE,
        Column(
            "address",
            _("Address"),
            lambda row: row.address,
            lambda row: mono(row.address),
            order=("address",),
            wide=True,
        ),
        Column("make", _("Make"), lambda row: f"{row.maker} {row.model}".strip(), order=("maker", "model"), wide=True),
        Column("serial", _("Serial number"), lambda row: row.serial, shown=False),
        OWNER,
        OPERATOR,
    ],
    [
        Search(_("Search"), ("code", "name", "serial", "address", "site__name"), _("name, address or serial number")),
        Choice("kind", _("Kind"), Device.Kind.choices),
    ],
    sort="name",
)
PREFIXES = Tab(
    "prefixes",
    _("Addresses"),
    Prefix,
    ("site",),
    _("%(count)s address blocks are in use"),
    [
        Column(
            "prefix", _("Prefix"), lambda row: row.cidr, lambda row: mono(row.cidr), order=("first", "-last"), head=True
        ),
        Column("purpose", _("Purpose"), lambda row: row.get_purpose_display(), order=("purpose", "first")),
        AT_SITE,
        Column("vlan", "VLAN", lambda row: row.vlan, order=("vlan",), number=True, wide=True),
        Column("note", _("Note"), lambda row: row.note, wide=True, wrap=True),
    ],
    [
        Search(_("Search"), ("cidr", "note", "site__name"), _("address or site")),
        Choice("purpose", _("Purpose"), Prefix.Purpose.choices),
    ],
    sort="prefix",
)
CAMERAS = Tab(
    "cameras",
    _("Cameras"),
    Camera,
    ("site", "operator"),
    _("%(count)s cameras are registered"),
    [
        named_column(_("Camera")),
        CODE,
        AT_SITE,
        Column("address", _("Address"), lambda row: row.address, lambda row: mono(row.address), wide=True),
        Column(
            "public",
            _("Open to the public"),
            lambda row: row.is_public,
            lambda row: str(YES if row.is_public else NO),
            order=("is_public", "name"),
        ),
        OPERATOR,
    ],
    [
        Search(_("Search"), ("code", "name", "site__name"), _("name or site")),
        Flag("public", _("open to the public"), Q(is_public=True)),
    ],
    sort="name",
)
APPLICATIONS = Tab(
    "applications",
    _("Websites and applications"),
    Application,
    ("organisation", "site", "operator"),
    _("%(count)s websites and applications are registered"),
    [
        named_column(_("Application")),
        CODE,
        Column("url", _("Address"), lambda row: row.url),
        Column(
            "organisation",
            _("Organisation"),
            lambda row: str(row.organisation),
            order=("organisation__name",),
            wide=True,
        ),
        Column("site", _("Hosted at"), lambda row: str(row.site or ""), order=("site__name",), wide=True),
        OPERATOR,
    ],
    [Search(_("Search"), ("code", "name", "url", "organisation__name"), _("name, address or organisation"))],
    sort="name",
)
TABS = (CIRCUITS, UPLINKS, DEVICES, PREFIXES, CAMERAS, APPLICATIONS)

urlpatterns = [
    path("network/", view_of(CIRCUITS), name="network"),
    *(path(f"network/{tab.route}/", view_of(tab), name=tab.route) for tab in TABS[1:]),
]
