"""Rules come all or not at all; a map sends each packet into its class, and flips under traffic without a loss."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from network.engines.wire import HERE_V4, HERE_V6, PORT, THERE_V4, THERE_V6, Wire, heard, run
from simpul.engines import nftables
from simpul.engines.netlink_tc import HtbClass, Tc, handle
from simpul.engines.nftables import Range

FIRST, SECOND, DEFAULT = handle(1, 0x11), handle(1, 0xFFFE), handle(1, 0xFF)
Elements = Mapping[IPv4Network | IPv6Network, int]
ELEMENTS: Elements = {
    ip_network("198.18.0.0/15"): FIRST,
    ip_network("198.18.9.0/24"): SECOND,
    ip_network("2001:db8:18::/48"): SECOND,
}


def table(elements: Elements) -> str:
    """The whole table anew, whatever stood there before."""
    return "\n".join(
        [
            "add table inet simpul",
            "delete table inet simpul",
            "table inet simpul {",
            nftables.interval_map("s4", "ip", "classid", elements),
            nftables.interval_map("s6", "ip6", "classid", elements),
            nftables.interval_map("m4", "ip", "mark", elements),
            "chain sort {",
            "type filter hook postrouting priority -150; policy accept;",
            "meta priority set ip daddr map @s4",
            "meta priority set ip6 daddr map @s6",
            "}",
            "}",
            "",
        ]
    )


def read_map(listing: Mapping[str, Any], name: str) -> list[Range]:
    """The ranges of a map in what nft lists of its table, in order."""
    [elements] = [part["map"]["elem"] for part in listing["nftables"] if part.get("map", {}).get("name") == name]
    return sorted((_range(*element) for element in elements), key=lambda each: (each.first.version, int(each.first)))


def _range(key: Any, value: Any) -> Range:
    """An element of nft's JSON: a lone address, a prefix or a range, with a class as text or a mark as number."""
    if isinstance(value, str):
        major, _, minor = value.partition(":")
        value = int(major, 16) << 16 | int(minor, 16)
    if isinstance(key, str):
        alone = ip_address(key)
        return Range(alone, alone, value)
    if "range" in key:
        begin, end = key["range"]
        return Range(ip_address(begin), ip_address(end), value)
    first = ip_address(key["prefix"]["addr"])
    hosts = (1 << first.max_prefixlen - key["prefix"]["len"]) - 1
    return Range(first, type(first)(int(first) | hosts), value)


def shape(tc: Tc) -> None:
    """Two classes that nothing falls into by itself, and a third for all else."""
    tc.add_root(DEFAULT & 0xFFFF)
    tc.add_classes(HtbClass(each, handle(1, 0), 10**9, 10**9) for each in (FIRST, SECOND, DEFAULT))


def packets(tc: Tc) -> dict[int, int]:
    """What each class has let through."""
    return {state.handle: state.packets for state in tc.classes()}


def test_a_table_is_read_back_as_it_was_written(wire: Wire) -> None:
    with wire.here():
        assert nftables.list_table("simpul") is None
        nftables.apply(table(ELEMENTS))
        listing = nftables.list_table("simpul")
    assert listing is not None
    assert read_map(listing, "s4") == nftables.ranges(ELEMENTS, "ip")
    assert read_map(listing, "s6") == nftables.ranges(ELEMENTS, "ip6")
    assert read_map(listing, "m4") == nftables.ranges(ELEMENTS, "ip")


def test_packets_of_both_families_fall_into_the_class_of_the_longest_prefix(wire: Wire, tc: Tc) -> None:
    shape(tc)
    with wire.here():
        nftables.apply(table({**ELEMENTS, ip_network(f"{THERE_V4}/32"): SECOND}))
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as mouth, wire.listener() as ear:
            for count, target in ((3, THERE_V6), (5, f"::ffff:{THERE_V4}")):
                for _ in range(count):
                    mouth.sendto(b"sorted", (target, PORT))
            assert len(heard(ear, 8)) == 8
        assert packets(tc) == {FIRST: 0, SECOND: 8, DEFAULT: 0}
        nftables.apply(table({ip_network(f"{HERE_V4}/32"): FIRST, ip_network(f"{HERE_V6}/128"): FIRST}))
        with wire.listener() as ear, wire.speaker() as other:
            other.send(b"unknown")
            heard(ear, 1)
    assert packets(tc)[DEFAULT] == 1


