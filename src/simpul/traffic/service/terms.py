"""The policy follows what becomes of plans: a return brings old terms back, a plan taken back takes its own along.

Without this the next plan would quietly contain what somebody has just undone.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simpul.kit.actor import Actor
from simpul.register.models import Uplink
from simpul.traffic.logic.plan import Node, Plan
from simpul.traffic.models import PlanVersion, ShareGroup, SiteShare
from simpul.traffic.service.reading import plan_in_force, plan_of_version
from simpul.traffic.service.shares import set_group, set_share

Terms = dict[str, Any]
# Where something stands; the rest are columns by their own names.
PLACE = ("parent", "fallbacks")


def take_terms(actor: Actor, plan: Plan) -> None:
    """Let every group and share that the plan names say what it says there. Raises Forbidden."""
    for row, node in _rows(plan):
        _write(actor, row, _terms(node), plan)


def take_terms_back(actor: Actor, version: PlanVersion) -> None:
    """After a plan was taken back: what it changed says again what the plan in force says, unless changed since."""
    now = plan_in_force(version.gateway)
    if now is None:
        return
    before, after = plan_of_version(now), plan_of_version(version)
    tried = {node.name: node for node in after.nodes}
    # From above, as the plan in force stands: a group that goes back into another finds that one in its place.
    for row, node in _rows(before):
        if node.name in tried and _said(row, after) == _terms(tried[node.name]):
            _write(actor, row, _terms(node), before)


def _rows(plan: Plan) -> list[tuple[ShareGroup | SiteShare, Node]]:
    groups = {row.code: row for row in ShareGroup.objects.select_related("uplink", "parent")}
    shares = {row.site.code: row for row in SiteShare.objects.select_related("site", "group")}
    rows: dict[str, ShareGroup | SiteShare] = {**shares, **groups}
    return [(rows[node.name], node) for node in plan.nodes if node.name in rows]


def _write(actor: Actor, row: ShareGroup | SiteShare, terms: Terms, plan: Plan) -> None:
    """Give the row the columns in which it differs. A place that is no longer there is left as it is."""
    said = _said(row, plan)
    columns = {name: value for name, value in terms.items() if name not in PLACE and said[name] != value}
    if any(said[name] != terms[name] for name in PLACE):
        columns |= _stands(row, terms)
    if not columns:
        return
    if isinstance(row, ShareGroup):
        set_group(actor, row.code, **columns)
    else:
        set_share(actor, row.site, **columns)


def _stands(row: ShareGroup | SiteShare, terms: Terms) -> Terms:
    """The columns that say where it stands; none where what it stood in is gone, or stands in it by now."""
    above = terms["parent"]
    group = ShareGroup.objects.filter(code=above).first()
    if isinstance(row, SiteShare):
        return {"group": group} if group else {}
    uplink = Uplink.objects.filter(code=above).first()
    known = set(Uplink.objects.filter(code__in=terms["fallbacks"]).values_list("code", flat=True))
    if (group is None and uplink is None) or _inside(group, row):
        return {}
    fallbacks = [code for code in terms["fallbacks"] if code in known and uplink is not None]
    return {"parent": group, "uplink": uplink, "fallbacks": fallbacks}


def _inside(group: ShareGroup | None, row: ShareGroup) -> bool:
    while group is not None and group != row:
        group = group.parent
    return group is not None


def _terms(node: Node) -> Terms:
    ceiling = node.ceiling
    return {
        "guarantee_down_bps": node.guarantee.down,
        "guarantee_up_bps": node.guarantee.up,
        "ceiling_down_bps": ceiling and ceiling.down,
        "ceiling_up_bps": ceiling and ceiling.up,
        "weight": Decimal(str(node.weight)),
        "tier": node.tier,
        "parent": node.parent,
        "fallbacks": [name for name in node.uplinks if name != node.parent],
    }


def _said(row: ShareGroup | SiteShare, plan: Plan) -> Terms:
    """What the row says, as a plan with these uplinks would have it."""
    uplinks = {uplink.name for uplink in plan.uplinks}
    place = _place(row)
    fallbacks = [name for name in place["fallbacks"] if name in uplinks and name != place["parent"]]
    return {**_columns(row), **place, "fallbacks": list(dict.fromkeys(fallbacks))}


def _columns(row: ShareGroup | SiteShare) -> Terms:
    return {
        "guarantee_down_bps": row.guarantee_down_bps,
        "guarantee_up_bps": row.guarantee_up_bps,
        "ceiling_down_bps": row.ceiling_down_bps,
        "ceiling_up_bps": row.ceiling_up_bps,
        "weight": row.weight,
        "tier": row.tier,
    }


def _place(row: ShareGroup | SiteShare) -> Terms:
    if isinstance(row, SiteShare):
        return {"parent": row.group.code, "fallbacks": []}
    above = row.parent or row.uplink
    return {"parent": above.code if above else "", "fallbacks": list(row.fallbacks)}
