"""What a code means in the network, and what is gone with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from simpul.register.logic.snapshot import Snapshot

KINDS = ("link", "circuit", "device", "uplink", "site")
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Element:
    """One element and what goes with it. `planned`: it is not built, so nothing hangs on it yet.

    A circuit is one hop, its links; a site is every device that stands there.
    """

    kind: str
    code: str
    name: str
    links: frozenset[str] = NONE
    devices: frozenset[str] = NONE
    uplinks: frozenset[str] = NONE
    planned: bool = False


def elements_called(snapshot: Snapshot, code: str) -> list[Element]:
    """All elements with that code; at most one of each kind, in the order of `KINDS`."""
    found = []
    if link := snapshot.links.get(code):
        found.append(Element("link", code, code, links=frozenset({code}), planned=link.planned))
    carried = [link for link in snapshot.links.values() if link.circuit == code]
    if carried:
        links = frozenset(link.code for link in carried)
        found.append(Element("circuit", code, code, links=links, planned=all(link.planned for link in carried)))
    if device := snapshot.devices.get(code):
        found.append(Element("device", code, device.name, devices=frozenset({code}), planned=device.planned))
    if way := snapshot.uplinks.get(code):
        found.append(Element("uplink", code, way.name, uplinks=frozenset({code})))
    if site := snapshot.sites.get(code):
        stand = [device for device in snapshot.devices.values() if device.site == code]
        devices = frozenset(device.code for device in stand)
        found.append(Element("site", code, site.name, devices=devices, planned=all(each.planned for each in stand)))
    return found


def close_to(snapshot: Snapshot, code: str) -> list[str]:
    """Codes that may have been meant: the same in other letters first, then those alike."""
    circuits = {link.circuit for link in snapshot.links.values()} - {""}
    codes = sorted({*snapshot.links, *snapshot.devices, *snapshot.sites, *snapshot.uplinks, *circuits})
    upper: dict[str, str] = {each.upper(): each for each in codes}
    return [upper[each] for each in get_close_matches(code.upper(), upper, n=3, cutoff=0.6)]


def together(elements: Iterable[Element]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Links, devices and ways out that are gone when all of them are."""
    chosen = list(elements)
    return (
        NONE.union(*(each.links for each in chosen)),
        NONE.union(*(each.devices for each in chosen)),
        NONE.union(*(each.uplinks for each in chosen)),
    )
