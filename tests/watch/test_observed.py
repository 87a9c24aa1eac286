"""From answers, misses and ports to facts that fit together."""

from __future__ import annotations

import pytest

from register.networks import PROBER
from simpul.watch.logic.cause import explain
from simpul.watch.logic.facts import DOWN, UNKNOWN, UP, Cause, Ends, Said
from simpul.watch.observed import Observed
from watch.addressed import PATIENCE, Eyes, town


@pytest.fixture
def eyes() -> Eyes:
    """Everybody has answered twice."""
    made = Eyes()
    made.round()
    made.round()
    return made


def causes(eyes: Eyes) -> list[Cause]:
    """What follows from the facts now."""
    return list(explain(eyes.observed.graph, eyes.observed.facts(eyes.now, Said())))


def test_before_the_first_answer_everything_is_unknown() -> None:
    made = Eyes()
    facts = made.observed.facts(0.0, Said())
    assert set(facts.devices.values()) == {UNKNOWN}
    assert PROBER not in facts.devices
    assert causes(made) == []


def test_one_lost_packet_is_shown_as_nothing_and_concluded_as_nothing(eyes: Eyes) -> None:
    eyes.round({"X"})
    assert eyes.observed.device("X", eyes.now) == UP
    assert eyes.observed.facts(eyes.now, Said()).devices["X"] == UNKNOWN
    assert causes(eyes) == []


def test_a_cut_spur_is_one_cause_at_every_moment_whoever_is_missed_first(eyes: Eyes) -> None:
    for tenth in range(60):
        for target in eyes.of("Y" if tenth % 2 else "X"):
            eyes.observed.missed(target, eyes.now)
        if tenth % 10 == 9:
            for target in eyes.targets:
                if target.device not in {"X", "Y"}:
                    eyes.observed.answered(target, eyes.now, 0.001)
        eyes.now += 0.1
        assert len(causes(eyes)) <= 1, causes(eyes)
    (cause,) = causes(eyes)
    assert (cause.refs, cause.sites) == (("B-X", "X"), ("S-X", "S-Y"))


def test_links_behind_a_cut_are_not_shown_as_cut_and_the_blamed_one_is(eyes: Eyes) -> None:
    for _ in range(6):
        eyes.round({"X", "Y"})
    facts = eyes.observed.facts(eyes.now, Said())
    assert eyes.observed.link_seen("X-Y", facts, eyes.now).state == UNKNOWN
    assert eyes.observed.link_seen("B-X", facts, eyes.now, {"B-X"}).state == DOWN
    assert eyes.observed.link_seen("CORE-A", facts, eyes.now, {"CORE-A"}).state == UP


def test_a_dark_port_is_believed_at_once(eyes: Eyes) -> None:
    eyes.tell("A", "A-B")
    eyes.tell("B", "A-B")
    eyes.round()
    assert eyes.observed.facts(eyes.now, Said()).links["A-B"] == Ends(DOWN, DOWN)
    assert [(cause.kind, cause.refs) for cause in causes(eyes)] == [("redundancy_lost", ("A-B",))]


def test_a_cut_link_stays_cut_until_something_shows_it_whole(eyes: Eyes) -> None:
    eyes.tell("A", "A-B")
    eyes.tell("B", "A-B")
    eyes.round()
    eyes.observed.facts(eyes.now, Said())
    for _ in range(20):
        eyes.round()
    assert eyes.observed.facts(eyes.now, Said()).known_cut == {"A-B"}
    eyes.tell("A")
    eyes.tell("B")
    eyes.round()
    assert eyes.observed.facts(eyes.now, Said()).known_cut == frozenset()


def test_without_snmp_a_silent_port_of_an_answering_router_is_a_cut(eyes: Eyes) -> None:
    ends = {eyes.snapshot.links["A-B"].a_address, eyes.snapshot.links["A-B"].b_address}
    for _ in range(6):
        eyes.round(ends)
    assert [cause.refs for cause in causes(eyes)] == [("A-B",)]
    eyes.round()
    eyes.round()
    assert causes(eyes) == []


def test_who_never_answered_is_down_after_ten_seconds_but_a_port_that_never_did_proves_nothing() -> None:
    made = Eyes()
    port = made.snapshot.links["CORE-A"].a_address
    for _ in range(12):
        made.round({"Y", port})
    facts = made.observed.facts(made.now, Said())
    assert facts.devices["Y"] == DOWN
    assert facts.links["CORE-A"] == Ends(UNKNOWN, UNKNOWN)


def test_what_hangs_on_a_line_that_comes_and_goes_is_held_down_with_it(eyes: Eyes) -> None:
    for moment in range(12):
        eyes.tell("B", *(["B-X"] if moment % 2 else []))
        eyes.round()
    facts = eyes.observed.facts(eyes.now, Said())
    assert (facts.devices["X"], facts.devices["Y"]) == (DOWN, DOWN)
    (cause,) = causes(eyes)
    assert (cause.refs[0], cause.sites) == ("B-X", ("S-X", "S-Y"))
    assert eyes.observed.flaps("B-X", eyes.now)
    for _ in range(20):
        eyes.tell("B")
        eyes.round()
    assert causes(eyes) == []


def test_a_ring_that_comes_and_goes_blames_no_router_behind_it(eyes: Eyes) -> None:
    for moment in range(14):
        dark = ["CORE-A"] if moment % 2 else []
        for device in ("CORE", "A"):
            eyes.tell(device, *dark)
        for number in range(3):
            eyes.round({"A", "L"} if dark and number < 2 else set(), 0.3)
    assert [(cause.kind, cause.refs) for cause in causes(eyes)] == [("redundancy_lost", ("CORE-A",))]


def test_rates_are_differences_of_counters_over_the_routers_own_clock(eyes: Eyes) -> None:
    eyes.tell("B")
    eyes.round()
    eyes.tell("B")
    seen = eyes.observed.link_seen("B-X", eyes.observed.facts(eyes.now, Said()), eyes.now)
    assert (seen.ab_bps, seen.ba_bps) == (2_000_000.0, 1_000_000.0)
    later = eyes.now + 20
    assert eyes.observed.link_seen("B-X", eyes.observed.facts(later, Said()), later).ab_bps is None


def test_what_is_known_outlives_a_change_of_the_register(eyes: Eyes) -> None:
    for _ in range(6):
        eyes.round({"Y"})
    newer = Observed(town(), PROBER, eyes.targets, PATIENCE, 5.0)
    newer.inherit(eyes.observed)
    assert newer.device("Y", eyes.now) == DOWN
    assert newer.device("X", eyes.now) == UP


def test_the_first_missed_question_is_remembered(eyes: Eyes) -> None:
    began = eyes.now
    for _ in range(6):
        eyes.round({"Y"})
    assert eyes.observed.missed_since(["Y"]) == began
    assert eyes.observed.missed_since(["X"]) is None
    assert eyes.observed.moments(eyes.now).since["Y"] == eyes.now - began
