"""`/traffic/plans/`: every numbered plan with who made it and what became of it; and the page of one."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Permission
from simpul.traffic.models import PlanVersion
from simpul.traffic.service.reading import plan_in_force
from simpul.web import cells, figures
from simpul.web.filters import Choice, Search
from simpul.web.lists import Column, Listing, answer
from simpul.web.middleware import ViewerRequest
from simpul.web.share_board import require_whole_network, tabs
from simpul.web.share_preview import of_version
from simpul.web.share_standing import doings_of
from simpul.web.share_trial import trial_at
from simpul.web.share_words import TONES, kept_reason

State = PlanVersion.State


def plans(request: ViewerRequest) -> HttpResponse:
    """The list, newest first."""
    require_whole_network(request)
    visible = PlanVersion.objects.within(request.scope)
    count = visible.count()
    title = ngettext("%(count)s plan was made", "%(count)s plans were made", count)
    return answer(
        request,
        LISTING,
        visible.select_related("gateway").defer("document", "difference", "predicted", "envelope"),
        "share/list.html",
        title=title % {"count": figures.number(count)},
        label=_("Plans"),
        tabs=tabs("traffic-plans", request),
    )


def plan(request: ViewerRequest, gateway: str, number: int) -> HttpResponse:
    """`/traffic/plans/<gateway>/<number>/`: what it changed, for whom, by whom, and the way back to it."""
    require_whole_network(request)
    rows = PlanVersion.objects.within(request.scope).select_related("gateway__site")
    found = get_object_or_404(rows, gateway__code=gateway, number=number)
    now = plan_in_force(found.gateway)
    trial = trial_at(request, found.gateway)
    does = doings_of(found.gateway)
    context = {
        "plan": found,
        "title": headline(found),
        "shown": of_version(found),
        "tone": TONES[State(found.state)],
        "reason": kept_reason(found.reason),
        "trial": trial if trial is not None and trial.open else None,
        "does": does if found == now and does.alarming else None,
        "may_return": request.actor.may(Permission.SHARE_INTERNET)
        and found.confirmed_at is not None
        and (found != now or does.standing.wrong)
        and not (trial is not None and trial.open),
    }
    return render(request, "share/plan.html", context)


def headline(version: PlanVersion) -> str:
    """`Plan 12 is in force`."""
    said = {
        State.DRAFT: gettext("Plan %(number)s is a draft"),
        State.REFUSED: gettext("Plan %(number)s was refused"),
        State.APPLYING: gettext("Plan %(number)s is on its way"),
        State.APPLIED: gettext("Plan %(number)s is on trial"),
        State.CONFIRMED: gettext("Plan %(number)s is in force"),
        State.REVERTED: gettext("Plan %(number)s was taken back"),
        State.SUPERSEDED: gettext("Plan %(number)s was replaced"),
    }
    return said[State(version.state)] % {"number": version.number}


def _number(row: Any) -> SafeString:
    url = reverse("traffic-plan", args=[row.gateway.code, row.number])
    return cells.link(gettext("Plan %(number)s") % {"number": row.number}, url)


def _state(row: Any) -> SafeString:
    return cells.chip(row.get_state_display(), TONES[State(row.state)])


def _why(row: Any) -> str:
    back = gettext("returns to plan %(number)s") % {"number": row.returned_to} if row.returned_to else ""
    return " · ".join(text for text in (back, row.note, kept_reason(row.reason)) if text)


LISTING: Listing[Any] = Listing(
    name="plans",
    caption=_("Plans"),
    columns=[
        Column("number", _("Plan"), lambda row: row.number, _number, order=("number",), head=True),
        Column("gateway", _("Gateway"), lambda row: row.gateway.code, order=("gateway__code", "number"), roomy=True),
        Column("state", _("State"), lambda row: row.get_state_display(), _state, order=("state", "number")),
        Column("author", _("Made by"), lambda row: row.author, order=("author", "number")),
        Column(
            "made",
            _("Made"),
            lambda row: row.made_at,
            lambda row: cells.moment(row.made_at),
            order=("made_at",),
            wide=True,
        ),
        Column("confirmed_by", _("Kept by"), lambda row: row.confirmed_by, order=("confirmed_by",), wide=True),
        Column("why", _("Why"), _why, wide=True, wrap=True),
    ],
    filters=[
        Search(_("Search"), ("author", "confirmed_by", "note", "reason"), _("name or reason")),
        Choice("state", _("State"), State.choices),
    ],
    sort="-number",
    load=list,
    empty=_("The first plan is made when a gateway first asks for one, or on the page of a site."),
)

urlpatterns = [
    path("traffic/plans/", plans, name="traffic-plans"),
    path("traffic/plans/<code:gateway>/<int:number>/", plan, name="traffic-plan"),
]
