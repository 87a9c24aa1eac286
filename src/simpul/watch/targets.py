"""What has to be asked: every built device, and both ends of every built link. Nothing outside the register."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from simpul.register.logic.snapshot import Snapshot

End = Literal["a", "b", ""]
# Boxes that may say by SNMP how their ports are.
POLLED = frozenset({"gateway", "router", "switch"})


@dataclass(frozen=True, slots=True)
class Target:
    """One address. With `link` it is that link's end on the device; else it is the device's own."""

    address: str
    device: str
    link: str = ""
    end: End = ""


@dataclass(frozen=True, slots=True)
class Polled:
    """One device that is asked by SNMP. `ports` tells which link ends at a port, and which end that is."""

    device: str
    address: str
    ports: dict[str, tuple[str, End]]


def targets(snapshot: Snapshot, prober: str) -> list[Target]:
    """Without those of the device that asks; each address once for each thing it stands for."""
    found = [
        Target(device.address, device.code)
        for device in snapshot.devices.values()
        if device.address and not device.planned and device.code != prober
    ]
    return found + [target for target in _ends(snapshot) if target.device != prober]


def polled(snapshot: Snapshot) -> list[Polled]:
    """Every built router and switch that has an address."""
    found: dict[str, Polled] = {
        device.code: Polled(device.code, device.address, {})
        for device in snapshot.devices.values()
        if device.kind in POLLED and device.address and not device.planned
    }
    for link in snapshot.links.values():
        ends: tuple[tuple[str, str, End], ...] = ((link.a_device, link.a_port, "a"), (link.b_device, link.b_port, "b"))
        for device, port, end in ends:
            if device in found and not link.planned:
                found[device].ports[port] = (link.code, end)
    return list(found.values())


def ways(snapshot: Snapshot, prober: str) -> dict[str, tuple[str, ...]]:
    """The devices on the shortest way from the one that asks to each other, the nearest to the target first."""
    beside: dict[str, list[str]] = {}
    for link in snapshot.links.values():
        if not link.planned:
            beside.setdefault(link.a_device, []).append(link.b_device)
            beside.setdefault(link.b_device, []).append(link.a_device)
    found: dict[str, tuple[str, ...]] = {prober: ()}
    rim = [prober]
    for device in rim:
        for other in beside.get(device, ()):
            if other not in found:
                found[other] = (device, *found[device])
                rim.append(other)
    return found


def own_device(snapshot: Snapshot, is_held: Callable[[str], bool]) -> str:
    """The device of the register that this machine is: the first one of whose addresses is held; empty if none."""
    return next((code for code, address in _addresses(snapshot) if is_held(address)), "")


def is_ours(address: str) -> bool:
    """Whether this machine (this network namespace) has the address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as test:
        test.bind((address, 0))
        return True
    return False


def addresses_of(snapshot: Snapshot, device: str) -> list[str]:
    """All that the register knows of it."""
    return [address for code, address in _addresses(snapshot) if code == device]


def _addresses(snapshot: Snapshot) -> Iterable[tuple[str, str]]:
    for device in snapshot.devices.values():
        # A computer has loopback addresses of its own, whatever somebody has written into the register.
        if device.address and not device.address.startswith("127.") and device.address != "::1":
            yield device.code, device.address
    for target in _ends(snapshot):
        yield target.device, target.address


def _ends(snapshot: Snapshot) -> Iterator[Target]:
    for link in snapshot.links.values():
        if link.planned:
            continue
        if link.a_address:
            yield Target(link.a_address, link.a_device, link.code, "a")
        if link.b_address:
            yield Target(link.b_address, link.b_device, link.code, "b")
