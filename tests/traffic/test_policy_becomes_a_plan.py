"""What is decided in the words of the register is what the plan says, block by block."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.traffic.logic.plan import Network, Rates, Uplink
from simpul.traffic.logic.plan_file import plan_from_data
from simpul.traffic.logic.policy import (
    GroupPolicy,
    Policy,
    SitePolicy,
    Unplannable,
    plan_of,
    scaled,
    with_changes,
    without,
)

MBIT = 10**6
UPLINKS = (Uplink("A", "wan1", Rates(100 * MBIT, 100 * MBIT)), Uplink("B", "wan2", Rates(50 * MBIT, 50 * MBIT)))


def block(number: int) -> Network:
    """The number-th site network."""
    return IPv4Network((int(ip_address("198.18.0.0")) + number * 64, 26))


def policy(**changed: object) -> Policy:
    """Two groups below two ways out, one group inside another, three sites."""
    whole = Policy(
        gateway="GW",
        uplinks=UPLINKS,
        lan=("lan",),
        groups=(
            GroupPolicy("OPD", "A", Rates(10 * MBIT, 10 * MBIT), fallbacks=("B",)),
            GroupPolicy("MONEY", "OPD", weight=2),
            GroupPolicy("PUBLIC", "B", tier=2),
        ),
        sites=(
            SitePolicy("TAX", "MONEY", prefixes=(block(1), ip_network("2001:db8:1::/64"))),
            SitePolicy("ROADS", "OPD", weight=3, prefixes=(block(2),)),
            SitePolicy("PARK", "PUBLIC", prefixes=(block(3),)),
        ),
        protected=(ip_network("203.0.113.0/26"),),
    )
    return replace(whole, **changed)  # type: ignore[arg-type]


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Random groups in a tree below two ways out, sites in some of them, in any order."""
    groups: list[GroupPolicy] = []
    for number in range(draw(st.integers(1, 8))):
        parent = draw(st.sampled_from(["A", "B", *(group.code for group in groups)]))
        weight = draw(st.integers(1, 9))
        groups.append(GroupPolicy(f"G{number}", parent, weight=weight, tier=draw(st.integers(0, 3))))
    sites = [
        SitePolicy(
            f"S{number}", draw(st.sampled_from(groups)).code, weight=draw(st.integers(1, 9)), prefixes=(block(number),)
        )
        for number in range(draw(st.integers(1, 12)))
    ]
    return policy(groups=tuple(draw(st.permutations(groups))), sites=tuple(draw(st.permutations(sites))))


@given(policies())
def test_the_reader_of_plan_files_reads_it_back_equal(made: Policy) -> None:
    plan = plan_of(made)
    assert plan_from_data(plan.to_data(), "GW") == plan


@given(policies())
def test_every_site_is_a_leaf_below_its_group_and_no_group_is(made: Policy) -> None:
    plan = plan_of(made)
    assert {(leaf.name, leaf.parent) for leaf in plan.leaves()} == {(site.code, site.group) for site in made.sites}


@given(policies())
def test_a_group_stands_before_what_is_below_it(made: Policy) -> None:
    seen = {uplink.name for uplink in UPLINKS}
    for node in plan_of(made).nodes:
        assert node.parent in seen
        seen.add(node.name)


@given(policies())
def test_the_order_of_rows_means_nothing(made: Policy) -> None:
    again = replace(made, groups=made.groups[::-1], sites=made.sites[::-1], uplinks=made.uplinks[::-1])
    assert plan_of(again) == plan_of(made)


@given(st.integers(0, 24), st.lists(st.tuples(st.integers(0, 2**24 - 1), st.integers(8, 32)), max_size=4))
def test_what_is_taken_out_of_a_block_is_gone_and_all_else_stays(length: int, cuts: list[tuple[int, int]]) -> None:
    whole = IPv4Network(("198.0.0.0", 8 + length), strict=False)
    others = [IPv4Network((int(ip_address("198.0.0.0")) + at, size), strict=False) for at, size in cuts]
    left = without(whole, others)
    assert not any(piece.overlaps(other) for piece in left for other in others)
    taken = sum(int(piece.num_addresses) for piece in left)
    covered = [other for other in others if other.overlaps(whole)]
    merged: list[IPv4Network] = [other if other.prefixlen > whole.prefixlen else whole for other in covered]
    distinct = {part for part in merged if not any(part != wider and part.subnet_of(wider) for wider in merged)}
    assert taken + sum(int(part.num_addresses) for part in distinct) == int(whole.num_addresses)


def test_protected_addresses_inside_a_site_are_not_the_sites() -> None:
    server = (ip_network("198.18.0.66/32"), ip_network("2001:db8:1::2/128"))
    plan = plan_of(policy(protected=server))
    own = [match.prefix for match in plan.node("TAX").match]
    assert len([block for block in own if isinstance(block, IPv4Network)]) == 6
    assert len([block for block in own if isinstance(block, IPv6Network)]) == 64
    assert not any(block.overlaps(server[0]) for block in own if isinstance(block, IPv4Network))


def test_only_top_groups_name_ways_out_their_own_first() -> None:
    plan = plan_of(policy())
    assert plan.node("OPD").uplinks == ("A", "B")
    assert plan.node("MONEY").uplinks == ()
    assert plan.node("PUBLIC").uplinks == ("B",)


def test_a_group_without_a_site_is_left_out() -> None:
    plan = plan_of(policy(sites=policy().sites[1:]))
    assert [node.name for node in plan.nodes] == ["OPD", "PUBLIC", "PARK", "ROADS"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"uplinks": ()}, "no way out"),
        ({"lan": ()}, "exactly one port"),
        ({"lan": ("lan", "lan2")}, "lan, lan2"),
        ({"sites": ()}, "no site has a share"),
        ({"sites": (SitePolicy("OPD", "OPD", prefixes=(block(1),)),)}, "OPD names two things"),
        ({"sites": (SitePolicy("TAX", "OPD"),)}, "no address block"),
    ],
)
def test_what_makes_no_plan_is_refused_with_the_reason(changed: dict[str, object], said: str) -> None:
    with pytest.raises(Unplannable, match=said):
        plan_of(policy(**changed))


def test_other_values_are_tried_without_touching_the_policy() -> None:
    tried = with_changes(policy(), {"ROADS": {"weight": 9.0}, "OPD": {"guarantee": Rates(MBIT, MBIT)}})
    assert plan_of(tried).node("ROADS").weight == 9
    assert plan_of(tried).node("OPD").guarantee == Rates(MBIT, MBIT)
    with pytest.raises(Unplannable, match="NOBODY"):
        with_changes(policy(), {"NOBODY": {"weight": 1.0}})


def test_a_scaled_plan_is_the_same_plan_with_thinner_rates() -> None:
    plan = plan_of(policy())
    tenth = scaled(plan, 0.1)
    assert tenth.uplink("A").rates == Rates(10 * MBIT, 10 * MBIT)
    assert tenth.node("OPD").guarantee == Rates(MBIT, MBIT)
    assert [node.match for node in tenth.nodes] == [node.match for node in plan.nodes]
    assert scaled(plan, 1.0) is plan
