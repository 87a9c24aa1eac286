"""`/now/uplinks.json`: how much internet came in over the last hours, for the chart of the staff's home."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone

from simpul.kit.problem import Problem
from simpul.people.logic.rights import Permission
from simpul.register.models import Uplink
from simpul.store.client import Client
from simpul.store.samples import series
from simpul.web.middleware import ViewerRequest

HOURS = 12
STEP_SECONDS = 120
METRIC = "uplink.down_bps"
NOTHING: dict[str, Any] = {"times": [], "series": {}}


@login_required
def uplinks(request: HttpRequest) -> HttpResponse:
    """Download of each way out that the visitor sees; empty where nothing was kept, or the store is away."""
    viewer: ViewerRequest = request  # type: ignore[assignment]  # the middleware has made it one
    viewer.actor.require(Permission.SEE_NETWORK)
    refs = list(Uplink.objects.within(viewer.scope).order_by("code").values_list("code", flat=True))
    response = JsonResponse(history(settings.CONFIGURATION.data.store_socket, refs, timezone.now()))
    response["Cache-Control"] = "private, no-store"
    return response


def history(where: Path, refs: list[str], now: datetime) -> dict[str, Any]:
    """`{"times": [seconds since 1970], "series": {code: [bit/s or null]}}`, from the first measured moment on."""
    # A page without a chart's past is better than no page: the chart then begins with this minute.
    if not refs or not where.exists():
        return NOTHING
    try:
        found = series(Client(where), METRIC, refs, now - timedelta(hours=HOURS), now, STEP_SECONDS)
    except Problem:
        return NOTHING
    one = found[refs[0]]
    first = min((_first(line.mean) for line in found.values()), default=0)
    start = int(one.start.timestamp())
    return {
        "times": [start + STEP_SECONDS * i for i in range(first, len(one.mean))],
        "series": {code: [None if v is None else round(v) for v in line.mean[first:]] for code, line in found.items()},
    }


def _first(values: list[float | None]) -> int:
    return next((i for i, value in enumerate(values) if value is not None), len(values))


urlpatterns = [path("now/uplinks.json", uplinks, name="home-uplinks")]
