"""The network that the register describes, as far as it is built: planned links and what only they join is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address, ip_interface

from simpul.kit.problem import Problem
from simpul.lab.network.plan import SERVERS, End, Kind, Network, Node, Span, Uplink
from simpul.register.models import Device, Interface, InternetState, Link, Site
from simpul.register.models import Uplink as RegisteredUplink
from simpul.register.service import status_at

# The first address in a site's network that a client may have; routers, servers and access points lie below.
FIRST_CLIENT = 10
CLIENTS, CLIENTS_OF_PUBLIC_SITE = 3, 8
CENTER_INTERFACE = "net0"
LAN, LOOPBACK = "lan", "lo"
# What the kernel takes as the name of a namespace and of an interface.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
LONGEST_INTERFACE = 15
Routed = frozenset({Device.Kind.GATEWAY, Device.Kind.ROUTER})


@dataclass
class _Drawn:
    """What was read, by code."""

    devices: dict[str, Device]
    ports: dict[str, list[Interface]]
    lines: list[Link]
    uplinks: list[RegisteredUplink]
    center: str
    has_internet: dict[str, bool]
    behind: dict[str, list[Interface]] = field(default_factory=dict)


def read_network(at: datetime, scale: float) -> Network:
    """The built network with the ways out; `at` decides who has internet. Raises Problem where it cannot be built."""
    drawn = _read(at)
    spans = [_span(drawn, line) for line in drawn.lines if _is_span(drawn, line)]
    joined = {end.node for span in spans for end in (span.a, span.b)}
    gateway = _gateway(drawn)
    core = _core(gateway, spans)
    nodes = [
        _node(drawn, device, core)
        for device in drawn.devices.values()
        if device.code in joined and (device.kind in Routed or device.code == drawn.center)
    ]
    for uplink in drawn.uplinks:
        nodes.append(_provider(uplink))
        spans.append(_way_out(uplink))
    ways = [
        Uplink(uplink.code, _way_out_code(uplink), uplink.down_bps, uplink.up_bps, uplink.code)
        for uplink in drawn.uplinks
    ]
    network = Network(tuple(nodes), tuple(spans), tuple(ways), scale, limited=True)
    _check_names(network)
    return network


def _read(at: datetime) -> _Drawn:
    devices = {device.code: device for device in Device.objects.select_related("site")}
    lines = list(
        Link.objects.filter(is_planned=False)
        .select_related("interface_a__device", "interface_b__device", "circuit__provider")
        .order_by("id")
    )
    ports: dict[str, list[Interface]] = {code: [] for code in devices}
    for port in Interface.objects.select_related("device").order_by("id"):
        ports[port.device.code].append(port)
    servers = sorted(device.code for device in devices.values() if device.kind == Device.Kind.SERVER)
    uplinks = list(RegisteredUplink.objects.select_related("interface__device").order_by("-down_bps", "code"))
    on = {status.code: status.internet == InternetState.ON for status in status_at(Site.objects.all(), at)}
    drawn = _Drawn(devices, ports, lines, uplinks, servers[0] if servers else "", on)
    for line in lines:
        for router, box in ((line.interface_a, line.interface_b), (line.interface_b, line.interface_a)):
            if router.device.kind in Routed and box.device.kind not in Routed and box.device.code != drawn.center:
                drawn.behind.setdefault(router.device.code, []).append(box)
    return drawn


def _is_span(drawn: _Drawn, line: Link) -> bool:
    return all(
        port.device.kind in Routed or port.device.code == drawn.center for port in (line.interface_a, line.interface_b)
    )


def _gateway(drawn: _Drawn) -> Device:
    found = [device for device in drawn.devices.values() if device.kind == Device.Kind.GATEWAY]
    if len(found) != 1:
        named = ", ".join(sorted(device.code for device in found)) or "none"
        raise Problem(f"the virtual network needs one internet gateway, the register has {named}. Mend the devices")
    elsewhere = [uplink.code for uplink in drawn.uplinks if uplink.interface.device.code != found[0].code]
    if elsewhere:
        raise Problem(f"uplink {elsewhere[0]}: its port is not on {found[0].code}. Choose a port of the gateway")
    return found[0]


def _core(gateway: Device, spans: Iterable[Span]) -> str:
    beside = [span for span in spans if gateway.code in (span.a.node, span.b.node)]
    if len(beside) != 1:
        raise Problem(
            f"{gateway.code}: {len(beside)} built links lead inside, the virtual network needs exactly one "
            "(its LAN side). Mend the links"
        )
    return beside[0].b.node if beside[0].a.node == gateway.code else beside[0].a.node


def _span(drawn: _Drawn, line: Link) -> Span:
    circuit = line.circuit
    provider = circuit.provider.code if circuit is not None and circuit.provider is not None else ""
    return Span(
        code=line.code,
        a=_end(drawn, line.interface_a),
        b=_end(drawn, line.interface_b),
        capacity_bps=line.capacity_bps or 0,
        leased=bool(provider),
        provider=provider,
    )


def _end(drawn: _Drawn, port: Interface) -> End:
    name = CENTER_INTERFACE if port.device.code == drawn.center else port.name
    return End(port.device.code, name, _addresses(port))


def _addresses(port: Interface) -> tuple[str, ...]:
    return tuple(address for address in (port.address, port.address6) if address)


def _node(drawn: _Drawn, device: Device, core: str) -> Node:
    site = device.site
    loopback = tuple(
        address for port in drawn.ports[device.code] if port.name == LOOPBACK for address in _addresses(port)
    )
    if device.code == drawn.center:
        return Node(device.code, "center", device.name, site.code, loopback=loopback)
    is_public = site.kind == Site.Kind.PUBLIC_SPACE
    lan = _lan(drawn, device)
    clients = _clients(lan, CLIENTS_OF_PUBLIC_SITE if is_public else CLIENTS) if _kind(device, core) == "site" else ()
    return Node(
        code=device.code,
        kind=_kind(device, core),
        name=site.name if _kind(device, core) == "site" else device.name,
        site=site.code,
        lan=(*lan, *clients),
        loopback=loopback,
        public=is_public,
        internet=drawn.has_internet.get(site.code, False) or site.kind == Site.Kind.POP,
        clients=len(clients) // 2,
    )


def _kind(device: Device, core: str) -> Kind:
    if device.kind == Device.Kind.GATEWAY:
        return "gateway"
    if device.code == core:
        return "core"
    return "ring" if device.site.kind == Site.Kind.POP else "site"


def _lan(drawn: _Drawn, device: Device) -> tuple[str, ...]:
    """Its own address there, what else it serves without a link (cameras), and the boxes that stand behind it."""
    if device.kind == Device.Kind.GATEWAY:
        return ()
    used = {port.pk for line in drawn.lines if _is_span(drawn, line) for port in (line.interface_a, line.interface_b)}
    own = [port for port in drawn.ports[device.code] if port.name == LAN]
    others = [port for port in drawn.ports[device.code] if port.name not in (LAN, LOOPBACK) and port.pk not in used]
    return tuple(
        address for port in (*own, *others, *drawn.behind.get(device.code, ())) for address in _addresses(port)
    )


def _clients(lan: Sequence[str], count: int) -> tuple[str, ...]:
    """As many pairs of addresses as the site's own two networks hold; none where one of them is missing."""
    if len(lan) < 2 or ":" in lan[0] or ":" not in lan[1]:
        return ()
    v4, v6 = ip_interface(lan[0]).network, ip_interface(lan[1]).network
    room = min(count, v4.num_addresses - FIRST_CLIENT - 1)
    return tuple(
        f"{network[FIRST_CLIENT + number]}/{network.prefixlen}" for number in range(room) for network in (v4, v6)
    )


