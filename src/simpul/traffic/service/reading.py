"""Reads the policy of one gateway out of the register and the shares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_interface, ip_network
from pathlib import Path

from django.db.models import Q, QuerySet
from django.utils import timezone

from simpul.register.logic.rollout import ON
from simpul.register.models import Device, Interface, Link, Prefix, Site
from simpul.register.models import Uplink as UplinkRow
from simpul.register.service import status_at
from simpul.traffic.errors import NoGateway
from simpul.traffic.logic.plan import Network, Plan, Rates, Uplink
from simpul.traffic.logic.plan_file import plan_from_data
from simpul.traffic.logic.policy import GroupPolicy, Policy, SitePolicy
from simpul.traffic.logic.standing import SILENT_SECONDS
from simpul.traffic.models import PlanVersion, ShareGroup, SiteShare
from simpul.traffic.models.share import Share
from simpul.traffic.reports import heard as heard_of

OWN = (Prefix.Purpose.SITE, Prefix.Purpose.CAMERA)


@dataclass(frozen=True, slots=True)
class PolicyRead:
    """The policy, and what somebody should know who makes a plan of it: sites that are left out, and why."""

    policy: Policy
    without_share: tuple[str, ...]
    without_internet: tuple[str, ...]


def gateways() -> QuerySet[Device]:
    """Gateways that hold a way out to the internet, by code."""
    return Device.objects.filter(kind=Device.Kind.GATEWAY, interfaces__uplink__isnull=False).distinct().order_by("code")


def gateway_named(code: str) -> Device:
    """The gateway of that code; for an empty one the only one there is. Raises NoGateway."""
    found = list(gateways().select_related("site"))
    named = [gateway for gateway in found if gateway.code == code] if code else found
    if len(named) == 1:
        return named[0]
    wish = f"There is no gateway {code}." if code else "There is no gateway yet." if not found else "Say which gateway."
    raise NoGateway(wish=wish, known=", ".join(gateway.code for gateway in found) or "none")


def plan_in_force(gateway: Device) -> PlanVersion | None:
    """The plan that was confirmed last."""
    return PlanVersion.objects.filter(gateway=gateway, state=PlanVersion.State.CONFIRMED).first()


def open_plan(gateway: Device) -> PlanVersion | None:
    """The plan on its way or on trial."""
    rows = PlanVersion.objects.select_related("gateway__site").filter(gateway=gateway)
    return rows.filter(state__in=(PlanVersion.State.APPLYING, PlanVersion.State.APPLIED)).order_by("-number").first()


def trial_left_s(run_dir: Path, version: PlanVersion, now: datetime) -> float:
    """Seconds until the gateway takes the plan on trial back. Its own count decides; where it says nothing, the wall
    clock `now`, and never more than was ordered."""
    heard = heard_of(run_dir, version.gateway.code)
    pending = heard.report.get("pending") if heard and heard.age_s() <= SILENT_SECONDS else None
    if heard is not None and isinstance(pending, Mapping) and pending.get("number") == version.number:
        return max(0.0, min(float(pending.get("seconds_left") or 0.0) - heard.age_s(), version.confirm_s))
    if version.confirm_by is None:
        return float(version.confirm_s)
    return max(0.0, min((version.confirm_by - now).total_seconds(), version.confirm_s))


def gateway_of(group: ShareGroup) -> Device | None:
    """The gateway at whose way out the group's tree stands."""
    above = group
    while above.parent is not None:
        above = above.parent
    return above.uplink.interface.device if above.uplink else None


def plan_of_version(version: PlanVersion) -> Plan:
    """Its document as a plan."""
    return plan_from_data(version.document, version.code)


