"""What a plan would change is told line by line, and its predicted rates are the allocator's."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given

from simpul.traffic.logic.allocate import allocate
from simpul.traffic.logic.difference import ADDED, CHANGED, GROUP, REMOVED, SAME, SITE, difference, predicted
from simpul.traffic.logic.plan import Rates
from simpul.traffic.logic.policy import Policy, SitePolicy, plan_of
from traffic.test_policy_becomes_a_plan import block, policy
from traffic.trees import Case, cases


@given(cases())
def test_a_prediction_is_the_share_when_all_ask_for_all(case: Case) -> None:
    shares = allocate(case.plan)
    assert predicted(case.plan) == {
        node.name: Rates(shares.down[node.name], shares.up[node.name]) for node in case.plan.nodes
    }


@given(cases())
def test_a_plan_does_not_differ_from_itself(case: Case) -> None:
    told = difference(case.plan, case.plan)
    assert told.is_empty
    assert {line.how for line in told.lines} == {SAME}
    assert not any(line.moves for line in told.lines)


@given(cases(), cases())
def test_every_line_of_both_plans_is_told_once(one: Case, other: Case) -> None:
    told = difference(one.plan, other.plan)
    names = {node.name for node in (*one.plan.nodes, *other.plan.nodes)}
    names |= {uplink.name for uplink in (*one.plan.uplinks, *other.plan.uplinks)}
    assert {line.name for line in told.lines} == names
    assert len({(line.kind, line.name) for line in told.lines}) == len(told.lines)
    json.dumps(told.to_data())


def test_a_new_weight_is_one_changed_line_that_moves_its_neighbours() -> None:
    before, after = plan_of(policy()), plan_of(_with_weight(30.0))
    told = difference(before, after)
    changed = [line for line in told.lines if line.how != SAME]
    assert [(line.kind, line.name, line.how) for line in changed] == [(SITE, "ROADS", CHANGED)]
    assert changed[0].before == {"weight": 3}
    assert changed[0].after == {"weight": 30.0}
    assert {line.name for line in told.lines if line.moves} == {"ROADS", "MONEY", "TAX"}


def test_added_and_removed_lines_have_one_rate_only() -> None:
    before = plan_of(policy())
    sites = (*policy().sites[1:], SitePolicy("PORT", "PUBLIC", prefixes=(block(9),)))
    told = {(line.kind, line.name): line for line in difference(before, plan_of(policy(sites=sites))).lines}
    assert told[SITE, "PORT"].how == ADDED
    assert told[SITE, "PORT"].rate_before is None
    assert told[SITE, "TAX"].how == REMOVED
    assert told[SITE, "TAX"].rate_after is None
    assert told[GROUP, "MONEY"].how == REMOVED


def test_the_first_plan_is_all_new() -> None:
    told = difference(None, plan_of(policy()))
    assert {line.how for line in told.lines} == {ADDED}
    assert told.around == {"lan": ([], ["lan"]), "protected": ([], ["203.0.113.0/26"])}


def _with_weight(weight: float) -> Policy:
    sites = tuple(replace(site, weight=weight) if site.code == "ROADS" else site for site in policy().sites)
    return policy(sites=sites)
