"""What a cut hits: who still reaches whom when links or devices are gone. Pure.

"Hit" means reachability of a way out after the removal, never what hangs below: a ring has no below. Only what is
built is in the graph; planned links and devices stay in the snapshot.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field

from simpul.register.logic.snapshot import Snapshot, SnapshotLink, SnapshotSite

GATEWAY = "gateway"
CARRIERS = frozenset({"router", "switch", GATEWAY})
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lost:
    """What a removal takes away: sites that cannot reach the core any more, and those that only lose every way out.

    Points of presence are not counted, nor is the internet of a site that has none.
    """

    network: frozenset[str]
    internet: frozenset[str]

    @property
    def sites(self) -> frozenset[str]:
        """All that lose something."""
        return self.network | self.internet


@dataclass(frozen=True)
class Graph:
    """The built network as numbered devices and links; frozen, made once for each snapshot by `graph_of`.

    `beside[device]` holds the pairs (neighbour, link) of one device, all as numbers.
    """

    snapshot: Snapshot
    devices: tuple[str, ...]
    links: tuple[str, ...]
    ends: tuple[tuple[int, int], ...]
    beside: tuple[tuple[tuple[int, int], ...], ...]
    number: dict[str, int] = field(repr=False)
    link_number: dict[str, int] = field(repr=False)
    roots: frozenset[str]
    core: frozenset[str]

    def neighbours(self, device: str) -> Iterator[tuple[str, str]]:
        """Pairs (device beside it, link that leads there)."""
        for other, link in self.beside[self.number[device]]:
            yield self.devices[other], self.links[link]

    def reachable(
        self,
        roots: Iterable[str],
        cut_links: Set[str] = NOTHING,
        down_devices: Set[str] = NOTHING,
    ) -> frozenset[str]:
        """The devices that can be reached from living `roots` without what is gone. Unknown codes are passed over."""
        closed = {self.link_number[code] for code in cut_links if code in self.link_number}
        seen = bytearray(len(self.devices))
        for code in down_devices:
            if code in self.number:
                seen[self.number[code]] = 1
        found = []
        for code in roots:
            place = self.number.get(code)
            if place is not None and not seen[place]:
                seen[place] = 1
                found.append(place)
        beside = self.beside
        for here in found:  # grows while it is walked through
            for other, link in beside[here]:
                if not seen[other] and link not in closed:
                    seen[other] = 1
                    found.append(other)
        return frozenset(self.devices[place] for place in found)

    def lost(self, links: Iterable[str] = (), devices: Iterable[str] = (), uplinks: Iterable[str] = ()) -> Lost:
        """The sites that lose the core; and those that keep it, have internet, and lose every path to it."""
        cut, down, gone = frozenset(links), frozenset(devices), frozenset(uplinks)
        joined, online = self.reachable(self.core), self.reachable(self.roots)
        still = self.reachable(self.core, cut, down)
        living = {way.device for way in self.snapshot.uplinks.values() if way.code not in gone}
        # Where no way out is known, the gateways stand for them.
        ways = self.roots & living if self.snapshot.uplinks else self.roots
        outside = self.reachable(ways, cut, down)
        places = list(self.sites())
        network = {site.code for site in places if site.device in joined and site.device not in still}
        internet = {
            site.code for site in places if site.internet_on and site.device in online and site.device not in outside
        }
        return Lost(frozenset(network), frozenset(internet - network))

    def sites(self) -> Iterator[SnapshotSite]:
        """Those that count and where a built device stands."""
        return (site for site in self.snapshot.sites.values() if site.counted and site.device in self.number)

    def path(
        self,
        device: str,
        cut_links: Set[str] = NOTHING,
        down_devices: Set[str] = NOTHING,
        goals: Iterable[str] | None = None,
    ) -> list[SnapshotLink] | None:
        """The fewest links from the device to the core (or to one of `goals`), nearest first.

        None: there is no way. Of two ways of the same length the one whose links come first by code.
        """
        ends = {self.number[code] for code in (self.core if goals is None else goals) if code in self.number}
        start = self.number.get(device)
        if start is None or device in down_devices:
            return None
        came: dict[int, tuple[int, int]] = {start: (-1, -1)}
        waiting = deque([start])
        while waiting:
            here = waiting.popleft()
            if here in ends:
                return self._walked(came, here)
            for other, link in self.beside[here]:
                if other not in came and self.links[link] not in cut_links and self.devices[other] not in down_devices:
                    came[other] = (here, link)
                    waiting.append(other)
        return None

    def bridges(self) -> frozenset[str]:
        """The links without a second way: each of them alone parts the network."""
        return _bridges(self)

    def hops(self, device: str, path: Iterable[SnapshotLink]) -> list[str]:
        """The devices along a path that begins at `device`, itself first."""
        found = [device]
        for link in path:
            found.append(link.other(found[-1]))
        return found

    def _walked(self, came: dict[int, tuple[int, int]], here: int) -> list[SnapshotLink]:
        walked = []
        while came[here][0] >= 0:
            here, link = came[here]
            walked.append(self.snapshot.links[self.links[link]])
        return walked[::-1]


def graph_of(snapshot: Snapshot) -> Graph:
    """The graph of what is built. A link to a device that is only planned, or is not there, is left out."""
    built = {code for code, device in snapshot.devices.items() if not device.planned}
    links = sorted(
        (
            link
            for link in snapshot.links.values()
            if not link.planned and link.a_device in built and link.b_device in built and link.a_device != link.b_device
        ),
        key=lambda link: link.code,
    )
    devices = tuple(sorted(built))
    number = {code: place for place, code in enumerate(devices)}
    ends = tuple((number[link.a_device], number[link.b_device]) for link in links)
    beside: list[list[tuple[int, int]]] = [[] for _ in devices]
    for place, (a, b) in enumerate(ends):
        beside[a].append((b, place))
        beside[b].append((a, place))
    roots = _roots(snapshot, built)
    return Graph(
        snapshot=snapshot,
        devices=devices,
        links=tuple(link.code for link in links),
        ends=ends,
        beside=tuple(map(tuple, beside)),
        number=number,
        link_number={link.code: place for place, link in enumerate(links)},
        roots=roots,
        core=_core(snapshot, roots, [(devices[a], devices[b]) for a, b in ends]),
    )


def _roots(snapshot: Snapshot, built: Set[str]) -> frozenset[str]:
    """The devices that hold a way out; without any, the gateways."""
    holders = frozenset(uplink.device for uplink in snapshot.uplinks.values() if uplink.device in built)
    return holders or frozenset(code for code in built if snapshot.devices[code].kind == GATEWAY)


def _core(snapshot: Snapshot, roots: Set[str], pairs: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The routers right behind the gateways; a gateway with none behind it is its own core."""
    behind = {
        inner
        for pair in pairs
        for root, inner in (pair, pair[::-1])
        if root in roots and inner not in roots and snapshot.devices[inner].kind in CARRIERS
    }
    return frozenset(behind or roots)


def _bridges(graph: Graph) -> frozenset[str]:
    """Tarjan's low points, by a stack of its own: chains of routers are longer than Python's."""
    order = [-1] * len(graph.devices)
    low = [0] * len(graph.devices)
    found = []
    clock = 0
    for start in range(len(graph.devices)):
        if order[start] >= 0:
            continue
        order[start] = low[start] = clock
        clock += 1
        stack = [(start, -1, iter(graph.beside[start]))]
        while stack:
            here, by, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                stack.pop()
                if stack:
                    above = stack[-1][0]
                    low[above] = min(low[above], low[here])
                    if low[here] > order[above]:
                        found.append(by)
            elif order[step[0]] < 0:
                order[step[0]] = low[step[0]] = clock
                clock += 1
                stack.append((step[0], step[1], iter(graph.beside[step[0]])))
            elif step[1] != by:
                low[here] = min(low[here], order[step[0]])
    return frozenset(graph.links[link] for link in found)
