"""The roll-out board: where every site stood on a day, and how it came to that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from simpul.people.logic.rights import Permission
from simpul.people.visibility import VisibleQuerySet
from simpul.register.logic.rollout import CUT_OFF, INTERNET, NETWORK, NONE, ON, SiteStatus, Summary, end_of_day, summary
from simpul.register.models import Medium, Site
from simpul.register.service.status import status_at
from simpul.web import figures
from simpul.web.fragments import fragment
from simpul.web.lamps import lamp_of
from simpul.web.list_files import FORMATS, download
from simpul.web.lists import Column
from simpul.web.middleware import ViewerRequest
from simpul.web.rollout_curve import Axis, at_year_ends, closed, count_burning, grid, steps, ticks
from simpul.web.rollout_question import STATES, Question, Text, chosen, read_question
from simpul.web.rollout_story import burning, busy_days, latest_together, steps_of

ROWS = 50
RECENT = 4
# Room above the line "all sites", and the height of the strip of marks in pixels.
HEADROOM = 1.12
MARK = 12
# More marks than this cannot be told apart: each is two pixels wide.
MOST_MARKS = 480


@dataclass(frozen=True, slots=True)
class Bar:
    """One kind of site. Online, offline, begun and waiting add up to `sites`: the bar is drawn from them."""

    label: str
    address: str
    current: bool
    sites: int
    joined: int
    online: int
    begun: int

    @property
    def offline(self) -> int:
        """Joined, without internet."""
        return self.joined - self.online

    @property
    def waiting(self) -> int:
        """Nothing has begun."""
        return self.sites - self.joined - self.begun

    @property
    def parts(self) -> list[tuple[int, str, Text]]:
        """(sites, tone, words) of what there is; the number tells parts apart where colours do not."""
        all_parts: list[tuple[int, str, Text]] = [
            (self.online, "ok", _("with internet")),
            (self.offline, "accent", _("joined, without internet")),
            (self.begun, "warn", _("work has begun")),
            (self.waiting, "rest", _("not begun")),
        ]
        return [part for part in all_parts if part[0]]


def _local_day(at: datetime | None) -> date | None:
    return timezone.localdate(at) if at else None


COLUMNS: list[Column[SiteStatus]] = [
    Column("code", _("Code"), lambda each: each.code),
    Column("site", _("Site"), lambda each: each.name),
    Column("kind", _("Kind"), lambda each: str(dict(Site.Kind.choices)[each.kind])),
    Column("organisation", _("Organisation"), lambda each: each.organisation),
    Column("medium", _("Joined by"), lambda each: str(dict(Medium.choices)[each.medium])),
    Column("network", _("Network"), lambda each: lamp_of(NETWORK, each.network).word),
    Column("network_since", _("Network since"), lambda each: _local_day(each.network_since)),
    Column("internet", _("Internet"), lambda each: lamp_of(INTERNET, each.internet).word),
    Column("internet_since", _("Internet since"), lambda each: _local_day(each.internet_since)),
    Column("stalled_since", _("Stalled since"), lambda each: _local_day(each.stalled_since)),
    Column("reason", _("Reason"), lambda each: each.stalled_reason),
    Column("handed_over", _("Handed over"), lambda each: _local_day(each.handed_over_at)),
    Column("counted", _("Counted"), lambda each: each.counted),
]


def board(request: ViewerRequest) -> HttpResponseBase:
    """The page, as a file with `format=csv` or `xlsx`, or with `X-Fragment` only what depends on the day."""
    request.actor.require(Permission.SEE_NETWORK)
    asked = read_question(request.path, request.GET, timezone.localdate())
    sites = Site.objects.within(request.scope)
    sites = sites.filter(kind=asked.kind) if asked.kind else sites.exclude(kind=Site.Kind.POP)
    suffix = request.GET.get("format")
    if suffix in FORMATS:
        request.actor.require(Permission.EXPORT)
        statuses = status_at(sites, end_of_day(asked.at, timezone.get_current_timezone()))
        return as_file(chosen(statuses, asked), asked, suffix)
    page = day_of(request, sites, asked)
    if request.headers.get("X-Fragment"):
        return fragment(request, "rollout/day.html", page)
    return render(request, "rollout/board.html", {**page, **timeline(sites, asked)})


def day_of(request: ViewerRequest, sites: VisibleQuerySet[Site], asked: Question) -> dict[str, Any]:
    """Everything on the page that changes with the day."""
    end = end_of_day(asked.at, timezone.get_current_timezone())
    statuses = status_at(sites, end)
    rows = Paginator(chosen(statuses, asked), ROWS).get_page(request.GET.get("page"))
    return {
        "asked": asked,
        "counts": _counts(statuses, asked.kind),
        "stalled": sum(status.stalled_since is not None for status in statuses),
        "cut_off": sum(status.internet == CUT_OFF for status in statuses),
        "bars": _bars(statuses, asked),
        "all_rows": len(statuses),
        "rows": rows,
        "previous": asked.address(page=str(rows.number - 1)) if rows.has_previous() else "",
        "next": asked.address(page=str(rows.number + 1)) if rows.has_next() else "",
        "recent": latest_together(sites, end, RECENT),
        "states": [
            (name, label, sum(map(test, statuses)), asked.address(state=name)) for name, (label, test) in STATES.items()
        ],
        "may_export": request.actor.may(Permission.EXPORT),
        "may_import": request.actor.may(Permission.IMPORT),
    }


def as_file(rows: Sequence[SiteStatus], asked: Question, suffix: str) -> HttpResponse:
    """The table of the page, with the columns it has no room for."""
    title = gettext("Roll-out at the end of %(day)s") % {"day": figures.day(asked.at)}
    narrowed = ", ".join(filter(None, [asked.kind_label, str(STATES[asked.state][0]) if asked.state else ""]))
    return download(f"rollout-{asked.at.isoformat()}", COLUMNS, iter([rows]), suffix, title, narrowed)


def timeline(sites: VisibleQuerySet[Site], asked: Question) -> dict[str, Any]:
    """The curve over all time with the slider under it. Lengths are texts: a page would write 12.5 as 12,5."""
    story = steps_of(sites)
    busy = busy_days(story)
    first = min((each.day for each in story), default=asked.today - timedelta(days=365))
    axis = Axis(first.replace(day=1), asked.today)
    total = sites.count()
    top = max(total * HEADROOM, 1.0)
    points = {track: count_burning(burning(story, track)) for track in (NETWORK, INTERNET)}
    lines = {track: steps(points[track], axis, top) for track in points}
    years = zip(*(at_year_ends(points[track], axis) for track in points), strict=True)
    return {
        "axis": axis,
        "total": total,
        "lines": lines,
        "area": closed(lines[INTERNET], points[INTERNET], axis),
        "ticks": ticks(axis),
        "grid": [(value, f"{100 - value / top * 100:.2f}%") for value in grid(total)],
        "limit": f"{100 - total / top * 100:.2f}%",
        "marks": _marks(busy, axis),
        "events": ",".join(str((day - axis.first).days) for day in sorted(busy)),
        "cursor": axis.percent(asked.at),
        "at_index": str(min(max((asked.at - axis.first).days, 0), axis.days)),
        "last_index": str(axis.days),
        "years": [(day, network, internet) for (day, network), (_same, internet) in years],
    }


def _counts(statuses: Sequence[SiteStatus], kind: str) -> Summary:
    """Points of presence are not counted, unless somebody asks for just them."""
    asked_for = [replace(status, counted=True) for status in statuses] if kind == Site.Kind.POP else statuses
    return summary(asked_for)


def _bars(statuses: Sequence[SiteStatus], asked: Question) -> list[Bar]:
    bars = []
    for kind, label in Site.Kind.choices:
        of_kind = [status for status in statuses if status.kind == kind]
        if of_kind:
            bars.append(
                Bar(
                    label=str(label),
                    address=asked.address(kind=kind, state=""),
                    current=asked.kind == kind,
                    sites=len(of_kind),
                    joined=sum(status.joined for status in of_kind),
                    online=sum(status.joined and status.internet == ON for status in of_kind),
                    begun=sum(not status.joined and status.network != NONE for status in of_kind),
                )
            )
    return bars


def _marks(busy: Mapping[date, int], axis: Axis) -> list[dict[str, str]]:
    """Where something happened; the more on one day, the taller. Days that would cover each other share a mark."""
    tallest: dict[int, tuple[int, date]] = {}
    for day, count in sorted(busy.items()):
        place = int(axis.share(day) * MOST_MARKS)
        tallest[place] = max(tallest.get(place, (0, day)), (count, day), key=lambda each: each[0])
    return [{"x": axis.percent(day), "y": str(MARK - min(2 + count * 2, MARK))} for count, day in tallest.values()]


urlpatterns = [path("rollout/", board, name="rollout")]
