"""The virtual network is what the register says is built."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_interface

import pytest

from lab.asked import standing
from simpul.lab.network.commands import LAN
from simpul.lab.network.from_register import CLIENTS_OF_PUBLIC_SITE, read_network
from simpul.lab.network.plan import Network, network_from_text
from simpul.lab.story.telling import Told
from simpul.register.models import Device, Link, Site

TODAY = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def network(regency: Told) -> Network:
    return read_network(TODAY, 0.1)


def test_every_lit_site_stands_and_no_planned_one(network: Network) -> None:
    lit = {code for code, status in standing("2026-07-01").items() if status.joined}
    assert {node.site for node in network.sites} == lit
    planned = set(Link.objects.filter(is_planned=True).values_list("code", flat=True))
    assert planned
    assert planned.isdisjoint(network.span_by_code)


def test_the_gateway_has_one_lan_device_and_it_leads_to_the_core(network: Network) -> None:
    inside = [span for span in network.spans if span.a.node == network.gateway.code and span.a.interface == LAN]
    assert [network.by_code[span.b.node].kind for span in inside] == ["core"]
    ends = [end for span in network.spans for end in (span.a, span.b) if end.node == network.gateway.code]
    assert sorted(end.interface for end in ends) == ["lan", "wan1", "wan2"]


def test_two_providers_of_different_capacity_hold_their_probes_addresses(network: Network) -> None:
    assert [uplink.down_bps for uplink in network.uplinks] == [600_000_000, 400_000_000]
    main = network.span_by_code[network.uplinks[0].span]
    held = {address.partition("/")[0] for address in main.b.addresses}
    assert {"203.0.113.1", "203.0.113.53", "2001:db8:a::53"} <= held


def test_a_third_of_the_sites_hangs_on_circuits_of_a_provider(network: Network) -> None:
    leased = [span for span in network.spans if span.leased and span.code.startswith("L-") and span.provider]
    assert len(leased) >= len(network.sites) // 3


def test_public_sites_have_more_clients_and_all_have_both_families(network: Network) -> None:
    assert {node.clients for node in network.sites if node.public} == {CLIENTS_OF_PUBLIC_SITE}
    assert {node.clients for node in network.sites if not node.public} == {3}
    for node in network.sites:
        for v4, v6 in node.client_addresses():
            assert v4 in {str(host) for host in ip_interface(node.lan[0]).network.hosts()}
            assert ":" in v6


def test_sites_without_internet_are_marked(network: Network) -> None:
    without = {code for code, status in standing("2026-07-01").items() if status.joined and status.internet != "on"}
    assert "NAKERKUKM" in without
    assert {node.site for node in network.nodes if not node.internet and node.site} == without


def test_the_center_is_reached_over_net0(network: Network) -> None:
    assert network.center is not None
    assert network.center.code == Device.objects.get(kind="server").code
    span = next(span for span in network.spans if network.center.code in (span.a.node, span.b.node))
    assert {span.a.interface, span.b.interface} == {"lan", "net0"}


def test_no_address_is_given_twice(network: Network) -> None:
    held = [(node.code, address) for node in network.nodes for address in (*node.lan, *node.loopback)]
    held += [(end.node, address) for span in network.spans for end in (span.a, span.b) for address in end.addresses]
    anycast = {
        f"{node.code} {address}" for node in network.nodes if node.kind == "provider" for address in node.loopback
    }
    by_address: dict[str, set[str]] = {}
    for node, address in held:
        if f"{node} {address}" not in anycast:
            by_address.setdefault(address.partition("/")[0], set()).add(node)
    assert {address: nodes for address, nodes in by_address.items() if len(nodes) > 1} == {}


def test_it_travels_as_json(network: Network) -> None:
    assert network_from_text(network.to_text(), "network.json") == network


def test_sites_carry_their_own_names(network: Network) -> None:
    names = dict(Site.objects.values_list("code", "name"))
    assert all(node.name == names[node.site] for node in network.sites)
