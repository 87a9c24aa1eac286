"""A plan on its way or on trial, and what became of it: seen live by everybody who sees the whole network.

`/traffic/trial/<gateway>/` is the panel alone; keeping, taking back and going back are three buttons, each a POST.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from simpul.people.errors import Refusal
from simpul.people.logic.rights import Permission
from simpul.record.change import change
from simpul.register.models import Device
from simpul.traffic import reports
from simpul.traffic import service as traffic
from simpul.traffic.logic.standing import SILENT_SECONDS
from simpul.traffic.models import PlanVersion
from simpul.traffic.service.reading import open_plan, plan_in_force, trial_left_s
from simpul.traffic.service.trials import refuse_busy
from simpul.web.fragments import fragment
from simpul.web.middleware import ViewerRequest
from simpul.web.share_words import TONES, kept_reason

State = PlanVersion.State
# So long the page still says what became of a trial.
FRESH = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Trial:
    """The newest order at a gateway; `before` is the plan that one may return to."""

    version: PlanVersion
    now: datetime
    may_share: bool
    silent: bool
    before: PlanVersion | None
    # Seconds until it goes back by itself.
    left_s: int = 0

    @property
    def ends(self) -> datetime:
        """When that is, by the wall clock of now."""
        return self.now + timedelta(seconds=self.left_s)

    @property
    def open(self) -> bool:
        """Whether something is still to happen."""
        return self.version.is_open

    @property
    def state(self) -> str:
        """`applying`, `applied`, `kept` (confirmed, the gateway not yet told), or what became of it."""
        return "kept" if self.version.state == State.APPLIED and self.version.wanted_at else self.version.state

    @property
    def key(self) -> str:
        """Changes when the panel has something else to say than how much time is left."""
        return f"{self.version.gateway.code}-{self.version.number}-{self.state}-{self.silent}"

    @property
    def tone(self) -> str:
        """Of the notice."""
        return TONES[State(self.version.state)] or "info"

    @property
    def may_keep(self) -> bool:
        """Whether the button is offered."""
        return self.may_share and self.state == State.APPLIED

    @property
    def may_take_back(self) -> bool:
        """Whether there is something to go back to at once."""
        return self.may_share and self.open and self.state != "kept" and self.before is not None

    @property
    def may_return(self) -> bool:
        """Whether one click leads back to the plan before."""
        return self.may_share and self.version.state == State.CONFIRMED and self.before is not None

    @property
    def reason(self) -> str:
        """Why it was refused or taken back."""
        return kept_reason(self.version.reason)


def trial_at(request: ViewerRequest, gateway: Device) -> Trial | None:
    """The trial at the gateway, or its outcome while that is news; None otherwise, and for who may not see plans."""
    now = timezone.now()
    rows = PlanVersion.objects.within(request.scope).select_related("gateway").filter(gateway=gateway)
    newest = rows.exclude(state=State.DRAFT).exclude(ordered_at=None).order_by("-number").first()
    if newest is None or not (newest.is_open or is_news(newest, now)):
        return None
    return Trial(
        version=newest,
        now=now,
        may_share=request.actor.may(Permission.SHARE_INTERNET),
        silent=newest.state == State.APPLYING and is_silent(gateway),
        before=before_of(newest),
        left_s=round(trial_left_s(settings.CONFIGURATION.data.run, newest, now)),
    )


def is_news(version: PlanVersion, now: datetime) -> bool:
    """Whether its end is worth a word still; that a first plan has confirmed itself is not."""
    by_itself = version.unattended and version.returned_to is None and version.state == State.CONFIRMED
    return not by_itself and version.ended_at is not None and abs(now - version.ended_at) < FRESH


def before_of(version: PlanVersion) -> PlanVersion | None:
    """The plan that was in force before it, if there was one."""
    return PlanVersion.objects.filter(gateway=version.gateway, number=version.base).exclude(confirmed_at=None).first()


def is_silent(gateway: Device) -> bool:
    """Whether nothing was heard of the gateway lately."""
    heard = reports.heard(settings.CONFIGURATION.data.run, gateway.code)
    return heard is None or heard.age_s() > SILENT_SECONDS


def panel(request: ViewerRequest, gateway: str) -> HttpResponse:
    """`/traffic/trial/<gateway>/`: asked for each second while a trial runs."""
    request.actor.require(Permission.SEE_NETWORK)
    if not request.scope.whole_network:
        raise Http404
    found = get_object_or_404(Device.objects.within(request.scope), code=gateway)
    page = {"trial": trial_at(request, found), "back": safe_back(request, reverse("traffic"))}
    return fragment(request, "share/trial.html", page)


@require_POST
def keep(request: ViewerRequest, gateway: str, number: int) -> HttpResponse:
    """The plan on trial stays."""
    version = _version(request, gateway, number)
    _said(request, lambda: traffic.confirm(request.actor, version))
    return redirect(safe_back(request, reverse("traffic-plan", args=[gateway, number])))


@require_POST
def take_back(request: ViewerRequest, gateway: str, number: int) -> HttpResponse:
    """End a trial at once instead of waiting: what is in force is ordered again and confirms itself."""
    version = _version(request, gateway, number)
    now = plan_in_force(version.gateway)
    trial = open_plan(version.gateway)
    if now is None or trial != version:
        messages.error(request, _("Plan %(number)s is not on trial any more.") % {"number": number})
    else:
        note = _("plan %(number)s taken back") % {"number": number}
        _said(request, lambda: traffic.return_to(request.actor, now, unattended=True, note=note))
    return redirect(safe_back(request, reverse("traffic-plan", args=[gateway, number])))


@require_POST
def go_back(request: ViewerRequest, gateway: str, number: int) -> HttpResponse:
    """Order an earlier plan once more, on trial; not while another is."""
    version = _version(request, gateway, number)

    def order() -> PlanVersion:
        # One change at a time: who comes second finds the order of the first, and does not replace it.
        with change(request.actor):
            refuse_busy(version.gateway)
            return traffic.return_to(request.actor, version)

    _said(request, order)
    return redirect(safe_back(request, reverse("traffic-plans")))


def safe_back(request: ViewerRequest, otherwise: str) -> str:
    """The page that the form or the panel stands on, if it is one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if url_has_allowed_host_and_scheme(wanted, None) and wanted.startswith("/") else otherwise


def _version(request: ViewerRequest, gateway: str, number: int) -> PlanVersion:
    request.actor.require(Permission.SEE_NETWORK)
    rows = PlanVersion.objects.within(request.scope).select_related("gateway__site")
    found = get_object_or_404(rows, gateway__code=gateway, number=number)
    request.actor.require(Permission.SHARE_INTERNET)
    return found


def _said(request: ViewerRequest, order: Callable[[], PlanVersion]) -> None:
    try:
        version = order()
    except Refusal as refusal:
        messages.error(request, refusal.shown())
        return
    if version.state == State.REFUSED:
        words = {"number": version.number, "reason": version.reason}
        messages.error(request, _("Plan %(number)s was refused: %(reason)s. Nothing was changed.") % words)


urlpatterns = [
    path("traffic/trial/<code:gateway>/", panel, name="traffic-trial"),
    path("traffic/plans/<code:gateway>/<int:number>/keep/", keep, name="traffic-keep"),
    path("traffic/plans/<code:gateway>/<int:number>/take-back/", take_back, name="traffic-take-back"),
    path("traffic/plans/<code:gateway>/<int:number>/return/", go_back, name="traffic-return"),
]
