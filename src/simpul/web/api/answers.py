"""What the lists and objects of the register look like from outside. Rates are layer-2 bit/s, positions WGS 84."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from ninja import Schema

from simpul.people.logic.rights import Permission
from simpul.register.models import Contract, Device, Interface
from simpul.web.api.words import (
    CircuitKind,
    DeviceKind,
    LineKind,
    OrganisationKind,
    PrefixPurpose,
    SiteKind,
    SiteMedium,
    SitePosition,
)


class Named(Schema):
    """A reference: the code to ask for, the name to show."""

    code: str
    name: str


class OwnedAnswer(Schema):
    """Whose it is, who repairs it, and what paid for it (shown to who may see contracts)."""

    owner: Named
    operator: Named
    contract_line: str | None
    is_sample: bool

    @staticmethod
    def resolve_contract_line(row: Any, context: Any) -> str | None:
        """`<contract number>#<line>`, or null."""
        line = row.contract_line
        return line.code if line and context["request"].actor.may(Permission.SEE_CONTRACTS) else None


class OrganisationAnswer(Schema):
    """An agency, district office, provider or vendor."""

    code: str
    name: str
    short_name: str
    kind: OrganisationKind
    phone: str
    email: str
    address: str
    is_sample: bool


class SiteAnswer(OwnedAnswer):
    """A place that the network joins; `position` says how far latitude and longitude may be trusted."""

    code: str
    name: str
    kind: SiteKind
    organisation: Named
    area: Named | None
    medium: SiteMedium
    latitude: float | None
    longitude: float | None
    position: SitePosition
    address: str
    space_type: str
    opening_hours: str
    has_hotspot: bool
    planned_year: int | None
    version: int


class LineAnswer(Schema):
    """One item of a contract; money in Rupiah as a decimal string."""

    number: int
    kind: LineKind
    description: str
    quantity: Decimal
    unit: str
    cir_bps: int | None
    unit_price: Decimal
    starts_on: date
    ends_on: date
    budget_line: str


class ContractAnswer(Schema):
    """A signed contract; days are local calendar days."""

    code: str
    title: str
    provider: Named
    signed_on: date
    starts_on: date
    ends_on: date
    budget_year: int
    is_sample: bool
    version: int
    lines: list[LineAnswer]

    @staticmethod
    def resolve_lines(row: Contract) -> list[Any]:
        """In their order; read with the contract, not one by one."""
        return sorted(row.lines.all(), key=lambda line: line.number)


class CircuitAnswer(OwnedAnswer):
    """End-to-end light or leased capacity; the inside of a leased one is not known."""

    code: str
    kind: CircuitKind
    provider: Named | None
    service_number: str
    site_a: Named
    site_b: Named
    handoff_a: str
    handoff_b: str
    cir_bps: int | None
    length_m: int | None


class InterfaceAnswer(Schema):
    """One port of a device."""

    code: str
    name: str
    speed_bps: int | None
    mac: str
    address: str
    address6: str


class DeviceAnswer(OwnedAnswer):
    """A box with an address, and its ports."""

    code: str
    name: str
    kind: DeviceKind
    site: Named
    maker: str
    model: str
    serial: str
    address: str | None
    interfaces: list[InterfaceAnswer]

    @staticmethod
    def resolve_interfaces(row: Device) -> list[Interface]:
        """By name; the device is set on each, so that its code needs no query."""
        ports = sorted(row.interfaces.all(), key=lambda port: port.name)
        for port in ports:
            port.device = row
        return ports


class LinkAnswer(OwnedAnswer):
    """Two ports that talk, as `<device>:<port>`."""

    code: str
    interface_a: str
    interface_b: str
    circuit: str | None
    capacity_bps: int | None
    is_planned: bool

    @staticmethod
    def resolve_interface_a(row: Any) -> str:
        """Code of the first port."""
        return str(row.interface_a.code)

    @staticmethod
    def resolve_interface_b(row: Any) -> str:
        """Code of the second port."""
        return str(row.interface_b.code)

    @staticmethod
    def resolve_circuit(row: Any) -> str | None:
        """Code of the circuit that carries it, if one does."""
        return row.circuit.code if row.circuit else None


class UplinkAnswer(OwnedAnswer):
    """A bought way out to the internet."""

    code: str
    name: str
    provider: Named
    service_number: str
    interface: str
    down_bps: int
    up_bps: int

    @staticmethod
    def resolve_interface(row: Any) -> str:
        """Code of the gateway's port."""
        return str(row.interface.code)


class PrefixAnswer(Schema):
    """A block of addresses."""

    cidr: str
    family: int
    purpose: PrefixPurpose
    site: Named | None
    vlan: int | None
    note: str
    is_sample: bool


class CameraAnswer(OwnedAnswer):
    """The identity of a camera."""

    code: str
    name: str
    site: Named
    address: str | None
    latitude: float | None
    longitude: float | None
    is_public: bool


class ApplicationAnswer(OwnedAnswer):
    """A government website or application."""

    code: str
    name: str
    organisation: Named
    url: str
    site: Named | None
