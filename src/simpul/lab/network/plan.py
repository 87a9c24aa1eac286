"""What the virtual network is made of, as plain data that travels as JSON. Pure.

A node is a network namespace named by its code; a span is a bridge in the namespace `ground` with one port towards
each end. Addresses are written `address/length`; rates are layer-2 bit/s in the register's terms, and what really
flows is that times `Network.scale`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

from simpul.kit.problem import Problem

Kind = Literal["gateway", "core", "ring", "site", "provider", "center"]
GROUND = "ground"
# The servers of the invented internet: the same address on every provider's side.
SERVERS = ("192.0.2.80", "2001:db8:ffff::80")
SERVER_PORT = 8080
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Node:
    """One router or server. A node of kind `center` is the namespace that the lab's own processes live in.

    `lan` holds the addresses on its interface `lan`: first its own (IPv4, IPv6), then those of boxes that stand
    behind it, last a pair (IPv4, IPv6) for each of its `clients`. `internet` says whether the site may use it.
    """

    code: str
    kind: Kind
    name: str = ""
    site: str = ""
    lan: tuple[str, ...] = ()
    loopback: tuple[str, ...] = ()
    public: bool = False
    internet: bool = True
    clients: int = 0

    def client_addresses(self) -> tuple[tuple[str, str], ...]:
        """The bare addresses that clients speak from, as pairs of IPv4 and IPv6."""
        if not self.clients:
            return ()
        bare = [address.partition("/")[0] for address in self.lan[-2 * self.clients :]]
        return tuple(zip(bare[::2], bare[1::2], strict=True))


@dataclass(frozen=True, slots=True)
class End:
    """One end of a span: an interface of a node and the addresses on it."""

    node: str
    interface: str
    addresses: tuple[str, ...] = ()

    def bare(self, family: int) -> str:
        """Its first address of that family (4 or 6) without length; empty if it has none."""
        found = (address for address in self.addresses if (":" in address) == (family == 6))
        return next(found, "").partition("/")[0]


@dataclass(frozen=True, slots=True)
class Span:
    """A line between two nodes; 0 bit/s: as much as the machine carries. The inside of a leased one is a provider's."""

    code: str
    a: End
    b: End
    capacity_bps: int = 0
    leased: bool = False
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Uplink:
    """A way out: the span between the gateway (end `a`) and the node of the provider (end `b`)."""

    code: str
    span: str
    down_bps: int
    up_bps: int
    provider: str


@dataclass(frozen=True)
class Network:
    """The whole network. `scale` is the lab's rate divided by the register's.

    `limited`: leased spans and ways out carry no more than was bought, times the scale.
    """

    nodes: tuple[Node, ...]
    spans: tuple[Span, ...]
    uplinks: tuple[Uplink, ...] = ()
    scale: float = 1.0
    limited: bool = False

    @cached_property
    def by_code(self) -> Mapping[str, Node]:
        """Nodes by code."""
        return {node.code: node for node in self.nodes}

    @cached_property
    def span_by_code(self) -> Mapping[str, Span]:
        """Spans by code."""
        return {span.code: span for span in self.spans}

    @property
    def gateway(self) -> Node:
        """The one gateway."""
        return next(node for node in self.nodes if node.kind == "gateway")

    @property
    def center(self) -> Node | None:
        """The command center's server, if the network has one."""
        return next((node for node in self.nodes if node.kind == "center"), None)

    @property
    def sites(self) -> tuple[Node, ...]:
        """The routers of sites."""
        return tuple(node for node in self.nodes if node.kind == "site")

    def to_data(self) -> dict[str, Any]:
        """As JSON can hold it; reads back equal."""
        return {
            "format": FORMAT,
            "scale": self.scale,
            "limited": self.limited,
            "nodes": [asdict(node) for node in self.nodes],
            "spans": [asdict(span) for span in self.spans],
            "uplinks": [asdict(uplink) for uplink in self.uplinks],
        }

    def to_text(self) -> str:
        """One JSON document."""
        return json.dumps(self.to_data(), ensure_ascii=False, indent=1) + "\n"


def network_from_data(data: Mapping[str, Any]) -> Network:
    """What `Network.to_data` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']} instead of {FORMAT}")
    return Network(
        nodes=tuple(
            Node(**{**node, "lan": tuple(node["lan"]), "loopback": tuple(node["loopback"])}) for node in data["nodes"]
        ),
        spans=tuple(Span(**{**span, "a": _end(span["a"]), "b": _end(span["b"])}) for span in data["spans"]),
        uplinks=tuple(Uplink(**uplink) for uplink in data["uplinks"]),
        scale=float(data["scale"]),
        limited=bool(data["limited"]),
    )


def network_from_text(text: str, name: str) -> Network:
    """The network in a file called `name`. Raises Problem when it is none."""
    try:
        return network_from_data(json.loads(text))
    except (KeyError, TypeError, ValueError) as error:
        raise Problem(f"{name}: holds no virtual network ({error}). Start the lab again: simpul lab up") from None


def _end(data: Mapping[str, Any]) -> End:
    return End(data["node"], data["interface"], tuple(data["addresses"]))
