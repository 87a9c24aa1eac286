"""From what the probes say to the faults behind it: one cause for each, with whom it hits and whose part it is. Pure.

Sound: no cause needs anything broken that is seen alive, and a site is named only if it surely has no network. Complete
as far as the facts go: where they cannot tell causes apart, all of them are named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from simpul.register.logic.graph import Graph
from simpul.watch.logic.facts import DOWN, Cause, CauseKind, Facts
from simpul.watch.logic.faults import Element, Fault, Kind, faults_of
from simpul.watch.logic.view import View, view_of


def explain(graph: Graph, facts: Facts) -> list[Cause]:
    """The fewest causes that explain the facts, in the order of their codes.

    If the asker itself is cut off from the core, that is the only cause: of all the rest nothing is known.
    """
    view = view_of(graph, facts)
    found = _Effects(view, faults_of(view))
    blind = found.blind()
    if blind is not None:
        return [blind]
    return [*found.causes(), *found.uplinks(), *_silent(view), *_gateways(view)]


@dataclass
class _Effects:
    """What the faults do. An island is a piece of what is lost."""

    view: View
    faults: Sequence[Fault]

    def __post_init__(self) -> None:
        """Which fault parts which islands from the rest."""
        self.islands = self.view.islands()
        self.touched = [
            {place for place, island in enumerate(self.islands) if self._parts(fault, island)} for fault in self.faults
        ]
        self.offline = self._offline()

    def causes(self) -> list[Cause]:
        """One for each fault."""
        return [self._cause(place) for place in range(len(self.faults))]

    def blind(self) -> Cause | None:
        """The cause for seeing nothing: the core is lost to the asker, by something else than its own death."""
        view = self.view
        core = view.graph.core or view.graph.roots
        if not view.lost or not core <= view.lost:
            return None
        near = {place for place, island in enumerate(self.islands) if island & core}
        there = [fault for fault, touched in zip(self.faults, self.touched, strict=True) if touched & near]
        elements = [element for fault in there for element in fault.elements]
        dead = len(elements) == 1 and elements[0].kind == Kind.DEVICE and elements[0].code in core
        if not elements or (dead and self._sees_others()):
            return None
        refs = tuple(dict.fromkeys(element.code for element in elements))
        party, number = self._party(elements[0])
        return Cause("blind", refs, party=party, service_number=number, waiting=self._waiting(elements, []))

    def uplinks(self) -> list[Cause]:
        """Ways out that their living gateway says are dead."""
        facts, snapshot = self.view.facts, self.view.graph.snapshot
        dead = [
            way
            for code, way in sorted(snapshot.uplinks.items())
            if facts.uplinks.get(code) == DOWN and way.device not in self.view.lost
        ]
        return [
            Cause(
                "uplink_lost",
                (way.code,),
                without_internet=self.offline,
                party=way.provider,
                service_number=way.service_number,
                together=tuple(other.code for other in dead if other != way) if self.offline else (),
            )
            for way in dead
        ]

    def _cause(self, place: int) -> Cause:
        fault, touched = self.faults[place], self.touched[place]
        islands = [self.islands[number] for number in sorted(touched)]
        lost = frozenset[str]().union(*islands)
        party, number = self._party(fault.first)
        together = (
            other.first.code
            for other, theirs in zip(self.faults, self.touched, strict=True)
            if other is not fault and theirs & touched
        )
        return Cause(
            kind=self._kind(fault.first, lost),
            refs=tuple(element.code for element in fault.elements),
            sites=tuple(sorted(site.code for site in self.view.graph.sites() if site.device in lost)),
            without_internet=self.offline if self.view.graph.roots & lost else (),
            party=party,
            service_number=number,
            together=tuple(sorted(together)),
            waiting=self._waiting(fault.elements, islands),
            devices=tuple(sorted(lost)),
        )

    def _parts(self, fault: Fault, island: frozenset[str]) -> bool:
        """Whether the fault is at the border of the island."""
        for element in fault.elements:
            if element.kind == Kind.DEVICE:
                if element.code in island:
                    return True
            elif any(len(island.intersection(_ends(self.view, code))) == 1 for code in self._links(element)):
                return True
        return False

    def _links(self, element: Element) -> Iterable[str]:
        if element.kind == Kind.LINK:
            return (element.code,)
        links = self.view.graph.snapshot.links
        return (code for code in self.view.graph.links if links[code].circuit == element.code)

    def _kind(self, element: Element, lost: Set[str]) -> CauseKind:
        if element.kind == Kind.DEVICE:
            return "device_down"
        if not lost:
            return "redundancy_lost"
        leased = any(self.view.graph.snapshot.links[code].leased for code in self._links(element))
        return "circuit_down" if leased else "span_cut"

    def _party(self, element: Element) -> tuple[str, str]:
        """Who mends it, and under which number they know it."""
        if element.kind == Kind.DEVICE:
            return self.view.graph.snapshot.devices[element.code].operator, ""
        link = self.view.graph.snapshot.links[next(iter(self._links(element)))]
        return link.party, link.service_number if link.leased else ""

    def _waiting(self, elements: Iterable[Element], islands: Iterable[Set[str]]) -> tuple[str, ...]:
        """Devices that nobody knows of in the class itself and beside what is lost."""
        view = self.view
        named = {element.code for element in elements if element.kind == Kind.DEVICE}
        beside = {other for island in islands for device in island for other, _ in view.graph.neighbours(device)}
        return tuple(sorted(code for code in named | beside if code not in view.down and view.unknown(code)))

    def _offline(self) -> tuple[str, ...]:
        """Sites that answer and have lost every way out; none while one may be open."""
        view, snapshot = self.view, self.view.graph.snapshot
        for root in view.graph.roots - view.lost:
            states = [view.facts.uplinks.get(way.code) for way in snapshot.uplinks.values() if way.device == root]
            if not states or any(state != DOWN for state in states):
                return ()
        return tuple(sorted(site.code for site in view.graph.sites() if site.internet_on and site.device in view.seen))

    def _sees_others(self) -> bool:
        """Whether anything answers outside the asker's own house."""
        view = self.view
        devices = view.graph.snapshot.devices
        home = devices[view.facts.prober].site if view.facts.prober in devices else ""
        return any(devices[code].site != home for code in view.seen)


def _silent(view: View) -> list[Cause]:
    devices = view.graph.snapshot.devices
    return [Cause("device_silent", (code,), party=devices[code].operator) for code in sorted(view.silent)]


def _gateways(view: View) -> list[Cause]:
    """What is wrong with the agent of a gateway that answers itself. A silent one is not held against its plan."""
    facts, devices = view.facts, view.graph.snapshot.devices
    silent = [("agent_silent", code) for code, state in facts.agents.items() if state == DOWN]
    stray = [("unclassified", code) for code in facts.unclassified]
    apart = [
        ("off_plan", code) for code, state in facts.plans.items() if state == DOWN and facts.agents.get(code) != DOWN
    ]
    kinds: list[tuple[CauseKind, str]] = sorted(silent + stray + apart)  # type: ignore[arg-type]
    return [
        Cause(kind, (code,), party=devices[code].operator)
        for kind, code in kinds
        if code in devices and code not in view.lost
    ]


def _ends(view: View, link: str) -> tuple[str, str]:
    found = view.graph.snapshot.links[link]
    return found.a_device, found.b_device
