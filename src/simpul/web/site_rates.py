"""`/sites/<code>/rates.json` and `.csv`: how much a site used of its share, for its chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Permission
from simpul.register.models import Site
from simpul.store.samples import Chart
from simpul.web.list_files import FORMATS, download
from simpul.web.lists import Column
from simpul.web.middleware import ViewerRequest
from simpul.web.store_charts import CHARTS, REST_SECONDS, made_until

RANGES = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
USUAL = "24h"
DOWN, UP, SHARE, SHARE_UP = METRICS = ("site.down_bps", "site.up_bps", "site.share_down_bps", "site.share_up_bps")


@dataclass(frozen=True, slots=True)
class Point:
    """One step of the chart: means of download, upload and both shares in bit/s, None where nothing was measured.

    `made`: invented for a demonstration.
    """

    at: datetime
    values: tuple[float | None, ...]
    made: bool


def range_of(request: ViewerRequest) -> str:
    """The range that the address asks for; an odd one is the usual one."""
    asked = request.GET.get("range", USUAL)
    return asked if asked in RANGES else USUAL


def rates(request: ViewerRequest, code: str, suffix: str) -> HttpResponse:
    """For a site that the visitor sees. As a file for whoever may take files away."""
    request.actor.require(Permission.SEE_NETWORK)
    if suffix != "json" and suffix not in FORMATS:
        raise Http404
    site = get_object_or_404(Site.objects.within(request.scope).only("code", "name"), code=code)
    span = range_of(request)
    if suffix != "json":
        request.actor.require(Permission.EXPORT)
        return as_file(site, span, suffix)
    response = JsonResponse(history(settings.CONFIGURATION.data.store_socket, site.code, span, timezone.now()))
    response["Cache-Control"] = "private, no-store"
    return response


def history(where: Path, code: str, span: str, now: datetime) -> dict[str, Any]:
    """`{"away": bool, "step": seconds, "times": [...], "down": [...], "up": [...], "share": [...], "made": seconds}`.

    `away`: the store does not answer. Lists are equally long; null is a gap. `made` is the last time whose values were
    invented for a demonstration, or null.
    """
    found = asked(where, code, span, now)
    if found is None:
        return {"away": True, "step": 0, "times": [], "down": [], "up": [], "share": [], "made": None}
    return {
        "away": False,
        "step": found.step,
        "times": found.times,
        "down": _whole(found, DOWN, code),
        "up": _whole(found, UP, code),
        "share": _whole(found, SHARE, code),
        "made": made_until(found),
    }


def asked(where: Path, code: str, span: str, now: datetime) -> Chart | None:
    """What the store has of a range; None where it does not answer."""
    return CHARTS.ask(where, METRICS, [code], now - RANGES[span], now)


def as_file(site: Site, span: str, suffix: str) -> HttpResponse:
    """What the chart draws, a row for each step. While the store is away no file: an empty one would say "no use"."""
    found = asked(settings.CONFIGURATION.data.store_socket, site.code, span, timezone.now())
    if found is None:
        said = gettext("The history is not available now. Ask for the file again in a moment.")
        return HttpResponse(
            said, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": str(REST_SECONDS)}
        )
    return download(
        f"{site.code.lower()}-{span}", COLUMNS, _points(found, site.code), suffix, site.name, str(NAMES[span])
    )


def _points(found: Chart, code: str) -> Iterator[Sequence[Point]]:
    lines = [found.lines[metric][code].mean for metric in METRICS]
    rows = zip(found.times, zip(*lines, strict=True), found.made, strict=True)
    return iter([[Point(datetime.fromtimestamp(at, UTC), values, made) for at, values, made in rows]])


def _whole(found: Chart, metric: str, code: str) -> list[int | None]:
    return [None if value is None else round(value) for value in found.lines[metric][code].mean]


def _column(place: int, key: str, label: Any) -> Column[Point]:
    def value(point: Point) -> int | None:
        rate = point.values[place]
        return None if rate is None else round(rate)

    return Column(key, label, value)


NAMES = {"24h": _("24 hours"), "7d": _("7 days"), "30d": _("30 days")}
COLUMNS: list[Column[Point]] = [
    Column("at", _("From"), lambda point: timezone.localtime(point.at).isoformat(timespec="minutes")),
    _column(0, "down_bps", _("Download, bit/s")),
    _column(1, "up_bps", _("Upload, bit/s")),
    _column(2, "share_down_bps", _("Share of the download, bit/s")),
    _column(3, "share_up_bps", _("Share of the upload, bit/s")),
    Column("made", _("Sample data"), lambda point: point.made),
]

urlpatterns = [path("sites/<code:code>/rates.<str:suffix>", rates, name="site-rates")]
