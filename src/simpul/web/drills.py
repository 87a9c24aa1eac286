"""Drills: let a cable break, a provider fail or a site download without end, in the demonstration's own network.

There is no such page outside of a demonstration, nor for anybody but an administrator.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from simpul.people.logic.rights import Permission
from simpul.register.logic.elements import Element, elements_called
from simpul.register.logic.graph import Graph, graph_of
from simpul.register.service import snapshot as read_snapshot
from simpul.web import figures
from simpul.web.drill_effects import Effect, effect_of, short_effect
from simpul.web.drill_lab import (
    CUT,
    GREEDY,
    LOSE,
    RESTORE,
    LabRefused,
    LabState,
    Target,
    drill,
    lab_state,
    sites_of,
    span_name,
    spans_of,
    uplinks_of,
)
from simpul.web.fragments import fragment
from simpul.web.middleware import ViewerRequest

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """One drill that goes on."""

    code: str
    said: str
    icon: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One kind of drill: what it can happen to, what is chosen, and what that would hit."""

    drill: str
    options: list[tuple[str, str]]
    chosen: str
    effect: Effect | None


View = Callable[[ViewerRequest], HttpResponse]


def only_for_drills(view: View) -> View:
    """No such page for everybody whom it does not concern; strangers are sent to sign in."""

    @wraps(view)
    def guarded(request: ViewerRequest) -> HttpResponse:
        if not settings.CONFIGURATION.demo.on:
            raise Http404
        if not request.user.is_authenticated:
            request.actor.require(Permission.RUN_DRILLS)
        if not request.actor.may(Permission.RUN_DRILLS):
            raise Http404
        return view(request)

    return guarded


@only_for_drills
@require_GET
def page(request: ViewerRequest) -> HttpResponse:
    """`/drills/`; with the header `X-Fragment` only what goes on. `?target=CODE` chooses beforehand."""
    graph = graph_of(read_snapshot())
    state = lab_state(request, graph.snapshot)
    shown: dict[str, Any] = {"state": state, "title": _title(state), "running": running(graph, state)}
    if request.headers.get("X-Fragment"):
        return fragment(request, "drills/state.html", shown)
    if not state.trouble:
        shown["choices"] = choices(graph, state, request.GET.get("target", ""))
    return render(request, "drills/drills.html", shown)


@only_for_drills
@require_GET
def effect(request: ViewerRequest) -> HttpResponse:
    """What will this hit? For the part of the page below a choice."""
    graph = graph_of(read_snapshot())
    state = lab_state(request, graph.snapshot)
    found = effect_of(graph, state, request.GET.get("drill", ""), request.GET.get("target", ""))
    return fragment(request, "drills/effect.html", {"effect": found})


@only_for_drills
@require_POST
def start(request: ViewerRequest) -> HttpResponse:
    """Let it happen."""
    name, target = request.POST.get("drill", ""), request.POST.get("target", "")
    graph = graph_of(read_snapshot())
    known = {option.code: option.name for option in _targets(graph, name)}
    if target not in known:
        messages.error(request, _("Nothing was done: choose what it shall happen to."))
        return redirect("drills")
    said = {
        CUT: _("The cable %(name)s is cut."),
        LOSE: _("The way out %(name)s is lost."),
        GREEDY: _("%(name)s downloads without end."),
    }
    return _done(request, name, target, said[name] % {"name": known[target]})


@only_for_drills
@require_POST
def restore(request: ViewerRequest) -> HttpResponse:
    """Put one thing right, or all where none is named."""
    target = request.POST.get("target", "")
    said = _("%(code)s is as before.") % {"code": target} if target else _("Everything is as before.")
    return _done(request, RESTORE, target, said)


def _done(request: ViewerRequest, name: str, target: str, said: str) -> HttpResponse:
    try:
        drill(request, name, target)
    except LabRefused as refused:
        messages.error(request, _("Nothing was done. %(why)s") % {"why": refused})
    else:
        log.info("drill %s %s, asked for by %s", name, target or "of all", request.actor.key)
        messages.success(request, said)
    return redirect("drills")


def _title(state: LabState) -> str:
    if state.trouble:
        return _("Drills are not possible now")
    if not state.running:
        return _("Nothing is broken on purpose")
    text = ngettext("%(count)s drill is running", "%(count)s drills are running", state.running)
    return text % {"count": figures.number(state.running)}


def running(graph: Graph, state: LabState) -> list[Running]:
    """What goes on, each with the words and the sign of its kind."""
    snapshot = graph.snapshot
    cut = [
        Running(code, _("Cable cut: %(name)s") % {"name": span_name(snapshot, code)}, "scissors") for code in state.cut
    ]
    lost = [
        Running(each.code, _("Way out lost: %(name)s") % {"name": each.name}, "world")
        for each in uplinks_of(snapshot, state.lost)
    ]
    names = {code: site.name for code, site in snapshot.sites.items()}
    greedy = [
        Running(code, _("Downloads without end: %(name)s") % {"name": names.get(code, code)}, "download")
        for code in state.greedy
    ]
    return [*cut, *lost, *greedy]


def choices(graph: Graph, state: LabState, chosen: str) -> list[Choice]:
    """The three kinds; every cable and way out says beforehand how many sites it takes."""
    found = []
    for name in (CUT, LOSE, GREEDY):
        taken = {CUT: state.cut, LOSE: state.lost, GREEDY: state.greedy}[name]
        able = {CUT: state.spans, LOSE: frozenset(state.uplinks)}.get(name)
        options = [
            (each.code, _option(graph, state, name, each))
            for each in _targets(graph, name)
            if each.code not in taken and (able is None or each.code in able)
        ]
        mine = chosen if chosen in dict(options) else ""
        found.append(Choice(name, options, mine, effect_of(graph, state, name, mine) if mine else None))
    return found


def _targets(graph: Graph, name: str) -> list[Target]:
    if name == CUT:
        return spans_of(graph.snapshot, graph.link_number)
    if name == LOSE:
        return uplinks_of(graph.snapshot, graph.snapshot.uplinks)
    return sites_of(graph) if name == GREEDY else []


def _option(graph: Graph, state: LabState, name: str, target: Target) -> str:
    if name == GREEDY:
        return target.name
    kind = "link" if name == CUT else "uplink"
    element: Element = next(each for each in elements_called(graph.snapshot, target.code) if each.kind == kind)
    return f"{target.name} ({target.code}): {short_effect(graph, state, element)}"


urlpatterns = [
    path("drills/", page, name="drills"),
    path("drills/effect/", effect, name="drill-effect"),
    path("drills/start/", start, name="drill-start"),
    path("drills/restore/", restore, name="drill-restore"),
]
