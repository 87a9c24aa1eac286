"""The way of a site to the internet, hop by hop: what it crosses, how that is now, and who mends it.

Told is the shortest way that is whole; if there is none, the one there would be, with what is broken on it. Of others'
elements a visitor reads nothing: they are one hop, "the network".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from simpul.register.logic.graph import Graph
from simpul.register.logic.snapshot import SnapshotLink, SnapshotUplink
from simpul.web.map_table import DOWN, UNKNOWN, UP, State

Rows = Mapping[str, Mapping[str, Any]]
NODE, LINK, WAY_OUT, HIDDEN = "node", "link", "uplink", "hidden"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known now, and what may be told: codes of the visitor's links and sites, or `whole`."""

    links: Rows = field(default_factory=dict)
    sites: Rows = field(default_factory=dict)
    uplinks: Rows = field(default_factory=dict)
    whole: bool = True
    own_links: frozenset[str] = frozenset()
    own_sites: frozenset[str] = frozenset()
    own_uplinks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hop:
    """One element of the way. `party` is the code of who mends it; `forward` tells whether A of a link is nearer.

    `rate_bps` is what passes towards the site, `capacity_bps` what could; None where it is not known.
    """

    kind: str
    code: str = ""
    name: str = ""
    detail: str = ""
    site: str = ""
    state: str = ""
    party: str = ""
    service_number: str = ""
    leased: bool = False
    forward: bool = True
    rate_bps: float | None = None
    capacity_bps: int | None = None

    @property
    def lamp(self) -> State | None:
        """Its state as a lamp; None where nobody asks it."""
        return State(self.state) if self.state else None


@dataclass(frozen=True, slots=True)
class SiteWay:
    """`hops` lead to the gateway, `outs` are the ways to the internet behind it, side by side.

    `whole` tells whether it leads to the gateway; `detour` that the usual way is broken and another one is taken.
    """

    hops: tuple[Hop, ...] = ()
    outs: tuple[Hop, ...] = ()
    whole: bool = False
    detour: bool = False


def way_of(graph: Graph, site: str, seen: Seen) -> SiteWay:
    """The way from the site's own device to the gateway and the ways out behind it; empty if nothing stands there."""
    known = graph.snapshot.sites.get(site)
    if known is None or known.device not in graph.number:
        return SiteWay()
    broken = frozenset(code for code, row in seen.links.items() if row.get("state") == DOWN)
    usual = graph.path(known.device, goals=graph.roots)
    around = graph.path(known.device, cut_links=broken, goals=graph.roots) if broken else usual
    links = usual if around is None else around
    if links is None:
        return SiteWay()
    devices = graph.hops(known.device, links)
    hops = [_node(graph, devices[0], seen)]
    for here, link in zip(devices, links, strict=False):
        hops += [_link(link, here, seen), _node(graph, link.other(here), seen)]
    ways = [way for way in graph.snapshot.uplinks.values() if way.device == devices[-1]]
    outs = [_way_out(way, seen) for way in ways if seen.whole or way.code in seen.own_uplinks]
    told = hops if seen.whole else _narrowed(hops, seen)
    return SiteWay(tuple(told), tuple(outs), around is not None, around is not None and around != usual)


def _node(graph: Graph, code: str, seen: Seen) -> Hop:
    device = graph.snapshot.devices[code]
    site = graph.snapshot.sites.get(device.site)
    # Only a site's own router is asked under the site's name.
    state = _state(seen.sites.get(device.site, {}).get("network")) if site is not None and site.device == code else ""
    return Hop(
        NODE,
        code=code,
        name=site.name if site else device.name,
        detail=device.name,
        site=device.site,
        state=state,
        party=device.operator,
    )


def _link(link: SnapshotLink, here: str, seen: Seen) -> Hop:
    row = seen.links.get(link.code, {})
    forward = link.a_device == here
    return Hop(
        LINK,
        code=link.code,
        state=_state(row.get("state")),
        party=link.party,
        service_number=link.service_number,
        leased=link.leased,
        forward=forward,
        rate_bps=row.get("ba" if forward else "ab"),
        capacity_bps=link.capacity_bps or None,
    )


def _way_out(way: SnapshotUplink, seen: Seen) -> Hop:
    row = seen.uplinks.get(way.code, {})
    alive = row.get("alive")
    state = UNKNOWN if alive is None else UP if alive else DOWN
    return Hop(
        WAY_OUT,
        code=way.code,
        name=way.name,
        state=state,
        party=way.provider,
        service_number=way.service_number,
        leased=True,
        rate_bps=row.get("down"),
        capacity_bps=way.down_bps,
    )


def _narrowed(hops: Iterable[Hop], seen: Seen) -> list[Hop]:
    """What is not the visitor's becomes one hop without a name wherever it stands in a row."""
    told: list[Hop] = []
    for hop in hops:
        if hop.site in seen.own_sites if hop.kind == NODE else hop.code in seen.own_links:
            told.append(hop)
        elif not told or told[-1].kind != HIDDEN:
            told.append(Hop(HIDDEN, name=_("the government's network, and the internet")))
    return told


def _state(said: object) -> str:
    return str(said) if said in (UP, DOWN) else UNKNOWN