def read_policy(gateway: Device) -> PolicyRead:
    """What is decided for the gateway now. A site takes part while its internet is on and its group leads here."""
    uplinks = list(UplinkRow.objects.filter(interface__device=gateway).select_related("interface"))
    groups = _groups({uplink.code for uplink in uplinks})
    on = _sites_with_internet()
    shares = list(SiteShare.objects.select_related("site", "group"))
    mine = [share for share in shares if share.group.code in groups]
    blocks = _blocks([share.site_id for share in mine])
    policy = Policy(
        gateway=gateway.code,
        uplinks=tuple(
            Uplink(row.code, row.interface.name, Rates(row.down_bps, row.up_bps), tuple(map(str, row.probes)))
            for row in uplinks
        ),
        lan=_ports_inwards(gateway, {uplink.interface_id for uplink in uplinks}),
        groups=tuple(groups.values()),
        sites=tuple(_site(share, tuple(blocks[share.site_id])) for share in mine if share.site_id in on),
        protected=_protected(shares),
    )
    held = {share.site_id for share in shares}
    return PolicyRead(
        policy,
        without_share=tuple(sorted(code for pk, code in on.items() if pk not in held)),
        without_internet=tuple(sorted(share.site.code for share in mine if share.site_id not in on)),
    )


def _groups(uplinks: set[str]) -> dict[str, GroupPolicy]:
    """The groups whose tree stands below one of the uplinks, by code."""
    rows = {row.code: row for row in ShareGroup.objects.select_related("uplink", "parent")}

    def root(row: ShareGroup) -> str:
        while row.parent is not None:
            row = rows[row.parent.code]
        return row.uplink.code if row.uplink else ""

    return {code: _group(row) for code, row in rows.items() if root(row) in uplinks}


def _group(row: ShareGroup) -> GroupPolicy:
    parent = row.parent.code if row.parent else row.uplink.code if row.uplink else ""
    return GroupPolicy(
        code=row.code,
        parent=parent,
        guarantee=_guarantee(row),
        ceiling=_ceiling(row),
        weight=float(row.weight),
        tier=row.tier,
        fallbacks=tuple(row.fallbacks),
    )


def _site(share: SiteShare, prefixes: tuple[Network, ...]) -> SitePolicy:
    return SitePolicy(
        code=share.site.code,
        group=share.group.code,
        guarantee=_guarantee(share),
        ceiling=_ceiling(share),
        weight=float(share.weight),
        tier=share.tier,
        prefixes=prefixes,
    )


def _guarantee(row: Share) -> Rates:
    return Rates(row.guarantee_down_bps, row.guarantee_up_bps)


def _ceiling(row: Share) -> Rates | None:
    if row.ceiling_down_bps is None or row.ceiling_up_bps is None:
        return None
    return Rates(row.ceiling_down_bps, row.ceiling_up_bps)


def _sites_with_internet() -> dict[int, str]:
    """Code by key of every site whose internet is on now."""
    statuses = status_at(Site.objects.all(), timezone.now())
    return {status.site_id: status.code for status in statuses if status.internet == ON}


def _blocks(sites: list[int]) -> dict[int, list[Network]]:
    """The address blocks of each site: its own network, and that of its cameras."""
    found: dict[int, list[Network]] = defaultdict(list)
    rows = Prefix.objects.filter(site__in=sites, purpose__in=OWN).order_by("first").values_list("site_id", "cidr")
    for site, cidr in rows:
        if site is not None:
            found[site].append(ip_network(cidr))
    return found


def _ports_inwards(gateway: Device, outwards: set[int]) -> tuple[str, ...]:
    """Ports of the gateway with a built link, but for those that lead out."""
    links = Link.objects.filter(Q(interface_a__device=gateway) | Q(interface_b__device=gateway), is_planned=False)
    ends = {end for pair in links.values_list("interface_a_id", "interface_b_id") for end in pair} - outwards
    names = Interface.objects.filter(device=gateway, pk__in=ends).order_by("name").values_list("name", flat=True)
    return tuple(names)


def _protected(shares: list[SiteShare]) -> tuple[Network, ...]:
    """Management blocks, and the addresses of servers that run the network."""
    management = Prefix.objects.filter(purpose=Prefix.Purpose.MANAGEMENT).values_list("cidr", flat=True)
    sites = [share.site_id for share in shares if share.runs_network]
    servers = Device.objects.filter(site__in=sites, kind=Device.Kind.SERVER)
    written = [address for address in servers.values_list("address", flat=True) if address]
    for pair in Interface.objects.filter(device__in=servers).values_list("address", "address6"):
        written += [text for text in pair if text]
    return tuple({ip_network(cidr) for cidr in management} | {ip_network(ip_interface(text).ip) for text in written})