def test_a_refusal_leaves_everything_as_it_was_and_says_where(wire: Wire) -> None:
    with wire.here():
        nftables.apply(table(ELEMENTS))
        before = run("nft", "-j", "list", "ruleset")
        script = "flush ruleset\n" + table({}) + "add element inet simpul s9 { 198.18.0.0/16 : 1:11 }\n"
        with pytest.raises(nftables.Refused) as caught:
            nftables.apply(script)
        assert run("nft", "-j", "list", "ruleset") == before
    said = str(caught.value)
    assert caught.value.line == script.count("\n")
    assert said.startswith(f"nftables, line {caught.value.line}, ")
    assert "add element inet simpul s9" in said
    assert "No such file or directory" in said
    assert said.endswith("Nothing was changed")


@pytest.mark.parametrize(
    ("script", "line", "words"),
    [
        ("\n\nadd elemnt inet simpul x\n", 3, "syntax error"),
        ("add element inet simpul s4 { 198.18.4.0/24 : 1:5 }", 1, "overlaps"),
        ("delete element inet simpul s4 { 192.0.2.0/24 : 1:5 }", 1, "does not exist"),
        ("add rule inet simpul nowhere accept", 1, "No such file"),
    ],
)
def test_nft_is_quoted(wire: Wire, script: str, line: int, words: str) -> None:
    with wire.here():
        nftables.apply(table(ELEMENTS))
        with pytest.raises(nftables.Refused, match=words) as caught:
            nftables.apply(script)
    assert caught.value.line == line


def test_a_map_flips_under_traffic_without_a_loss_and_without_a_default(wire: Wire, tc: Tc) -> None:
    shape(tc)
    site = ip_network("198.18.0.0/24")
    one: Elements = {site: FIRST, **{ip_network(f"203.0.113.{number}/32"): 5 for number in range(200)}}
    other: Elements = {**one, site: SECOND}
    flips = [table(other), table(one)]
    sent = 0
    with wire.here():
        nftables.apply(table(one))
        with wire.listener() as ear, wire.speaker() as mouth:
            for turn in range(40):
                for _ in range(20):
                    mouth.send(sent.to_bytes(4, "big") + bytes(200))
                    sent += 1
                nftables.apply(flips[turn % 2])
            came = heard(ear, sent)
    assert [int.from_bytes(packet[:4], "big") for packet in came] == list(range(sent))
    counted = packets(tc)
    assert counted[DEFAULT] == 0
    assert counted == {FIRST: sent // 2, SECOND: sent // 2, DEFAULT: 0}


def test_ten_thousand_prefixes_are_loaded_and_read_back(wire: Wire) -> None:
    many: Elements = {
        IPv4Network((0xC6120000 + number * 4, 31)): handle(1, number % 60_000 + 1) for number in range(10_000)
    }
    if "4294967295" not in Path("/proc/self/uid_map").read_text(encoding="ascii"):
        # An ordinary user's transaction is smaller: the refusal says what to do, and nothing is half there.
        with wire.here(), pytest.raises(nftables.Refused, match=r"net\.core\.wmem_default"):
            nftables.apply(table(many))
        with wire.here():
            assert nftables.list_table("simpul") is None
        return
    with wire.here():
        nftables.apply(table(many))
        listing = nftables.list_table("simpul")
    assert listing is not None
    assert read_map(listing, "s4") == nftables.ranges(many, "ip")
    assert len(read_map(listing, "s4")) == 10_000
