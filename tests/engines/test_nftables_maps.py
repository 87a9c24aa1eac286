"""Prefixes become ranges that do not overlap; every address keeps the value of its longest prefix."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpul.engines.nftables import Network, interval_map, ranges
from simpul.kit.problem import Problem

# A corner of the address space small enough that prefixes are often nested, equal or neighbours.
CORNER = 0xC6120000


@st.composite
def prefixes(draw: st.DrawFn) -> Network:
    """A prefix within 198.18.0.0/25."""
    length = draw(st.integers(25, 32))
    return IPv4Network((CORNER + (draw(st.integers(0, 127)) >> (32 - length) << (32 - length)), length))


MAPS = st.dictionaries(prefixes(), st.integers(1, 4), max_size=12)


def longest(elements: dict[Network, int], address: IPv4Address) -> int | None:
    """The value of the longest prefix that holds the address, found by looking at them all."""
    holding = [network for network in elements if address in network]
    return elements[max(holding, key=lambda each: each.prefixlen)] if holding else None


@given(MAPS)
def test_every_address_keeps_the_value_of_its_longest_prefix(elements: dict[Network, int]) -> None:
    found = ranges(elements, "ip")
    for number in range(CORNER - 1, CORNER + 129):
        address = IPv4Address(number)
        values = [each.value for each in found if int(each.first) <= number <= int(each.last)]
        expected = longest(elements, address)
        assert values == ([] if expected is None else [expected])


@given(MAPS)
def test_ranges_are_in_order_and_neighbours_differ(elements: dict[Network, int]) -> None:
    found = ranges(elements, "ip")
    for one, next_one in pairwise(found):
        assert int(one.last) < int(next_one.first)
        assert int(one.last) + 1 < int(next_one.first) or one.value != next_one.value


def test_only_one_family_is_taken() -> None:
    both = {ip_network("2001:db8::/32"): 0x10011, ip_network("198.18.0.0/16"): 0x1FFFE, ip_network("::/0"): 7}
    assert "198.18.0.0-198.18.255.255 : 1:fffe," in interval_map("s4", "ip", "classid", both)
    assert "2001" not in interval_map("s4", "ip", "classid", both)
    v6 = ranges(both, "ip6")
    assert [str(each.first) for each in v6] == ["::", "2001:db8::", "2001:db9::"]
    assert v6[-1].last == IPv6Network("::/0").broadcast_address


def test_an_empty_map_has_no_elements() -> None:
    assert interval_map("m4", "ip", "mark", {}) == "map m4 {\ntype ipv4_addr : mark\nflags interval\n}\n"


@pytest.mark.parametrize("name", ["", "s 4", "s4;", "4s", "s4\n", "s" * 40])
def test_a_name_that_nft_would_read_otherwise_is_refused(name: str) -> None:
    with pytest.raises(Problem, match="is no name"):
        interval_map(name, "ip", "mark", {})


@pytest.mark.parametrize("value", [-1, 2**32])
def test_a_value_that_does_not_fit_is_refused(value: int) -> None:
    with pytest.raises(Problem, match="does not fit"):
        interval_map("m4", "ip", "mark", {ip_network("198.18.0.0/16"): value})
