"""A gateway with two ways out, a router behind it and four sites with internet, made by the rooms' own verbs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from simpul.kit.actor import Actor
from simpul.people.models import Organisation
from simpul.people.service import create_organisation
from simpul.register.models import Device, Site, Uplink
from simpul.register.service import (
    advance_network,
    change_internet,
    create_device,
    create_interface,
    create_link,
    create_prefix,
    create_site,
    create_uplink,
)
from simpul.traffic.models import ShareGroup
from simpul.traffic.service import set_group, set_share

CLERK = Actor.system("test")
MBIT = 1_000_000
JOINED = datetime(2024, 1, 1, tzinfo=UTC)
SITES = ("CLINIC", "SCHOOL", "HALL", "PARK")


@dataclass
class Town:
    """What tests name."""

    gateway: Device
    sites: dict[str, Site]
    offices: ShareGroup
    public: ShareGroup
    agencies: dict[str, Organisation]
    provider: Organisation


def build_town() -> Town:
    """Offices below the first way out (100 Mbit/s), public spaces below the second (50); every site has a share."""
    operator = create_organisation(CLERK, code="KOMINFO", name="Dinas Kominfo", kind="agency")
    provider = create_organisation(CLERK, code="PENYEDIA", name="PT Penyedia Contoh", kind="provider")
    agencies = {
        code: create_organisation(CLERK, code=f"A-{code}", name=f"Dinas {code}", kind="agency") for code in SITES
    }
    both = {"owner": operator, "operator": operator}
    pop = create_site(CLERK, code="POP", name="Simpul", kind="pop", organisation=operator, **both)
    gateway = create_device(CLERK, code="GW", name="Gateway", kind="gateway", site=pop, **both)
    router = create_device(CLERK, code="R", name="Ruter", kind="router", site=pop, **both)
    ports = {name: create_interface(CLERK, device=gateway, name=name) for name in ("lan", "wan1", "wan2", "lo")}
    inwards = create_interface(CLERK, device=router, name="sfp1")
    create_link(CLERK, code="L", interface_a=ports["lan"], interface_b=inwards, **both)
    uplinks = {
        code: _uplink(code, ports[port], rate, provider)
        for code, port, rate in (("UP-1", "wan1", 100 * MBIT), ("UP-2", "wan2", 50 * MBIT))
    }
    sites = {code: _site(number, code, agencies[code], operator) for number, code in enumerate(SITES, start=1)}
    create_prefix(CLERK, cidr="203.0.113.0/26", purpose="management")
    offices = set_group(CLERK, "OFFICES", name="Offices", uplink=uplinks["UP-1"], fallbacks=["UP-2"])
    public = set_group(CLERK, "PUBLIC", name="Public spaces", uplink=uplinks["UP-2"], tier=1)
    for code, weight in (("CLINIC", 3), ("SCHOOL", 2), ("HALL", 1)):
        set_share(CLERK, sites[code], group=offices, weight=weight, guarantee_down_bps=5 * MBIT)
    set_share(CLERK, sites["PARK"], group=public, ceiling_down_bps=20 * MBIT, ceiling_up_bps=10 * MBIT)
    return Town(gateway, sites, offices, public, agencies, provider)


def _uplink(code: str, port: object, rate: int, provider: Organisation) -> Uplink:
    return create_uplink(
        CLERK,
        code=code,
        name=code,
        provider=provider,
        interface=port,
        down_bps=rate,
        up_bps=rate,
        probes=["192.0.2.80"],
        owner=provider,
        operator=provider,
    )


def _site(number: int, code: str, agency: Organisation, operator: Organisation) -> Site:
    site = create_site(
        CLERK,
        code=code,
        name=code.title(),
        kind="opd",
        medium="radio",
        organisation=agency,
        owner=agency,
        operator=operator,
    )
    create_prefix(CLERK, cidr=f"198.18.{number}.0/26", purpose="site", site=site)
    create_prefix(CLERK, cidr=f"2001:db8:{number}::/64", purpose="site", site=site)
    advance_network(CLERK, site, "lit", JOINED)
    change_internet(CLERK, site, "on", JOINED)
    return site