def _way_out_code(uplink: RegisteredUplink) -> str:
    return f"L-{uplink.code}"


def _provider(uplink: RegisteredUplink) -> Node:
    return Node(
        code=uplink.code,
        kind="provider",
        name=uplink.name,
        loopback=(f"{SERVERS[0]}/32", f"{SERVERS[1]}/128"),
    )


def _way_out(uplink: RegisteredUplink) -> Span:
    """The provider holds the first address of the hand-over that is not ours, and those of the probes."""
    ours = _addresses(uplink.interface)
    theirs = [_first_other(address) for address in ours]
    held = {address.partition("/")[0] for address in theirs}
    probes = [str(ip_address(probe)) for probe in uplink.probes]
    theirs += [f"{probe}/{128 if ':' in probe else 32}" for probe in probes if probe not in held]
    return Span(
        code=_way_out_code(uplink),
        a=End(uplink.interface.device.code, uplink.interface.name, ours),
        b=End(uplink.code, "net", tuple(theirs)),
        capacity_bps=uplink.down_bps,
        leased=True,
    )


def _first_other(address: str) -> str:
    own = ip_interface(address)
    network = own.network
    first = 0 if network.num_addresses == 2 else 1
    other = next(network[number] for number in (first, first + 1) if network[number] != own.ip)
    return f"{other}/{network.prefixlen}"


def _check_names(network: Network) -> None:
    """Raise Problem for a code that cannot be the name of a namespace, and for a port that cannot be an interface."""
    for node in network.nodes:
        if not NAME.fullmatch(node.code):
            raise Problem(f"device {node.code}: its code cannot be a namespace's name. Use letters, digits and -._")
    for span in network.spans:
        for end in (span.a, span.b):
            if not NAME.fullmatch(end.interface) or len(end.interface) > LONGEST_INTERFACE:
                raise Problem(
                    f"port {end.node}:{end.interface} cannot be an interface of the virtual network. "
                    f"Use at most {LONGEST_INTERFACE} letters, digits and -._"
                )
