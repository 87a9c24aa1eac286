"""The network as it stood on one day, out of the register: who used it, what was measured of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from simpul.kit.problem import Problem
from simpul.lab.network.from_register import read_network
from simpul.lab.network.plan import Network, Node
from simpul.lab.people.habits import Place, appetites
from simpul.lab.people.process import place_of
from simpul.register.logic.snapshot import POP, Snapshot
from simpul.register.service import snapshot
from simpul.traffic.logic.plan import Plan
from simpul.traffic.logic.policy import Unplannable, plan_of
from simpul.traffic.service.reading import gateway_named, read_policy

# Routers that are asked for their counters.
COUNTING = ("gateway", "core", "ring")


@dataclass(frozen=True, slots=True)
class User:
    """One site with people: its router, its habits, what it wants at its busiest (bit/s in the register's terms)."""

    site: str
    router: str
    place: Place
    appetite_bps: float


@dataclass(frozen=True)
class Region:
    """One day's network. All rates are the register's.

    `shared` are the users that share the internet, in the plan's terms; the others ask servers inside. `devices` names
    the router that each watched device stands at (a router: itself), `links` the two devices of each built link,
    `counted` those of them that a router counts.
    """

    network: Network
    plan: Plan | None
    shared: tuple[User, ...]
    inside: tuple[User, ...]
    devices: Mapping[str, str]
    links: Mapping[str, tuple[str, str]]
    counted: tuple[str, ...]

    @property
    def watcher(self) -> str:
        """Where questions start: the command center's server, or the gateway."""
        center = self.network.center
        return center.code if center else self.network.gateway.code


def region_on(at: datetime) -> Region:
    """The network as it stood at that moment. Raises Problem where the register holds none that could be lived in."""
    network, seen = read_network(at, 1.0), snapshot(at)
    users = _users(network, seen)
    plan = _plan({user.site for user in users if user.place.internet})
    leaves = {leaf.name for leaf in plan.leaves()} if plan else set()
    links = {
        code: (link.a_device, link.b_device)
        for code, link in seen.links.items()
        if not link.planned and all(_stood(seen, device) for device in (link.a_device, link.b_device))
    }
    return Region(
        network=network,
        plan=plan,
        shared=tuple(user for user in users if user.site in leaves),
        inside=tuple(user for user in users if not user.place.internet),
        devices=_devices(network, seen, links),
        links=links,
        counted=tuple(code for code, ends in links.items() if any(_counts(network, end) for end in ends)),
    )


def _users(network: Network, seen: Snapshot) -> list[User]:
    lived_in: dict[str, tuple[Node, Place]] = {
        node.code: (node, place_of(node, network))
        for node in network.sites
        if node.clients and node.site in seen.sites and seen.sites[node.site].network_lit
    }
    bought = sum(uplink.down_bps for uplink in network.uplinks)
    wanted = appetites([place for _, place in lived_in.values()], bought)
    return [User(node.site, code, place, wanted[code]) for code, (node, place) in lived_in.items()]


def _plan(with_internet: set[str]) -> Plan | None:
    policy = read_policy(gateway_named("")).policy
    then = replace(policy, sites=tuple(site for site in policy.sites if site.code in with_internet))
    try:
        return plan_of(then)
    except Unplannable:
        return None


def _stood(seen: Snapshot, device: str) -> bool:
    """Whether the device was built by then: a point of presence was, a site when it was lit."""
    site = seen.sites.get(seen.devices[device].site)
    return site is not None and (site.kind == POP or site.network_lit)


def _devices(network: Network, seen: Snapshot, links: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    found = {}
    for code, device in seen.devices.items():
        if device.planned or not device.address or not _stood(seen, code):
            continue
        beside = (other for ends in links.values() if code in ends for other in ends if other != code)
        router = code if code in network.by_code else next((end for end in beside if end in network.by_code), "")
        if router:
            found[code] = router
    if not found:
        raise Problem("no device of the register stands in the virtual network, so there is no history to tell")
    return found


def _counts(network: Network, device: str) -> bool:
    return device in network.by_code and network.by_code[device].kind in COUNTING
