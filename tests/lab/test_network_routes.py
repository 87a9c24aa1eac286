"""Routes of the virtual network, judged by walking them address by address and by another shortest-path method."""

from __future__ import annotations

import math
from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from simpul.lab.network.commands import change_routes
from simpul.lab.network.plan import SERVERS, End, Network, Node, Span, Uplink
from simpul.lab.network.routes import REFERENCE_BPS, Route, cost, tables

CAPACITIES = (0, REFERENCE_BPS, REFERENCE_BPS // 10, REFERENCE_BPS // 200)
OUT = "out"


def own(number: int) -> tuple[str, str]:
    """The two addresses that a node is called by."""
    return f"198.19.250.{number}/32", f"2001:db8:6205:ff00::{number:x}/128"


def lan(number: int) -> tuple[str, str]:
    return f"198.18.{number}.1/24", f"2001:db8:6205:{number:x}::1/64"


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """A gateway with one line inside, and behind it whatever lines there may be."""
    size = draw(st.integers(2, 9))
    pairs = [(draw(st.integers(1, later - 1)), later) for later in range(2, size)]
    more = st.tuples(st.integers(1, size - 1), st.integers(1, size - 1)).filter(lambda pair: pair[0] < pair[1])
    pairs = [(0, 1), *pairs, *draw(st.lists(more, max_size=5))]
    nodes = [Node(f"N{number}", "site", lan=lan(number), loopback=own(number)) for number in range(1, size)]
    nodes.insert(0, Node("N0", "gateway", loopback=own(0)))
    spans = []
    for number, (a, b) in enumerate(pairs):
        v4, v6 = 2 * number, f"2001:db8:6205:f000::{2 * number:x}"
        end_a = End(f"N{a}", f"p{number}", (f"198.19.0.{v4}/31", f"{v6}/127"))
        end_b = End(f"N{b}", f"p{number}", (f"198.19.0.{v4 + 1}/31", f"{ip_address(v6) + 1}/127"))
        spans.append(Span(f"X{number}", end_a, end_b, draw(st.sampled_from(CAPACITIES))))
    ends = (
        End("N0", "wan1", ("203.0.113.2/30", "2001:db8:a::2/64")),
        End("UP", "net", ("203.0.113.1/30", "2001:db8:a::1/64")),
    )
    spans.append(Span("WAY", *ends))
    return Network((*nodes, Node("UP", "provider")), tuple(spans), (Uplink("UP", "WAY", 1, 1, "UP"),))


@st.composite
def cut_networks(draw: st.DrawFn) -> tuple[Network, frozenset[str]]:
    network = draw(networks())
    inside = [span.code for span in network.spans if span.code != "WAY"]
    return network, frozenset(draw(st.lists(st.sampled_from(inside), max_size=4)))


def distances(network: Network, cut: frozenset[str]) -> dict[tuple[str, str], float]:
    """Floyd and Warshall: every pair by way of every third."""
    names = [node.code for node in network.nodes if node.kind != "provider"]
    found = {(a, b): 0.0 if a == b else math.inf for a in names for b in names}
    for span in network.spans:
        if span.code not in cut and span.code != "WAY":
            for pair in ((span.a.node, span.b.node), (span.b.node, span.a.node)):
                found[pair] = min(found[pair], cost(span))
    for middle in names:
        for a in names:
            for b in names:
                found[a, b] = min(found[a, b], found[a, middle] + found[middle, b])
    return found


def walk(network: Network, set_routes: Mapping[str, frozenset[Route]], start: str, target: str) -> tuple[str, float]:
    """Where a packet ends, and what its way cost: a node, `out`, `refused`, `lost` or `loop`."""
    address = ip_address(target)
    holders = {held.partition("/")[0]: node.code for node in network.nodes for held in (*node.lan, *node.loopback)}
    here, price = start, 0.0
    for _ in range(len(network.nodes) + 1):
        if holders.get(target) == here:
            return here, price
        fitting = [route for route in set_routes[here] if address in ip_network(route.prefix)]
        if not fitting:
            return "lost", price
        route = max(fitting, key=lambda each: (ip_network(each.prefix).prefixlen, -each.metric))
        if not route.via:
            return "refused", price
        span = next(
            each
            for each in network.spans
            if (here, route.dev) in {(end.node, end.interface) for end in (each.a, each.b)}
        )
        other = span.b if span.a.node == here else span.a
        assert route.via in {held.partition("/")[0] for held in other.addresses}
        if other.node == "UP":
            return OUT, price
        here, price = other.node, price + cost(span)
    return "loop", price


@given(cut_networks())
def test_whoever_can_be_reached_is_reached_by_a_cheapest_way(cut_network: tuple[Network, frozenset[str]]) -> None:
    network, cut = cut_network
    set_routes, far = tables(network, cut), distances(network, cut)
    for node in network.nodes:
        for held in (*node.lan, *node.loopback):
            target = held.partition("/")[0]
            for start in network.nodes:
                if "provider" in (start.kind, node.kind):
                    continue
                end, price = walk(network, set_routes, start.code, target)
                if far[start.code, node.code] < math.inf:
                    assert (end, price) == (node.code, far[start.code, node.code])
                else:
                    assert end in ("refused", "lost")


@given(cut_networks())
def test_whoever_reaches_the_gateway_reaches_the_internet(cut_network: tuple[Network, frozenset[str]]) -> None:
    network, cut = cut_network
    set_routes, far = tables(network, cut), distances(network, cut)
    for start in network.nodes:
        if start.kind != "provider":
            reaches = far[start.code, "N0"] < math.inf
            ends = {walk(network, set_routes, start.code, server)[0] for server in SERVERS}
            assert ends == ({OUT} if reaches else {"lost"})


@given(cut_networks())
def test_no_route_uses_a_span_that_is_cut(cut_network: tuple[Network, frozenset[str]]) -> None:
    network, cut = cut_network
    dark = {(end.node, end.interface) for span in network.spans if span.code in cut for end in (span.a, span.b)}
    used = {(node, route.dev) for node, routes in tables(network, cut).items() for route in routes}
    assert dark.isdisjoint(used)


@given(cut_networks())
def test_changes_lead_from_the_old_routes_to_the_new(cut_network: tuple[Network, frozenset[str]]) -> None:
    network, cut = cut_network
    before, after = tables(network), tables(network, cut)
    for node in before:
        lines = [line.split() for line in change_routes(before[node], after[node])]
        gone = {word for line in lines if line[1] == "del" for word in line if "/" in word}
        held = {(route.prefix, route.metric): route for route in before[node] if route.prefix not in gone}
        held |= {(route.prefix, route.metric): route for route in after[node] - before[node]}
        assert frozenset(held.values()) == after[node]
        assert change_routes(after[node], after[node]) == []


def test_a_cut_of_nothing_changes_nothing_and_a_ring_goes_the_other_way() -> None:
    ring = [("N1", "N2"), ("N2", "N3"), ("N3", "N1")]
    nodes = (Node("N0", "gateway", loopback=own(0)), *(Node(f"N{n}", "ring", loopback=own(n)) for n in (1, 2, 3)))
    spans = [
        Span(f"X{n}", End(a, f"p{n}", (f"198.19.0.{2 * n}/31",)), End(b, f"p{n}", (f"198.19.0.{2 * n + 1}/31",)))
        for n, (a, b) in enumerate([("N0", "N1"), *ring])
    ]
    network = Network(nodes, tuple(spans))
    assert Route("0.0.0.0/0", "198.19.0.2", "p1") in tables(network)["N2"]
    assert Route("0.0.0.0/0", "198.19.0.5", "p2") in tables(network, ["X1"])["N2"]
