"""Whom it hits when elements are gone, and whose they are. Pure.

"Hit" is lost reachability, so a cut of a ring hits nobody; see `graph.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simpul.register.logic.elements import Element, together
from simpul.register.logic.graph import Graph


@dataclass(frozen=True, slots=True)
class Party:
    """Who is called for one of the elements: code of the organisation, and the number their help desk asks for."""

    organisation: str
    service_number: str = ""


@dataclass(frozen=True, slots=True)
class Impact:
    """What is lost when all `elements` are gone at once; everything by code, in the order of the codes.

    `silent` are the places whose own device cannot be reached, points of presence and sites not counted too: what hangs
    there is lost with them. `ways_lost` and `ways_left` share out the ways to the internet.
    """

    elements: tuple[Element, ...]
    network: tuple[str, ...]
    internet: tuple[str, ...]
    silent: tuple[str, ...]
    ways_lost: tuple[str, ...]
    ways_left: tuple[str, ...]
    parties: tuple[Party, ...]

    @property
    def hits_somebody(self) -> bool:
        """Whether a site loses anything."""
        return bool(self.network or self.internet)

    @property
    def planned(self) -> bool:
        """Whether none of it is built."""
        return all(element.planned for element in self.elements)


def impact_of(graph: Graph, elements: Sequence[Element]) -> Impact:
    """Remove all `elements` and see who still reaches the core and a way out."""
    links, devices, uplinks = together(elements)
    lost = graph.lost(links, devices, uplinks)
    before, after = graph.reachable(graph.core), graph.reachable(graph.core, links, devices)
    gone = before - after
    ways = graph.snapshot.uplinks
    left = tuple(code for code, way in ways.items() if code not in uplinks and way.device in after)
    places = graph.snapshot.sites.values()
    return Impact(
        elements=tuple(elements),
        network=tuple(sorted(lost.network)),
        internet=tuple(sorted(lost.internet)),
        silent=tuple(sorted(site.code for site in places if site.device in gone)),
        ways_lost=tuple(code for code, way in ways.items() if code not in left and way.device in before),
        ways_left=left,
        parties=tuple(dict.fromkeys(_parties(graph, elements))),
    )


def _parties(graph: Graph, elements: Sequence[Element]) -> list[Party]:
    """Who repairs a link, a device or a way out; for a whole site, who repairs what stands there."""
    snapshot = graph.snapshot
    links, devices, uplinks = together(elements)
    found = [Party(link.party, link.service_number) for code, link in snapshot.links.items() if code in links]
    found += [Party(device.operator) for code, device in snapshot.devices.items() if code in devices]
    found += [Party(way.provider, way.service_number) for code, way in snapshot.uplinks.items() if code in uplinks]
    return [party for party in found if party.organisation]
