"""`/`: one question a visitor comes with, answered in the title. Staff, agencies and providers ask different ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from simpul.people.logic.rights import Permission
from simpul.register.logic.contracts import SOON_DAYS
from simpul.register.logic.rollout import INTERNET, LIT
from simpul.register.models import Application, Camera, Circuit, Contract, Site
from simpul.web import figures, home_agency, home_live
from simpul.web.contracts import running
from simpul.web.lamps import Lamp, lamp_of
from simpul.web.middleware import ViewerRequest
from simpul.web.rollout_story import HANDED_OVER, STALLED, Happening, Together, latest_together
from simpul.web.site_rows import Tally, tally_by_kind, together, with_lamps
from simpul.web.sites import COUNTED, NOT_JOINED

RECENT = 8
MOST_DARK = 12
MOST_CIRCUITS = 100


@dataclass(frozen=True, slots=True)
class KindLine:
    """One kind of site: how many, how far, and the list of them."""

    label: str
    tally: Tally
    url: str


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened lately, to one site or to several on one day."""

    together: Together
    lamp: Lamp
    said: str


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Whoever sees the whole network gets the staff's page; others what is theirs."""
    viewer: ViewerRequest = request  # type: ignore[assignment]  # the middleware has made it one
    if viewer.scope.whole_network:
        return _staff(viewer)
    if viewer.scope.providers:
        return _provider(viewer)
    return _office(viewer)


def _staff(request: ViewerRequest) -> HttpResponse:
    now = timezone.now()
    sites = Site.objects.within(request.scope)
    by_kind = tally_by_kind(sites, now)
    tally = together(by_kind.values())
    dark = with_lamps(sites.exclude(kind=Site.Kind.POP).select_related("organisation"), now).exclude(network_state=LIT)
    context: dict[str, Any] = {
        "title": joined(tally),
        "tally": tally,
        "kinds": kind_lines(by_kind),
        "dark": list(dark.order_by("planned_year", "name")[:MOST_DARK]),
        "changes": [change_of(each) for each in latest_together(sites, now, RECENT)],
        "dark_url": f"{reverse('sites')}?{urlencode({'network': NOT_JOINED})}",
        "lit_url": f"{reverse('sites')}?{urlencode({'kind': COUNTED, 'network': LIT})}",
        "may_see_contracts": request.actor.may(Permission.SEE_CONTRACTS),
        "this_year": timezone.localdate().year,
        "may_record": request.actor.may(Permission.RECORD_ROLLOUT),
        "may_import": request.actor.may(Permission.IMPORT),
        "alarms": home_live.open_alarms(request.scope),
        "internet": home_live.internet(request),
        "users": home_live.top_users(request),
        "cameras": Camera.objects.within(request.scope).count(),
        "applications": Application.objects.within(request.scope).count(),
        "words": home_live.words(),
    }
    if context["may_see_contracts"]:
        context |= contract_figures(request, timezone.localdate())
    return render(request, "home/staff.html", context)


def _office(request: ViewerRequest) -> HttpResponse:
    """An agency: how its internet is."""
    happened = latest_together(Site.objects.within(request.scope), timezone.now(), RECENT)
    return home_agency.page(request, [change_of(each) for each in happened])


def _provider(request: ViewerRequest) -> HttpResponse:
    """A provider: its circuits and contracts, nothing of others."""
    today = timezone.localdate()
    circuits = Circuit.objects.within(request.scope).select_related("site_a", "site_b")
    count = circuits.count()
    contracts = list(Contract.objects.within(request.scope).order_by("ends_on"))
    title = ngettext(
        "%(count)s circuit of yours carries the network", "%(count)s circuits of yours carry the network", count
    )
    context = {
        "title": title % {"count": figures.number(count)},
        "circuits": list(circuits[:MOST_CIRCUITS]),
        "contracts": [(each, figures.days_left(each.ends_on, today)) for each in contracts],
    }
    return render(request, "home/provider.html", context)


def joined(tally: Tally) -> str:
    """`38 of 44 sites are joined`."""
    if not tally.sites:
        return _("No sites yet: import them, or add the first one")
    return ngettext("%(lit)s of %(sites)s site is joined", "%(lit)s of %(sites)s sites are joined", tally.sites) % {
        "lit": figures.number(tally.lit),
        "sites": figures.number(tally.sites),
    }


def kind_lines(by_kind: dict[str, Tally]) -> list[KindLine]:
    """In the order in which the kinds are declared."""
    lines = []
    for kind, label in Site.Kind.choices:
        if kind in by_kind:
            lines.append(KindLine(str(label), by_kind[kind], f"{reverse('sites')}?{urlencode({'kind': kind})}"))
    return lines


def change_of(together: Together) -> Change:
    """The happening in a few words, with its shape."""
    happening: Happening = together.first
    if happening.what == STALLED:
        return Change(together, lamp_of("", STALLED), _("stalled"))
    if happening.what == HANDED_OVER:
        return Change(together, Lamp("file-certificate", "", "info"), _("handed over"))
    lamp = lamp_of(happening.what, happening.state)
    track = _("Internet") if happening.what == INTERNET else _("Network")
    return Change(together, lamp, f"{track}: {lamp.word}")


def contract_figures(request: ViewerRequest, today: date) -> dict[str, Any]:
    """How many contracts are in force, and those that run out soon. Two queries."""
    contracts = Contract.objects.within(request.scope)
    until = date.fromordinal(today.toordinal() + SOON_DAYS)
    counts = contracts.order_by().aggregate(running=Count("pk", filter=running(today)), all=Count("pk"))
    soon = (
        contracts.filter(running(today), Q(ends_on__lte=until)).select_related("provider").order_by(F("ends_on").asc())
    )
    ending = [(each, figures.days_left(each.ends_on, today)) for each in soon]
    return {"running": counts["running"], "contracts": counts["all"], "ending": ending, "soon_days": SOON_DAYS}


urlpatterns = [path("", home, name="home")]
