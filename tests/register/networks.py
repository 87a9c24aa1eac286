"""Networks made for tests: from a few words, and at random; and what is asked of them, answered the slow way."""

from __future__ import annotations

import random
from collections.abc import Iterable, Set
from itertools import pairwise

from simpul.register.logic.snapshot import Snapshot, SnapshotDevice, SnapshotLink, SnapshotSite, SnapshotUplink

GATEWAY, CORE, PROBER, PROBER_ROUTER = "GW", "CORE", "SRV", "R-CENTER"
KINDS = {GATEWAY: "gateway", PROBER: "server"}


def network(
    pairs: Iterable[tuple[str, str]],
    *,
    leased: Iterable[str] = (),
    uplinks: Iterable[str] = ("UP-1", "UP-2"),
    pops: Iterable[str] = (),
    planned: Iterable[str] = (),
) -> Snapshot:
    """`GW` and `SRV` are the gateway and the center's server, every other name a router at a site `S-<name>`.

    A link is called `<a>-<b>`; the uplinks leave at `GW`.
    """
    pairs, rented = list(pairs), set(leased)
    names = sorted({name for pair in pairs for name in pair})
    links = [_link(a, b, f"{a}-{b}" in rented, f"{a}-{b}" in set(planned)) for a, b in pairs]
    touched = {name for link in links if not link.planned for name in (link.a_device, link.b_device)}
    places = {name: f"S-{name}" for name in names} | {PROBER: f"S-{PROBER_ROUTER}", GATEWAY: f"S-{CORE}"}
    devices = (
        SnapshotDevice(
            name, name, KINDS.get(name, "router"), places[name], operator="OFFICE", planned=name not in touched
        )
        for name in names
    )
    carrying = {CORE, *pops}
    sites = [_site(name, "pop" if name in carrying else "opd") for name in names if name not in KINDS]
    ways_out = uplinks if GATEWAY in names else ()
    return Snapshot(
        devices={device.code: device for device in devices},
        links={link.code: link for link in links},
        sites={site.code: site for site in sites},
        uplinks={
            code: SnapshotUplink(code, code, GATEWAY, "wan", f"P-{code}", f"NO-{code}", 10, 10) for code in ways_out
        },
    )


def _link(a: str, b: str, leased: bool, planned: bool) -> SnapshotLink:
    return SnapshotLink(
        code=f"{a}-{b}",
        a_device=a,
        a_port=f"to-{b}",
        a_address="",
        b_device=b,
        b_port=f"to-{a}",
        b_address="",
        circuit=f"C-{a}-{b}",
        leased=leased,
        provider="PROVIDER" if leased else "",
        service_number=f"NO-{a}-{b}" if leased else "",
        operator="OFFICE",
        planned=planned,
    )


def _site(name: str, kind: str) -> SnapshotSite:
    return SnapshotSite(f"S-{name}", name, kind, "OFFICE", network_lit=True, internet_on=True, device=name)


def random_network(dice: random.Random) -> Snapshot:
    """Rings through the core, a ring beside a ring, chains and trees of spurs; 12 to 60 routers; some links leased."""
    pairs = [(GATEWAY, CORE), (CORE, PROBER_ROUTER), (PROBER_ROUTER, PROBER)]
    pops = [CORE]
    for ring in range(dice.randint(1, 3)):
        start, end = CORE, dice.choice([CORE, dice.choice(pops)])
        members = [f"P{ring}{place}" for place in range(dice.randint(2, 6))]
        way = [start, *members, end]
        pairs += list(pairwise(way))
        pops += members
    routers = list(pops)
    for place in range(dice.randint(5, 35)):
        name = f"R{place:02}"
        pairs.append((dice.choice(routers if dice.random() < 0.4 else pops), name))
        routers.append(name)
    pairs = list(dict.fromkeys(pairs))
    leased = [f"{a}-{b}" for a, b in pairs if dice.random() < 0.3 and a != GATEWAY and PROBER not in (a, b)]
    return network(pairs, leased=leased, pops=pops)


def reached(
    snapshot: Snapshot, start: Iterable[str], cut: Set[str] = frozenset(), down: Set[str] = frozenset()
) -> set[str]:
    """Who can be reached, by joining sets until nothing changes: no queue, no numbers, no arrays."""
    found = {code for code in start if code not in down}
    lines = [
        {link.a_device, link.b_device}
        for link in snapshot.links.values()
        if link.code not in cut and not link.planned and not {link.a_device, link.b_device} & set(down)
    ]
    while True:
        more = {code for line in lines if line & found for code in line} - found
        if not more:
            return found
        found |= more
