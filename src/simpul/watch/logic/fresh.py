"""Which of the things that were seen may be put side by side: answers arrive one after another. Pure.

Who answered before the neighbour fell silent may be dead by now; who was silent before the neighbour came back may be
back too. Until they were asked again they are unknown. Without that, every child of a dead router is for a moment a
fault of its own. Moments are seconds of one clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from simpul.register.logic.graph import Graph
from simpul.watch.logic.facts import DOWN, NEVER, UNKNOWN, UP, Ends, State

# A question may get lost: what was silent is still down only if it has missed questions for so long since its
# neighbour came back.
SURE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of one device: when it last answered, when the present row of misses began, and its last miss.

    `since` is when its state began. The moment of an answer or a miss is that of its question.
    """

    state: State
    since: float = NEVER
    answered_at: float = NEVER
    first_miss: float = NEVER
    missed_at: float = NEVER


@dataclass(frozen=True, slots=True)
class Heard:
    """What a device said of one of its ports: since when it says so, and when it said so last."""

    state: State
    since: float = NEVER
    at: float = NEVER


Ports = Mapping[tuple[str, str], Heard]


def fresh(graph: Graph, sights: Mapping[str, Sight], ports: Ports) -> tuple[dict[str, State], dict[str, Ends]]:
    """The states of devices and of the ends of links that fit together; the others are unknown.

    `ports` are named by the link and the end, `a` or `b`. The device that asks is among the sights, as up.
    """
    states = {code: _own(sights[code]) for code in graph.devices if code in sights}
    told = list(_told(graph, states, ports))
    risen = [(code, sights[code].since) for code, state in states.items() if state == UP]
    risen += [(beyond, heard.since) for beyond, heard in told if heard.state == UP]
    _spread(graph, states, risen, lambda code, at: states[code] == DOWN and sights[code].missed_at < at + SURE_SECONDS)
    fallen = [(code, sights[code].first_miss) for code, state in states.items() if state == DOWN]
    fallen += [(beyond, heard.since) for beyond, heard in told if heard.state == DOWN]
    _spread(graph, states, fallen, lambda code, at: states[code] == UP and sights[code].answered_at < at)
    return states, {code: _ends(graph, code, sights, ports) for code in graph.links}


def _own(sight: Sight) -> State:
    """A device that has just missed a question is not surely up, one that has just answered not surely down."""
    if sight.state == UP and sight.missed_at > sight.answered_at:
        return UNKNOWN
    if sight.state == DOWN and sight.answered_at > sight.missed_at:
        return UNKNOWN
    return sight.state


def _told(graph: Graph, states: Mapping[str, State], ports: Ports) -> Iterator[tuple[str, Heard]]:
    """What devices that answer say of a line, with the device beyond."""
    for (code, end), heard in ports.items():
        if code in graph.link_number:
            link = graph.snapshot.links[code]
            here, beyond = (link.a_device, link.b_device) if end == "a" else (link.b_device, link.a_device)
            if states.get(here) == UP and beyond in states:
                yield beyond, heard


def _spread(
    graph: Graph, states: dict[str, State], start: Iterable[tuple[str, float]], is_older: Callable[[str, float], bool]
) -> None:
    """From each device on to its neighbours and over unknown ones: what is older becomes unknown."""
    newest: dict[str, float] = {}
    rim: list[tuple[str, float]] = []

    def reach(code: str, at: float) -> None:
        if code in states and at > newest.get(code, NEVER):
            if is_older(code, at):
                states[code] = UNKNOWN
            if states[code] == UNKNOWN:
                newest[code] = at
                rim.append((code, at))

    for here, at in start:
        reach(here, at)
        for other, _ in graph.neighbours(here):
            reach(other, at)
    for here, at in rim:
        for other, _ in graph.neighbours(here):
            reach(other, at)


def _ends(graph: Graph, code: str, sights: Mapping[str, Sight], ports: Ports) -> Ends:
    """What was said of the two ports, as far as it is no older than what is known of the two devices."""
    link = graph.snapshot.links[code]
    newest = max(_changed(sights.get(device)) for device in (link.a_device, link.b_device))
    a, b = (ports.get((code, end), Heard(UNKNOWN)) for end in "ab")
    # One fibre has one state: of two words that differ the later one counts.
    differ = not link.leased and {a.state, b.state} == {UP, DOWN}
    a_counts = a.at >= newest and not (differ and b.at > a.at)
    b_counts = b.at >= newest and not (differ and a.at > b.at)
    return Ends(a.state if a_counts else UNKNOWN, b.state if b_counts else UNKNOWN)


def _changed(sight: Sight | None) -> float:
    """From when on a neighbour's word of the line to it counts."""
    if sight is None or sight.state == UNKNOWN:
        return NEVER
    if sight.state == UP:
        return sight.since
    return sight.answered_at if sight.answered_at > sight.missed_at else sight.first_miss
