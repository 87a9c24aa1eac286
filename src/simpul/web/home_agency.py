"""`/` of an agency: how its internet is, in one sentence; what is wrong, since when, and who mends it; its use; whom to
call. Nothing of others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from simpul.people.logic.rights import Permission
from simpul.people.models import Organisation
from simpul.register.logic.rollout import ON
from simpul.register.models import Site
from simpul.watch.models import Alarm
from simpul.web import figures, site_now
from simpul.web.alarm_lines import AlarmLine, line_of, reader_of
from simpul.web.fragments import fragment
from simpul.web.last_values import last_rows
from simpul.web.map_table import DOWN, UP
from simpul.web.middleware import ViewerRequest
from simpul.web.site_rates import NAMES, range_of
from simpul.web.site_rows import with_lamps
from simpul.web.site_story import Standing, standing, story_rows

MOST_OFFICES = 6


@dataclass(frozen=True, slots=True)
class Office:
    """One site of the agency as its home tells it."""

    site: Site
    stands: Standing
    now: site_now.Now

    @property
    def said(self) -> str:
        """The sentence about it."""
        return site_now.sentence(self.site.name, self.stands, self.now)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many sites there are and how many have internet; `live`: the probes say so, not only the register."""

    sites: int
    working: int
    live: bool


def page(request: ViewerRequest, changes: Sequence[object]) -> HttpResponse:
    """The whole page; the sentence is its title. `changes` happened lately, for `home/changes.html`."""
    context = about(request)
    context |= {
        "changes": changes,
        "call": Organisation.objects.filter(Organisation.runs_the_network()).first(),
        "words": site_now.words(),
        "range": range_of(request),
        "ranges": list(NAMES.items()),
        "may_export": request.actor.may(Permission.EXPORT),
    }
    return render(request, "home/office.html", context)


@login_required
def now(request: HttpRequest) -> HttpResponse:
    """The parts that change by themselves; asked for when the feed says that something has."""
    viewer: ViewerRequest = request  # type: ignore[assignment]  # the middleware has made it one
    viewer.actor.require(Permission.SEE_NETWORK)
    return fragment(request, "home/office_now.html", about(viewer))


def about(request: ViewerRequest) -> dict[str, Any]:
    """What the page says of this moment, about the visitor's own sites only."""
    own = Site.objects.within(request.scope).select_related("share").order_by("name")
    sites: list[Any] = list(with_lamps(own, timezone.now()))
    agencies = list(Organisation.objects.filter(pk__in=request.scope.organisations))
    alarms = open_alarms(request) if sites else []
    rows = last_rows(request, "sites") if sites else {}
    offices = offices_of(sites[:MOST_OFFICES], alarms, rows)
    return {
        "title": headline(offices, agencies, tally_of(sites, rows)),
        "offices": offices,
        "more": max(len(sites) - MOST_OFFICES, 0),
        "more_than_one": len(sites) > 1,
        "agencies": agencies,
        "alarms": alarms,
    }


def open_alarms(request: ViewerRequest) -> list[AlarmLine]:
    """The open alarms that the visitor sees, newest first."""
    reader, at = reader_of(request.scope), timezone.now()
    found = (
        Alarm.objects.within(request.scope)
        .filter(closed_at=None)
        .select_related("party", "silence")
        .order_by("-opened_at")
    )
    return [line_of(alarm, reader, at) for alarm in found]


def offices_of(sites: Iterable[Site], alarms: list[AlarmLine], rows: Mapping[str, dict[str, Any]]) -> list[Office]:
    """Each site with where it stands and how it is."""
    at = timezone.now()
    return [
        Office(
            site,
            standing(story_rows(site), at),
            site_now.now_of(rows.get(site.code, {}), alarms, site.code, site_now.guarantee_of(site)),
        )
        for site in sites
    ]


def tally_of(sites: Sequence[Any], rows: Mapping[str, dict[str, Any]]) -> Tally:
    """How many there are, and how many work: as the feed says, or as the register has it while nothing is known."""
    live = [rows[site.code].get("internet") for site in sites if site.code in rows]
    if any(state in (UP, DOWN) for state in live):
        return Tally(len(sites), sum(state == UP for state in live), live=True)
    return Tally(len(sites), sum(site.internet_state == ON for site in sites), live=False)


def headline(offices: list[Office], agencies: list[Organisation], tally: Tally) -> str:
    """One sentence: about the only office, or about the one that is broken, or how many work."""
    if not agencies:
        return _("Your account has no role yet")
    name = str(agencies[0])
    if not offices:
        return _("%(name)s has no site in the register yet") % {"name": name}
    broken = [office for office in offices if office.now.broken]
    if tally.sites == 1 or len(broken) == 1:
        return (broken or offices)[0].said
    words = {"on": figures.number(tally.working), "all": figures.number(tally.sites), "name": name}
    if not tally.live:
        said = ngettext(
            "%(on)s of %(all)s site of %(name)s has internet",
            "%(on)s of %(all)s sites of %(name)s have internet",
            tally.sites,
        )
        return said % words
    said = ngettext(
        "Internet of %(on)s of %(all)s site of %(name)s is normal",
        "Internet of %(on)s of %(all)s sites of %(name)s is normal",
        tally.sites,
    )
    return said % words


urlpatterns = [path("now/office/", now, name="home-office")]
