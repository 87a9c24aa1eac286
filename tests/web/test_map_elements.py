"""`/map/elements.json`: what is drawn, for whom, and how little it costs to ask again."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from django.test import Client

from api.conftest import Caller
from api.regency import SYSTEM, Regency, day
from simpul.people.logic.rights import Role, Scope
from simpul.register.models import Link, Uplink
from simpul.register.service import change_internet
from simpul.traffic.models import ShareGroup, SiteShare
from simpul.web.map_elements import elements

URL = "/map/elements.json"


def told(client: Client) -> dict[str, Any]:
    """The answer."""
    answer = client.get(URL)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_staff_get_all_sites_links_and_ways_out(as_role: Caller) -> None:
    found = told(as_role(Role.OPERATOR))
    assert [site["code"] for site in found["sites"]] == ["OPD-1", "OPD-2", "POP-1", "RP-1"]
    assert found["links"] == [
        {"code": "L-1", "a": "POP-1", "b": "OPD-2", "bps": None, "planned": False, "leased": True}
    ]
    assert found["uplinks"] == [{"code": "U-1", "name": "Uplink A", "down_bps": 10**9, "up_bps": 10**9}]
    assert found["box"] == [114.89, -0.95, 114.89, -0.95]


def test_a_site_says_whether_it_is_joined_and_what_it_is_promised(as_role: Caller, regency: Regency) -> None:
    group = ShareGroup.objects.create(code="G", name="G", uplink=Uplink.objects.get())
    SiteShare.objects.create(site=regency.clinic, group=group, guarantee_down_bps=5_000_000)
    change_internet(SYSTEM, regency.clinic, "on", day(2023, 4, 1))
    sites = {site["code"]: site for site in told(as_role(Role.OPERATOR))["sites"]}
    assert (sites["OPD-2"]["lit"], sites["OPD-2"]["on"], sites["OPD-2"]["guarantee"]) == (True, True, 5_000_000)
    assert (sites["RP-1"]["lit"], sites["RP-1"]["on"], sites["RP-1"]["guarantee"]) == (False, False, None)
    # A point of presence is part of the network from the start.
    assert sites["POP-1"]["lit"]


def test_an_agency_gets_its_own_sites_and_no_way_out(as_role: Caller) -> None:
    found = told(as_role(Role.AGENCY))
    assert [site["code"] for site in found["sites"]] == ["OPD-2"]
    # The far end of its link is not its own.
    assert found["links"] == []
    assert found["uplinks"] == []


def test_a_provider_gets_no_site(as_role: Caller) -> None:
    found = told(as_role(Role.PROVIDER))
    assert found["sites"] == found["links"] == []
    assert found["box"] is None


def test_a_stranger_is_sent_to_the_sign_in_page(client: Client, db: None) -> None:
    assert client.get(URL).status_code == 302


def test_what_has_not_changed_is_not_sent_again(as_role: Caller, regency: Regency) -> None:
    client = as_role(Role.OPERATOR)
    first = client.get(URL)
    again = client.get(URL, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    change_internet(SYSTEM, regency.clinic, "on", day(2023, 4, 1))
    changed = client.get(URL, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert {site["code"]: site["on"] for site in changed.json()["sites"]}["OPD-2"]


def test_it_travels_compressed(as_role: Caller) -> None:
    client = as_role(Role.OPERATOR)
    zipped = client.get(URL, headers={"Accept-Encoding": "gzip, br"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(zipped.content) == client.get(URL).content
    assert "Cookie" in zipped.headers["Vary"]
    assert zipped.headers["Cache-Control"].startswith("private")


def test_the_same_is_made_once_for_all_who_see_the_whole_network(
    as_role: Caller, django_assert_max_num_queries: Any
) -> None:
    told(as_role(Role.OPERATOR))
    engineer = as_role(Role.ENGINEER)
    # Session, person, roles, "last used", and the head of the log.
    with django_assert_max_num_queries(10):
        told(engineer)


@pytest.mark.parametrize("planned", [True, False])
def test_a_planned_link_says_so(regency: Regency, planned: bool) -> None:
    Link.objects.update(is_planned=planned)
    assert [link["planned"] for link in elements(Scope(whole_network=True))["links"]] == [planned]
