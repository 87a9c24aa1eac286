"""The policy follows what becomes of plans: a return brings old terms back, a plan taken back takes its own along.

Without this the next plan would quietly contain what somebody has just undone.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simpul.kit.actor import Actor
from simpul.traffic.logic.plan import Node, Plan
from simpul.traffic.models import PlanVersion, ShareGroup, SiteShare
from simpul.traffic.service.reading import plan_in_force, plan_of_version
from simpul.traffic.service.shares import set_group, set_share

Terms = dict[str, Any]


def take_terms(actor: Actor, plan: Plan) -> None:
    """Let every group and share that the plan names say what it says there. Raises Forbidden."""
    for row, node in _rows(plan):
        _write(actor, row, _terms(node))


def take_terms_back(actor: Actor, version: PlanVersion) -> None:
    """After a plan was taken back: what it changed says again what the plan in force says, unless changed since."""
    now = plan_in_force(version.gateway)
    if now is None:
        return
    before = {node.name: node for node in plan_of_version(now).nodes}
    for row, node in _rows(plan_of_version(version)):
        if node.name in before and _said(row) == _terms(node):
            _write(actor, row, _terms(before[node.name]))


def _rows(plan: Plan) -> list[tuple[ShareGroup | SiteShare, Node]]:
    groups = {row.code: row for row in ShareGroup.objects.all()}
    shares = {row.site.code: row for row in SiteShare.objects.select_related("site", "group")}
    rows: dict[str, ShareGroup | SiteShare] = {**shares, **groups}
    return [(rows[node.name], node) for node in plan.nodes if node.name in rows]


def _write(actor: Actor, row: ShareGroup | SiteShare, terms: Terms) -> None:
    if _said(row) == terms:
        return
    if isinstance(row, ShareGroup):
        set_group(actor, row.code, **terms)
    else:
        set_share(actor, row.site, **terms)


def _terms(node: Node) -> Terms:
    ceiling = node.ceiling
    return {
        "guarantee_down_bps": node.guarantee.down,
        "guarantee_up_bps": node.guarantee.up,
        "ceiling_down_bps": ceiling and ceiling.down,
        "ceiling_up_bps": ceiling and ceiling.up,
        "weight": Decimal(str(node.weight)),
        "tier": node.tier,
    }


def _said(row: ShareGroup | SiteShare) -> Terms:
    return {
        "guarantee_down_bps": row.guarantee_down_bps,
        "guarantee_up_bps": row.guarantee_up_bps,
        "ceiling_down_bps": row.ceiling_down_bps,
        "ceiling_up_bps": row.ceiling_up_bps,
        "weight": row.weight,
        "tier": row.tier,
    }
