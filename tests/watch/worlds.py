"""Worlds with something broken, what can be seen of them, and every explanation of it, found by trying them all.

Written another way than the code it judges: neighbours are bits of whole numbers, nothing is a graph or a clue.

What is true of a world. A device is well, dead (no power: no light either) or stuck (light, but it neither answers nor
passes anything on). A link is well or cut. Who asks sees a device if a way of well devices and links leads to it. A
device that is seen tells of each of its ports: without signal if the own fibre is cut or the device beyond dead; at a
leased link the signal is that of the provider's box, which may fail with the circuit or not, and never with the device
beyond.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from register.networks import CORE, GATEWAY, PROBER, PROBER_ROUTER
from simpul.register.logic.snapshot import Snapshot
from simpul.watch.logic.facts import DOWN, UNKNOWN, UP, Ends, Facts, State

Broken = frozenset[str]
# Nobody can tell from inside whether the asker's own house is cut off; that is told apart in tests of its own.
SAFE = {CORE, PROBER, PROBER_ROUTER, f"{CORE}-{PROBER_ROUTER}", f"{PROBER_ROUTER}-{PROBER}"}


@dataclass(frozen=True)
class World:
    """What is broken. `stuck` are some of the broken devices, `dark` the cut circuits whose box fails with them."""

    snapshot: Snapshot
    broken: Broken
    stuck: Broken
    dark: Broken

    def seen(self) -> frozenset[str]:
        """The devices that answer."""
        return seen(self.snapshot, self.broken)

    def port(self, link: str, device: str) -> State:
        """Whether `device`, one end of the link, has a signal there."""
        row = self.snapshot.links[link]
        if link in self.broken:
            return DOWN if not row.leased or link in self.dark else UP
        beyond = row.other(device)
        return DOWN if not row.leased and beyond in self.broken - self.stuck else UP


def random_world(snapshot: Snapshot, dice: random.Random) -> World:
    """One to three things broken, never what joins the asker to the core."""
    elements = sorted((snapshot.links.keys() | snapshot.devices.keys()) - SAFE)
    broken = frozenset(dice.sample(elements, dice.choice([1, 1, 2, 2, 3])))
    return World(
        snapshot,
        broken,
        frozenset(code for code in broken if dice.random() < 0.3),
        frozenset(code for code in broken if dice.random() < 0.5),
    )


def seen(snapshot: Snapshot, broken: Broken) -> frozenset[str]:
    """Who answers the asker, with sets as bits."""
    names = sorted(snapshot.devices)
    bit = {name: 1 << place for place, name in enumerate(names)}
    lines = [
        bit[link.a_device] | bit[link.b_device]
        for link in snapshot.links.values()
        if not {link.code, link.a_device, link.b_device} & broken
    ]
    found, before = 0 if PROBER in broken else bit[PROBER], 0
    while found != before:
        before = found
        for line in lines:
            if line & found:
                found |= line
    return frozenset(name for name in names if bit[name] & found)


def fits(snapshot: Snapshot, facts: Facts, broken: Broken) -> bool:
    """Whether the facts could be seen if exactly this were broken, stuck or dead, dark or not."""
    answers = seen(snapshot, broken)
    for code in snapshot.devices:
        state = facts.device(code)
        if state != UNKNOWN and (state == UP) != (code in answers):
            return False
    return all(
        _port_fits(snapshot, code, device, said, broken)
        for code, ends in facts.links.items()
        for device, said in (
            (snapshot.links[code].a_device, ends.a),
            (snapshot.links[code].b_device, ends.b),
        )
        if facts.device(device) == UP and said != UNKNOWN
    )


def _port_fits(snapshot: Snapshot, code: str, device: str, said: State, broken: Broken) -> bool:
    row = snapshot.links[code]
    if row.leased:
        both = {row.a_device, row.b_device}
        return said == UP or code in broken if len(both & broken) < 2 else True
    if said == UP:
        return code not in broken
    return code in broken or row.other(device) in broken


def explanations(snapshot: Snapshot, facts: Facts, most: int = 3) -> list[Broken]:
    """All of the fewest elements that fit the facts; empty if more than `most` were needed."""
    # What answers is not broken, and a cut that would silence somebody who answers did not happen.
    elements = sorted(
        code
        for code in snapshot.links.keys() | snapshot.devices.keys()
        if facts.device(code) != UP and all(facts.device(other) != UP for other in _silenced(snapshot, code))
    )
    for size in range(most + 1):
        found = [
            frozenset(chosen) for chosen in combinations(elements, size) if fits(snapshot, facts, frozenset(chosen))
        ]
        if found:
            return found
    return []


def _silenced(snapshot: Snapshot, code: str) -> Iterator[str]:
    yield from snapshot.devices.keys() - seen(snapshot, frozenset([code]))


def facts_of(world: World, dice: random.Random, ports: float, told: float) -> Facts:
    """What is known if a part `ports` of the routers tells of its ports, and a part `told` of all was asked so far."""
    answers = world.seen()
    telling = {code for code in sorted(world.snapshot.devices) if dice.random() < ports}
    asked = {code for code in sorted(world.snapshot.devices) if dice.random() < told}
    devices: dict[str, State] = {code: UP if code in answers else DOWN for code in sorted(asked)}

    def port(link: str, device: str) -> State:
        known = device in answers and device in telling and (device in asked or device == PROBER)
        return world.port(link, device) if known else UNKNOWN

    links: Mapping[str, Ends] = {
        code: Ends(port(code, row.a_device), port(code, row.b_device)) for code, row in world.snapshot.links.items()
    }
    uplinks: dict[str, State] = dict.fromkeys(world.snapshot.uplinks, UP) if GATEWAY in answers else {}
    return Facts(devices, links, uplinks, PROBER)
