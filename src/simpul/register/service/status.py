"""Where sites stood at a moment, from the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from simpul.people.visibility import VisibleQuerySet
from simpul.register.logic.rollout import Pause, SiteStatus, StoryLine, last_before, pause_at, state_at
from simpul.register.models import Handover, InternetEvent, NetworkEvent, Site, Stall
from simpul.register.service.tracks import pause_of

# Up to here the sites are listed by number in the queries; past it all stories are read and the others left.
_LISTED = 5000


def status_at(sites: VisibleQuerySet[Site], at: datetime) -> list[SiteStatus]:
    """Where each of the sites stood at `at`, in the queryset's order. Six queries, however many sites."""
    rows = list(sites.select_related("organisation"))
    scope = None if len(rows) > _LISTED else [site.pk for site in rows]
    network = _stories(NetworkEvent.objects.filter(at__lte=at), scope)
    internet = _stories(InternetEvent.objects.filter(at__lte=at), scope)
    pauses: dict[int, list[Pause]] = defaultdict(list)
    for row in _of_sites(Stall.objects.filter(at__lte=at), scope):
        pauses[row.site_id].append(pause_of(row))
    handed: dict[int, list[datetime]] = defaultdict(list)
    for site_id, moment in _of_sites(Handover.objects.filter(at__lte=at), scope).values_list("site_id", "at"):
        handed[site_id].append(moment)
    return [_status(site, at, network[site.pk], internet[site.pk], pauses[site.pk], handed[site.pk]) for site in rows]


def _stories(rows: Any, scope: list[int] | None) -> dict[int, list[StoryLine]]:
    stories: dict[int, list[StoryLine]] = defaultdict(list)
    listed = _of_sites(rows, scope).order_by("site_id", "at", "id")
    for site_id, at, state, reason in listed.values_list("site_id", "at", "state", "reason"):
        stories[site_id].append(StoryLine(at, state, reason))
    return stories


def _of_sites(rows: Any, scope: list[int] | None) -> Any:
    return rows if scope is None else rows.filter(site_id__in=scope)


def _status(
    site: Site,
    at: datetime,
    network: Iterable[StoryLine],
    internet: Iterable[StoryLine],
    pauses: Iterable[Pause],
    handed: Iterable[datetime],
) -> SiteStatus:
    lit, lit_since = state_at(list(network), at)
    on, on_since = state_at(list(internet), at)
    pause = pause_at(pauses, at)
    return SiteStatus(
        code=site.code,
        name=site.name,
        kind=site.kind,
        organisation=site.organisation.name,
        medium=site.medium,
        network=lit,
        network_since=lit_since,
        internet=on,
        internet_since=on_since,
        stalled_reason=pause.reason if pause else "",
        stalled_since=pause.at if pause else None,
        handed_over_at=last_before(handed, at),
        counted=site.kind != Site.Kind.POP,
        stalled_track=pause.track if pause else "",
        site_id=site.pk,
    )
