"""The network of this moment out of the register's rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from simpul.register.logic.rollout import LIT, ON, SiteStatus
from simpul.register.logic.snapshot import Snapshot, SnapshotDevice, SnapshotLink, SnapshotSite, SnapshotUplink
from simpul.register.models import Circuit, Device, Link, Site, Uplink
from simpul.register.service.status import status_at

# Which box stands for its site where there are several.
KINDS = (Device.Kind.ROUTER, Device.Kind.SWITCH, Device.Kind.GATEWAY, Device.Kind.ACCESS_POINT, Device.Kind.SERVER)


def snapshot(at: datetime | None = None) -> Snapshot:
    """Devices, links, sites and uplinks as they are registered; sites' lamps as they stood at `at` (now).

    Ten queries, however large the network. What is planned is in it and marked.
    """
    links = list(
        Link.objects.order_by("code").values(
            "code",
            "is_planned",
            "capacity_bps",
            "operator__code",
            "circuit__code",
            "circuit__kind",
            "circuit__service_number",
            "circuit__provider__code",
            "circuit__operator__code",
            *(f"interface_{end}__{name}" for end in "ab" for name in ("name", "address", "address6", "device__code")),
        )
    )
    devices = _devices(links)
    return Snapshot(
        devices=devices,
        links={row["code"]: _link(row) for row in links},
        sites=_sites(devices.values(), at or timezone.now()),
        uplinks={uplink.code: uplink for uplink in _uplinks()},
    )


def _devices(links: Iterable[dict[str, Any]]) -> dict[str, SnapshotDevice]:
    planned: dict[str, bool] = defaultdict(lambda: True)
    for row in links:
        for end in "ab":
            planned[row[f"interface_{end}__device__code"]] &= row["is_planned"]
    rows = Device.objects.order_by("code").values("code", "name", "kind", "site__code", "address", "operator__code")
    return {
        row["code"]: SnapshotDevice(
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            site=row["site__code"],
            address=row["address"] or "",
            operator=row["operator__code"],
            planned=row["code"] in planned and planned[row["code"]],
        )
        for row in rows
    }


def _link(row: dict[str, Any]) -> SnapshotLink:
    leased = row["circuit__kind"] == Circuit.Kind.LEASED
    return SnapshotLink(
        code=row["code"],
        a_device=row["interface_a__device__code"],
        a_port=row["interface_a__name"],
        a_address=_bare(row, "a"),
        b_device=row["interface_b__device__code"],
        b_port=row["interface_b__name"],
        b_address=_bare(row, "b"),
        circuit=row["circuit__code"] or "",
        leased=leased,
        provider=(row["circuit__provider__code"] or "") if leased else "",
        service_number=row["circuit__service_number"] or "" if leased else "",
        operator=row["circuit__operator__code"] or row["operator__code"],
        capacity_bps=row["capacity_bps"] or 0,
        planned=row["is_planned"],
    )


def _bare(row: dict[str, Any], end: str) -> str:
    written = row[f"interface_{end}__address"] or row[f"interface_{end}__address6"]
    return str(written).partition("/")[0]


def _sites(devices: Iterable[SnapshotDevice], at: datetime) -> dict[str, SnapshotSite]:
    own: dict[str, SnapshotDevice] = {}
    for device in devices:
        own[device.site] = min(own.get(device.site, device), device, key=_precedence)
    status: dict[str, SiteStatus] = {line.code: line for line in status_at(Site.objects.order_by("code"), at)}
    rows = Site.objects.order_by("code").values("code", "name", "kind", "organisation__code", "latitude", "longitude")
    return {
        row["code"]: SnapshotSite(
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            organisation=row["organisation__code"],
            latitude=row["latitude"],
            longitude=row["longitude"],
            network_lit=status[row["code"]].network == LIT,
            internet_on=status[row["code"]].internet == ON,
            device=own[row["code"]].code if row["code"] in own else "",
        )
        for row in rows
        if row["code"] in status
    }


def _precedence(device: SnapshotDevice) -> tuple[bool, int, str]:
    return device.planned, list(KINDS).index(Device.Kind(device.kind)), device.code


def _uplinks() -> Iterable[SnapshotUplink]:
    rows = Uplink.objects.order_by("code").values(
        "code",
        "name",
        "interface__device__code",
        "interface__name",
        "provider__code",
        "service_number",
        "down_bps",
        "up_bps",
    )
    for row in rows:
        yield SnapshotUplink(
            code=row["code"],
            name=row["name"],
            device=row["interface__device__code"],
            port=row["interface__name"],
            provider=row["provider__code"],
            service_number=row["service_number"],
            down_bps=row["down_bps"],
            up_bps=row["up_bps"],
        )
