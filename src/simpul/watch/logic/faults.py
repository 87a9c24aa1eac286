"""The fewest faults that explain a view, each with the class of those that would explain it as well. Pure.

A clue is a way that should be open and is not: from a device that answers over devices that nobody knows of to one
that does not answer, or a link without a signal. Something on it is broken. Nothing deeper needs an explanation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from simpul.watch.logic.hitting import parts, smallest
from simpul.watch.logic.view import View

# Ways over unknown devices are found one after another; so many rounds, then what is known has to do.
ROUNDS = 100


class Kind(IntEnum):
    """What may be broken; of equals the first is named first."""

    CIRCUIT = 0
    LINK = 1
    DEVICE = 2


class Element(NamedTuple):
    """Something that may be broken, by its code."""

    kind: Kind
    code: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `elements` cannot be told apart, the likeliest first."""

    elements: tuple[Element, ...]

    @property
    def first(self) -> Element:
        """The likeliest."""
        return self.elements[0]


Clue = frozenset[Element]


def faults_of(view: View) -> list[Fault]:
    """The faults, in the order of their first elements."""
    return _Search(view).faults()


class _Search:
    """The clues of one view, and what answers them."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.circuits = _circuits(view)
        self.has_unknown = len(view.seen | view.lost) < len(view.graph.devices)
        self.start = {view.facts.prober} & view.seen or view.graph.core & view.seen or set(sorted(view.seen)[:1])

    def faults(self) -> list[Fault]:
        """Ways over unknown devices become clues as long as an answer leaves one open."""
        clues = self._with_circuits([*self._closed(), *self._beside()])
        for _ in range(ROUNDS):
            solved = self._coherent([self._answers(part) for part in parts(clues)])
            more = set(self._open_ways(solved)) - set(clues)
            if not more:
                break
            clues += sorted(more, key=sorted)
        return sorted((fault for answers in solved for fault in self._classes(answers)), key=lambda fault: fault.first)

    def _answers(self, part: Sequence[Clue]) -> list[Clue]:
        return smallest(part, self._leaves_joined, self._rank)

    def _coherent(self, solved: Sequence[list[Clue]]) -> list[list[Clue]]:
        """For each part the answers that leave everybody joined also beside the first ones of the other parts.

        Two devices that nobody knows of may each be dead, but not both if somebody answers through them.
        """
        if not self.has_unknown:
            return list(solved)
        chosen: list[Clue] = []
        for answers in solved:
            before = frozenset[Element]().union(*chosen)
            chosen.append(next((each for each in answers if self._leaves_joined(before | each)), answers[0]))
        found = []
        for place, answers in enumerate(solved):
            others = frozenset[Element]().union(*chosen[:place], *chosen[place + 1 :])
            left = [each for each in answers if each != chosen[place] and self._leaves_joined(others | each)]
            found.append([chosen[place], *left])
        return found

    def _closed(self) -> Iterator[Clue]:
        """Why a port of a device that answers has no signal."""
        for code in sorted(self.view.closed):
            link = self.view.graph.snapshot.links[code]
            beyond = () if code in self.view.cut else (link.a_device, link.b_device)
            yield frozenset(self._breakable([code], [device for device in beyond if device not in self.view.seen]))

    def _beside(self) -> Iterator[Clue]:
        """Why a device does not answer to which a link leads from one that does."""
        for device in sorted(self.view.down):
            for other, code in self.view.graph.neighbours(device):
                if other in self.view.seen and code not in self.view.closed:
                    yield frozenset(self._breakable([code], [device]))

    def _breakable(self, links: Iterable[str], devices: Iterable[str]) -> Iterator[Element]:
        yield from (Element(Kind.LINK, code) for code in links if code not in self.view.whole)
        yield from (Element(Kind.DEVICE, code) for code in devices if code not in self.view.silent)

    def _with_circuits(self, clues: Sequence[Clue]) -> list[Clue]:
        """A circuit that carries links of several clues may be what is broken."""
        circuit_of = {code: circuit for circuit, links in self.circuits.items() for code in links}
        named = [
            {circuit_of[each.code] for each in clue if each.kind == Kind.LINK and each.code in circuit_of}
            for clue in clues
        ]
        counts = Counter(circuit for circuits in named for circuit in circuits)
        return [
            clue | {Element(Kind.CIRCUIT, circuit) for circuit in circuits if counts[circuit] > 1}
            for clue, circuits in zip(clues, named, strict=True)
        ]

    def _rank(self, element: Element) -> tuple[int, str]:
        """Likelier first: what a port has named, then other links, then devices; those that nobody asked last."""
        doubt = element.kind == Kind.LINK and element.code not in self.view.closed
        unasked = element.kind == Kind.DEVICE and element.code not in self.view.down
        return 2 * int(element.kind) + doubt + unasked, element.code

    def _leaves_joined(self, answer: Clue) -> bool:
        """Whether all who answer could do so if this were broken."""
        view = self.view
        devices, links = self._broken(answer)
        if devices <= view.down and all(code in view.closed or self._ends_down(code) for code in links):
            return True
        joined = view.graph.reachable(self.start, view.closed, view.down)
        return view.seen & joined <= view.graph.reachable(self.start, view.closed | links, view.down | devices)

    def _ends_down(self, code: str) -> bool:
        link = self.view.graph.snapshot.links[code]
        return link.a_device in self.view.down or link.b_device in self.view.down

    def _broken(self, answer: Iterable[Element]) -> tuple[frozenset[str], frozenset[str]]:
        """Devices and links of an answer."""
        answer = list(answer)
        links = {each.code for each in answer if each.kind == Kind.LINK}
        links |= {code for each in answer if each.kind == Kind.CIRCUIT for code in self.circuits[each.code]}
        return frozenset(each.code for each in answer if each.kind == Kind.DEVICE), frozenset(links)

    def _open_ways(self, solved: Sequence[Sequence[Clue]]) -> Iterator[Clue]:
        """Ways to a device that is down which an answer leaves open."""
        if not self.has_unknown:
            return
        first = [answers[0] for answers in solved]
        tried = [(frozenset[Element](), first)] if not solved else []
        tried += [
            (answer, [*first[:place], *first[place + 1 :]])
            for place, answers in enumerate(solved)
            for answer in answers
        ]
        for answer, others in tried:
            way = self._open_way(answer.union(*others))
            if way:
                yield way

    def _open_way(self, broken: Clue) -> Clue | None:
        view = self.view
        devices, links = self._broken(broken)
        came: dict[str, tuple[str, str]] = dict.fromkeys(sorted(view.seen), ("", ""))
        rim = list(came)
        for here in rim:
            for other, code in view.graph.neighbours(here):
                if other in came or other in devices or code in links or code in view.closed:
                    continue
                came[other] = (here, code)
                if other in view.down:
                    return frozenset(self._walked(came, other))
                rim.append(other)
        return None

    def _walked(self, came: dict[str, tuple[str, str]], here: str) -> Iterator[Element]:
        while here not in self.view.seen:
            before, code = came[here]
            yield from self._breakable([code], [here])
            here = before

    def _classes(self, answers: Sequence[Clue]) -> Iterator[Fault]:
        """One fault for each element of the first answer, with what could stand in its place."""
        first = answers[0]
        for element in sorted(first):
            rest = first - {element}
            others = {each for answer in answers if rest < answer for each in answer - rest}
            yield Fault(tuple(sorted(others | {element}, key=self._rank)))


def _circuits(view: View) -> dict[str, list[str]]:
    """The circuits that carry several links, unless one of these is whole."""
    carried: dict[str, list[str]] = {}
    for code in view.graph.links:
        carried.setdefault(view.graph.snapshot.links[code].circuit, []).append(code)
    return {
        circuit: links
        for circuit, links in carried.items()
        if circuit and len(links) > 1 and not view.whole.intersection(links)
    }
