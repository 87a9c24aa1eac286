"""How a site is at this moment: both lamps live, its use, its alarms, its way out; and the sentence about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from simpul.people.logic.rights import Permission
from simpul.register.models import Device, Link, Site, Uplink
from simpul.watch.models import Alarm
from simpul.web import figures
from simpul.web.alarm_lines import AlarmLine, Reader, line_of, reader_of
from simpul.web.fragments import fragment
from simpul.web.last_values import last_rows
from simpul.web.map_table import DOWN, STATES, UNKNOWN, UP, State
from simpul.web.middleware import ViewerRequest
from simpul.web.network_graph import NETWORKS
from simpul.web.site_story import Standing, standing, story_rows
from simpul.web.site_way import Seen, way_of

MOST_OPEN, MOST_PAST = 20, 5


@dataclass(frozen=True, slots=True)
class Now:
    """Live state of one site. Rates in bit/s, None while nobody counts; `alarm` is the open one that cuts it off."""

    network: State
    internet: State
    down: int | None = None
    up: int | None = None
    guarantee: int | None = None
    alarm: AlarmLine | None = None

    @property
    def broken(self) -> bool:
        """Whether something is wrong that people here feel."""
        return DOWN in (self.network.key, self.internet.key) or self.alarm is not None


def guarantee_of(site: Site) -> int | None:
    """What the site is promised of the download in bit/s; None where it has no share, or nothing is promised."""
    return site.share.guarantee_down_bps or None if hasattr(site, "share") else None


def now_of(row: dict[str, Any], open_: list[AlarmLine], code: str, guarantee: int | None) -> Now:
    """Out of a row of the feed and the open alarms; what nobody has said is unknown."""
    cutting = [line for line in open_ if code in line.sites]
    return Now(
        network=_state(row.get("network")),
        internet=_state(row.get("internet")),
        down=row.get("down"),
        up=row.get("up"),
        guarantee=guarantee,
        alarm=cutting[0] if cutting else None,
    )


def sentence(name: str, stands: Standing, now: Now) -> str:
    """The answer to "how is my office?": what is wrong and since when, or what is used of what.

    What was decided or is not built yet is told before what the probes say of it; what nobody knows is told as such.
    """
    if told := _of_the_register(stands):
        return told % {"name": name}
    network_lost = now.network.key == DOWN or (now.alarm is not None and name_lost(now.alarm, "sites"))
    if network_lost:
        return _with_since(_("%(name)s is without network") % {"name": name}, now)
    if not stands.internet.shining:
        stalled = stands.internet.pause is not None
        said = (
            _("%(name)s is joined, its internet is stalled") if stalled else _("%(name)s is joined, without internet")
        )
        return said % {"name": name}
    if now.internet.key == DOWN or now.alarm is not None:
        return _with_since(_("%(name)s is without internet") % {"name": name}, now)
    return _fine(name, now)


def _of_the_register(stands: Standing) -> str:
    if not stands.network.shining:
        return _("%(name)s is stalled") if stands.network.pause else _("%(name)s is not joined yet")
    if stands.internet.lamp.icon == "lamp-cut_off":
        return _("%(name)s is joined, its internet is cut off")
    return ""


def _fine(name: str, now: Now) -> str:
    words = {"name": name, "used": figures.rate_brief(now.down), "share": figures.rate(now.guarantee)}
    if UNKNOWN in (now.network.key, now.internet.key):
        return _("%(name)s is joined and has internet; how it is now is not known") % words
    if now.down is None or now.guarantee is None:
        return _("Internet of %(name)s is normal") % words
    return _("Internet of %(name)s is normal: %(used)s in use, share %(share)s") % words


def name_lost(line: AlarmLine, column: str) -> bool:
    """Whether one of the reader's sites is named in that column of the alarm."""
    return bool(set(line.sites).intersection(getattr(line.alarm, column)))


def _with_since(said: str, now: Now) -> str:
    if now.alarm is None:
        return said
    since = now.alarm.alarm.opened_at
    today = timezone.localdate(since) == timezone.localdate()
    when = figures.clock(since) if today else figures.moment(since)
    return _("%(what)s since %(time)s") % {"what": said, "time": when}


