"""One cause for each fault: named with its class, whom it hits and whose part it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from register.networks import PROBER, network
from simpul.register.logic.graph import Graph, graph_of
from simpul.watch.logic.cause import explain
from simpul.watch.logic.facts import DOWN, UNKNOWN, UP, Cause, Ends, Facts, State

# CORE - A - B - C - CORE is a ring; B carries X, X carries Y; C carries the leased L; the asker sits at R-CENTER.
PAIRS = [
    ("GW", "CORE"),
    ("CORE", "R-CENTER"),
    ("R-CENTER", PROBER),
    ("CORE", "A"),
    ("A", "B"),
    ("B", "C"),
    ("C", "CORE"),
    ("B", "X"),
    ("X", "Y"),
    ("C", "L"),
]
LEASED = ["C-L", "C-CORE"]
EVERYBODY = ("GW", "CORE", "R-CENTER", "A", "B", "C", "X", "Y", "L")
OWN, NEAR_DOWN = "OFFICE", Ends(DOWN, UNKNOWN)


@pytest.fixture(scope="module")
def graph() -> Graph:
    """The ring with its spurs; A and C are points of presence."""
    return graph_of(network(PAIRS, leased=LEASED, pops=["A", "C"]))


def facts(
    down: Iterable[str] = (),
    *,
    unknown: Iterable[str] = (),
    links: Mapping[str, Ends] | None = None,
    uplinks: Mapping[str, State] | None = None,
    known_cut: Iterable[str] = (),
) -> Facts:
    """All up but these."""
    states: dict[str, State] = dict.fromkeys(EVERYBODY, UP)
    states |= dict.fromkeys(down, DOWN) | dict.fromkeys(unknown, UNKNOWN)
    ways: Mapping[str, State] = uplinks or {"UP-1": UP, "UP-2": UP}
    return Facts(states, links or {}, ways, PROBER, frozenset(known_cut))


def only(causes: list[Cause]) -> Cause:
    """The one cause."""
    assert len(causes) == 1, causes
    return causes[0]


def test_all_is_well(graph: Graph) -> None:
    assert explain(graph, facts()) == []
    assert explain(graph, Facts(prober=PROBER)) == []
    assert explain(graph, Facts()) == []


def test_a_spur_that_is_cut_is_one_cause_with_its_sites(graph: Graph) -> None:
    cause = only(explain(graph, facts(["X", "Y"], links={"B-X": NEAR_DOWN})))
    assert (cause.kind, cause.ref, cause.sites) == ("span_cut", "B-X", ("S-X", "S-Y"))
    # A router without power takes its light along: nobody can tell from here.
    assert cause.refs == ("B-X", "X")
    assert (cause.party, cause.service_number, cause.without_internet) == (OWN, "", ())


def test_by_echoes_alone_the_class_is_named(graph: Graph) -> None:
    cause = only(explain(graph, facts(["X", "Y"])))
    assert (cause.kind, cause.refs, cause.sites) == ("span_cut", ("B-X", "X"), ("S-X", "S-Y"))


def test_a_device_that_is_silent_behind_light_is_down_itself(graph: Graph) -> None:
    cause = only(explain(graph, facts(["X", "Y"], links={"B-X": Ends(UP, UNKNOWN)})))
    assert (cause.kind, cause.refs, cause.party) == ("device_down", ("X",), OWN)


def test_what_a_device_said_before_it_fell_silent_does_not_count(graph: Graph) -> None:
    cause = only(explain(graph, facts(["X", "Y"], links={"B-X": Ends(UNKNOWN, UP)})))
    assert cause.refs == ("B-X", "X")


def test_a_leased_circuit_names_its_provider_and_number(graph: Graph) -> None:
    cause = only(explain(graph, facts(["L"], links={"C-L": NEAR_DOWN})))
    assert (cause.kind, cause.refs, cause.sites) == ("circuit_down", ("C-L",), ("S-L",))
    assert (cause.party, cause.service_number) == ("PROVIDER", "NO-C-L")
    # A signal from the provider's box proves nothing of what lies behind it.
    cause = only(explain(graph, facts(["L"], links={"C-L": Ends(UP, UNKNOWN)})))
    assert (cause.kind, cause.refs) == ("circuit_down", ("C-L", "L"))


def test_a_ring_that_is_cut_once_hits_nobody(graph: Graph) -> None:
    cause = only(explain(graph, facts(links={"A-B": Ends(DOWN, DOWN)})))
    assert (cause.kind, cause.refs, cause.sites, cause.devices) == ("redundancy_lost", ("A-B",), (), ())
    cause = only(explain(graph, facts(links={"C-CORE": Ends(DOWN, UP)})))
    assert (cause.kind, cause.party, cause.service_number) == ("redundancy_lost", "PROVIDER", "NO-C-CORE")


def test_a_second_cut_of_the_ring_explains_the_sites_together_with_the_first(graph: Graph) -> None:
    first, second = explain(
        graph,
        facts(["B", "C", "X", "Y", "L"], links={"A-B": NEAR_DOWN, "C-CORE": Ends(UNKNOWN, DOWN)}, known_cut=["A-B"]),
    )
    sites = ("S-B", "S-L", "S-X", "S-Y")
    assert (first.kind, first.refs, first.sites, first.together) == ("span_cut", ("A-B",), sites, ("C-CORE",))
    assert (second.kind, second.refs, second.sites, second.together) == ("circuit_down", ("C-CORE",), sites, ("A-B",))
    assert second.party == "PROVIDER"


def test_a_dead_router_of_the_ring_is_likelier_than_two_cuts(graph: Graph) -> None:
    down = Ends(DOWN, UNKNOWN)
    cause = only(explain(graph, facts(["B", "X", "Y"], links={"A-B": down, "B-C": Ends(UNKNOWN, DOWN)})))
    assert (cause.kind, cause.refs, cause.sites) == ("device_down", ("B",), ("S-B", "S-X", "S-Y"))


def test_a_cut_stays_known_while_nothing_shows_it_whole(graph: Graph) -> None:
    assert only(explain(graph, facts(known_cut=["A-B"]))).kind == "redundancy_lost"
    assert explain(graph, facts(known_cut=["A-B"], links={"A-B": Ends(UP, UP)})) == []


def test_two_faults_far_apart_are_two_causes(graph: Graph) -> None:
    found = explain(graph, facts(["Y", "L"]))
    assert [(cause.ref, cause.sites, cause.together) for cause in found] == [
        ("C-L", ("S-L",), ()),
        ("X-Y", ("S-Y",), ()),
    ]


def test_an_uplink_that_is_lost_hits_nobody_while_another_lives(graph: Graph) -> None:
    cause = only(explain(graph, facts(uplinks={"UP-1": DOWN, "UP-2": UP})))
    assert (cause.kind, cause.refs, cause.sites, cause.without_internet) == ("uplink_lost", ("UP-1",), (), ())
    assert (cause.party, cause.service_number) == ("P-UP-1", "NO-UP-1")
    assert only(explain(graph, facts(uplinks={"UP-1": DOWN, "UP-2": UNKNOWN}))).without_internet == ()


def test_a_gateway_whose_agent_is_silent_or_tells_of_strangers_is_a_cause_as_long_as_it_answers(graph: Graph) -> None:
    silent = only(explain(graph, replace(facts(), agents={"GW": DOWN, "NOBODYS": DOWN})))
    assert (silent.kind, silent.refs, silent.sites) == ("agent_silent", ("GW",), ())
    stray = only(explain(graph, replace(facts(), agents={"GW": UP}, unclassified=frozenset({"GW"}))))
    assert (stray.kind, stray.refs) == ("unclassified", ("GW",))
    assert "agent_silent" not in {each.kind for each in explain(graph, replace(facts(["GW"]), agents={"GW": DOWN}))}


def test_a_gateway_that_does_not_as_planned_is_a_cause_while_its_agent_speaks(graph: Graph) -> None:
    apart = only(explain(graph, replace(facts(), agents={"GW": UP}, plans={"GW": DOWN, "NOBODYS": DOWN})))
    assert (apart.kind, apart.refs, apart.sites) == ("off_plan", ("GW",), ())
    silent = only(explain(graph, replace(facts(), agents={"GW": DOWN}, plans={"GW": DOWN})))
    assert silent.kind == "agent_silent"
    lost = explain(graph, replace(facts(["GW"]), agents={"GW": UP}, plans={"GW": DOWN}))
    assert "off_plan" not in {each.kind for each in lost}


def test_with_all_uplinks_everybody_is_without_internet(graph: Graph) -> None:
    found = explain(graph, facts(["Y"], uplinks={"UP-1": DOWN, "UP-2": DOWN}))
    assert [cause.ref for cause in found] == ["X-Y", "UP-1", "UP-2"]
    assert [cause.together for cause in found[1:]] == [("UP-2",), ("UP-1",)]
    assert all(cause.without_internet == ("S-B", "S-L", "S-R-CENTER", "S-X") for cause in found[1:])
    assert found[0].sites == ("S-Y",)


def test_a_lost_gateway_takes_the_internet_and_no_network(graph: Graph) -> None:
    cause = only(explain(graph, facts(["GW"], uplinks={"UP-1": DOWN, "UP-2": DOWN})))
    assert (cause.refs, cause.sites) == (("GW-CORE", "GW"), ())
    assert cause.without_internet == ("S-B", "S-L", "S-R-CENTER", "S-X", "S-Y")


def test_who_is_cut_off_from_the_core_is_blind_and_says_nothing_of_the_rest(graph: Graph) -> None:
    rest = ("GW", "CORE", "A", "B", "C", "X", "Y", "L")
    cause = only(explain(graph, facts(rest, links={"CORE-R-CENTER": Ends(UNKNOWN, DOWN)})))
    assert (cause.kind, cause.refs, cause.sites, cause.devices) == ("blind", ("CORE-R-CENTER", "CORE"), (), ())
    cause = only(explain(graph, facts([*rest, "R-CENTER"])))
    assert (cause.kind, cause.ref, cause.sites) == ("blind", "R-CENTER-SRV", ())


def test_a_dead_core_is_no_blindness_where_another_way_round_leads() -> None:
    graph = graph_of(network([("GW", "CORE"), ("CORE", "A"), ("A", "B"), ("B", "CORE"), ("A", PROBER), ("CORE", "X")]))
    seen: dict[str, State] = {"A": UP, "B": UP, "CORE": DOWN, "GW": DOWN, "X": DOWN}
    cause = only(explain(graph, Facts(seen, prober=PROBER)))
    assert (cause.kind, cause.refs, cause.sites) == ("device_down", ("CORE",), ("S-X",))
    assert cause.without_internet == ("S-A", "S-B")


def test_unknown_stays_unknown(graph: Graph) -> None:
    cause = only(explain(graph, facts(["Y"], unknown=["X"])))
    assert set(cause.refs) == {"X-Y", "B-X", "X", "Y"}
    assert (cause.sites, cause.waiting) == (("S-Y",), ("X",))
    assert explain(graph, facts(unknown=["X", "Y"])) == []


def test_what_lies_behind_a_dead_router_is_lost_before_it_was_asked(graph: Graph) -> None:
    cause = only(explain(graph, facts(["X"], unknown=["Y"])))
    assert (cause.refs, cause.sites) == (("B-X", "X"), ("S-X", "S-Y"))


def test_nothing_is_broken_on_the_only_way_to_who_answers(graph: Graph) -> None:
    # Y answers, so X is alive and joined; it only does not answer itself.
    cause = only(explain(graph, facts(["X"])))
    assert (cause.kind, cause.refs, cause.sites) == ("device_silent", ("X",), ())
    # B nobody knows of, but X answers through it.
    cause = only(explain(graph, facts(["Y"], unknown=["B", "X"])))
    assert "B" in cause.waiting or "B" not in cause.refs
    graph_with_spur = graph_of(network([*PAIRS, ("X", "Z")]))
    states: dict[str, State] = {**dict.fromkeys(EVERYBODY, UP), "X": UNKNOWN, "Y": DOWN, "Z": UP}
    cause = only(explain(graph_with_spur, Facts(states, prober=PROBER)))
    assert cause.refs == ("X-Y", "Y")


def test_a_port_without_signal_is_a_cause_before_the_far_side_was_asked(graph: Graph) -> None:
    cause = only(explain(graph, facts(unknown=["X", "Y"], links={"B-X": NEAR_DOWN})))
    assert (cause.kind, cause.refs, cause.sites) == ("span_cut", ("B-X", "X"), ("S-X", "S-Y"))


def test_one_circuit_that_carries_two_links_is_one_cause() -> None:
    snapshot = network([("GW", "CORE"), ("CORE", PROBER), ("CORE", "A"), ("CORE", "B"), ("CORE", "D")])
    links = dict(snapshot.links)
    for code in ("CORE-A", "CORE-B"):
        row = links[code]
        links[code] = type(row)(**{name: getattr(row, name) for name in row.__slots__} | {"circuit": "SHARED"})
    graph = graph_of(type(snapshot)(snapshot.devices, links, snapshot.sites, snapshot.uplinks))
    states: dict[str, State] = {"GW": UP, "CORE": UP, "A": DOWN, "B": DOWN, "D": UP}
    cause = only(explain(graph, Facts(states, prober=PROBER)))
    assert (cause.kind, cause.refs, cause.sites) == ("span_cut", ("SHARED",), ("S-A", "S-B"))
    cause = only(explain(graph, Facts({**states, "B": UP}, prober=PROBER)))
    assert cause.refs == ("CORE-A", "A")
