"""The invented policy: every site with internet has a share, and the plan made of it is one that may go out."""

from __future__ import annotations

import pytest

from lab.asked import standing
from simpul.kit.actor import Actor
from simpul.lab.story.telling import Told
from simpul.register.models import Link, Uplink
from simpul.traffic.logic.admission import FLOOR_BPS
from simpul.traffic.logic.allocate import allocate
from simpul.traffic.logic.placement import placed
from simpul.traffic.models import ShareGroup, SiteShare
from simpul.traffic.service import preview
from simpul.traffic.service.reading import gateway_named, read_policy

TODAY = "2026-07-01"
CLERK = Actor.system("test")


def with_internet() -> set[str]:
    """Counted sites whose internet is on today."""
    return {code for code, status in standing(TODAY).items() if status.internet == "on"}


def test_every_site_with_internet_has_a_share_and_no_other(regency: Told) -> None:
    assert set(SiteShare.objects.values_list("site__code", flat=True)) == with_internet()
    assert len(with_internet()) == 36


def test_the_plan_may_go_out_and_leaves_nobody_out(regency: Told) -> None:
    found = preview(CLERK, gateway_named(""))
    assert found.refusals == ()
    assert found.warnings == ()
    assert {leaf.name for leaf in found.plan.leaves()} == with_internet()
    assert found.plan.lan == ("lan",)


def test_whole_uplinks_are_used_when_all_ask_for_all(regency: Told) -> None:
    plan, rates = (found := preview(CLERK, gateway_named(""))).plan, found.predicted
    for uplink in Uplink.objects.all():
        below = [rates[node.name].down for node in plan.nodes if node.parent == uplink.code]
        assert uplink.down_bps * 0.999 <= sum(below) <= uplink.down_bps


def test_each_group_falls_back_to_the_other_way_out(regency: Told) -> None:
    codes = set(Uplink.objects.values_list("code", flat=True))
    for group in ShareGroup.objects.exclude(uplink=None):
        assert group.uplink is not None
        assert {group.uplink.code, *group.fallbacks} == codes


@pytest.mark.parametrize("lost", ["UP-SERAT", "UP-JALUR"])
def test_every_site_keeps_its_guarantee_over_the_way_out_that_is_left(regency: Told, lost: str) -> None:
    plan = preview(CLERK, gateway_named("")).plan
    left = placed(plan, {uplink.name for uplink in plan.uplinks} - {lost})
    found = allocate(left)
    assert {node.parent for node in left.nodes}.isdisjoint({lost})
    assert found.unsatisfied == []
    assert all(min(found.down[leaf.name], found.up[leaf.name]) >= FLOOR_BPS for leaf in left.leaves())


@pytest.mark.parametrize("way", ["down", "up"])
def test_no_site_is_allowed_more_than_its_line_carries(regency: Told, way: str) -> None:
    lines = {
        link.interface_b.device.site.code: link.capacity_bps
        for link in Link.objects.filter(is_planned=False).select_related("interface_b__device__site")
    }
    for share in SiteShare.objects.select_related("site"):
        ceiling = getattr(share, f"ceiling_{way}_bps")
        assert ceiling is not None
        assert ceiling <= (lines[share.code] or 0)


def test_the_command_center_is_protected_and_its_site_shares_like_others(regency: Told) -> None:
    policy = read_policy(gateway_named("")).policy
    assert [share.code for share in SiteShare.objects.filter(runs_network=True)] == ["DISKOMINFOSANDI"]
    servers = [block for block in policy.protected if block.num_addresses == 1]
    assert sorted(block.version for block in servers) == [4, 6]
    assert len(policy.protected) == 4


def test_weights_and_tiers_differ_so_that_there_is_something_to_see(regency: Told) -> None:
    assert len(set(SiteShare.objects.values_list("weight", flat=True))) >= 4
    assert set(SiteShare.objects.values_list("tier", flat=True)) == {0, 1, 2}
    assert ShareGroup.objects.exclude(parent=None).count() == 1
    assert not SiteShare.objects.filter(is_sample=False).exists()