def alarms_at(request: ViewerRequest, site: Site) -> QuerySet[Alarm]:
    """Those that hit the site, and those of what stands there."""
    devices = Device.objects.within(request.scope).filter(site=site).order_by().values("code")
    hit = Alarm.objects.within(request.scope).filter(Q(affected=site) | Q(key__in=devices))
    return Alarm.objects.filter(pk__in=hit.order_by().values("pk")).select_related("party", "silence")


def lines_at(
    request: ViewerRequest, site: Site, reader: Reader, at: datetime
) -> tuple[list[AlarmLine], list[AlarmLine]]:
    """(open, lately past), newest first. One query."""
    over = Case(When(closed_at=None, then=Value(0)), default=Value(1))
    rows = alarms_at(request, site).order_by(over, "-closed_at", "-opened_at")[: MOST_OPEN + MOST_PAST]
    lines = [line_of(alarm, reader, at) for alarm in rows]
    past = [line for line in lines if not line.alarm.is_open]
    return [line for line in lines if line.alarm.is_open], past[:MOST_PAST]


def about(request: ViewerRequest, site: Site, stands: Standing) -> dict[str, Any]:
    """What the page of a site says of this moment."""
    at, reader = timezone.now(), reader_of(request.scope)
    open_, past = lines_at(request, site, reader, at)
    sites = last_rows(request, "sites")
    now = now_of(sites.get(site.code, {}), open_, site.code, guarantee_of(site))
    network = NETWORKS.now()
    way = way_of(network.graph, site.code, seen_by(request, reader, sites))
    return {
        "site": site,
        "standing": stands,
        "now": now,
        "guarantee": now.guarantee,
        "answer": sentence(site.name, stands, now) if site.kind != Site.Kind.POP else site.name,
        "way": way,
        "hops": [(hop, network.parties.get(hop.party)) for hop in way.hops],
        "outs": [(hop, network.parties.get(hop.party)) for hop in way.outs],
        "open_alarms": open_,
        "past_alarms": past,
        "sees_all_alarms": reader.whole,
    }


def seen_by(request: ViewerRequest, reader: Reader, sites: dict[str, dict[str, Any]]) -> Seen:
    """What is known, and what this visitor may be told of a way."""
    links, uplinks = last_rows(request, "links"), last_rows(request, "uplinks") if reader.whole else {}
    if reader.whole:
        return Seen(links, sites, uplinks)
    own = Link.objects.within(request.scope).order_by().values_list("code", flat=True)
    ways = Uplink.objects.within(request.scope).order_by().values_list("code", flat=True)
    return Seen(
        links,
        sites,
        uplinks,
        whole=False,
        own_links=frozenset(own),
        own_sites=reader.sites,
        own_uplinks=frozenset(ways),
    )


def now(request: ViewerRequest, code: str) -> HttpResponse:
    """The parts of the page that change by themselves; asked for when the feed says that something has."""
    request.actor.require(Permission.SEE_NETWORK)
    site = visible_site(request, code)
    return fragment(request, "sites/now.html", about(request, site, standing(story_rows(site), timezone.now())))


def visible_site(request: ViewerRequest, code: str) -> Site:
    """The site, or 404 for one that the visitor may not see."""
    sites = Site.objects.within(request.scope).select_related("organisation", "owner", "operator", "area", "share")
    return get_object_or_404(sites, code=code)


def _state(said: object) -> State:
    return State(str(said) if said in (UP, DOWN) else UNKNOWN)


def words() -> dict[str, Any]:
    """What the page's scripts say, in the reader's language."""
    return {
        "states": {key: State(key).word for key in STATES},
        "bought": _("guaranteed"),
        "download": _("download"),
        "upload": _("upload"),
        "share": _("share at that time"),
        "away": _("The history is not available now. The chart begins with this moment."),
        "empty": _("Nothing was measured in this time yet."),
        "made": _("Values until %(time)s are sample data."),
    }


urlpatterns = [path("sites/<code:code>/now/", now, name="site-now")]
