"""Sites with their two lamps as columns of the query, so that lists can filter and count by them.

The rule is that of `register.logic.rollout`: the last line at or before the moment. A test holds both against
each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from simpul.register.logic.rollout import LIT, NONE, ON
from simpul.register.models import Handover, InternetEvent, NetworkEvent, Site, Stall


@dataclass(frozen=True, slots=True)
class Tally:
    """How many counted sites there are, and how many of them have which lamp on or are held up."""

    sites: int
    lit: int
    on: int
    stalled: int

    @property
    def lit_only(self) -> int:
        """Joined without internet."""
        return max(self.lit - self.on, 0)

    @property
    def dark(self) -> int:
        """Sites not joined yet."""
        return self.sites - self.lit


def with_lamps(sites: QuerySet[Site], at: datetime) -> QuerySet[Any]:
    """Adds `network_state`, `internet_state`, `stalled_by` (the reason, or None) and `handed_over_at`."""
    here = Q(site=OuterRef("pk"), at__lte=at)
    pauses = Stall.objects.filter(here).filter(Q(until=None) | Q(until__gt=at)).order_by("at", "pk")
    handovers = Handover.objects.filter(here).order_by("-at")
    return sites.annotate(
        network_state=Coalesce(Subquery(_last(NetworkEvent.objects.filter(here))), Value(NONE)),
        internet_state=Coalesce(Subquery(_last(InternetEvent.objects.filter(here))), Value(NONE)),
        stalled_by=Subquery(pauses.values("reason")[:1]),
        handed_over_at=Subquery(handovers.values("at")[:1]),
    )


def tally_by_kind(sites: QuerySet[Site], at: datetime) -> dict[str, Tally]:
    """One query: a tally for each kind of counted site."""
    counted = with_lamps(sites.exclude(kind=Site.Kind.POP).order_by(), at)
    rows = counted.values_list("kind").annotate(
        sites=Count("pk", distinct=True),
        lit=Count("pk", filter=Q(network_state=LIT), distinct=True),
        on=Count("pk", filter=Q(internet_state=ON), distinct=True),
        stalled=Count("pk", filter=Q(stalled_by__isnull=False), distinct=True),
    )
    return {kind: Tally(*numbers) for kind, *numbers in rows}


def together(tallies: Iterable[Tally]) -> Tally:
    """The sum."""
    all_of_them = list(tallies)
    return Tally(
        sum(tally.sites for tally in all_of_them),
        sum(tally.lit for tally in all_of_them),
        sum(tally.on for tally in all_of_them),
        sum(tally.stalled for tally in all_of_them),
    )


def _last(events: QuerySet[Any]) -> QuerySet[Any]:
    return events.order_by("-at", "-pk").values("state")[:1]
