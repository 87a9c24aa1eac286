"""What is seen at one moment, in numbers and of one element: plain data for the command line. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from simpul.register.logic.graph import Graph
from simpul.register.logic.snapshot import Snapshot
from simpul.watch import live
from simpul.watch.errors import NoTarget
from simpul.watch.logic.facts import DOWN, NEVER, UNKNOWN, UP, Facts, State

Row = dict[str, Any]


@dataclass(frozen=True)
class Moments:
    """Of each device: since when it is as it is, and when it last answered; seconds before the picture's moment."""

    since: Mapping[str, float]
    answered: Mapping[str, float]


@dataclass(frozen=True)
class Seen:
    """Everything that an answer is made of. `facts` is what causes are made of, `picture` what is shown."""

    graph: Graph
    picture: live.Picture
    facts: Facts
    moments: Moments

    @property
    def snapshot(self) -> Snapshot:
        """The network."""
        return self.picture.snapshot


def numbers(picture: live.Picture) -> Row:
    """How many devices, links, sites and ways out are in which state."""
    links = Counter(seen.state for seen in picture.links.values())
    places = [code for code, site in picture.snapshot.sites.items() if site.counted and site.device in picture.devices]
    online = [code for code in places if picture.snapshot.sites[code].internet_on]
    alive = {True: UP, False: DOWN, None: UNKNOWN}
    ways = Counter(alive[row["alive"]] for row in live.uplinks(picture)["uplinks"].values())
    return {
        "devices": _counted(Counter(picture.devices.values())),
        "links": _counted(links),
        "sites_network": _counted(Counter(live.network_lamp(picture, code) for code in places)),
        "sites_internet": _counted(Counter(live.internet_lamp(picture, code) for code in online)),
        "uplinks": _counted(ways),
    }


def why(seen: Seen, target: str) -> Row:
    """How the element is and what was seen of it. Raises NoTarget.

    `codes` are all that an alarm may name when it concerns the target; `way` leads from it to the core.
    """
    snapshot = seen.snapshot
    if target in snapshot.sites:
        return _site(seen, target)
    if target in snapshot.devices:
        return _told(seen, "device", target, snapshot.devices[target].name, target, {})
    if target in snapshot.uplinks:
        return _uplink(seen, target)
    links = [code for code, link in snapshot.links.items() if target in (code, link.circuit)]
    if not links:
        raise NoTarget(ref=target)
    return _links(seen, target, links)


def _site(seen: Seen, code: str) -> Row:
    site = seen.snapshot.sites[code]
    row = _told(seen, "site", code, site.name, site.device, {"internet": live.internet_lamp(seen.picture, code)})
    return {**row, "state": live.network_lamp(seen.picture, code)}


def _told(seen: Seen, kind: str, code: str, name: str, device: str, more: Row) -> Row:
    at = seen.picture.at
    moments = ((key, values.get(device, NEVER)) for key, values in _moments(seen))
    ago = {
        key: (at - timedelta(seconds=value)).isoformat(timespec="seconds") if value != NEVER else None
        for key, value in moments
    }
    return {
        "target": code,
        "kind": kind,
        "name": name,
        "state": _device(seen, device),
        **ago,
        "rtt_ms": round(1000 * seen.picture.rtts[device], 2) if device in seen.picture.rtts else None,
        "codes": sorted({code, device} - {""}),
        "way": list(_way(seen, device)),
        **more,
    }


def _moments(seen: Seen) -> Iterator[tuple[str, Mapping[str, float]]]:
    yield "since", seen.moments.since
    yield "answered_at", seen.moments.answered


def _uplink(seen: Seen, code: str) -> Row:
    way = seen.snapshot.uplinks[code]
    said = seen.picture.uplinks.get(code)
    return {
        "target": code,
        "kind": "uplink",
        "name": way.name,
        "state": UNKNOWN if said is None else UP if said.alive else DOWN,
        "gateway": way.device,
        "gateway_state": _device(seen, way.device),
        "loss": said.loss if said is not None else None,
        "provider": way.provider,
        "service_number": way.service_number,
        "codes": [code],
        "way": [],
    }


def _links(seen: Seen, target: str, links: list[str]) -> Row:
    first = seen.snapshot.links[links[0]]
    states = {_link(seen, code) for code in links}
    ends = [row for code in links for row in _ends(seen, code)]
    return {
        "target": target,
        "kind": "link" if target in seen.snapshot.links else "circuit",
        "name": f"{first.a_device} - {first.b_device}",
        "state": DOWN if DOWN in states else UNKNOWN if UNKNOWN in states else UP,
        "ends": ends,
        "leased": first.leased,
        "provider": first.provider,
        "service_number": first.service_number,
        "codes": sorted({target, *links, *(seen.snapshot.links[code].circuit for code in links)} - {""}),
        "way": [],
    }


def _ends(seen: Seen, code: str) -> Iterator[Row]:
    link, said = seen.snapshot.links[code], seen.facts.links.get(code)
    for device, port, signal in (
        (link.a_device, link.a_port, said.a if said else UNKNOWN),
        (link.b_device, link.b_port, said.b if said else UNKNOWN),
    ):
        yield {"device": device, "state": _device(seen, device), "port": port, "signal": signal}


def _way(seen: Seen, device: str) -> Iterator[Row]:
    path = seen.graph.path(device)
    here = device
    for link in path or ():
        there = link.other(here)
        yield {
            "device": here,
            "state": _device(seen, here),
            "link": link.code,
            "link_state": _link(seen, link.code),
            "to_device": there,
            "to_state": _device(seen, there),
        }
        here = there


def _device(seen: Seen, code: str) -> State:
    return UP if code == seen.picture.prober else seen.picture.devices.get(code, UNKNOWN)


def _link(seen: Seen, code: str) -> State:
    return seen.picture.links.get(code, live.LinkSeen()).state


def _counted(states: Mapping[State, int]) -> dict[str, int]:
    return {state: states.get(state, 0) for state in (UP, DOWN, UNKNOWN)}
