"""A NUL in an address or a search: PostgreSQL refuses even the question, and nobody may see that as a fault."""

from __future__ import annotations

import pytest

from api.conftest import Caller
from simpul.people.logic.rights import Role

PLACES = ["sites", "organisations", "contracts", "people", "evidence", "imports", "traffic/groups", "help"]
LISTS = [
    "sites", "organisations", "contracts", "people", "imports", "alarms", "traffic", "traffic/table", "audit",
    "network", "network/devices", "network/prefixes", "network/uplinks", "help", "rollout", "map/table",
]  # fmt: skip
QUESTIONS = ["q", "kind", "organisation", "at", "since", "actor", "ref", "text", "state", "sort", "page"]


@pytest.mark.parametrize("place", PLACES)
def test_no_object_has_such_an_address(as_role: Caller, place: str) -> None:
    assert as_role(Role.ADMINISTRATOR).get(f"/{place}/%00/").status_code == 404


@pytest.mark.parametrize("place", LISTS)
def test_a_search_for_it_is_answered(as_role: Caller, place: str) -> None:
    client = as_role(Role.ADMINISTRATOR)
    refused = {name: client.get(f"/{place}/", {name: "a\0b"}).status_code for name in QUESTIONS}
    assert {status for status in refused.values() if status not in (200, 302)} == set(), refused
