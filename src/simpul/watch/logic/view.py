"""What the facts say on the graph: who is seen, what is closed, what is surely lost. Pure.

Seen from the device that asks. A port's word counts only while its own device answers. What contradicts an answer is
not believed: who answers is joined, whatever is said of the way to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field

from simpul.register.logic.graph import Graph
from simpul.watch.logic.facts import DOWN, UP, Ends, Facts, State


@dataclass(frozen=True)
class View:
    """All by code.

    `seen`: devices that answer, and the one that asks. `down`: those that do not. `closed`: links over which nothing
    passes, whether they are cut or the device beyond is dead; `cut` of them: those that are cut themselves.
    `whole`: links that are surely not cut. `silent`: devices that pass on what others send but do not answer.
    `lost`: devices that surely cannot be reached.
    """

    graph: Graph
    facts: Facts
    seen: frozenset[str]
    down: frozenset[str]
    closed: frozenset[str]
    cut: frozenset[str]
    whole: frozenset[str]
    silent: frozenset[str]
    lost: frozenset[str] = field(default=frozenset())

    def unknown(self, device: str) -> bool:
        """Whether nothing is known of it, and nothing follows either."""
        return device not in self.seen and device not in self.lost

    def islands(self) -> list[frozenset[str]]:
        """What is lost, in pieces that hang together."""
        left, found = set(self.lost), []
        while left:
            piece = self.graph.reachable([min(left)], self.closed, frozenset(self.graph.devices) - self.lost)
            found.append(piece)
            left -= piece
        return found


def view_of(graph: Graph, facts: Facts) -> View:
    """Read the facts; see `View`."""
    seen = {code for code in graph.devices if facts.device(code) == UP}
    down = {code for code in graph.devices if facts.device(code) == DOWN}
    ends = {code: _believed(graph, facts, code, seen) for code in graph.links}
    closed = {code for code, pair in ends.items() if DOWN in (pair.a, pair.b)}
    whole = {code for code, pair in ends.items() if code not in closed and _whole(graph, code, pair)}
    closed |= {code for code in facts.known_cut if code in graph.link_number and code not in whole}
    silent = _disbelieve(graph, facts, seen, down, closed)
    lost = frozenset(graph.devices) - graph.reachable(seen, closed, down)
    cut = {code for code in closed if code in facts.known_cut or _cut_itself(graph, code, seen)}
    return View(
        graph,
        facts,
        frozenset(seen),
        frozenset(down),
        frozenset(closed),
        frozenset(cut),
        frozenset(whole),
        silent,
        lost if seen else frozenset(down),
    )


def _believed(graph: Graph, facts: Facts, code: str, seen: Set[str]) -> Ends:
    said, link = facts.links.get(code, Ends()), graph.snapshot.links[code]
    return Ends(said.a if link.a_device in seen else "unknown", said.b if link.b_device in seen else "unknown")


def _whole(graph: Graph, code: str, pair: Ends) -> bool:
    """A signal at one end of an own fibre comes from the other end; on a leased circuit it is the provider's box's."""
    states: tuple[State, State] = (pair.a, pair.b)
    return states == (UP, UP) if graph.snapshot.links[code].leased else UP in states


def _cut_itself(graph: Graph, code: str, seen: Set[str]) -> bool:
    """No signal means a cut where the device beyond answers, or where it is the provider's box that gives none."""
    link = graph.snapshot.links[code]
    return link.leased or (link.a_device in seen and link.b_device in seen)


def _disbelieve(graph: Graph, facts: Facts, seen: set[str], down: set[str], closed: set[str]) -> frozenset[str]:
    """Take from `down` and `closed` what cannot be, since somebody beyond answers. Those devices that must be passing
    on what they do not answer themselves are returned; where it may be this one or that one, neither is believed."""
    silent: set[str] = set()
    start = {facts.prober} & seen or graph.core & seen or set(sorted(seen)[:1])
    while True:
        joined = graph.reachable(start, closed, down)
        if seen <= joined:
            return frozenset(silent)
        ways = _cheapest(graph, joined, seen - joined, down, closed)
        if ways is None:
            # The register knows no way to them at all.
            start |= seen - joined
            continue
        devices, links, price = ways
        if len(devices) + len(links) == price:
            silent |= devices
        down -= devices
        closed -= links


def _cheapest(
    graph: Graph, joined: Set[str], goals: Set[str], down: Set[str], closed: Set[str]
) -> tuple[set[str], set[str], int] | None:
    """What would have to be alive for the nearest of `goals`: the dead devices and closed links on the ways that pass
    the fewest of them, and how many one such way passes. None: there is no way."""
    there = _prices(graph, joined, down, closed)
    reached = [code for code in goals if code in there]
    if not reached:
        return None
    goal = min(reached, key=lambda code: (there[code], code))
    back = _prices(graph, {goal}, down, closed)
    price = there[goal]
    devices = {code for code in down if code in there and code in back and there[code] + back[code] - 1 == price}
    links = set()
    for code in closed:
        a, b = (graph.devices[place] for place in graph.ends[graph.link_number[code]])
        for here, beyond in ((a, b), (b, a)):
            if here in there and beyond in back and there[here] + 1 + back[beyond] == price:
                links.add(code)
    return devices, links, price


def _prices(graph: Graph, start: Iterable[str], down: Set[str], closed: Set[str]) -> dict[str, int]:
    """For every device the fewest dead devices (itself among them) and closed links on a way from `start`."""
    price = dict.fromkeys(start, 0)
    rim = list(price)
    while rim:
        later: list[str] = []
        for here in rim:
            for other, cost in _steps(graph, here, down, closed):
                if other not in price or price[here] + cost < price[other]:
                    price[other] = price[here] + cost
                    later.append(other)
        rim = later
    return price


def _steps(graph: Graph, here: str, down: Set[str], closed: Set[str]) -> Iterator[tuple[str, int]]:
    for other, link in graph.neighbours(here):
        yield other, (other in down) + (link in closed)
