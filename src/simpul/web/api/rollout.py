"""Where each site stands or stood, what happened to it, and recording what happened."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from ninja.responses import Status
from pydantic import Field

from simpul.people.logic.rights import Permission
from simpul.people.visibility import VisibleQuerySet
from simpul.register.logic.rollout import end_of_day, summary
from simpul.register.models import Contract, Site
from simpul.register.service.rollout import advance_network, change_internet, hand_over, stall, status_at
from simpul.web.api.errors import FAULTS, WRITE_FAULTS
from simpul.web.api.paging import Day, Moment, Page, Window, Word, page_of, refuse_unknown
from simpul.web.api.words import InternetWord, NetworkWord, SiteKind, SiteMedium, TrackWord
from simpul.web.middleware import ViewerRequest
from simpul.web.rollout_story import story_of

router = Router(tags=["roll-out"])
AskedDay = Annotated[Day | None, Field(description="Local day; its end is meant. Today if not given")]
Reason = Annotated[Word, Field(max_length=300)]
When = Annotated[Moment, Field(description="With offset, not in the future: 2023-03-14T09:00:00+07:00")]


class CountsAnswer(Schema):
    """Counts over sites that count: points of presence are left out."""

    sites: int
    network_lit: int
    internet_on: int
    not_joined: int


class SummaryAnswer(CountsAnswer):
    """The same as `simpul rollout status --json`."""

    at: date
    by_kind: dict[str, CountsAnswer]


class StatusAnswer(Schema):
    """One site at the end of one day."""

    code: str
    name: str
    kind: SiteKind
    organisation: str
    medium: SiteMedium
    network: NetworkWord
    network_since: datetime | None
    internet: InternetWord
    internet_since: datetime | None
    stalled_track: str
    stalled_reason: str
    stalled_since: datetime | None
    handed_over_at: datetime | None
    counted: bool


class HappeningAnswer(Schema):
    """One line of a site's story; `state` is empty unless `what` is network or internet."""

    at: datetime
    what: Literal["network", "internet", "stalled", "handed_over"]
    state: str
    reason: str


class RecordedAnswer(Schema):
    """What was written down."""

    site: str
    what: Literal["network", "internet", "stalled", "handed_over"]
    at: datetime
    recorded_by: str
    recorded_at: datetime


class DayQuery(Schema):
    """Which day."""

    at: AskedDay = None


class StatusWindow(Window):
    """Which day, and filters."""

    at: AskedDay = None
    kind: SiteKind | None = None
    network: NetworkWord | None = None
    internet: InternetWord | None = None


class NetworkBody(Schema):
    """A step of the network track."""

    state: NetworkWord
    at: When
    reason: Reason = ""


class InternetBody(Schema):
    """A step of the internet track."""

    state: InternetWord
    at: When
    reason: Reason = ""


class StallBody(Schema):
    """Nothing moves on a track."""

    track: TrackWord
    at: When
    reason: Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]*$")]


class HandoverBody(Schema):
    """A site is handed over under a contract."""

    contract: Word
    document_number: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
    at: When
    reason: Reason = ""


@router.get("", response={200: SummaryAnswer, **FAULTS}, operation_id="get_rollout_summary")
def get_rollout_summary(request: ViewerRequest, query: Query[DayQuery]) -> dict[str, Any]:
    """How many sites were joined at the end of a day, over all sites that the caller may see."""
    refuse_unknown(request, DayQuery)
    day, end = _end(query.at)
    return {"at": day, **asdict(summary(status_at(_sites(request), end)))}


@router.get("/sites", response={200: Page[StatusAnswer], **FAULTS}, operation_id="list_rollout_sites")
def list_rollout_sites(request: ViewerRequest, window: Query[StatusWindow]) -> dict[str, Any]:
    """Each site at the end of a day, by code; points of presence have `counted` false."""
    _, end = _end(window.at)
    sites = _sites(request).order_by("code")
    if window.kind:
        sites = sites.filter(kind=window.kind)
    rows = [
        row
        for row in status_at(sites, end)
        if window.network in (None, row.network) and window.internet in (None, row.internet)
    ]
    return page_of(request, rows, window)


@router.get("/sites/{code}/story", response={200: Page[HappeningAnswer], **FAULTS}, operation_id="list_site_story")
def list_site_story(request: ViewerRequest, code: Word, window: Query[Window]) -> dict[str, Any]:
    """Everything recorded of one site, oldest first."""
    site = _site(request, code)
    return page_of(request, story_of(Site.objects.filter(pk=site.pk)), window)


@router.post(
    "/sites/{code}/network", response={201: RecordedAnswer, **WRITE_FAULTS}, operation_id="record_network_step"
)
def record_network_step(request: ViewerRequest, code: Word, body: NetworkBody) -> Status[dict[str, Any]]:
    """Record that the network of a site reached a step. Refused with 409 where the story would not fit."""
    row = advance_network(request.actor, _site(request, code), body.state, body.at, reason=body.reason)
    return Status(201, _recorded(code, "network", row))


@router.post(
    "/sites/{code}/internet", response={201: RecordedAnswer, **WRITE_FAULTS}, operation_id="record_internet_step"
)
def record_internet_step(request: ViewerRequest, code: Word, body: InternetBody) -> Status[dict[str, Any]]:
    """Record that the internet of a site was ordered, switched on or cut off."""
    row = change_internet(request.actor, _site(request, code), body.state, body.at, reason=body.reason)
    return Status(201, _recorded(code, "internet", row))


@router.post("/sites/{code}/stalls", response={201: RecordedAnswer, **WRITE_FAULTS}, operation_id="record_stall")
def record_stall(request: ViewerRequest, code: Word, body: StallBody) -> Status[dict[str, Any]]:
    """Record that nothing moves on a track, and why. The next step forward ends it."""
    row = stall(request.actor, _site(request, code), body.track, body.at, body.reason)
    return Status(201, _recorded(code, "stalled", row))


@router.post("/sites/{code}/handovers", response={201: RecordedAnswer, **WRITE_FAULTS}, operation_id="record_handover")
def record_handover(request: ViewerRequest, code: Word, body: HandoverBody) -> Status[dict[str, Any]]:
    """Record that a site was handed over (BAST); once per contract."""
    site = _site(request, code)
    request.actor.require(Permission.SEE_CONTRACTS)
    contract = get_object_or_404(Contract.objects.within(request.scope), code=body.contract)
    row = hand_over(request.actor, site, contract, body.document_number, body.at, reason=body.reason)
    return Status(201, _recorded(code, "handed_over", row))


def _sites(request: ViewerRequest) -> VisibleQuerySet[Site]:
    request.actor.require(Permission.SEE_NETWORK)
    return Site.objects.within(request.scope)


def _site(request: ViewerRequest, code: str) -> Site:
    return get_object_or_404(_sites(request), code=code)


def _end(day: date | None) -> tuple[date, datetime]:
    day = day or timezone.localdate()
    return day, end_of_day(day, timezone.get_current_timezone())


def _recorded(code: str, what: str, row: Any) -> dict[str, Any]:
    return {"site": code, "what": what, "at": row.at, "recorded_by": row.recorded_by, "recorded_at": row.recorded_at}
