"""What happened to the sites, in order of time: one query over the four kinds of rows that tell of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import CharField, F, Value
from django.utils import timezone

from simpul.people.visibility import VisibleQuerySet
from simpul.register.logic.rollout import INTERNET, LIT, NETWORK, ON
from simpul.register.models import Handover, InternetEvent, NetworkEvent, Site, Stall

# So many rows are read at a time until enough is known; one reading does for nearly every network.
_READ = 200
STALLED = "stalled"
HANDED_OVER = "handed_over"


class Step(NamedTuple):
    """A happening without its words: there are 60,000 of them where there are 10,000 sites."""

    site: int
    day: date
    what: str
    state: str


@dataclass(frozen=True, slots=True)
class Happening:
    """One row of a story. `what` is network, internet, stalled or handed_over; `state` is empty for the last two."""

    site: int
    code: str
    name: str
    at: datetime
    what: str
    state: str
    reason: str

    @property
    def day(self) -> date:
        """The local day."""
        return timezone.localdate(self.at)


@dataclass(frozen=True, slots=True)
class Together:
    """What happened to several sites on one day in the same way, told once. At least one site."""

    all: tuple[Happening, ...]

    @property
    def first(self) -> Happening:
        """The newest of them; day, state and reason are those of all."""
        return self.all[0]

    @property
    def sites(self) -> int:
        """How many sites."""
        return len({each.site for each in self.all})

    @property
    def names(self) -> str:
        """All their names in order."""
        return ", ".join(sorted({each.name for each in self.all}, key=str.casefold))


def story_of(sites: VisibleQuerySet[Site]) -> list[Happening]:
    """Everything recorded of the sites, oldest first. One query."""
    return [Happening(*row[:-1]) for row in _rows(sites).order_by("at", "row")]


def steps_of(sites: VisibleQuerySet[Site]) -> list[Step]:
    """Everything recorded of the sites, oldest first. One query, of no more than a curve needs."""
    rows = _rows(sites, lean=True).order_by("at", "row")
    return [Step(site, timezone.localdate(at), what, state) for site, at, what, state, _row in rows]


def latest(sites: VisibleQuerySet[Site], until: datetime, most: int) -> list[Happening]:
    """The last `most` things that happened until then, newest first. One query."""
    return [Happening(*row[:-1]) for row in _rows(sites, until).order_by("-at", "-row")[:most]]


def latest_together(sites: VisibleQuerySet[Site], until: datetime, most: int) -> list[Together]:
    """The last `most` things that happened until then, newest first; what is alike on one day is one thing."""
    alike: dict[tuple[date, str, str, str], list[Happening]] = {}
    for each in _newest_first(sites, until):
        key = (each.day, each.what, each.state, each.reason)
        if key in alike or len(alike) < most:
            alike.setdefault(key, []).append(each)
        elif each.day != next(reversed(alike))[0]:
            break  # an older day: nothing more can join those that are found
    return [Together(tuple(found)) for found in alike.values()]


def burning(story: Iterable[Step], track: str) -> list[tuple[int, date, bool]]:
    """(site, day, burns) of one lamp, in order of time."""
    bright = {NETWORK: LIT, INTERNET: ON}[track]
    return [(each.site, each.day, each.state == bright) for each in story if each.what == track]


def busy_days(story: Iterable[Step]) -> Counter[date]:
    """How many things happened on each day."""
    return Counter(each.day for each in story)


def _newest_first(sites: VisibleQuerySet[Site], until: datetime) -> Iterator[Happening]:
    rows = _rows(sites, until).order_by("-at", "-row")
    start = 0
    while part := list(rows[start : start + _READ]):
        yield from (Happening(*row[:-1]) for row in part)
        if len(part) < _READ:
            break
        start += _READ


def _rows(sites: VisibleQuerySet[Site], until: datetime | None = None, *, lean: bool = False) -> Any:
    """(site, code, name, at, what, state, reason, row): the same columns from all four tables; `lean`: no words."""
    nothing = Value("")
    told = [
        _columns(NetworkEvent.objects.all(), NETWORK, F("state"), lean=lean),
        _columns(InternetEvent.objects.all(), INTERNET, F("state"), lean=lean),
        _columns(Stall.objects.all(), STALLED, nothing, lean=lean),
        _columns(Handover.objects.all(), HANDED_OVER, nothing, lean=lean),
    ]
    chosen = sites.order_by().values("pk")
    parts = [rows.filter(site__in=chosen) for rows in told]
    if until is not None:
        parts = [rows.filter(at__lte=until) for rows in parts]
    return parts[0].union(*parts[1:], all=True)


def _columns(rows: Any, what: str, state: F | Value, *, lean: bool) -> Any:
    named = rows.order_by().annotate(what=Value(what, output_field=CharField()), told=state, row=F("pk"))
    if lean:
        return named.values_list("site_id", "at", "what", "told", "row")
    named = named.annotate(code=F("site__code"), site_name=F("site__name"))
    return named.values_list("site_id", "code", "site_name", "at", "what", "told", "reason", "row")
