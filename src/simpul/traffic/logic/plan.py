"""A sharing plan: uplinks, the tree of nodes below them, and which traffic belongs to a node.

What is held here was checked by the reader (`plan_file`): names are unique, parents exist, the tree has no cycle.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Literal

Network = IPv4Network | IPv6Network
Direction = Literal["down", "up"]
DIRECTIONS: tuple[Direction, ...] = ("down", "up")
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Rates:
    """One rate per direction, in bit/s of layer 2. Down is towards the sites."""

    down: int
    up: int

    def of(self, direction: Direction) -> int:
        """The rate of one direction."""
        return self.down if direction == "down" else self.up

    def to_data(self) -> dict[str, int]:
        """As a plan file writes it."""
        return {"down": self.down, "up": self.up}

    def scaled(self, factor: float) -> Rates:
        """Every rate times `factor`, rounded down; what was above zero stays so."""
        return Rates(*(max(int(rate * factor), min(rate, 1)) for rate in (self.down, self.up)))


@dataclass(frozen=True, slots=True)
class Match:
    """Traffic of a node: exactly one of the three is given."""

    prefix: Network | None = None
    vlan: int | None = None
    interface: str = ""

    def to_data(self) -> dict[str, Any]:
        """As a plan file writes it."""
        if self.prefix is not None:
            return {"prefix": str(self.prefix)}
        return {"interface": self.interface} if self.vlan is None else {"vlan": self.vlan}


@dataclass(frozen=True, slots=True)
class Uplink:
    """A way to the internet. `rates` are the shaped rates; there is no hidden factor."""

    name: str
    dev: str
    rates: Rates
    probes: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """As a plan file writes it."""
        data = {"name": self.name, "dev": self.dev, **self.rates.to_data()}
        return {**data, "probes": list(self.probes)} if self.probes else data


@dataclass(frozen=True, slots=True)
class Node:
    """A sharer: a site, a class of service, or a group that has nodes below it. A ceiling of None is the parent's."""

    name: str
    parent: str
    guarantee: Rates = Rates(0, 0)
    ceiling: Rates | None = None
    weight: float = 1.0
    tier: int = 0
    uplinks: tuple[str, ...] = ()
    match: tuple[Match, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """As a plan file writes it."""
        data: dict[str, Any] = {
            "name": self.name,
            "parent": self.parent,
            "guarantee": self.guarantee.to_data(),
            "weight": self.weight,
            "tier": self.tier,
        }
        if self.ceiling is not None:
            data["ceiling"] = self.ceiling.to_data()
        if self.uplinks:
            data["uplinks"] = list(self.uplinks)
        if self.match:
            data["match"] = [match.to_data() for match in self.match]
        return data


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole plan. Nodes stand in the order of the file; a node may stand before its parent."""

    uplinks: tuple[Uplink, ...]
    lan: tuple[str, ...]
    nodes: tuple[Node, ...]
    protected: tuple[Network, ...] = ()
    _uplinks: dict[str, Uplink] = field(init=False, repr=False, compare=False)
    _nodes: dict[str, Node] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look-ups by name, made once."""
        object.__setattr__(self, "_uplinks", {uplink.name: uplink for uplink in self.uplinks})
        object.__setattr__(self, "_nodes", {node.name: node for node in self.nodes})

    def uplink(self, name: str) -> Uplink:
        """The uplink of that name. Raises KeyError."""
        return self._uplinks[name]

    def node(self, name: str) -> Node:
        """The node of that name. Raises KeyError."""
        return self._nodes[name]

    def leaves(self) -> tuple[Node, ...]:
        """Nodes with nothing below them, in the order of the plan. Demand arises only there."""
        parents = {node.parent for node in self.nodes}
        return tuple(node for node in self.nodes if node.name not in parents)

    def path(self, name: str) -> tuple[Node, ...]:
        """The node and all above it, up to the one that stands directly below an uplink. Raises KeyError."""
        found = [self._nodes[name]]
        while found[-1].parent not in self._uplinks:
            found.append(self._nodes[found[-1].parent])
        return tuple(found)

    def uplink_of(self, name: str) -> Uplink:
        """The uplink below which the node stands. Raises KeyError."""
        return self._uplinks[self.path(name)[-1].parent]

    def to_data(self) -> dict[str, Any]:
        """What `plan_from_data` reads back equal: JSON's types only, rates in bit/s, always in the same order."""
        return {
            "format": FORMAT,
            "uplinks": [uplink.to_data() for uplink in self.uplinks],
            "lan": list(self.lan),
            "nodes": [node.to_data() for node in self.nodes],
            "protected": [str(prefix) for prefix in self.protected],
        }
