"""The network as a plan: boxes, ports with addresses, lines between them. Pure; `network.py` writes it down."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache

from simpul.kit.rates import parse_rate
from simpul.lab.csv_tables import Row, rows, yes
from simpul.lab.story.addressing import AddressPlan, address_plan

CAMERA_VLAN = 30
GIGABIT = 1_000_000_000
OPTICAL = {"own", "patch"}


@dataclass(frozen=True, slots=True)
class Box:
    """One device. `address` is its management address."""

    code: str
    name: str
    kind: str
    site: str
    model: str
    address: str
    planned: bool = False


@dataclass(frozen=True, slots=True)
class Port:
    """One interface; addresses as `address/length`, rate in bit/s."""

    device: str
    name: str
    speed: int
    address: str = ""
    address6: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Two ports that talk. `way` is own, leased, radio, vsat, or patch inside one room; rates in bit/s."""

    code: str
    a: tuple[str, str]
    b: tuple[str, str]
    site_a: str
    site_b: str
    way: str
    capacity: int
    cir: int | None
    planned: bool
    provider: str
    contract_line: str
    service_number: str
    handoff_a: str
    handoff_b: str

    @property
    def circuit(self) -> str:
        """Code of the circuit that carries it; empty inside one room."""
        kinds = {"own": "FO", "radio": "RD", "leased": "SW", "vsat": "SW"}
        return f"{kinds[self.way]}-{self.code.removeprefix('L-')}" if self.way in kinds else ""

    @property
    def leased(self) -> bool:
        """Whether the inside of the circuit is the provider's."""
        return bool(self.provider)


@dataclass(frozen=True, slots=True)
class Block:
    """One address block."""

    cidr: str
    purpose: str
    site: str = ""
    vlan: int | None = None
    note: str = ""


@dataclass
class Topology:
    """The whole plan. Ports come after their boxes, lines after their ports."""

    boxes: dict[str, Box] = field(default_factory=dict)
    ports: list[Port] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    used: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def next_port(self, device: str, way: str) -> str:
        """The next free port of the kind that the way needs: `sfp3`, `ether1`; a gateway has one `lan`."""
        if self.boxes[device].kind == "gateway":
            return "lan"
        kind = "sfp" if way in OPTICAL else "ether"
        self.used[device, kind] += 1
        return f"{kind}{self.used[device, kind]}"


@cache
def topology() -> Topology:
    """The plan made from the tables; always the same. Do not change it."""
    plan, drawn = address_plan(), Topology()
    drawn.blocks += [Block(row["cidr"], row["purpose"], note=row["note"]) for row in rows("prefixes")]
    _boxes(plan, drawn)
    for number, row in enumerate(rows("links"), start=1):
        _line(plan, drawn, number, row)
    _site_networks(plan, drawn)
    _camera_networks(plan, drawn)
    _ways_out(drawn)
    return drawn


def router_of(site: str) -> str:
    """Code of the router that stands at a site: `R-INTI` at `POP-INTI`."""
    return f"R-{site.removeprefix('POP-')}"


def _boxes(plan: AddressPlan, drawn: Topology) -> None:
    waiting = {row["b"] for row in rows("links") if yes(row["planned"])}
    found = [row for row in rows("backbone") if row["kind"] != "server"]
    found += [
        {
            "code": router_of(place["code"]),
            "name": f"Router {place['name']}",
            "kind": "router",
            "site": place["code"],
            "model": "AR-5",
        }
        for place in rows("places")
        if place["kind"] != "pop"
    ]
    for number, row in enumerate(found, start=1):
        address, address6 = plan.device(number).host(0)
        bare = address.partition("/")[0]
        drawn.boxes[row["code"]] = _box(row, bare, planned=row["code"] in waiting)
        drawn.ports.append(Port(row["code"], "lo", 0, address, address6))


def _box(row: Row, address: str, *, planned: bool = False) -> Box:
    return Box(row["code"], row["name"], row["kind"], row["site"], row["model"], address, planned)


def _line(plan: AddressPlan, drawn: Topology, number: int, row: Row) -> None:
    capacity, pair = parse_rate(row["capacity"]), plan.link(number)
    speed = 10 * GIGABIT if capacity > GIGABIT else GIGABIT
    ends = []
    for place, device in enumerate((row["a"], row["b"])):
        name = drawn.next_port(device, row["way"])
        drawn.ports.append(Port(device, name, speed, *pair.host(place)))
        ends.append((device, name))
    drawn.blocks += [Block(str(block), "link", note=row["code"]) for block in (pair.v4, pair.v6)]
    drawn.lines.append(
        Line(
            code=row["code"],
            a=ends[0],
            b=ends[1],
            site_a=drawn.boxes[row["a"]].site,
            site_b=drawn.boxes[row["b"]].site,
            way=row["way"],
            capacity=capacity,
            cir=parse_rate(row["cir"]) if row["cir"] else None,
            planned=yes(row["planned"]),
            provider=row["provider"],
            contract_line=row["contract_line"],
            service_number=row["service_number"],
            handoff_a=row["handoff_a"],
            handoff_b=row["handoff_b"],
        )
    )


def _site_networks(plan: AddressPlan, drawn: Topology) -> None:
    """Each counted site's own network behind its router; a hotspot's access point or a server stands in it."""
    served = {row["site"]: _box(row, "") for row in rows("backbone") if row["kind"] == "server"}
    for place in (row for row in rows("places") if row["kind"] != "pop"):
        code, router = place["code"], router_of(place["code"])
        pair, planned = plan.site(code), drawn.boxes[router].planned
        drawn.blocks += [Block(str(block), "site", code) for block in (pair.v4, pair.v6)]
        drawn.ports.append(Port(router, "lan", GIGABIT, *pair.host(1)))
        inside = served.get(code)
        if yes(place["has_hotspot"]) and not planned:
            short = code.removeprefix("RP-")
            inside = Box(f"AP-{short}", f"Hotspot {place['name']}", "access_point", code, "AP-6", "")
        if inside:
            _stand_in(drawn, inside, router, pair.host(2))


def _stand_in(drawn: Topology, box: Box, router: str, addresses: tuple[str, str]) -> None:
    bare = addresses[0].partition("/")[0]
    drawn.boxes[box.code] = Box(box.code, box.name, box.kind, box.site, box.model, bare)
    drawn.ports.append(Port(box.code, "lan", GIGABIT, *addresses))
    nobody = {"provider": "", "contract_line": "", "service_number": "", "handoff_a": "", "handoff_b": ""}
    drawn.lines.append(
        Line(
            code=f"L-{box.code}",
            a=(router, "lan"),
            b=(box.code, "lan"),
            site_a=box.site,
            site_b=box.site,
            way="patch",
            capacity=GIGABIT,
            cir=None,
            planned=False,
            **nobody,
        )
    )


def _camera_networks(plan: AddressPlan, drawn: Topology) -> None:
    for site, pair in plan.filmed().items():
        drawn.blocks += [Block(str(block), "camera", site, CAMERA_VLAN) for block in (pair.v4, pair.v6)]
        drawn.ports.append(Port(router_of(site), "cam", GIGABIT, *pair.host(1)))


def _ways_out(drawn: Topology) -> None:
    gateway = next(box.code for box in drawn.boxes.values() if box.kind == "gateway")
    drawn.ports += [
        Port(gateway, row["port"], 10 * GIGABIT, row["address"], row["address6"]) for row in rows("uplinks")
    ]
