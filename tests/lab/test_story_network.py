"""The invented network holds together: it can be built as it is written down."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_interface

import pytest

from lab.asked import reached, standing
from simpul.lab.story.telling import Told
from simpul.register.logic.prefixes import block_of, overlaps
from simpul.register.models import (
    Camera,
    Circuit,
    ContractLine,
    Device,
    Interface,
    Link,
    Prefix,
    Site,
    Uplink,
)

TODAY = "2026-07-01"
RING = [f"RING-{number}" for number in range(1, 7)]


def joined() -> set[str]:
    """Counted sites whose network is lit today."""
    return {code for code, status in standing(TODAY).items() if status.joined}


def test_the_gateway_reaches_exactly_the_sites_that_are_lit(regency: Told) -> None:
    pops = set(Site.objects.filter(kind="pop").values_list("code", flat=True))
    assert len(pops) == 6
    assert reached() == joined() | pops


@pytest.mark.parametrize("cut", RING)
def test_a_cut_of_the_ring_leaves_every_site_reached(regency: Told, cut: str) -> None:
    assert Link.objects.filter(code=cut).exists()
    assert reached(without=cut) == reached()


def test_spurs_of_three_sites_fall_together(regency: Told) -> None:
    lost = {code: reached() - reached(without=code) for code in Link.objects.values_list("code", flat=True)}
    spurs = [sites for code, sites in lost.items() if code.startswith("L-") and 3 <= len(sites) < 10]
    assert len(spurs) >= 4


def test_every_distribution_router_carries_three_sites_or_more(regency: Told) -> None:
    carried: Counter[str] = Counter()
    for a, b in Link.objects.filter(is_planned=False).values_list(
        "interface_a__device__site__code", "interface_b__device__site__kind"
    ):
        carried[a] += b != "pop"
    pops = Site.objects.filter(kind="pop").values_list("code", flat=True)
    assert min(carried[pop] for pop in pops) >= 3


def test_the_gateway_has_one_port_towards_the_network_and_two_ways_out(regency: Told) -> None:
    gateway = Device.objects.get(kind="gateway")
    names = set(gateway.interfaces.values_list("name", flat=True))
    assert names == {"lan", "lo", "wan1", "wan2"}
    uplinks = Uplink.objects.select_related("provider", "interface")
    assert {(uplink.provider.code, uplink.down_bps, uplink.interface.name) for uplink in uplinks} == {
        ("SERAT", 600_000_000, "wan1"),
        ("JALUR", 400_000_000, "wan2"),
    }


def test_about_a_third_of_the_joined_sites_is_reached_over_leased_circuits(regency: Told) -> None:
    leased = set(
        Link.objects.filter(is_planned=False, circuit__kind="leased")
        .exclude(circuit__site_b__kind="pop")
        .values_list("circuit__site_b__code", flat=True)
    )
    assert leased < joined()
    assert 0.30 <= len(leased) / len(joined()) <= 0.36


def test_a_leased_circuit_is_an_opaque_hop_that_names_whom_to_call(regency: Told) -> None:
    for circuit in Circuit.objects.filter(kind="leased", links__is_planned=False).select_related("provider"):
        assert circuit.provider is not None
        assert circuit.provider.phone
        assert circuit.service_number
        assert circuit.handoff_a
        assert circuit.handoff_b
        assert circuit.cir_bps
        assert circuit.length_m is None
        assert (circuit.owner, circuit.operator) == (circuit.provider, circuit.provider)
        assert circuit.contract_line is not None
        assert circuit.contract_line.contract.provider_id == circuit.provider_id


def test_an_own_circuit_has_a_length_and_the_line_it_was_built_by(regency: Told) -> None:
    own = Circuit.objects.filter(kind="own", links__is_planned=False)
    assert own.count() > 20
    assert not own.filter(length_m=None).exists()
    assert not own.filter(contract_line=None).exists()


def test_planned_links_lead_to_the_sites_that_are_not_joined(regency: Told) -> None:
    planned = Link.objects.filter(is_planned=True)
    ends = set(planned.values_list("interface_b__device__site__code", flat=True))
    assert ends == set(standing(TODAY)) - joined()


def test_the_two_ends_of_a_link_share_one_block_in_both_families(regency: Told) -> None:
    for link in Link.objects.select_related("interface_a", "interface_b"):
        a, b = link.interface_a, link.interface_b
        for one, other in ((a.address, b.address), (a.address6, b.address6)):
            assert ip_interface(one).network == ip_interface(other).network, link.code
            assert one != other


def test_no_address_is_given_twice(regency: Told) -> None:
    ports = [text for pair in Interface.objects.values_list("address", "address6") for text in pair if text]
    hosts = [str(ip_interface(text).ip) for text in ports]
    hosts += [str(address) for address in Camera.objects.values_list("address", flat=True)]
    assert [host for host, times in Counter(hosts).items() if times > 1] == []


def test_blocks_overlap_only_with_the_pool_they_come_from(regency: Told) -> None:
    purposes = dict(Prefix.objects.values_list("cidr", "purpose"))
    inner = {(purposes[outside.cidr], purposes[block.cidr]) for outside, block in overlaps(map(block_of, purposes))}
    assert {outside for outside, _ in inner} == {"pool"}


def test_every_counted_site_has_a_network_of_both_families(regency: Told) -> None:
    networks = Prefix.objects.filter(purpose="site").values_list("site__code", "family")
    assert Counter(code for code, _ in networks) == dict.fromkeys(standing(TODAY), 2)
    assert set(networks) == {(code, family) for code in standing(TODAY) for family in (4, 6)}


def test_port_names_fit_the_kernel_and_site_names_fit_a_map(regency: Told) -> None:
    assert max(map(len, Interface.objects.values_list("name", flat=True))) <= 15
    assert max(map(len, Site.objects.values_list("name", flat=True))) <= 20


def test_cameras_stand_at_joined_sites_and_were_paid_by_camera_lines(regency: Told) -> None:
    cameras = Camera.objects.select_related("site", "contract_line")
    assert len(cameras) == 12
    assert {camera.site.code for camera in cameras} <= joined()
    assert {camera.contract_line.kind for camera in cameras if camera.contract_line} == {"cctv"}
    assert 0 < sum(camera.is_public for camera in cameras) < 12


def test_every_kind_of_line_was_bought_and_one_contract_ends_with_2026(regency: Told) -> None:
    lines = ContractLine.objects.select_related("contract")
    assert {line.kind for line in lines} == {"fibre", "bandwidth", "cctv", "streaming"}
    for line in lines:
        assert line.contract.starts_on <= line.starts_on <= line.ends_on <= line.contract.ends_on
        assert (line.cir_bps is not None) == (line.kind == "bandwidth")
    ends = {line.contract.ends_on.isoformat() for line in lines if line.kind == "bandwidth"}
    assert "2026-12-31" in ends
