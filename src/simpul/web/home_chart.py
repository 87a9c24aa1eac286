"""`/now/uplinks.json`: how much internet came in over the last 24 hours, for the chart of the staff's home."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone

from simpul.people.logic.rights import Permission
from simpul.register.models import Uplink
from simpul.web.middleware import ViewerRequest
from simpul.web.store_charts import CHARTS, made_until

HOURS = 24
METRIC = "uplink.down_bps"


@login_required
def uplinks(request: HttpRequest) -> HttpResponse:
    """Download of each way out that the visitor sees."""
    viewer: ViewerRequest = request  # type: ignore[assignment]  # the middleware has made it one
    viewer.actor.require(Permission.SEE_NETWORK)
    refs = list(Uplink.objects.within(viewer.scope).order_by("code").values_list("code", flat=True))
    response = JsonResponse(history(settings.CONFIGURATION.data.store_socket, refs, timezone.now()))
    response["Cache-Control"] = "private, no-store"
    return response


def history(where: Path, refs: list[str], now: datetime) -> dict[str, Any]:
    """`{"answered": bool, "step": seconds, "times": [...], "series": {code: [bit/s or null]}, "made": seconds}`.

    From the first measured moment on; times in seconds since 1970. `answered` is false where the store is away: the
    past is then unknown, not empty. `made` is the last time whose values were invented for a demonstration, or null.
    """
    nothing: dict[str, Any] = {"answered": True, "step": 0, "times": [], "series": {}, "made": None}
    if not refs:
        return nothing
    found = CHARTS.ask(where, [METRIC], refs, now - timedelta(hours=HOURS), now)
    if found is None:
        # A page without a chart's past is better than no page: the chart then begins with this minute.
        return nothing | {"answered": False}
    lines = {code: line.mean for code, line in found.lines[METRIC].items()}
    first = min(_first(values) for values in lines.values())
    return {
        "answered": True,
        "step": found.step,
        "times": found.times[first:],
        "series": {code: [None if v is None else round(v) for v in values[first:]] for code, values in lines.items()},
        "made": made_until(found),
    }


def _first(values: list[float | None]) -> int:
    return next((i for i, value in enumerate(values) if value is not None), len(values))


urlpatterns = [path("now/uplinks.json", uplinks, name="home-uplinks")]
