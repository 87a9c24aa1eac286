"""What is said to `ip`, `tc` and `nft` to make the network: lines for their batch modes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simpul.lab.network.plan import GROUND, End, Network, Node
from simpul.lab.network.routes import Route

# Marks the routes that the lab sets, so that those of others stay untouched. No routing daemon has this number.
PROTOCOL = 77
# A provider lets through a little more than was bought, so that the buyer's own shaping is what one feels.
HEADROOM = 1.05
LAN = "lan"
ASK_AGAIN_MS = "100"
# Before any device is made: what is made later inherits it.
SETTINGS: Mapping[str, str] = {
    "net/ipv4/ip_forward": "1",
    "net/ipv4/conf/all/rp_filter": "0",
    "net/ipv4/conf/default/rp_filter": "0",
    "net/ipv4/conf/all/send_redirects": "0",
    "net/ipv4/conf/default/send_redirects": "0",
    "net/ipv6/conf/all/forwarding": "1",
    "net/ipv6/conf/all/accept_dad": "0",
    "net/ipv6/conf/default/accept_dad": "0",
    "net/ipv6/conf/default/accept_ra": "0",
    "net/ipv6/conf/default/router_solicitations": "0",
    "net/ipv6/conf/all/keep_addr_on_down": "1",
    "net/ipv6/conf/default/keep_addr_on_down": "1",
}
# The gateway leaves a provider whose line is down without being told.
GATEWAY_SETTINGS: Mapping[str, str] = {
    "net/ipv4/conf/all/ignore_routes_with_linkdown": "1",
    "net/ipv6/conf/all/ignore_routes_with_linkdown": "1",
}
# The center is a server: it forwards nothing.
CENTER_SETTINGS: Mapping[str, str] = {
    name: value for name, value in SETTINGS.items() if not name.endswith(("ip_forward", "forwarding"))
}
# Bridges only carry frames; they shall not speak themselves.
GROUND_SETTINGS: Mapping[str, str] = {
    "net/ipv6/conf/all/disable_ipv6": "1",
    "net/ipv6/conf/default/disable_ipv6": "1",
}


def impatience(network: Network, node: Node) -> dict[str, str]:
    """A neighbour that did not answer is asked again soon, so that a restored span serves at once."""
    interfaces = [end.interface for span in network.spans for end in (span.a, span.b) if end.node == node.code]
    return {
        f"net/{family}/neigh/{interface}/retrans_time_ms": ASK_AGAIN_MS
        for interface in interfaces
        for family in ("ipv4", "ipv6")
    }


def namespaces(network: Network) -> list[str]:
    """The namespaces that are made: the ground, and every node but the center, which is there already."""
    return [GROUND, *(node.code for node in network.nodes if node.kind != "center")]


def ports(network: Network) -> dict[str, tuple[str, str]]:
    """The two ports of every span in the ground: towards end a, towards end b."""
    return {span.code: (f"s{number}a", f"s{number}b") for number, span in enumerate(network.spans)}


def make_namespaces(network: Network) -> list[str]:
    """For `ip -batch`."""
    return [f"netns add {name}" for name in namespaces(network)]


def remove_namespaces(names: Iterable[str]) -> list[str]:
    """For `ip -batch`. Devices inside vanish with them."""
    return [f"netns del {name}" for name in names]


def lay_spans(network: Network, center: int) -> list[str]:
    """For `ip -batch` in the ground: one bridge and two cables per span. `center` is a process in its namespace."""
    lines = ["link set dev lo up"]
    for number, span in enumerate(network.spans):
        bridge = f"s{number}"
        lines.append(f"link add name {bridge} type bridge mcast_snooping 0 forward_delay 0")
        lines.append(f"link set dev {bridge} up")
        for port, end in zip(ports(network)[span.code], (span.a, span.b), strict=True):
            place = center if network.by_code[end.node].kind == "center" else end.node
            lines.append(f"link add name {port} type veth peer name {end.interface} netns {place}")
            lines.append(f"link set dev {port} master {bridge} up")
    return lines


def switch(ports_of_span: tuple[str, str], *, on: bool) -> list[str]:
    """For `ip -batch` in the ground. The routers keep their addresses: only their line goes dark."""
    return [f"link set dev {port} {'up' if on else 'down'}" for port in ports_of_span]


def limits(network: Network) -> list[str]:
    """For `tc -batch` in the ground: leased spans and ways out carry what was bought, scaled."""
    found: list[tuple[str, int]] = []
    if not network.limited:
        return []
    uplinks = {uplink.span: uplink for uplink in network.uplinks}
    for span in network.spans:
        towards_a, towards_b = ports(network)[span.code]
        uplink = uplinks.get(span.code)
        if uplink:
            found += [(towards_a, uplink.down_bps), (towards_b, uplink.up_bps)]
        elif span.leased and span.capacity_bps:
            found += [(towards_a, span.capacity_bps), (towards_b, span.capacity_bps)]
    lines = []
    for port, bps in found:
        rate = max(8_000, round(bps * network.scale * HEADROOM))
        # 10 ms of the rate, and never less than one full aggregate of packets.
        burst = max(65_536, rate // 800)
        lines.append(f"qdisc add dev {port} root tbf rate {rate}bit burst {burst} latency 50ms")
    return lines


def furnish(network: Network, node: Node) -> list[str]:
    """For `ip -batch` in the node: its interfaces with their addresses. Routes come later."""
    ends = [end for span in network.spans for end in (span.a, span.b) if end.node == node.code]
    lines = ["link set dev lo up"]
    lines += [_address(address, "lo") for address in node.loopback]
    if node.lan and not any(end.interface == LAN for end in ends):
        lines.append(f"link add name {LAN} type bridge mcast_snooping 0")
    for interface, addresses in _by_interface(node, ends).items():
        lines += [_address(address, interface) for address in addresses]
        lines.append(f"link set dev {interface} up")
    return lines


def _by_interface(node: Node, ends: Iterable[End]) -> dict[str, list[str]]:
    """No address twice, in the order of the plan."""
    found: dict[str, dict[str, None]] = {LAN: dict.fromkeys(node.lan)} if node.lan else {}
    for end in ends:
        found.setdefault(end.interface, {}).update(dict.fromkeys(end.addresses))
    return {interface: list(addresses) for interface, addresses in found.items()}


def _address(address: str, interface: str) -> str:
    # Nobody else could have the address, and asking around first would take two seconds.
    return f"addr add {address} dev {interface}{' nodad' if ':' in address else ''}"


def change_routes(old: Iterable[Route], new: Iterable[Route]) -> list[str]:
    """For `ip -batch` in a node: from the old routes to the new ones, without a moment between for what stays."""
    before, after = frozenset(old), frozenset(new)
    kept = {(route.prefix, route.metric) for route in after}
    gone = [route for route in sorted(before - after) if (route.prefix, route.metric) not in kept]
    return [_route("del", route) for route in gone] + [_route("replace", route) for route in sorted(after - before)]


def _route(verb: str, route: Route) -> str:
    start = f"route {verb}{'' if route.via else ' unreachable'} {route.prefix}"
    way = f" via {route.via} dev {route.dev}" if route.via and verb == "replace" else ""
    metric = f" metric {route.metric}" if route.metric else ""
    return f"{start}{way}{metric} proto {PROTOCOL}"


def masquerade(network: Network) -> str:
    """For `nft -f -` in the gateway: whoever goes out shows the gateway's address on that side."""
    interfaces = sorted({network.span_by_code[uplink.span].a.interface for uplink in network.uplinks})
    if not interfaces:
        return ""
    names = ", ".join(f'"{name}"' for name in interfaces)
    return f"""table inet nat
delete table inet nat
table inet nat {{
  chain out {{
    type nat hook postrouting priority srcnat; policy accept;
    oifname {{ {names} }} masquerade
  }}
}}
"""
