"""From the policy, in the words of the register, to the plan that a gateway carries out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from simpul.traffic.logic.plan import Match, Network, Node, Plan, Rates, Uplink

NOTHING = Rates(0, 0)


class Unplannable(Exception):
    """No plan follows from this policy; the text says what is in the way and what to do."""


@dataclass(frozen=True, slots=True)
class GroupPolicy:
    """Sites that share something. `parent` is the code of a group or an uplink; `fallbacks` codes of uplinks."""

    code: str
    parent: str
    guarantee: Rates = NOTHING
    ceiling: Rates | None = None
    weight: float = 1.0
    tier: int = 0
    fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SitePolicy:
    """One site's part of its group, and the address blocks that are its own."""

    code: str
    group: str
    guarantee: Rates = NOTHING
    ceiling: Rates | None = None
    weight: float = 1.0
    tier: int = 0
    prefixes: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """All that is decided for one gateway. `lan` are its ports towards the network; `protected` always passes."""

    gateway: str
    uplinks: tuple[Uplink, ...]
    lan: tuple[str, ...]
    groups: tuple[GroupPolicy, ...]
    sites: tuple[SitePolicy, ...]
    protected: tuple[Network, ...] = ()


def plan_of(policy: Policy) -> Plan:
    """The plan: groups in the order of the tree, then sites, each by code. Groups without a site are left out.

    Raises Unplannable where the gateway has no way out, not exactly one port towards the network, or a name is
    not clear.
    """
    _refuse_unclear(policy)
    groups = {group.code: group for group in policy.groups}
    used = _used(policy, groups)
    protected = tuple(sorted(set(policy.protected), key=_order))
    nodes = [_group_node(group, policy) for group in _from_above(policy, groups) if group.code in used]
    nodes += [_site_node(site, protected) for site in sorted(policy.sites, key=lambda each: each.code)]
    uplinks = tuple(sorted(policy.uplinks, key=lambda uplink: uplink.name))
    return Plan(uplinks, policy.lan, tuple(nodes), protected)


def with_changes(policy: Policy, changes: Mapping[str, Mapping[str, Any]]) -> Policy:
    """The policy as it would be with other values for some groups and sites, named by code. Raises Unplannable."""
    unknown = set(changes) - {group.code for group in policy.groups} - {site.code for site in policy.sites}
    if unknown:
        raise Unplannable(f"no group and no site with a share is called {', '.join(sorted(unknown))}. Check the codes")
    return replace(
        policy,
        groups=tuple(replace(each, **changes.get(each.code, {})) for each in policy.groups),
        sites=tuple(replace(each, **changes.get(each.code, {})) for each in policy.sites),
    )


def scaled(plan: Plan, factor: float) -> Plan:
    """The same plan with every rate times `factor`: for a network whose lines are that much thinner."""
    if factor == 1.0:
        return plan
    return replace(
        plan,
        uplinks=tuple(replace(uplink, rates=uplink.rates.scaled(factor)) for uplink in plan.uplinks),
        nodes=tuple(
            replace(
                node,
                guarantee=node.guarantee.scaled(factor),
                ceiling=node.ceiling.scaled(factor) if node.ceiling else None,
            )
            for node in plan.nodes
        ),
    )


def without(prefix: Network, others: Iterable[Network]) -> list[Network]:
    """What is left of the block when the others are taken out of it, as blocks in order."""
    left: list[Network] = [prefix]
    for other in others:
        left = [piece for block in left for piece in _taken_out(block, other)]
    return sorted(left, key=_order)


def _taken_out(block: Network, other: Network) -> list[Network]:
    if isinstance(block, IPv4Network) and isinstance(other, IPv4Network):
        return _pieces(block, other)
    if isinstance(block, IPv6Network) and isinstance(other, IPv6Network):
        return _pieces(block, other)
    return [block]


def _pieces(block: Any, other: Any) -> list[Network]:
    if not block.overlaps(other):
        return [block]
    return list(block.address_exclude(other)) if other.subnet_of(block) else []


def _refuse_unclear(policy: Policy) -> None:
    if not policy.uplinks:
        raise Unplannable(f"{policy.gateway} has no way out to the internet. Add an uplink at one of its ports")
    if len(policy.lan) != 1:
        ports = ", ".join(policy.lan) or "none"
        raise Unplannable(
            f"{policy.gateway} needs exactly one port with a link towards the network; it has {ports}. "
            "Mend its links in the register"
        )
    names = Counter(uplink.name for uplink in policy.uplinks)
    names += Counter(group.code for group in policy.groups) + Counter(site.code for site in policy.sites)
    twice = sorted(name for name, times in names.items() if times > 1)
    if twice:
        raise Unplannable(f"{', '.join(twice)} names two things (site, group, uplink). Rename the group")
    if not policy.sites:
        raise Unplannable(f"no site has a share behind {policy.gateway}. Give at least one site a share")


def _used(policy: Policy, groups: Mapping[str, GroupPolicy]) -> set[str]:
    """Codes of the groups above some site."""
    used: set[str] = set()
    for site in policy.sites:
        above = site.group
        while above in groups and above not in used:
            used.add(above)
            above = groups[above].parent
    return used


def _from_above(policy: Policy, groups: Mapping[str, GroupPolicy]) -> list[GroupPolicy]:
    """Groups of this gateway's uplinks, a parent before its children, each level by code."""
    below: dict[str, list[GroupPolicy]] = {}
    for group in sorted(groups.values(), key=lambda each: each.code):
        below.setdefault(group.parent, []).append(group)
    found: list[GroupPolicy] = []
    waiting = [uplink.name for uplink in sorted(policy.uplinks, key=lambda each: each.name)]
    while waiting:
        children = below.get(waiting.pop(0), [])
        found += children
        waiting += [child.code for child in children]
    return found


def _group_node(group: GroupPolicy, policy: Policy) -> Node:
    uplinks = {uplink.name for uplink in policy.uplinks}
    order = (group.parent, *group.fallbacks) if group.parent in uplinks else ()
    return Node(
        name=group.code,
        parent=group.parent,
        guarantee=group.guarantee,
        ceiling=group.ceiling,
        weight=group.weight,
        tier=group.tier,
        uplinks=tuple(dict.fromkeys(name for name in order if name in uplinks)),
    )


def _site_node(site: SitePolicy, protected: Sequence[Network]) -> Node:
    # What is protected has a class of its own; a block may stand in one place of the gateway's map only.
    blocks = [piece for prefix in sorted(set(site.prefixes), key=_order) for piece in without(prefix, protected)]
    if not blocks:
        raise Unplannable(f"{site.code} has a share but no address block of its own. Give it one in the register")
    return Node(
        name=site.code,
        parent=site.group,
        guarantee=site.guarantee,
        ceiling=site.ceiling,
        weight=site.weight,
        tier=site.tier,
        match=tuple(Match(prefix=block) for block in blocks),
    )


def _order(prefix: Network) -> tuple[int, int, int]:
    return prefix.version, int(prefix.network_address), prefix.prefixlen
