"""What the interface shows, and to whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from api.conftest import Caller
from api.regency import Regency
from simpul.kit.actor import Actor
from simpul.people.logic.rights import Role
from simpul.people.service import issue_token

LISTS = [
    "organisations", "sites", "contracts", "circuits", "devices", "links", "uplinks", "prefixes", "cameras",
    "applications", "rollout/sites", "audit",
]  # fmt: skip


def read(client: Client, address: str, **query: Any) -> Any:
    """The JSON body of a call that must succeed."""
    response = client.get(f"/api/v1/{address}", query)
    assert response.status_code == 200, response.content
    return response.json()


def test_an_administrator_finds_something_in_every_list_by_few_queries(
    as_role: Caller, django_assert_max_num_queries: Any
) -> None:
    client = as_role(Role.ADMINISTRATOR)
    read(client, "sites")  # the first call of a session also notes its use
    for address in LISTS:
        with django_assert_max_num_queries(12):
            answer = read(client, address)
        assert answer["items"], address
        assert set(answer) == {"items", "next"}


def test_every_object_of_a_list_can_be_asked_for_by_its_code(as_role: Caller) -> None:
    client = as_role(Role.ADMINISTRATOR)
    for address, code in [
        ("organisations", "DINKES"), ("sites", "OPD-1"), ("contracts", "027/118/SPK/2023"), ("circuits", "C-1"),
        ("devices", "R-1"), ("links", "L-1"), ("uplinks", "U-1"), ("prefixes", "192.0.2.0/25"), ("cameras", "K-1"),
        ("applications", "A-1"), ("audit", "1"),
    ]:  # fmt: skip
        assert read(client, f"{address}/{code}") in read(client, address, limit=200)["items"], address


def test_an_agency_finds_its_own_sites_only(as_role: Caller) -> None:
    client = as_role(Role.AGENCY)
    assert [site["code"] for site in read(client, "sites")["items"]] == ["OPD-2"]
    assert client.get("/api/v1/sites/OPD-1").status_code == 404
    assert read(client, "rollout")["sites"] == 1


def test_a_provider_finds_its_own_contracts_only(as_role: Caller) -> None:
    client = as_role(Role.PROVIDER)
    assert [row["code"] for row in read(client, "contracts")["items"]] == ["027/118/SPK/2023"]
    assert client.get("/api/v1/contracts/027/119/SPK/2023").status_code == 404
    assert [row["code"] for row in read(client, "uplinks")["items"]] == ["U-1"]


@pytest.mark.parametrize("address", ["audit", "audit/1"])
def test_only_who_may_see_the_log_reads_it(as_role: Caller, address: str) -> None:
    assert as_role(Role.AUDITOR).get(f"/api/v1/{address}").status_code == 200
    refused = as_role(Role.OPERATOR).get(f"/api/v1/{address}")
    assert refused.status_code == 403
    assert "audit.see" in refused.json()["error"]["message"]


def test_a_stranger_is_told_to_sign_in(regency: Regency, client: Client) -> None:
    answer = client.get("/api/v1/sites")
    assert answer.status_code == 401
    assert answer.json()["error"]["remedy"] == "Sign in, or send a token: Authorization: Bearer TOKEN."


def test_a_token_reads_what_its_owner_may_see(regency: Regency, client: Client) -> None:
    owner = regency.users[Role.AGENCY]
    issued = issue_token(Actor.system("test"), owner, label="skrip", days=30)
    found = client.get("/api/v1/sites", headers={"authorization": f"Bearer {issued.secret}"})
    assert [site["code"] for site in found.json()["items"]] == ["OPD-2"]


def test_a_wrong_token_is_refused_even_with_a_session(as_role: Caller) -> None:
    answer = as_role(Role.ADMINISTRATOR).get("/api/v1/sites", headers={"authorization": "Bearer simpul_nothing"})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"


def test_following_next_gives_every_row_once(as_role: Caller) -> None:
    client = as_role(Role.ADMINISTRATOR)
    codes, address = [], "/api/v1/organisations?limit=2"
    while address:
        answer = client.get(address).json()
        codes += [row["code"] for row in answer["items"]]
        address = answer["next"]
    assert codes == ["DISKOMINFO", "DINKES", "DISDIK", "PENYEDIA-A", "PENYEDIA-B"]


def test_the_rollout_of_a_past_day_can_be_asked(as_role: Caller) -> None:
    client = as_role(Role.HEAD)
    past = read(client, "rollout", at="2023-01-13")
    assert (past["sites"], past["network_lit"], past["internet_on"], past["not_joined"]) == (3, 1, 0, 2)
    assert read(client, "rollout")["internet_on"] == 1
    assert past["by_kind"]["opd"] == {"sites": 2, "network_lit": 1, "internet_on": 0, "not_joined": 1}


def test_a_day_counts_to_its_local_end(as_role: Caller) -> None:
    client = as_role(Role.HEAD)
    assert read(client, "rollout", at="2018-04-30")["network_lit"] == 0
    assert read(client, "rollout", at="2018-05-01")["network_lit"] == 1


def test_the_story_of_a_site_is_told_in_order(as_role: Caller) -> None:
    story = read(as_role(Role.HEAD), "rollout/sites/OPD-1/story")["items"]
    assert [line["state"] or line["what"] for line in story] == [
        "cable", "spliced", "lit", "ordered", "on", "handed_over",
    ]  # fmt: skip


def test_contract_lines_stay_hidden_from_who_may_not_see_contracts(as_role: Caller) -> None:
    assert as_role(Role.AGENCY).get("/api/v1/contracts").status_code == 403
    assert read(as_role(Role.AGENCY), "sites")["items"][0]["contract_line"] is None


def test_a_filter_narrows_the_list(as_role: Caller) -> None:
    client = as_role(Role.ADMINISTRATOR)
    wanted: list[tuple[str, dict[str, str], list[str]]] = [
        ("sites", {"kind": "public_space"}, ["RP-1"]),
        ("sites", {"area": "62.05.05", "medium": "leased"}, ["OPD-2"]),
        ("sites", {"q": "klinik"}, ["OPD-2"]),
        ("circuits", {"site": "POP-1"}, ["C-1"]),
        ("devices", {"kind": "gateway"}, ["R-1"]),
        ("organisations", {"kind": "provider"}, ["PENYEDIA-A", "PENYEDIA-B"]),
        ("rollout/sites", {"network": "lit", "internet": "none"}, ["OPD-2"]),
        ("cameras", {"public": "true"}, []),
    ]
    for address, query, codes in wanted:
        assert [row["code"] for row in read(client, address, **query)["items"]] == codes, (address, query)
