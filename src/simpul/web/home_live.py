"""What the staff's home shows of this moment: open alarms, the internet in use, who uses most.

The page is made with what the process heard last; afterwards the feed keeps it up to date, and only the list of alarms
is asked for again, since its sentences are written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from simpul.people.logic.rights import Permission, Scope
from simpul.register.models import Site, Uplink
from simpul.traffic.models import SiteShare
from simpul.watch.models import Alarm
from simpul.web import figures
from simpul.web.alarm_lines import TONES, line_of, reader_of
from simpul.web.fragments import fragment
from simpul.web.last_values import last_rows
from simpul.web.middleware import ViewerRequest

MOST_ALARMS = 6
MOST_USERS = 8
Rows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class UserLine:
    """One site's download: its rate, and both marks of its bar as a share of the longest bar."""

    code: str
    name: str
    rate: str
    used: str
    guarantee: str


@login_required
def alarms(request: HttpRequest) -> HttpResponse:
    """The parts of the home that speak of alarms; asked for when the feed says that something changed."""
    viewer: ViewerRequest = request  # type: ignore[assignment]  # the middleware has made it one
    viewer.actor.require(Permission.SEE_NETWORK)
    return fragment(request, "home/alarms.html", {"alarms": open_alarms(viewer.scope)})


def open_alarms(scope: Scope) -> dict[str, Any]:
    """How many are open and how bad, and the first of them: the worst, then the newest. One query for the staff."""
    now, reader = timezone.now(), reader_of(scope)
    found = list(Alarm.objects.within(scope).filter(closed_at=None).select_related("party", "silence"))
    order = list(Alarm.Severity)
    found.sort(key=lambda alarm: (order.index(Alarm.Severity(alarm.severity)), -alarm.opened_at.timestamp()))
    worst = found[0].severity if found else ""
    return {
        "count": len(found),
        "tone": TONES[Alarm.Severity(worst)] if worst else "ok",
        "note": _note(found, now),
        "lines": [line_of(alarm, reader, now) for alarm in found[:MOST_ALARMS]],
        "more": max(len(found) - MOST_ALARMS, 0),
    }


def _note(found: list[Alarm], now: datetime) -> str:
    if not found:
        return _("no fault is known")
    counts = [(severity.label, sum(a.severity == severity for a in found)) for severity in Alarm.Severity]
    said = [f"{figures.number(count)} {label}" for label, count in counts if count]
    quiet = sum(alarm.in_maintenance(now) for alarm in found)
    if quiet:
        said.append(_("%(number)s in maintenance") % {"number": figures.number(quiet)})
    return " · ".join(said)


def internet(request: ViewerRequest) -> dict[str, Any]:
    """Internet used of bought, over all ways out."""
    bought = list(Uplink.objects.within(request.scope).order_by("code").values("code", "name", "down_bps", "up_bps"))
    rows = last_rows(request, "uplinks")
    used = _sum(row.get("down") for row in rows.values())
    return {
        "used": figures.rate_brief(used),
        "bought": figures.rate_brief(sum(row["down_bps"] for row in bought)),
        "share": _percent(used, sum(row["down_bps"] for row in bought)),
        "ways": bought,
    }


def top_users(request: ViewerRequest) -> list[UserLine]:
    """Whose download is the largest now; empty while nothing is known."""
    rows = {code: row for code, row in last_rows(request, "sites").items() if row.get("down")}
    most = sorted(rows, key=lambda code: (-rows[code]["down"], code))[:MOST_USERS]
    names = dict(Site.objects.within(request.scope).filter(code__in=most).values_list("code", "name"))
    shares = SiteShare.objects.within(request.scope).filter(site__code__in=most)
    return user_lines(rows, names, dict(shares.values_list("site__code", "guarantee_down_bps")))


def user_lines(rows: Rows, names: Mapping[str, str], guarantees: Mapping[str, int]) -> list[UserLine]:
    """The lines of `names`, largest first; all bars share one scale, so that they can be compared."""
    most = sorted(names, key=lambda code: (-rows[code]["down"], code))
    longest = max((max(rows[code]["down"], guarantees.get(code, 0)) for code in most), default=1)
    return [
        UserLine(
            code,
            names[code],
            figures.rate_brief(rows[code]["down"]),
            _percent(rows[code]["down"], longest),
            _percent(guarantees[code], longest) if guarantees.get(code) else "",
        )
        for code in most
    ]


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _percent(part: float | None, whole: float) -> str:
    """As an SVG length; text, because a page would write 12.5 as 12,5."""
    return f"{min(max((part or 0) / whole, 0), 1) * 100:.2f}" if whole else "0"


def words() -> dict[str, str]:
    """What the page's scripts say, in the reader's language."""
    return {
        "map": _("Map of the network"),
        "inset": _("Map of the dense part: %(name)s"),
        "dense": _("Dense part"),
        "up": _("up"),
        "down": _("down"),
        "unknown": _("unknown"),
        "planned": _("planned"),
        "notJoined": _("not joined yet"),
        "cut": _("cut"),
        "of": _("of"),
        "guarantee": _("guarantee"),
        "leased": _("leased"),
        "network": _("Network"),
        "internet": _("Internet"),
        "download": _("download"),
        "upload": _("upload"),
        "wheel": _("Hold Ctrl and turn the wheel to zoom the map"),
        "wheelMac": _("Hold ⌘ and turn the wheel to zoom the map"),
        "fingers": _("Move the map with two fingers"),
        "failed": _("The map cannot be drawn in this browser. Its values stand in the table."),
        "bought": _("bought"),
        "total": _("in use"),
        "since": _("since %(time)s"),
        "day": _("24 hours"),
        "noPast": _("history does not answer"),
    }


urlpatterns = [path("now/alarms/", alarms, name="home-alarms")]
