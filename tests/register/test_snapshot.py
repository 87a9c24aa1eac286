"""The register's rows as a snapshot: the whole story in few queries, planned elements in it and marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from simpul.kit.actor import Actor
from simpul.register.logic.graph import graph_of
from simpul.register.logic.snapshot import Snapshot
from simpul.register.models import Device, Link, Site, Uplink
from simpul.register.service import create_site, snapshot
from told import told_regency

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def story(django_db_setup: None, django_db_blocker: Any) -> Iterator[Snapshot]:
    """The invented regency, told once; taken back after the last test of the file."""
    with told_regency(django_db_blocker):
        yield snapshot()


def test_every_element_is_in_it_once(story: Snapshot) -> None:
    assert set(story.devices) == set(Device.objects.values_list("code", flat=True))
    assert set(story.links) == set(Link.objects.values_list("code", flat=True))
    assert set(story.sites) == set(Site.objects.values_list("code", flat=True))
    assert set(story.uplinks) == set(Uplink.objects.values_list("code", flat=True))
    assert sum(site.counted for site in story.sites.values()) == 44


def test_what_is_planned_is_marked_and_joins_nothing(story: Snapshot) -> None:
    planned = {link.code for link in story.links.values() if link.planned}
    assert planned == set(Link.objects.filter(is_planned=True).values_list("code", flat=True))
    assert {code for code, device in story.devices.items() if device.planned} == {
        f"R-{code}" for code in ("DISPERINDAG", "DLH", "RP-LAPANGAN", "RP-DERMAGA", "KEC-LAHEI-BARAT", "KEC-GN-PUREI")
    }
    graph = graph_of(story)
    assert not planned & set(graph.links)
    assert graph.reachable(graph.roots) == set(graph.devices)


def test_an_element_says_what_a_fault_has_to_name(story: Snapshot) -> None:
    ring = story.links["RING-4"]
    assert (ring.a_device, ring.b_device) == ("R-MALAWAKEN", "R-JAMBU")
    assert (ring.leased, ring.provider, ring.service_number, ring.party) == (True, "SERAT", "SCN-CTH-0100", "SERAT")
    own = story.links["RING-2"]
    assert (own.leased, own.provider, own.service_number, own.party) == (False, "", "", "DISKOMINFOSANDI")
    assert "/" not in own.a_address + own.b_address
    assert own.a_address != own.b_address
    uplink = story.uplinks["UP-SERAT"]
    assert (uplink.device, uplink.provider, uplink.service_number) == ("GW-INTI", "SERAT", "SCN-CTH-0001")
    assert (uplink.down_bps, uplink.up_bps) == (600_000_000, 600_000_000)
    site = story.sites["RSUD"]
    assert (site.device, site.organisation, site.network_lit, site.internet_on) == ("R-RSUD", "RSUD", True, True)
    assert story.sites["DISKOMINFOSANDI"].device == "R-DISKOMINFOSANDI"
    assert story.sites["POP-INTI"].device == "R-INTI"
    assert not story.sites["DLH"].network_lit


def test_what_a_cut_of_the_story_hits(story: Snapshot) -> None:
    graph = graph_of(story)
    assert graph.roots == {"GW-INTI"}
    assert graph.core == {"R-INTI"}
    assert graph.lost(["L-BAPPEDALITBANG"]).sites == {"BAPPEDALITBANG", "BPKAD", "BKPSDM"}
    assert not any(graph.lost([f"RING-{number}"]).sites for number in range(1, 7))
    between = graph.lost(["RING-2", "RING-4"]).sites
    assert {"RSUD", "DISDIK", "KEC-LAHEI"} <= between
    assert "BPBD" not in between
    assert [link.code for link in graph.path("R-BKPSDM") or []] == [
        "L-BKPSDM",
        "L-BPKAD",
        "L-BAPPEDALITBANG",
        "RING-1",
    ]
    assert {f"RING-{number}" for number in range(1, 7)} == {code for code in graph.links if code not in graph.bridges()}


def test_the_number_of_queries_does_not_grow_with_the_network(story: Snapshot) -> None:
    with CaptureQueriesContext(
        connection,
    ) as before:
        snapshot()
    owner = Site.objects.all()[0].owner
    for number in range(20):
        create_site(
            Actor.system("test"),
            code=f"MORE-{number}",
            name="More",
            kind="opd",
            organisation=owner,
            owner=owner,
            operator=owner,
        )
    with CaptureQueriesContext(connection) as after:
        assert len(snapshot().sites) == len(story.sites) + 20
    assert len(after) == len(before) <= 10
