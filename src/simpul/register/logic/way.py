"""The way of an element to the core and from there out to the internet, hop by hop. Pure.

Of several ways the one with the fewest links is told: what packets take may differ where routers weigh links.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simpul.register.logic.elements import Element
from simpul.register.logic.graph import Graph
from simpul.register.logic.snapshot import SnapshotLink


@dataclass(frozen=True, slots=True)
class Hop:
    """From a port of one device over a link to a port of the next. `only_way`: no other link does the same."""

    device: str
    port: str
    link: SnapshotLink
    to_device: str
    to_port: str
    only_way: bool


@dataclass(frozen=True, slots=True)
class WayOut:
    """One way to the internet, and the hops that lead from the core to its gateway."""

    uplink: str
    hops: tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """`core` is the device where the hops end; None: the element is not joined to it."""

    start: str
    core: str | None
    hops: tuple[Hop, ...] = ()
    ways_out: tuple[WayOut, ...] = ()


def way_of(graph: Graph, element: Element) -> Way:
    """The hops of an element. A link or a circuit is crossed itself first, from its end that is farther away."""
    if element.links:
        return _over(graph, min(element.links))
    if element.uplinks:
        code = min(element.uplinks)
        return _from(graph, graph.snapshot.uplinks[code].device, (), (code,))
    if element.kind == "site":
        return _from(graph, graph.snapshot.sites[element.code].device)
    return _from(graph, element.code)


def _over(graph: Graph, code: str) -> Way:
    link = graph.snapshot.links[code]
    if code not in graph.link_number:
        return Way(link.a_device, None)
    near, far = sorted((link.a_device, link.b_device), key=lambda end: _distance(graph, end, code))
    return _from(graph, near, ((far, link),))


def _distance(graph: Graph, device: str, without: str) -> tuple[int, str]:
    path = graph.path(device, frozenset({without}))
    return (len(graph.links) if path is None else len(path)), device


def _from(
    graph: Graph, device: str, before: Sequence[tuple[str, SnapshotLink]] = (), uplinks: Sequence[str] = ()
) -> Way:
    path = graph.path(device)
    start = before[0][0] if before else device
    if path is None:
        return Way(start, None)
    bridges = graph.bridges()
    crossed = [*(link for _, link in before), *path]
    hops = _hops(graph, start, crossed, bridges)
    core = hops[-1].to_device if hops else device
    ways = []
    for code in uplinks or graph.snapshot.uplinks:
        out = graph.path(core, goals=(graph.snapshot.uplinks[code].device,))
        if out is not None:
            ways.append(WayOut(code, _hops(graph, core, out, bridges)))
    return Way(start, core, hops, tuple(ways))


def _hops(graph: Graph, start: str, links: Sequence[SnapshotLink], bridges: frozenset[str]) -> tuple[Hop, ...]:
    found = []
    for here, there, link in zip(graph.hops(start, links), graph.hops(start, links)[1:], links, strict=False):
        ports = {link.a_device: link.a_port, link.b_device: link.b_port}
        found.append(Hop(here, ports[here], link, there, ports[there], link.code in bridges))
    return tuple(found)
