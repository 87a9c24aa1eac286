"""The page of one alarm: cause, effect, party, what happened to it; and what people do with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Case, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from simpul.people.errors import Refusal
from simpul.people.logic.rights import Permission
from simpul.register.models import Site
from simpul.watch import service, text
from simpul.watch.models import Alarm, AlarmComment
from simpul.web.alarm_lines import Reader, line_of, reader_of
from simpul.web.alarm_story import story_of
from simpul.web.fragments import fragment
from simpul.web.middleware import ViewerRequest

MOST_SITES = 100
LONGEST_COMMENT = 2000


@dataclass(frozen=True, slots=True)
class Hit:
    """A site that lost something by it."""

    site: Site
    network_lost: bool


class CommentForm(forms.Form):
    """What the next person should know."""

    text = forms.CharField(
        label=_("Comment"), max_length=LONGEST_COMMENT, widget=forms.Textarea(attrs={"rows": 2}), strip=True
    )


def visible_alarm(request: ViewerRequest, pk: int) -> Alarm:
    """The alarm, or 404 for one that the visitor may not see."""
    return get_object_or_404(Alarm.objects.within(request.scope).select_related("party", "silence"), pk=pk)


def alarm(request: ViewerRequest, pk: int) -> HttpResponse:
    """`/alarms/<pk>/`; with the header `X-Fragment` only what may change by itself."""
    request.actor.require(Permission.SEE_NETWORK)
    found = visible_alarm(request, pk)
    context = about(request, found)
    if request.headers.get("X-Fragment"):
        return fragment(request, "alarms/now.html", context)
    return render(request, "alarms/alarm.html", {**context, "form": CommentForm()})


def about(request: ViewerRequest, found: Alarm) -> dict[str, Any]:
    """Everything the page says of an alarm to this visitor."""
    reader = reader_of(request.scope)
    comments = list(AlarmComment.objects.within(request.scope).filter(alarm=found))
    return {
        "alarm": found,
        "line": line_of(found, reader, timezone.now()),
        "own": reader.own(found),
        "others": text.others(found) if reader.whole else "",
        "together": text.together(found) if reader.whole else "",
        "seen": evidence(found) if reader.whole else [],
        "hit": hits(request, found),
        "story": story_of(found, reader, comments),
        "whole": reader.whole,
        "knows_number": bool(found.service_number) and reader_knows_number(found, reader),
        "may_handle": request.actor.may(Permission.HANDLE_ALARMS),
    }


def reader_knows_number(found: Alarm, reader: Reader) -> bool:
    """The service number is told to those who run the network and to the provider itself."""
    return reader.whole or found.party_id in reader.parties


def hits(request: ViewerRequest, found: Alarm) -> list[Hit]:
    """The affected sites that the visitor sees, those without network first."""
    lost = set(found.sites)
    sites = Site.objects.within(request.scope).filter(code__in=[*found.sites, *found.without_internet])
    # Sorted before it is cut: over a long list without internet, none without network may be left out.
    sites = sites.order_by(Case(When(code__in=found.sites, then=0), default=1), "name")
    return [Hit(site, site.code in lost) for site in sites.select_related("organisation")[:MOST_SITES]]


def evidence(found: Alarm) -> list[tuple[str, str, str]]:
    """What was asked, and what it said: (name, code, `up` / `down` / `unknown`), at most a dozen."""
    answers: dict[str, Any] = found.evidence.get("answers") or {}
    ports: dict[str, Any] = found.evidence.get("ports") or {}
    seen = [(found.named(code), code, str(state)) for code, state in answers.items()]
    for code, ends in ports.items():
        states = {str(state) for state in ends}
        seen.append((found.named(code), code, "down" if "down" in states else "up" if states == {"up"} else "unknown"))
    return seen[:12]


@require_POST
def acknowledge(request: ViewerRequest, pk: int) -> HttpResponse:
    """Somebody looks after it."""
    request.actor.require(Permission.HANDLE_ALARMS)
    found = visible_alarm(request, pk)
    try:
        service.acknowledge(request.actor, found)
    except Refusal as refusal:
        messages.warning(request, refusal.shown())
    else:
        messages.success(request, _("You look after this alarm. It stays open until its cause is gone."))
    return redirect("alarm", pk)


@require_POST
def comment(request: ViewerRequest, pk: int) -> HttpResponse:
    """Write something on it."""
    request.actor.require(Permission.HANDLE_ALARMS)
    found = visible_alarm(request, pk)
    form = CommentForm(request.POST)
    if form.is_valid():
        service.comment(request.actor, found, form.cleaned_data["text"])
        return redirect("alarm", pk)
    return render(request, "alarms/alarm.html", {**about(request, found), "form": form}, status=422)


urlpatterns = [
    path("alarms/<int:pk>/", alarm, name="alarm"),
    path("alarms/<int:pk>/acknowledge/", acknowledge, name="alarm-acknowledge"),
    path("alarms/<int:pk>/comment/", comment, name="alarm-comment"),
]
