"""The register's graph for pages, and who mends what in it: built once for each state of the register.

Every change of the register stands in the log, so the log tells whether a graph is still true; whatever else was
written there since (alarms, sign-ins) does not matter to it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from simpul.people.models import Organisation
from simpul.record.models import LogEntry, LogHead
from simpul.register.logic.graph import Graph, graph_of
from simpul.register.service.snapshot import snapshot

TELLING = Q(kind__startswith="register.") | Q(kind="people.organisation")
# A step of the roll-out may be recorded for a moment that is still to come.
FRESH_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Party:
    """Who mends something: name and telephone."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Network:
    """The graph, and the organisations by code."""

    graph: Graph
    parties: Mapping[str, Party]


@dataclass(frozen=True, slots=True)
class Kept:
    """What was made, and the last line of the log that it knows of."""

    seq: int
    hash: str
    at: float
    network: Network


class Networks:
    """Hands out the network of now. One small query while nothing has changed, a dozen when something has."""

    def __init__(self) -> None:
        self._kept: Kept | None = None
        self._lock = threading.Lock()

    def now(self) -> Network:
        """The network as the register has it."""
        kept = self._kept
        moment = timezone.now().timestamp()
        if kept is not None and moment - kept.at < FRESH_SECONDS and self._still_true(kept):
            return kept.network
        with self._lock:
            head = LogHead.objects.values_list("seq", "hash").first() or (0, "")
            parties = {each.code: Party(str(each), each.phone) for each in Organisation.objects.all()}
            made = Network(graph_of(snapshot()), parties)
            self._kept = Kept(head[0], head[1], moment, made)
            return made

    def _still_true(self, kept: Kept) -> bool:
        after = LogEntry.objects.filter(seq__gte=kept.seq).filter(Q(seq=kept.seq) | TELLING)
        # The line itself, unchanged, and after it none that tells of the network.
        return list(after.order_by("seq").values_list("seq", "hash")[:2]) == [(kept.seq, kept.hash)]


NETWORKS = Networks()
