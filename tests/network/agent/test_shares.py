"""Shares by iperf3's own count, not by ours: the whole way of packets, aggregates and address translation included."""

from __future__ import annotations

from pathlib import Path

from network.agent.gatewaying import agent, errors, measured, plan_data
from network.small import Standing

CAP = 60_000_000
WEIGHTS = dict(zip((f"S{number:02d}" for number in range(1, 13)), (1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 3, 3), strict=True))
SIX = {"S03", "S07", "S12"}
FAMILY = {site: 6 if site in SIX else 4 for site in WEIGHTS}


def test_twelve_greedy_sites_share_by_their_weights(lab: Standing, tmp_path: Path) -> None:
    with agent(lab, tmp_path, plan_data(WEIGHTS, [CAP], [CAP])):
        found = measured(lab, FAMILY, down=True)
    assert {site: off for site, off in errors(found, WEIGHTS).items() if abs(off) > 0.03} == {}
    assert abs(sum(found.values()) / CAP - 1) < 0.03


def test_what_three_idle_sites_leave_is_shared_by_weight_too(lab: Standing, tmp_path: Path) -> None:
    busy = {site: family for site, family in FAMILY.items() if site not in ("S02", "S05", "S09")}
    with agent(lab, tmp_path, plan_data(WEIGHTS, [CAP], [CAP])):
        found = measured(lab, busy, down=False)
    assert {site: off for site, off in errors(found, WEIGHTS).items() if abs(off) > 0.03} == {}
    assert abs(sum(found.values()) / CAP - 1) < 0.03
