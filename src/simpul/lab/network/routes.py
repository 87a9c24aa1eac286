"""Which way each node sends what, given the spans that are cut: shortest paths, written as few static routes. Pure.

Every router's default route leads towards the gateway; only destinations that lie elsewhere get a route of their own.
The gateway sends the rest to its providers, in the order of the uplinks, and refuses inside addresses that nobody
can reach, so that they never leave through a provider.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_interface, ip_network

from simpul.lab.network.plan import End, Network, Node, Span

# As in OSPF: a span costs this rate over its own, at least 1. A slow leased span is so the last choice in a ring.
REFERENCE_BPS = 10_000_000_000
FIRST_METRIC = 10
FAMILIES = (4, 6)
DEFAULTS = {4: "0.0.0.0/0", 6: "::/0"}


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """`prefix` goes to the address `via` behind interface `dev`; without `via` it is refused as unreachable."""

    prefix: str
    via: str = ""
    dev: str = ""
    metric: int = 0


Tables = Mapping[str, frozenset[Route]]


@dataclass(frozen=True, slots=True)
class Hop:
    """The next node on the way to a destination, and how far the whole way is."""

    distance: int
    node: str
    span: str


def tables(network: Network, cut: Iterable[str] = ()) -> dict[str, frozenset[Route]]:
    """The static routes of every node. Connected prefixes are not among them; a provider needs none."""
    drawn = _Drawn(network, frozenset(cut))
    inside = {node.code: _routes(drawn, node) for node in network.nodes if node.kind != "provider"}
    return inside | {node.code: frozenset() for node in network.nodes if node.kind == "provider"}


def ways_to(network: Network, goal: str, cut: Iterable[str] = ()) -> dict[str, Hop]:
    """The next hop of every node that can reach `goal`; `goal` itself is among them, at distance 0."""
    return _Drawn(network, frozenset(cut)).hops[goal]


def cost(span: Span) -> int:
    """What a way over this span costs."""
    return max(1, REFERENCE_BPS // span.capacity_bps) if span.capacity_bps else 1


def prefixes(network: Network) -> dict[str, frozenset[str]]:
    """Every inside prefix and the nodes that are connected to it; providers' sides are not inside."""
    found: dict[str, set[str]] = {}
    outside = {uplink.span for uplink in network.uplinks}
    written = [(node.code, address) for node in network.nodes for address in (*node.lan, *node.loopback)]
    written += [
        (end.node, address)
        for span in network.spans
        if span.code not in outside
        for end in (span.a, span.b)
        for address in end.addresses
    ]
    providers = {node.code for node in network.nodes if node.kind == "provider"}
    for node, address in written:
        if node not in providers:
            found.setdefault(str(ip_interface(address).network), set()).add(node)
    return {prefix: frozenset(owners) for prefix, owners in found.items()}


class _Drawn:
    """The living part of the network: who is whose neighbour, and the next hop from everybody to everybody."""

    def __init__(self, network: Network, cut: frozenset[str]) -> None:
        self.network = network
        self.prefixes = prefixes(network)
        self.ends: dict[tuple[str, str], End] = {}
        self.beside: dict[str, list[tuple[str, str, int]]] = {node.code: [] for node in network.nodes}
        outside = {uplink.span for uplink in network.uplinks}
        for span in network.spans:
            self.ends[span.code, span.a.node] = span.a
            self.ends[span.code, span.b.node] = span.b
            if span.code not in outside and span.code not in cut:
                self.beside[span.a.node].append((span.b.node, span.code, cost(span)))
                self.beside[span.b.node].append((span.a.node, span.code, cost(span)))
        self.hops = {node.code: self._hops_to(node.code) for node in network.nodes if node.kind != "provider"}

    def _hops_to(self, goal: str) -> dict[str, Hop]:
        """From every node that can reach `goal`: the next hop; equal ways are told apart by their codes."""
        found = {goal: Hop(0, "", "")}
        waiting = [(0, goal)]
        while waiting:
            distance, here = heapq.heappop(waiting)
            if distance > found[here].distance:
                continue
            for beside, span, price in self.beside[here]:
                better = Hop(distance + price, here, span)
                known = found.get(beside)
                if known is None or (better.distance, here, span) < (known.distance, known.node, known.span):
                    found[beside] = better
                    if known is None or better.distance < known.distance:
                        heapq.heappush(waiting, (better.distance, beside))
        return found

    def nearest(self, node: str, owners: Iterable[str]) -> Hop | None:
        """The next hop from `node` to the nearest of the owners of a prefix."""
        ways = [
            (hop.distance, owner, hop) for owner in owners if owner in self.hops and (hop := self.hops[owner].get(node))
        ]
        return min(ways, key=lambda way: way[:2])[2] if ways else None

    def route(self, node: str, prefix: str, hop: Hop) -> Route | None:
        """The route over that hop; None where the neighbour has no address of the prefix's family."""
        family = ip_network(prefix).version
        via = self.ends[hop.span, hop.node].bare(family)
        return Route(prefix, via, self.ends[hop.span, node].interface) if via else None


def _routes(drawn: _Drawn, node: Node) -> frozenset[Route]:
    code, gateway = node.code, drawn.network.gateway.code
    out = None if code == gateway else drawn.hops[gateway].get(code)
    found: list[Route | None] = []
    if out is not None:
        found += [drawn.route(code, DEFAULTS[family], out) for family in FAMILIES]
    for prefix, owners in drawn.prefixes.items():
        if code in owners:
            continue
        hop = drawn.nearest(code, owners)
        if hop is None:
            found.append(Route(prefix) if code == gateway else None)
        elif out is None or (hop.node, hop.span) != (out.node, out.span):
            found.append(drawn.route(code, prefix, hop))
    if code == gateway:
        found += _ways_out(drawn.network)
    return frozenset(route for route in found if route is not None)


def _ways_out(network: Network) -> list[Route]:
    """One default route per provider and family. All stay: the kernel passes by those whose line is down.

    What else a provider holds (probes) is asked over its own line only.
    """
    found = []
    for place, uplink in enumerate(network.uplinks, start=1):
        span = network.span_by_code[uplink.span]
        connected = [ip_interface(address).network for address in span.a.addresses]
        for family in FAMILIES:
            via = span.b.bare(family)
            if via:
                found.append(Route(DEFAULTS[family], via, span.a.interface, place * FIRST_METRIC))
        for address in map(ip_interface, span.b.addresses):
            via = span.b.bare(address.version)
            if not any(address.ip in block for block in connected):
                found.append(Route(str(ip_network(address.ip)), via, span.a.interface))
    return found
