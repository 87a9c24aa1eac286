"""The network at one moment as plain data: what stands where, and what joins it. Pure.

Everything is named by its code. Rates are layer-2 bit/s; addresses are bare, without length. What is only planned is
in it and marked, so that a map can draw it; a graph leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

POP = "pop"


@dataclass(frozen=True, slots=True)
class SnapshotDevice:
    """One box. `planned`: every link that leads to it is. `operator` is the code of who repairs it."""

    code: str
    name: str
    kind: str
    site: str
    address: str = ""
    operator: str = ""
    planned: bool = False


@dataclass(frozen=True, slots=True)
class SnapshotLink:
    """Two ports that talk. `provider` and `service_number` are a leased circuit's; `operator` repairs an own one."""

    code: str
    a_device: str
    a_port: str
    a_address: str
    b_device: str
    b_port: str
    b_address: str
    circuit: str = ""
    leased: bool = False
    provider: str = ""
    service_number: str = ""
    operator: str = ""
    capacity_bps: int = 0
    planned: bool = False

    @property
    def party(self) -> str:
        """Code of the organisation that has to mend it."""
        return self.provider if self.leased else self.operator

    def other(self, device: str) -> str:
        """The device at the far end, seen from one of its two."""
        return self.b_device if device == self.a_device else self.a_device


@dataclass(frozen=True, slots=True)
class SnapshotSite:
    """One place. `device` is its own router (or what stands for one); empty if nothing stands there yet.

    `organisation` is the code of who uses it. Points of presence carry the network; they are not counted as sites.
    """

    code: str
    name: str
    kind: str
    organisation: str
    latitude: float | None = None
    longitude: float | None = None
    network_lit: bool = False
    internet_on: bool = False
    device: str = ""

    @property
    def counted(self) -> bool:
        """Whether it waits for the network, instead of carrying it."""
        return self.kind != POP


@dataclass(frozen=True, slots=True)
class SnapshotUplink:
    """One bought way out, at a port of a gateway."""

    code: str
    name: str
    device: str
    port: str
    provider: str
    service_number: str = ""
    down_bps: int = 0
    up_bps: int = 0


@dataclass(frozen=True)
class Snapshot:
    """The whole network, each element by its code, in the order of the codes."""

    devices: Mapping[str, SnapshotDevice] = field(default_factory=dict)
    links: Mapping[str, SnapshotLink] = field(default_factory=dict)
    sites: Mapping[str, SnapshotSite] = field(default_factory=dict)
    uplinks: Mapping[str, SnapshotUplink] = field(default_factory=dict)
