"""Which lines of the log are asked for, and how they are turned over page by page without counting a million rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date

from simpul.record.entries import of
from simpul.record.models import LogEntry
from simpul.register.logic.rollout import end_of_day

ROWS = 50
# Words are looked for in so many entries at once; the page then offers to go on from there.
SCANNED = 50_000
# Above this many, "more than" is said.
COUNTED = 1000
FIELDS = ("actor", "verb", "kind", "ref", "since", "until", "text")
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Search:
    """Filters as given; empty means not asked. `since` and `until` are local days, both included."""

    actor: str = ""
    verb: str = ""
    kind: str = ""
    ref: str = ""
    since: str = ""
    until: str = ""
    text: str = ""
    oldest_first: bool = False
    start: int | None = None

    @property
    def asked(self) -> dict[str, str]:
        """The filters that are set, by name."""
        return {name: value for name in FIELDS if (value := getattr(self, name))}

    @property
    def wrong_days(self) -> list[str]:
        """Names of the day filters that hold no day."""
        return [name for name in ("since", "until") if getattr(self, name) and _day(getattr(self, name)) is None]

    @property
    def looks_for_words(self) -> bool:
        """Whether no index helps, so that the search is cut into stretches."""
        return bool(self.text or (self.actor and ":" not in self.actor))


@dataclass(frozen=True, slots=True)
class Found:
    """One page. `next_start` leads on; `stretch_end` is set when the search stopped there before the page was full."""

    entries: list[LogEntry]
    next_start: int | None
    stretch_end: int | None


def read_search(given: Mapping[str, str]) -> Search:
    """From the address; a start that is no number is no start."""
    values = {name: given.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in FIELDS}
    start = given.get("start", "")
    return Search(
        **values,
        oldest_first=given.get("sort") == "seq",
        start=int(start) if start.isdecimal() and len(start) < 19 else None,
    )


def matching(search: Search) -> QuerySet[LogEntry]:
    """All entries that match, in the order asked, from the start asked."""
    rows = LogEntry.objects.order_by("seq" if search.oldest_first else "-seq")
    if search.verb:
        rows = rows.filter(verb=search.verb)
    if search.ref:
        rows = rows.filter(_about(search))
    elif search.kind:
        rows = rows.filter(kind=search.kind)
    if search.actor:
        by_name = Q(actor_name__icontains=search.actor)
        rows = rows.filter(Q(actor_key=search.actor) if ":" in search.actor else by_name)
    zone = timezone.get_current_timezone()
    if (since := _day(search.since)) is not None:
        rows = rows.filter(at__gt=end_of_day(since - timedelta(days=1), zone))
    if (until := _day(search.until)) is not None:
        rows = rows.filter(at__lte=end_of_day(until, zone))
    if search.text:
        said = [Q(**{f"{column}__icontains": search.text}) for column in ("ref", "note", "before", "after")]
        rows = rows.filter(said[0] | said[1] | said[2] | said[3])
    if search.start is not None:
        rows = rows.filter(**{"seq__gte" if search.oldest_first else "seq__lte": search.start})
    return rows


def find(search: Search, newest: int, most: int = ROWS) -> Found:
    """One page of what matches. `newest` is the number of the log's last entry."""
    rows, end = matching(search), None
    if search.looks_for_words:
        if search.oldest_first:
            end = (search.start or 0) + SCANNED
            rows = rows.filter(seq__lt=end)
        else:
            end = min(search.start or newest, newest) - SCANNED
            rows = rows.filter(seq__gt=end)
    entries = list(rows[: most + 1])
    if len(entries) > most:
        return Found(entries[:most], entries[most].seq, None)
    unread = end is not None and (end <= newest if search.oldest_first else end > 0)
    return Found(entries, None, end if unread else None)


def count(search: Search) -> int | None:
    """How many entries match, at most COUNTED + 1; None where that would mean to read the whole log."""
    if search.looks_for_words:
        return None
    return matching(replace(search, start=None)).order_by()[: COUNTED + 1].count()


def _about(search: Search) -> Q:
    """The object and what belongs to it. Codes are typed in small letters too."""
    spellings = {search.ref, search.ref.upper(), search.ref.lower()}
    return reduce(or_, (of(spelling, search.kind) for spelling in sorted(spellings)))


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day is not None and 1970 < day.year < 9000 else None
