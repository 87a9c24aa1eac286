"""Circuits, devices, links, uplinks and prefixes."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar, cast

from django.db import models
from django.db.models import Q
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import Field

from simpul.people.logic.rights import Permission
from simpul.people.visibility import VisibleQuerySet
from simpul.register.models import Circuit, Device, Link, Prefix, Uplink
from simpul.web.api.answers import CircuitAnswer, DeviceAnswer, LinkAnswer, PrefixAnswer, UplinkAnswer
from simpul.web.api.errors import FAULTS
from simpul.web.api.paging import Page, Window, Word, page
from simpul.web.api.words import CircuitKind, DeviceKind, PrefixPurpose
from simpul.web.middleware import ViewerRequest

router = Router(tags=["network"])
M = TypeVar("M", bound=models.Model)
OWNED = ("owner", "operator", "contract_line__contract")

SiteCode = Annotated[Word | None, Field(description="Code of a site")]
ProviderCode = Annotated[Word | None, Field(description="Code of the provider")]


class CircuitWindow(Window):
    """Filters of the circuits; `site` matches either end."""

    kind: CircuitKind | None = None
    provider: ProviderCode = None
    site: SiteCode = None


class DeviceWindow(Window):
    """Filters of the devices."""

    kind: DeviceKind | None = None
    site: SiteCode = None


class LinkWindow(Window):
    """Filters of the links."""

    circuit: Annotated[Word | None, Field(description="Code of the circuit that carries it")] = None
    planned: bool | None = None


class UplinkWindow(Window):
    """Filters of the uplinks."""

    provider: ProviderCode = None


class PrefixWindow(Window):
    """Filters of the prefixes."""

    site: SiteCode = None
    purpose: PrefixPurpose | None = None
    family: Annotated[int, Field(ge=4, le=6, description="4 or 6")] | None = None


@router.get("/circuits", response={200: Page[CircuitAnswer], **FAULTS}, operation_id="list_circuits")
def list_circuits(request: ViewerRequest, window: Query[CircuitWindow]) -> dict[str, Any]:
    """Circuits, own and leased."""
    rows = _visible(request, Circuit.objects, "provider", "site_a", "site_b", *OWNED)
    rows = _given(rows, kind=window.kind, provider__code=window.provider)
    if window.site:
        rows = rows.filter(Q(site_a__code=window.site) | Q(site_b__code=window.site))
    return page(request, rows, window)


@router.get("/circuits/{code}", response={200: CircuitAnswer, **FAULTS}, operation_id="get_circuit")
def get_circuit(request: ViewerRequest, code: Word) -> Circuit:
    """One circuit by its code."""
    return get_object_or_404(_visible(request, Circuit.objects, "provider", "site_a", "site_b", *OWNED), code=code)


@router.get("/devices", response={200: Page[DeviceAnswer], **FAULTS}, operation_id="list_devices")
def list_devices(request: ViewerRequest, window: Query[DeviceWindow]) -> dict[str, Any]:
    """Devices with their ports."""
    rows = _visible(request, Device.objects, "site", *OWNED).prefetch_related("interfaces")
    return page(request, _given(rows, kind=window.kind, site__code=window.site), window)


@router.get("/devices/{code}", response={200: DeviceAnswer, **FAULTS}, operation_id="get_device")
def get_device(request: ViewerRequest, code: Word) -> Device:
    """One device by its code."""
    rows = _visible(request, Device.objects, "site", *OWNED).prefetch_related("interfaces")
    return get_object_or_404(rows, code=code)


@router.get("/links", response={200: Page[LinkAnswer], **FAULTS}, operation_id="list_links")
def list_links(request: ViewerRequest, window: Query[LinkWindow]) -> dict[str, Any]:
    """Links, in use and planned."""
    rows = _visible(request, Link.objects, "interface_a__device", "interface_b__device", "circuit", *OWNED)
    return page(request, _given(rows, circuit__code=window.circuit, is_planned=window.planned), window)


@router.get("/links/{code}", response={200: LinkAnswer, **FAULTS}, operation_id="get_link")
def get_link(request: ViewerRequest, code: Word) -> Link:
    """One link by its code."""
    rows = _visible(request, Link.objects, "interface_a__device", "interface_b__device", "circuit", *OWNED)
    return get_object_or_404(rows, code=code)


@router.get("/uplinks", response={200: Page[UplinkAnswer], **FAULTS}, operation_id="list_uplinks")
def list_uplinks(request: ViewerRequest, window: Query[UplinkWindow]) -> dict[str, Any]:
    """Ways out to the internet."""
    rows = _visible(request, Uplink.objects, "provider", "interface__device", *OWNED)
    return page(request, _given(rows, provider__code=window.provider), window)


@router.get("/uplinks/{code}", response={200: UplinkAnswer, **FAULTS}, operation_id="get_uplink")
def get_uplink(request: ViewerRequest, code: Word) -> Uplink:
    """One uplink by its code."""
    return get_object_or_404(_visible(request, Uplink.objects, "provider", "interface__device", *OWNED), code=code)


@router.get("/prefixes", response={200: Page[PrefixAnswer], **FAULTS}, operation_id="list_prefixes")
def list_prefixes(request: ViewerRequest, window: Query[PrefixWindow]) -> dict[str, Any]:
    """Blocks of addresses."""
    rows = _visible(request, Prefix.objects, "site")
    return page(request, _given(rows, site__code=window.site, purpose=window.purpose, family=window.family), window)


@router.get("/prefixes/{path:cidr}", response={200: PrefixAnswer, **FAULTS}, operation_id="get_prefix")
def get_prefix(request: ViewerRequest, cidr: Word) -> Prefix:
    """One block, for example `/prefixes/192.0.2.0/24`."""
    return get_object_or_404(_visible(request, Prefix.objects, "site"), cidr=cidr)


def _visible(request: ViewerRequest, rows: models.Manager[M], *related: str) -> models.QuerySet[M]:
    """What the caller may see of a table. The cast: to mypy a manager made of a queryset has lost its methods."""
    request.actor.require(Permission.SEE_NETWORK)
    visible = cast("VisibleQuerySet[M]", rows).within(request.scope)
    return visible.select_related(*related)


def _given(rows: models.QuerySet[M], **wanted: object) -> models.QuerySet[M]:
    """Filter by what was given; None means not asked."""
    return rows.filter(**{name: value for name, value in wanted.items() if value is not None})
