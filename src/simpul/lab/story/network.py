"""Writes the planned network into the register: devices, ports, circuits, links, uplinks, address blocks."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from simpul.kit.actor import Actor
from simpul.kit.rates import parse_rate
from simpul.lab.csv_tables import rows
from simpul.lab.story.contracts import contract_lines
from simpul.lab.story.organisations import organisations
from simpul.lab.story.places import network_owner, sites
from simpul.lab.story.topology import Line, Topology, topology
from simpul.people.models import Organisation
from simpul.register.models import Circuit, ContractLine, Interface, Site
from simpul.register.service import (
    create_circuit,
    create_device,
    create_interface,
    create_link,
    create_prefix,
    create_uplink,
)

MAKER = "Contoh"
EARTH_M = 6_371_009
# A cable follows streets and poles; this much longer than the straight line is usual in a small town.
DETOUR = 1.3


@dataclass(frozen=True, slots=True)
class Around:
    """What the register knows already, by code."""

    known: dict[str, Organisation]
    places: dict[str, Site]
    lines: dict[str, ContractLine]
    owner: Organisation


def write_devices(actor: Actor) -> None:
    """Add devices and their ports."""
    around, drawn = _around(), topology()
    devices = {}
    for number, box in enumerate(drawn.boxes.values(), start=1):
        devices[box.code] = create_device(
            actor,
            code=box.code,
            name=box.name,
            kind=box.kind,
            site=around.places[box.site],
            maker=MAKER,
            model=box.model,
            serial=f"CTH-{number:04d}",
            address=box.address,
            note="Rencana; belum dipasang." if box.planned else "",
            owner=around.owner,
            operator=around.owner,
            is_sample=True,
        )
    for port in drawn.ports:
        create_interface(
            actor,
            device=devices[port.device],
            name=port.name,
            speed_bps=port.speed or None,
            address=port.address,
            address6=port.address6,
        )


def write_lines(actor: Actor) -> None:
    """Add circuits, the links over them, and the ways out."""
    around, drawn = _around(), topology()
    ports = {(port.device.code, port.name): port for port in Interface.objects.select_related("device")}
    for line in drawn.lines:
        holder = around.known[line.provider] if line.leased else around.owner
        contract_line = around.lines.get(line.contract_line)
        create_link(
            actor,
            code=line.code,
            interface_a=ports[line.a],
            interface_b=ports[line.b],
            circuit=_circuit(actor, around, line) if line.circuit else None,
            capacity_bps=line.capacity,
            is_planned=line.planned,
            owner=holder,
            operator=holder,
            contract_line=contract_line,
            is_sample=True,
        )
    _ways_out(actor, around, drawn, ports)


def write_prefixes(actor: Actor) -> None:
    """Add all address blocks."""
    places = sites()
    for block in topology().blocks:
        create_prefix(
            actor,
            cidr=block.cidr,
            purpose=block.purpose,
            site=places[block.site] if block.site else None,
            vlan=block.vlan,
            note=block.note,
            is_sample=True,
        )


def _circuit(actor: Actor, around: Around, line: Line) -> Circuit:
    """The inside of a leased circuit is not known, so it has no length."""
    holder = around.known[line.provider] if line.leased else around.owner
    ends = around.places[line.site_a], around.places[line.site_b]
    return create_circuit(
        actor,
        code=line.circuit,
        kind=Circuit.Kind.LEASED if line.leased else Circuit.Kind.OWN,
        provider=holder if line.leased else None,
        service_number=line.service_number,
        site_a=ends[0],
        site_b=ends[1],
        handoff_a=line.handoff_a,
        handoff_b=line.handoff_b,
        cir_bps=line.cir,
        length_m=None if line.leased else length_m(*ends, DETOUR if line.way == "own" else 1.0),
        note="Rencana; belum dibangun." if line.planned else "",
        owner=holder,
        operator=holder,
        contract_line=around.lines.get(line.contract_line),
        is_sample=True,
    )


def _ways_out(actor: Actor, around: Around, drawn: Topology, ports: dict[tuple[str, str], Interface]) -> None:
    gateway = next(box.code for box in drawn.boxes.values() if box.kind == "gateway")
    for row in rows("uplinks"):
        provider = around.known[row["provider"]]
        create_uplink(
            actor,
            code=row["code"],
            name=row["name"],
            provider=provider,
            service_number=row["service_number"],
            interface=ports[gateway, row["port"]],
            down_bps=parse_rate(row["down"]),
            up_bps=parse_rate(row["up"]),
            probes=row["probes"].split(),
            owner=provider,
            operator=provider,
            contract_line=around.lines[row["contract_line"]],
            is_sample=True,
        )


def length_m(a: Site, b: Site, detour: float) -> int:
    """Metres between two sites along the ground, times `detour`, to the nearest 10 m, at least 50 m."""
    if a.latitude is None or a.longitude is None or b.latitude is None or b.longitude is None:
        raise ValueError(f"{a.code} or {b.code} has no position")
    south, north = radians(a.latitude), radians(b.latitude)
    east = radians(b.longitude - a.longitude)
    half = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin(east / 2) ** 2
    return max(50, round(2 * EARTH_M * asin(sqrt(half)) * detour / 10) * 10)


def _around() -> Around:
    known = organisations()
    return Around(known, sites(), contract_lines(), network_owner(known))
