"""`/map/elements.json`: what the map draws, as the register has it; live values come by the feed.

Made once for each scope and state of the log, kept compressed, and answered by its ETag: a page that comes back costs
one small query.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import lru_cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import path
from django.utils import timezone

from simpul.people.logic.rights import Permission, Scope
from simpul.record.models import LogHead
from simpul.register.logic.rollout import LIT, ON
from simpul.register.models import Link, Site, Uplink
from simpul.traffic.models import SiteShare
from simpul.web.map_inset import around, dense_part
from simpul.web.middleware import ViewerRequest
from simpul.web.site_rows import with_lamps

# A step of the roll-out may be recorded for a moment that is still to come.
FRESH_SECONDS = 300
DECIMALS = 5
WHOLE = Scope(whole_network=True)
_ENDS = ("interface_a__device__site", "interface_b__device__site")


def elements(scope: Scope) -> dict[str, Any]:
    """Sites, links and ways out that a scope sees. Four queries. A link is drawn where both its sites are seen."""
    sites = _sites(scope)
    drawn = [(site["x"], site["y"]) for site in sites if site["x"] is not None]
    box, dense = around(drawn), dense_part(drawn)
    return {
        "format": 1,
        "box": box.as_list() if box else None,
        "dense": dense.as_list() if dense else None,
        "sites": sites,
        "links": _links(scope, {site["code"] for site in sites}),
        "uplinks": list(Uplink.objects.within(scope).order_by("code").values("code", "name", "down_bps", "up_bps")),
    }


def _sites(scope: Scope) -> list[dict[str, Any]]:
    shares = SiteShare.objects.within(scope).values_list("site_id", "guarantee_down_bps", "ceiling_down_bps")
    promised = {site: (guarantee, ceiling) for site, guarantee, ceiling in shares}
    rows = with_lamps(Site.objects.within(scope), timezone.now()).order_by("code")
    return [
        {
            "code": row["code"],
            "name": row["name"],
            "kind": row["kind"],
            "x": _short(row["longitude"]),
            "y": _short(row["latitude"]),
            # A point of presence carries the network; nobody records steps for it.
            "lit": row["kind"] == Site.Kind.POP or row["network_state"] == LIT,
            "on": row["internet_state"] == ON,
            "guarantee": promised.get(row["pk"], (None, None))[0],
            "ceiling": promised.get(row["pk"], (None, None))[1],
        }
        for row in rows.values("pk", "code", "name", "kind", "longitude", "latitude", "network_state", "internet_state")
    ]


def _links(scope: Scope, sites: set[str]) -> list[dict[str, Any]]:
    rows = Link.objects.within(scope).order_by("code")
    rows = rows.values("code", "capacity_bps", "is_planned", "circuit__kind", *(f"{end}__code" for end in _ENDS))
    found = []
    for row in rows:
        a, b = (row[f"{end}__code"] for end in _ENDS)
        if a in sites and b in sites:
            leased = row["circuit__kind"] == "leased"
            capacity = row["capacity_bps"]
            found.append(
                {"code": row["code"], "a": a, "b": b, "bps": capacity, "planned": row["is_planned"], "leased": leased}
            )
    return found


def _short(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, DECIMALS)


@lru_cache(maxsize=64)
def _packed(scope: Scope, _stamp: tuple[str, int]) -> tuple[str, bytes]:
    text = json.dumps(elements(scope), ensure_ascii=False, separators=(",", ":")).encode()
    return f'W/"{hashlib.sha256(text).hexdigest()[:16]}"', gzip.compress(text, 6, mtime=0)


def packed(scope: Scope) -> tuple[str, bytes]:
    """ETag and gzip. Every change of the register stands in the log: while nothing is written there, nothing is new."""
    head = LogHead.objects.values_list("hash", flat=True).first() or ""
    stamp = (head, int(timezone.now().timestamp() // FRESH_SECONDS))
    # Who sees the whole network sees the same of it here, whatever else their roles say.
    return _packed(WHOLE if scope.whole_network else scope, stamp)


@login_required
def answer(request: HttpRequest) -> HttpResponse:
    """The elements, compressed as they are kept."""
    viewer: ViewerRequest = request  # type: ignore[assignment]  # the middleware has made it one
    viewer.actor.require(Permission.SEE_NETWORK)
    etag, body = packed(viewer.scope)
    if request.headers.get("If-None-Match", "") == etag:
        response: HttpResponse = HttpResponseNotModified()
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(body, content_type="application/json", headers={"Content-Encoding": "gzip"})
    else:
        response = HttpResponse(gzip.decompress(body), content_type="application/json")
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Accept-Encoding, Cookie"
    return response


urlpatterns = [path("map/elements.json", answer, name="map-elements")]
