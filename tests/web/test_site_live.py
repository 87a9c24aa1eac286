"""A site's page of this moment: lamps, way to the internet, alarms, and the sentence on top; to whom it is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from api.conftest import Caller
from api.regency import SYSTEM, Regency
from simpul.people.logic.rights import Role
from simpul.register.logic.graph import graph_of
from simpul.register.logic.snapshot import Snapshot, SnapshotDevice, SnapshotLink, SnapshotSite, SnapshotUplink
from simpul.register.models import Site, Uplink
from simpul.register.service import change_internet
from simpul.register.service.sites import update_site
from simpul.traffic.models import ShareGroup, SiteShare
from simpul.watch.models import Alarm
from simpul.web.home import home
from simpul.web.network_graph import Networks
from simpul.web.site_page import site
from simpul.web.site_way import HIDDEN, LINK, NODE, Seen, way_of
from web.live_values import request_of
from web.test_alarm_pages import alarm

MOST_QUERIES = 12
# Who sees only a part: which part that is, is asked for as well.
MOST_FOR_A_PART = MOST_QUERIES + 6
# The share's panel asks for itself.
OF_THE_SHARE = 4


def ring() -> Snapshot:
    """Site S behind P1; P1, P2 and the core R form a ring; the gateway G holds two ways out. S is on a leased line."""
    devices = [
        ("s", "S", "router"),
        ("p1", "P1", "router"),
        ("p2", "P2", "router"),
        ("r", "R", "router"),
        ("g", "R", "gateway"),
    ]
    links = [("L-S", "s", "p1"), ("L-1", "p1", "r"), ("L-2", "p1", "p2"), ("L-3", "p2", "r"), ("L-G", "r", "g")]
    return Snapshot(
        devices={code: SnapshotDevice(code, code.upper(), kind, place, operator="D") for code, place, kind in devices},
        links={
            code: SnapshotLink(
                code, a, "1", "", b, "2", "", operator="D", capacity_bps=10**9, leased=code == "L-S",
                provider="PT" if code == "L-S" else "", service_number="SID-9" if code == "L-S" else "",
            )
            for code, a, b in links
        },
        sites={
            code: SnapshotSite(code, f"Titik {code}", kind, "D", device=device, internet_on=True)
            for code, kind, device in [("S", "opd", "s"), ("P1", "pop", "p1"), ("P2", "pop", "p2"), ("R", "pop", "r")]
        },
        uplinks={code: SnapshotUplink(code, code, "g", "w", "PT", "SID-1", 10**9, 10**9) for code in ("U-1", "U-2")},
    )  # fmt: skip


def seen(links: Mapping[str, str] | None = None, **more: Any) -> Seen:
    """All links up but those named."""
    states = {code: {"state": "up", "ab": 1, "ba": 2} for code in ring().links} | {
        code: {"state": state} for code, state in (links or {}).items()
    }
    return Seen(links=states, **more)


def test_the_way_is_told_hop_by_hop_with_who_mends_it() -> None:
    way = way_of(graph_of(ring()), "S", seen())
    assert [hop.code for hop in way.hops] == ["s", "L-S", "p1", "L-1", "r", "L-G", "g"]
    leased = way.hops[1]
    assert (leased.kind, leased.leased, leased.party, leased.service_number) == (LINK, True, "PT", "SID-9")
    # From the site's side A is nearer: what comes to the site passes from B to A.
    assert (leased.rate_bps, leased.capacity_bps, leased.state) == (2, 10**9, "up")
    assert [hop.code for hop in way.outs] == ["U-1", "U-2"]
    assert (way.whole, way.detour) == (True, False)


def test_a_ring_that_is_cut_carries_it_the_other_way_round() -> None:
    way = way_of(graph_of(ring()), "S", seen({"L-1": "down"}))
    assert [hop.code for hop in way.hops if hop.kind == LINK] == ["L-S", "L-2", "L-3", "L-G"]
    assert (way.whole, way.detour) == (True, True)


def test_where_no_way_is_whole_the_usual_one_is_told_with_what_is_broken() -> None:
    way = way_of(graph_of(ring()), "S", seen({"L-S": "down"}))
    assert [(hop.code, hop.state) for hop in way.hops if hop.kind == LINK] == [
        ("L-S", "down"),
        ("L-1", "up"),
        ("L-G", "up"),
    ]
    assert not way.whole


def test_what_nobody_has_heard_of_is_unknown_not_up() -> None:
    way = way_of(graph_of(ring()), "S", Seen())
    assert {hop.state for hop in way.hops if hop.kind == LINK} == {"unknown"}
    assert {hop.state for hop in way.outs} == {"unknown"}
    assert way.hops[0].state == "unknown"
    assert way.hops[-1].state == ""  # the gateway is not asked under its site's name


def test_others_elements_are_one_hop_without_a_name() -> None:
    own = seen(whole=False, own_links=frozenset({"L-S"}), own_sites=frozenset({"S"}))
    way = way_of(graph_of(ring()), "S", own)
    assert [(hop.kind, hop.code) for hop in way.hops] == [(NODE, "s"), (LINK, "L-S"), (HIDDEN, "")]
    assert way.outs == ()


def test_a_site_without_a_device_has_no_way() -> None:
    assert way_of(graph_of(ring()), "NOWHERE", Seen()).hops == ()


def page_of(regency: Regency, role: Role, code: str = "OPD-2", **messages: Mapping[str, Any]) -> str:
    """The page as a server that has heard these live values makes it."""
    request = request_of(regency.users[role], f"/sites/{code}/", **messages)
    with translation.override("id"):
        answer: HttpResponse = site(request, code)
    return answer.content.decode()


def row(**more: Any) -> dict[str, Any]:
    """The clinic is well."""
    values = {"down": 6_000_000, "up": 1_000_000, "share_down": 9_000_000, "network": "up", "internet": "up"}
    return {"sites": {"OPD-2": values | more}}


@pytest.fixture
def online(regency: Regency) -> Site:
    """The clinic has internet, and is promised 20 Mbit/s of it."""
    change_internet(SYSTEM, regency.clinic, "on", timezone.now() - timedelta(days=9))
    group = ShareGroup.objects.create(code="G", name="G", uplink=Uplink.objects.get())
    SiteShare.objects.create(site=regency.clinic, group=group, guarantee_down_bps=20_000_000)
    return regency.clinic


def test_the_title_says_that_it_works_and_how_much_of_what_is_used(regency: Regency, online: Site) -> None:
    said = "Internet Klinik Dinas Kesehatan normal: terpakai 6,00 Mbps, jatah 20 Mbps"
    assert said in page_of(regency, Role.OPERATOR, sites=row())
    assert said in page_of(regency, Role.AGENCY, sites=row())


def test_the_title_says_what_is_wrong_and_since_when(regency: Regency, online: Site) -> None:
    alarm(regency, at=timezone.now() - timedelta(minutes=5))
    page = page_of(regency, Role.AGENCY, sites=row(network="down", internet="down"))
    assert "Klinik Dinas Kesehatan tanpa jaringan sejak" in page
    assert "PT Penyedia Contoh A" in page
    without = Alarm.objects.update(sites=[], without_internet=["OPD-2"])
    assert without
    assert "tanpa internet sejak" in page_of(regency, Role.AGENCY, sites=row(internet="down"))


def test_a_decision_is_told_before_what_the_probes_say(regency: Regency, online: Site) -> None:
    change_internet(SYSTEM, regency.clinic, "cut_off", timezone.now() - timedelta(hours=1), reason="tunggakan")
    assert "internetnya diputus" in page_of(regency, Role.AGENCY, sites=row(internet="down"))


def test_what_is_not_known_is_not_called_normal(regency: Regency, online: Site) -> None:
    for page in (page_of(regency, Role.OPERATOR), page_of(regency, Role.OPERATOR, sites=row(internet="unknown"))):
        assert "normal" not in page[page.index("<h1>") : page.index("</h1>")]
        assert "tidak diketahui" in page


def test_the_strip_names_provider_and_service_number_of_a_leased_hop(regency: Regency, online: Site) -> None:
    links = {"links": {"L-1": {"ab": 6_000_000, "ba": 1_000_000, "state": "up"}}}
    page = page_of(regency, Role.OPERATOR, links=links, sites=row())
    strip = page[page.index('id="site-way"') : page.index('id="site-alarms"')]
    for told in ("SID-1", "PT Penyedia Contoh A", "Uplink A", "Simpul Distribusi 1", "6,00 Mbps"):
        assert told in strip
    assert 'data-link="L-1"' in strip


def test_an_agency_reads_nothing_of_the_network_behind_its_own_line(regency: Regency, online: Site) -> None:
    page = page_of(regency, Role.AGENCY, sites=row())
    strip = page[page.index('id="site-way"') : page.index('id="site-alarms"')]
    assert "Klinik Dinas Kesehatan" in strip
    assert "SID-1" in strip  # its own circuit
    for foreign in ("Simpul Distribusi 1", "Uplink A", "POP-1"):
        assert foreign not in strip


def test_its_alarms_stand_there_open_ones_first_and_past_ones(regency: Regency, as_role: Caller) -> None:
    open_, past = alarm(regency, "a"), alarm(regency, "b", closed_at=timezone.now())
    silent = alarm(regency, "SW-1", kind="device_silent", sites=[], party=regency.diskominfo)
    alarm(regency, "c", sites=["OPD-1"])
    found = as_role(Role.OPERATOR).get("/sites/OPD-2/").context
    assert {line.alarm.pk for line in found["open_alarms"]} == {open_.pk, silent.pk}
    assert [line.alarm for line in found["past_alarms"]] == [past]
    own = as_role(Role.AGENCY).get("/sites/OPD-2/").context
    assert [line.alarm for line in own["open_alarms"]] == [open_]


def test_the_changing_parts_alone_are_asked_for_by_the_page(as_role: Caller, regency: Regency) -> None:
    client = as_role(Role.AGENCY)
    answer = client.get("/sites/OPD-2/now/", headers={"X-Fragment": "1"})
    page = answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    for part in ("answer", "lamps", "way", "alarms"):
        assert f'id="site-{part}"' in page
    assert client.get("/sites/OPD-1/now/").status_code == 404


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ENGINEER])
def test_the_page_asks_the_database_little(as_role: Caller, regency: Regency, online: Site, role: Role) -> None:
    for number in range(8):
        alarm(regency, f"a{number}")
    client = as_role(role)
    client.get("/sites/OPD-2/")
    with CaptureQueriesContext(connection) as asked:
        client.get("/sites/OPD-2/")
    assert len(asked) <= MOST_QUERIES + OF_THE_SHARE, "\n".join(each["sql"][:150] for each in asked)


def test_an_agencys_home_asks_the_database_little(regency: Regency, online: Site) -> None:
    for number in range(8):
        alarm(regency, f"a{number}")
    request = request_of(regency.users[Role.AGENCY], "/", sites=row())
    with CaptureQueriesContext(connection) as asked:
        answer = home(request)
    assert answer.status_code == 200
    # The session, the person and its roles come before the page.
    assert len(asked) + 3 <= MOST_FOR_A_PART, "\n".join(each["sql"][:150] for each in asked)


def test_an_agencys_site_asks_what_it_may_see_once(regency: Regency, online: Site) -> None:
    page_of(regency, Role.AGENCY, sites=row())
    with CaptureQueriesContext(connection) as asked:
        page_of(regency, Role.AGENCY, sites=row(), links={"links": {}}, uplinks={"uplinks": {}})
    assert len(asked) + 3 <= MOST_FOR_A_PART + OF_THE_SHARE, "\n".join(each["sql"][:150] for each in asked)


def test_the_graph_is_made_anew_when_the_register_changes_and_only_then(regency: Regency) -> None:
    networks = Networks()
    first = networks.now()
    with CaptureQueriesContext(connection) as asked:
        assert networks.now() is first
    assert len(asked) == 1
    alarm(regency)
    assert networks.now() is first
    update_site(SYSTEM, regency.clinic, name="Klinik Baru")
    second = networks.now()
    assert second is not first
    assert second.graph.snapshot.sites["OPD-2"].name == "Klinik Baru"
