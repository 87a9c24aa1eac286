"""Seats: which class number of the kernel stands for which node at which uplink. Pure.

A seat's key is its place in the tree (`A/OPD/SITE-1`), with a slash at its end where other seats are below it. A node
that moves, or that gets its first child, so takes a fresh seat while the old one drains: HTB can do neither in place
without dropping what waits in the class. A number once given stays with its key, also over a restart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from simpul.kit.problem import Problem
from simpul.traffic.logic.plan import Node, Plan

# Class numbers have 16 bits; 0 is the queue itself. Number 1 is the class of what the gateway says itself, on every
# device: it is HTB's default, where what no rule has touched (ARP) ends up.
CONTROL = 1
FIRST, LAST = 0x10, 0xFFF0
PROTECTED, UNCLASSIFIED = "!protected", "!unclassified"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node's seat stands. `above` is the key of the seat over it."""

    key: str
    above: str
    node: Node


def root_of(uplink: str) -> str:
    """The key of the seat that carries the whole of an uplink."""
    return f"{_quoted(uplink)}/"


def protected_of(uplink: str) -> str:
    """The key of the seat of the protected prefixes at an uplink."""
    return root_of(uplink) + PROTECTED


def unclassified_of(uplink: str) -> str:
    """The key of the seat of what belongs to no node, at an uplink."""
    return root_of(uplink) + UNCLASSIFIED


def places(plan: Plan) -> list[Place]:
    """The place of every node, in the order of the plan."""
    above = {node.parent for node in plan.nodes}
    keys: dict[str, str] = {}
    uplinks = {uplink.name for uplink in plan.uplinks}

    def key(name: str) -> str:
        if name in uplinks and name not in keys:
            keys[name] = root_of(name)
        if name not in keys:
            keys[name] = key(plan.node(name).parent) + _quoted(name) + ("/" if name in above else "")
        return keys[name]

    return [Place(key(node.name), key(node.parent), node) for node in plan.nodes]


def all_keys(plan: Plan) -> list[str]:
    """The key of every seat a plan needs, each after the one above it."""
    found = [
        key
        for uplink in plan.uplinks
        for key in (root_of(uplink.name), protected_of(uplink.name), unclassified_of(uplink.name))
    ]
    found += [place.key for place in places(plan)]
    return sorted(found, key=lambda each: each.rstrip("/").count("/"))


def seated(
    known: Mapping[str, int], keys: Iterable[str], in_use: Collection[int] = (), first: int = FIRST
) -> dict[str, int]:
    """`known` and a number for each key that had none, other than those `in_use`. Raises Problem when none is left."""
    seats = dict(known)
    taken = {*seats.values(), *in_use}
    free = iter(number for number in range(first, LAST + 1) if number not in taken)
    for key in keys:
        if key not in seats:
            number = next(free, None)
            if number is None:
                raise Problem(
                    f"the plan needs more than {LAST - FIRST + 1} classes on one device. "
                    "Share its sites between several gateways"
                )
            seats[key] = number
    return seats


def _quoted(name: str) -> str:
    return name.replace("%", "%25").replace("/", "%2F")
