"""Recording the story of a site: a step of a lamp, a stall, that it goes on, a hand-over; and taking a line back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from simpul.kit.problem import Problem
from simpul.people.logic.rights import Permission
from simpul.record.evidence import keep, kept_together
from simpul.record.models import Evidence
from simpul.register.logic.rollout import INTERNET, NETWORK
from simpul.register.models import InternetEvent, NetworkEvent, Site, Stall
from simpul.register.service import rollout
from simpul.web.middleware import ViewerRequest
from simpul.web.site_forms import HandoverForm, ResumeForm, StallForm, StepForm, WithdrawForm
from simpul.web.site_now import visible_site
from simpul.web.site_page import form_status
from simpul.web.story_words import said

Given = dict[str, Any]


def step(request: ViewerRequest, code: str, track: str) -> HttpResponse:
    """A step of the network's or the internet's track."""
    request.actor.require(Permission.RECORD_ROLLOUT)
    if track not in (NETWORK, INTERNET):
        raise Http404
    site = visible_site(request, code)
    form = StepForm(request.POST or None, request.FILES or None, track=track, site=site, scope=request.scope)
    title = _("Record a step of the network") if track == NETWORK else _("Record a step of the internet")
    verb = rollout.advance_network if track == NETWORK else rollout.change_internet

    def write(given: Given) -> None:
        verb(
            request.actor,
            site,
            given["state"],
            given["at"],
            reason=given["reason"],
            evidence=kept(request, given["evidence"]),
            contract_line=given["contract_line"],
        )

    return _recorded(request, site, form, title, write)


def stall(request: ViewerRequest, code: str) -> HttpResponse:
    """Nothing moves."""
    request.actor.require(Permission.RECORD_ROLLOUT)
    site = visible_site(request, code)
    form = StallForm(request.POST or None, request.FILES or None)

    def write(given: Given) -> None:
        proof = kept(request, given["evidence"])
        rollout.stall(request.actor, site, given["track"], given["at"], given["reason"], evidence=proof)

    return _recorded(request, site, form, _("Record that it is stalled"), write)


def resume(request: ViewerRequest, code: str, pk: int) -> HttpResponse:
    """It moves again."""
    request.actor.require(Permission.RECORD_ROLLOUT)
    site = visible_site(request, code)
    paused = get_object_or_404(Stall, pk=pk, site=site)
    form = ResumeForm(request.POST or None)

    def write(given: Given) -> None:
        rollout.resume(request.actor, paused, given["until"])

    return _recorded(request, site, form, _("Record that it goes on"), write)


def hand_over(request: ViewerRequest, code: str) -> HttpResponse:
    """Handed over under a contract, by who may see contracts: for others there would be none to choose."""
    request.actor.require(Permission.RECORD_ROLLOUT)
    request.actor.require(Permission.SEE_CONTRACTS)
    site = visible_site(request, code)
    form = HandoverForm(request.POST or None, request.FILES or None, scope=request.scope)

    def write(given: Given) -> None:
        proof = kept(request, given["evidence"])
        number = given["document_number"]
        rollout.hand_over(request.actor, site, given["contract"], number, given["at"], evidence=proof)

    return _recorded(request, site, form, _("Record the hand-over"), write)


def withdraw(request: ViewerRequest, code: str, track: str, pk: int) -> HttpResponse:
    """Take a wrong line back; the log keeps it."""
    request.actor.require(Permission.RECORD_ROLLOUT)
    site = visible_site(request, code)
    row: NetworkEvent | InternetEvent
    if track == NETWORK:
        row = get_object_or_404(NetworkEvent, pk=pk, site=site)
    elif track == INTERNET:
        row = get_object_or_404(InternetEvent, pk=pk, site=site)
    else:
        raise Http404
    form = WithdrawForm(request.POST or None)

    def write(given: Given) -> None:
        rollout.withdraw(request.actor, row, given["reason"])

    return _recorded(request, site, form, _("Take a line of the story back"), write, row)


def kept(request: ViewerRequest, file: Any) -> Evidence | None:
    """The uploaded file as evidence, or nothing."""
    if file is None:
        return None
    return keep(request.actor, file.name, file.content_type or "application/octet-stream", file)


def _recorded(
    request: ViewerRequest,
    site: Site,
    form: forms.Form,
    title: str | Promise,
    write: Callable[[Given], None],
    row: NetworkEvent | InternetEvent | None = None,
) -> HttpResponse:
    """Show the form; when it is sent, write file and line together, or say what is wrong and write nothing."""
    if request.method == "POST" and form.is_valid():
        try:
            with kept_together():
                write(form.cleaned_data)
        except Problem as problem:
            form.add_error(None, said(problem))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Recorded."))
            return redirect("site", site.code)
    context = {"site": site, "form": form, "title": title, "row": row}
    return render(request, "sites/record.html", context, status=form_status(form))


urlpatterns = [
    path("sites/<code:code>/record/stall/", stall, name="site_stall"),
    path("sites/<code:code>/record/handover/", hand_over, name="site_handover"),
    path("sites/<code:code>/record/resume/<int:pk>/", resume, name="site_resume"),
    path("sites/<code:code>/record/<str:track>/", step, name="site_step"),
    path("sites/<code:code>/withdraw/<str:track>/<int:pk>/", withdraw, name="site_withdraw"),
]
