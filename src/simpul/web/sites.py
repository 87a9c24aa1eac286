"""The list of sites."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Permission
from simpul.people.models import Organisation
from simpul.register.logic.sheets import SITES
from simpul.register.models import Area, InternetState, Medium, NetworkState, Site
from simpul.register.text import language
from simpul.web import cells, figures
from simpul.web.filters import Choice, Filter, Flag, Related, Rule, Search
from simpul.web.lists import Column, Listing, answer
from simpul.web.middleware import ViewerRequest
from simpul.web.site_rows import Tally, tally_by_kind, together, with_lamps

COUNTED = "counted"
NOT_JOINED = "not_joined"
NO_SITES = _("Sites come in by the import, one file for all of them, or one by one by an engineer.")


def listing(request: ViewerRequest) -> Listing[Any]:
    """The list as this visitor may filter it."""
    return Listing(
        name="sites",
        caption=_("Sites"),
        columns=[*COLUMNS, SAMPLE] if settings.CONFIGURATION.demo.on else COLUMNS,
        filters=filters(request),
        sort="name",
        load=list,
        empty=NO_SITES,
    )


def site_list(request: ViewerRequest) -> HttpResponse:
    """`/sites/`: its title says how many are joined."""
    request.actor.require(Permission.SEE_NETWORK)
    now = timezone.now()
    visible = Site.objects.within(request.scope)
    tally = together(tally_by_kind(visible, now).values())
    return answer(
        request,
        listing(request),
        rows(visible, now),
        "sites/list.html",
        title=headline(tally),
        uncounted=visible.filter(kind=Site.Kind.POP).count(),
        may_edit=request.actor.may(Permission.EDIT_REGISTER),
    )


def rows(visible: QuerySet[Site], now: datetime) -> QuerySet[Any]:
    """All that a line of the list needs, in one query."""
    return with_lamps(visible.select_related("organisation", "area"), now)


def headline(tally: Tally) -> str:
    """`40 of 44 sites joined, 38 with internet`."""
    if not tally.sites:
        return gettext("No sites yet")
    return ngettext(
        "%(lit)s of %(sites)s site joined, %(on)s with internet",
        "%(lit)s of %(sites)s sites joined, %(on)s with internet",
        tally.sites,
    ) % {"lit": figures.number(tally.lit), "sites": figures.number(tally.sites), "on": figures.number(tally.on)}


def filters(request: ViewerRequest) -> list[Filter]:
    """An agency sees its own few sites: it needs no more than the search."""
    found: list[Filter] = [Search(_("Search"), ("name", "code", "organisation__name", "address"), _("name or code"))]
    if not request.scope.whole_network:
        return found
    return [
        *found,
        Rule("kind", _("Kind"), [(COUNTED, _("all but points of presence")), *Site.Kind.choices], of_kind),
        Rule("network", _("Network"), [(NOT_JOINED, _("not joined, any step")), *NetworkState.choices], at_step),
        Choice("internet", _("Internet"), InternetState.choices, "internet_state"),
        Related("organisation", _("Organisation"), Organisation.objects.within(request.scope)),
        Related("area", _("District"), Area.objects.filter(level=Area.Level.DISTRICT)),
        Flag("stalled", _("stalled"), Q(stalled_by__isnull=False)),
    ]


def of_kind(rows: QuerySet[Any], kind: str) -> QuerySet[Any]:
    """Sites of a kind, or all that the figures count."""
    return rows.exclude(kind=Site.Kind.POP) if kind == COUNTED else rows.filter(kind=kind)


def at_step(rows: QuerySet[Any], state: str) -> QuerySet[Any]:
    """Sites at a step of the network's track, or all counted ones that have not reached its end."""
    if state == NOT_JOINED:
        return rows.exclude(kind=Site.Kind.POP).exclude(network_state=NetworkState.LIT)
    return rows.filter(network_state=state)


def name_cell(site: Site) -> SafeString:
    """Name as a link."""
    return cells.link(site.name, reverse("site", args=[site.code]))


def internet_cell(site: Any) -> SafeString | str:
    """The internet lamp; a point of presence has none, it only carries others'."""
    return "–" if site.kind == Site.Kind.POP else cells.lamp("internet", site.internet_state)


def network_cell(site: Any) -> SafeString:
    """The network lamp; a stalled site says why."""
    shown = cells.lamp("network", site.network_state)
    if site.stalled_by is None:
        return shown
    return format_html("{} {}", shown, cells.stalled(site.stalled_by))


def understood(name: str) -> Any:
    """The heading by which an import knows this column, so that a file of this list can be read back."""
    return lazy(lambda: capfirst(SITES.column(name).heading(language())), str)()


COLUMNS: list[Column[Any]] = [
    Column(
        "name",
        _("Site"),
        lambda site: site.name,
        name_cell,
        order=("name",),
        head=True,
        heading=understood("name"),
    ),
    Column("code", _("Code"), lambda site: site.code, shown=False, heading=understood("code")),
    Column(
        "kind",
        _("Kind"),
        lambda site: site.get_kind_display(),
        order=("kind", "name"),
        wide=True,
        heading=understood("kind"),
    ),
    # Names are for people, codes for the import: two organisations may share a name.
    Column(
        "organisation",
        _("Organisation"),
        lambda site: str(site.organisation),
        order=("organisation__name",),
        wide=True,
        heading=_("Name of the organisation"),
    ),
    Column(
        "organisation_code",
        _("Organisation"),
        lambda site: site.organisation.code,
        shown=False,
        heading=understood("organisation"),
    ),
    Column("network", _("Network"), lambda site: NetworkState(site.network_state).label, network_cell),
    Column("internet", _("Internet"), lambda site: InternetState(site.internet_state).label, internet_cell),
    Column("stalled", _("Why it is stalled"), lambda site: site.stalled_by, shown=False),
    Column(
        "medium",
        _("Joined by"),
        lambda site: Medium(site.medium).label,
        order=("medium", "name"),
        wide=True,
        heading=understood("medium"),
    ),
    Column(
        "area",
        _("Area"),
        lambda site: str(site.area or ""),
        order=("area__name",),
        roomy=True,
        heading=_("Name of the area"),
    ),
    Column(
        "area_code",
        _("Area"),
        lambda site: site.area.code if site.area else "",
        shown=False,
        heading=understood("area"),
    ),
    Column(
        "handed_over",
        _("Handed over"),
        lambda site: site.handed_over_at and timezone.localtime(site.handed_over_at).date(),
        lambda site: cells.day(site.handed_over_at),
        order=("handed_over_at",),
        roomy=True,
    ),
    Column("latitude", _("Latitude"), lambda site: site.latitude, shown=False, heading=understood("latitude")),
    Column("longitude", _("Longitude"), lambda site: site.longitude, shown=False, heading=understood("longitude")),
    Column(
        "position",
        _("Position"),
        lambda site: site.get_position_display(),
        shown=False,
        heading=understood("position"),
    ),
    Column(
        "planned_year",
        _("Planned for"),
        lambda site: site.planned_year,
        shown=False,
        heading=understood("planned_year"),
    ),
]
SAMPLE: Column[Any] = Column(
    "is_sample", _("Sample data"), lambda site: site.is_sample, shown=False, heading=understood("is_sample")
)

urlpatterns = [path("sites/", site_list, name="sites")]
