"""What each kind of viewer gets of a message, as plain data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from simpul.people.logic.rights import Role, Scope, scope_of
from simpul.web.live.topics import TOPICS, Sight, allowed, seen

AGENCY = Sight(sites=frozenset({"OPD-1"}), links=frozenset({"L-1"}))
PROVIDER = Sight(links=frozenset({"L-2"}), uplinks=frozenset({"U-1"}), parties=frozenset({"PENYEDIA-A"}))
CUT = {
    "id": 7,
    "kind": "span_cut",
    "severity": "critical",
    "refs": ["L-9", "L-1"],
    "sites": ["OPD-1", "OPD-2"],
    "without_internet": ["OPD-3"],
    "party": "DISKOMINFO",
    "opened_at": "2026-01-05T02:00:00Z",
    "acknowledged": "Rina Operator",
    "words": "Kabel putus antara POP-3 dan OPD-2",
}
LEASED = CUT | {"id": 8, "refs": ["L-2"], "sites": ["OPD-9"], "party": "PENYEDIA-A", "service_number": "SID-77"}


@pytest.mark.parametrize(
    ("role", "topics"),
    [
        (Role.OPERATOR, ("links", "sites", "uplinks", "alarms")),
        (Role.CREW, ("links", "sites", "uplinks", "alarms")),
        (Role.AGENCY, ("links", "sites", "alarms")),
        (Role.PROVIDER, ("links", "uplinks", "alarms")),
    ],
)
def test_who_may_follow_what(role: Role, topics: tuple[str, ...]) -> None:
    assert allowed(scope_of([(role, 1)])) == topics


def test_without_a_role_there_is_nothing_to_follow() -> None:
    assert allowed(Scope()) == ()


def test_an_agency_gets_its_own_sites_and_the_links_that_end_there() -> None:
    links = {"at": "t", "links": {"L-1": {"ab": 1}, "L-2": {"ab": 2}}}
    sites = {"at": "t", "sites": {"OPD-1": {"down": 1}, "OPD-2": {"down": 2}}, "more": "hidden"}
    assert seen("links", links, AGENCY) == {"at": "t", "links": {"L-1": {"ab": 1}}}
    assert seen("sites", sites, AGENCY) == {"at": "t", "sites": {"OPD-1": {"down": 1}}}


def test_an_agency_learns_of_an_alarm_that_hits_it_and_of_nothing_else_in_it() -> None:
    told = seen("alarms", {"at": "t", "open": [CUT, LEASED]}, AGENCY)
    assert told == {
        "at": "t",
        "open": [
            {
                "id": 7,
                "kind": "span_cut",
                "severity": "critical",
                "refs": ["L-1"],
                "sites": ["OPD-1"],
                "without_internet": [],
                "party": "DISKOMINFO",
                "opened_at": "2026-01-05T02:00:00Z",
                "acknowledged": True,
            }
        ],
    }


def test_an_office_that_only_loses_its_internet_is_told_as_well() -> None:
    sight = Sight(sites=frozenset({"OPD-3"}))
    (alarm,) = seen("alarms", {"open": [CUT]}, sight)["open"]
    assert (alarm["sites"], alarm["without_internet"]) == ([], ["OPD-3"])


def test_a_provider_learns_of_the_faults_that_are_its_own_with_its_service_number_and_no_office() -> None:
    (alarm,) = seen("alarms", {"at": "t", "open": [CUT, LEASED]}, PROVIDER)["open"]
    assert (alarm["id"], alarm["refs"], alarm["sites"], alarm["service_number"]) == (8, ["L-2"], [], "SID-77")
    assert "words" not in alarm


def test_who_sees_the_whole_network_gets_the_message_as_it_came() -> None:
    message = {"at": "t", "open": [CUT]}
    assert seen("alarms", message, Sight(whole=True)) is message


anything = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(payload=some.dictionaries(some.sampled_from(["at", "links", "sites", "uplinks", "open", "x"]), anything))
def test_a_message_of_any_shape_breaks_nothing_and_lets_nothing_through(payload: dict[str, Any]) -> None:
    for name in TOPICS:
        told = dict(seen(name, payload, Sight()))
        assert told.pop("at") == payload.get("at")
        assert list(told.values()) in ([{}], [[]])
