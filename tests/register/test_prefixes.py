"""Address blocks against the standard library, address by address."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import assume, given
from hypothesis import strategies as st

from simpul.kit.actor import Actor
from simpul.people.models import Organisation
from simpul.register.logic.prefixes import Block, block_of, gaps, next_free, overlaps
from simpul.register.models import Prefix
from simpul.register.service import create_prefix, next_free_in, update_prefix

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def network(number: int, length: int) -> Network:
    """The block of that length around an address."""
    return ipaddress.ip_network((number, length), strict=False)


v4 = st.builds(network, st.integers(0, 2**32 - 1), st.integers(0, 32))
v6 = st.builds(network, st.integers(2**32, 2**128 - 1), st.integers(0, 128))
POOL = ipaddress.ip_network("10.10.0.0/24")
inside = st.builds(
    lambda number, length: ipaddress.ip_network((int(POOL.network_address) + number, length), strict=False),
    st.integers(0, 255),
    st.integers(25, 32),
)  # fmt: skip


@given(v4 | v6)
def test_a_block_is_written_back_as_it_was_read(given_: Network) -> None:
    block = block_of(str(given_))
    assert block.cidr == str(given_)
    assert block.family == given_.version
    assert (int(block.first_hex, 16), int(block.last_hex, 16)) == (block.first, block.last)


@given(st.lists(v4 | v6, max_size=20))
def test_stored_ends_sort_as_addresses_do_within_a_family(networks: list[Network]) -> None:
    for version in (4, 6):
        same = [network for network in networks if network.version == version]
        by_text = sorted(same, key=lambda network: block_of(str(network)).first_hex)
        assert [int(each.network_address) for each in by_text] == sorted(int(each.network_address) for each in same)


@given(st.lists(inside, max_size=12))
def test_an_overlap_is_found_exactly_where_two_blocks_share_an_address(networks: list[Any]) -> None:
    found = overlaps([block_of(str(network)) for network in networks])
    inner = sorted(pair[1].cidr for pair in found)
    # In the order of the scan every block but those that lie in no earlier one has a parent.
    ordered = sorted(networks, key=lambda each: (each.network_address, each.prefixlen))
    held = [
        str(network)
        for place, network in enumerate(ordered)
        if any(network.subnet_of(other) for other in ordered[:place])
    ]
    assert inner == sorted(held)
    assert all(parent.holds(child) for parent, child in found)


@given(st.lists(inside, max_size=12), st.integers(24, 32))
def test_the_next_free_block_is_the_lowest_that_a_search_finds(networks: list[Any], length: int) -> None:
    taken = {address for network in networks for address in network}
    free = next((net for net in POOL.subnets(new_prefix=length) if taken.isdisjoint(net)), None)
    found = next_free(block_of(str(POOL)), [block_of(str(network)) for network in networks], length)
    assert (found.cidr if found else None) == (str(free) if free else None)


@given(st.lists(inside, max_size=12))
def test_gaps_and_taken_addresses_fill_the_pool(networks: list[Any]) -> None:
    taken = {int(address) for network in networks for address in network}
    blocks = [block_of(str(network)) for network in networks]
    shift = block_of(str(POOL)).first - int(POOL.network_address)
    free = {address - shift for start, end in gaps(block_of(str(POOL)), blocks) for address in range(start, end + 1)}
    assert free == {int(address) for address in POOL} - taken


@given(st.integers(0, 32), st.integers(0, 32))
def test_a_length_that_cannot_lie_in_the_pool_is_refused(pool_length: int, length: int) -> None:
    assume(not pool_length <= length)
    pool = Block.of(ipaddress.ip_network(f"0.0.0.0/{pool_length}"))
    with pytest.raises(ValueError, match="cannot lie in"):
        next_free(pool, [], length)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("10.10.0.0", "Write for example 10.10.0.0/24"),
        ("10.10.0.1/24", "Write 10.10.0.0/24 for the block"),
        ("kantor/24", "is no address block"),
        ("", "has no prefix length"),
    ],
)
def test_a_wrong_block_says_what_was_probably_meant(text: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=r"no|bits") as refused:
        block_of(text)
    assert remedy in str(refused.value)


def test_a_block_of_the_register_knows_its_ends(clerk: Actor, office: Organisation) -> None:
    pool = create_prefix(clerk, cidr="10.10.0.0/22", purpose="pool")
    assert (pool.family, pool.first, pool.last) == (4, f"{0xFFFF0A0A0000:032x}", f"{0xFFFF0A0A03FF:032x}")
    create_prefix(clerk, cidr="10.10.0.0/24", purpose="link")
    assert next_free_in(pool, 24) == "10.10.1.0/24"
    update_prefix(clerk, pool, cidr="2001:db8::/48")
    assert (pool.family, pool.cidr) == (6, "2001:db8::/48")
    with pytest.raises(ValidationError) as refused:
        create_prefix(clerk, cidr="10.10.0.9/24", purpose="link")
    assert "cidr" in refused.value.message_dict
    assert Prefix.objects.count() == 2
