"""What the bus is told each second, and the same as samples for the store. Pure: pictures in, plain data out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simpul.register.logic.snapshot import Snapshot
from simpul.watch.hearing import NodeSaid, UplinkSaid
from simpul.watch.logic.facts import DOWN, UNKNOWN, UP, State

Sample = tuple[str, str, float]


@dataclass(frozen=True, slots=True)
class LinkSeen:
    """One link: its state, and what passes from its end A to its end B and back, in bit/s; None where nobody counts."""

    state: State = UNKNOWN
    ab_bps: float | None = None
    ba_bps: float | None = None


@dataclass(frozen=True)
class Picture:
    """All that is known at one moment. `lost` and `offline` are sites without network and without internet."""

    at: datetime
    snapshot: Snapshot
    devices: Mapping[str, State] = field(default_factory=dict)
    rtts: Mapping[str, float] = field(default_factory=dict)
    links: Mapping[str, LinkSeen] = field(default_factory=dict)
    uplinks: Mapping[str, UplinkSaid] = field(default_factory=dict)
    nodes: Mapping[str, NodeSaid] = field(default_factory=dict)
    prober: str = ""


def links(picture: Picture) -> dict[str, Any]:
    """`live.links`: every built link."""
    rows = {
        code: {"ab": _whole(seen.ab_bps), "ba": _whole(seen.ba_bps), "state": seen.state}
        for code, link in picture.snapshot.links.items()
        if not link.planned
        for seen in (picture.links.get(code, LinkSeen()),)
    }
    return {"at": picture.at.isoformat(), "links": rows}


def sites(picture: Picture) -> dict[str, Any]:
    """`live.sites`: every site where something stands that can be asked, or that shares the internet."""
    rows = {}
    for code, site in picture.snapshot.sites.items():
        said = picture.nodes.get(code)
        if not site.device and said is None:
            continue
        rows[code] = {
            "down": _whole(said.down if said else None),
            "up": _whole(said.up if said else None),
            "share_down": _whole(said.share_down if said else None),
            "share_up": _whole(said.share_up if said else None),
            "network": network_lamp(picture, code),
            "internet": internet_lamp(picture, code),
        }
    return {"at": picture.at.isoformat(), "sites": rows}


def uplinks(picture: Picture) -> dict[str, Any]:
    """`live.uplinks`: every way out of the register."""
    rows = {}
    for code, uplink in picture.snapshot.uplinks.items():
        said = picture.uplinks.get(code)
        rows[code] = {
            "down": _whole(said.down if said else None),
            "up": _whole(said.up if said else None),
            "bought_down": uplink.down_bps,
            "bought_up": uplink.up_bps,
            "alive": said.alive if said else None,
        }
    return {"at": picture.at.isoformat(), "uplinks": rows}


def network_lamp(picture: Picture, site: str) -> State:
    """Whether the site's own router can be reached."""
    device = picture.snapshot.sites[site].device
    return UP if device and device == picture.prober else picture.devices.get(device, UNKNOWN)


def internet_lamp(picture: Picture, site: str) -> State:
    """Whether the site is joined to a way out that is alive; down as well where it was never switched on."""
    network = network_lamp(picture, site)
    if network != UP or not picture.snapshot.sites[site].internet_on:
        return DOWN if network == DOWN or not picture.snapshot.sites[site].internet_on else UNKNOWN
    said = picture.nodes.get(site)
    if said is None or not picture.uplinks:
        return UNKNOWN
    own = picture.uplinks.get(said.uplink)
    # Who moves to another way out has it a second later; the report names the one that carries the site now.
    alive = own.alive if own is not None else any(uplink.alive for uplink in picture.uplinks.values())
    return UP if alive else DOWN


def samples(picture: Picture) -> Iterator[Sample]:
    """Metric, ref, value: what is worth keeping of this moment. What is unknown is left out, not zero."""
    for code, said in picture.nodes.items():
        if code in picture.snapshot.sites:
            yield from _pairs("site", code, said, ("down", "up", "share_down", "share_up"))
    for code, uplink in picture.uplinks.items():
        yield from _pairs("uplink", code, uplink, ("down", "up"))
    for code, seen in picture.links.items():
        if seen.ab_bps is not None and seen.ba_bps is not None:
            yield "link.ab_bps", code, seen.ab_bps
            yield "link.ba_bps", code, seen.ba_bps
    states = [("link.up", code, seen.state) for code, seen in picture.links.items()]
    states += [("device.up", code, state) for code, state in picture.devices.items()]
    yield from ((metric, code, float(state == UP)) for metric, code, state in states if state != UNKNOWN)
    yield from (("device.rtt_ms", code, 1000.0 * rtt) for code, rtt in picture.rtts.items())


def _pairs(kind: str, code: str, said: object, ways: Iterable[str]) -> Iterator[Sample]:
    for way in ways:
        yield f"{kind}.{way}_bps", code, float(getattr(said, way))


def _whole(rate: float | None) -> int | None:
    return None if rate is None else round(rate)
