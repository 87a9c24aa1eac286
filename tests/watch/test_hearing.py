"""What is taken from a gateway's report, and for how long it is believed."""

from __future__ import annotations

from typing import Any

from simpul.watch.hearing import SILENT_SECONDS, STALE_SECONDS, Hearing
from simpul.watch.logic.facts import DOWN, UNKNOWN, UP


def report(*, alive: bool = True) -> dict[str, Any]:
    """As the agent sends it each second, as far as the watch reads it."""
    rates = {"down": 1000.0, "up": 500.0}
    return {
        "uplinks": {"UP-1": {"alive": alive, "loss": 0.0, **rates}},
        "nodes": {"CLINIC": {"share_down": 2000.0, "share_up": 1000.0, "uplink": "UP-1", **rates}},
    }


def test_rates_are_told_in_the_registers_terms() -> None:
    hearing = Hearing(rate_scale=0.1)
    hearing.take("GW", report(), 0.0)
    assert (hearing.uplinks(1.0)["UP-1"].down, hearing.nodes(1.0)["CLINIC"].share_up) == (10_000.0, 10_000.0)


def test_a_way_out_is_as_its_gateway_says_and_unknown_when_it_says_nothing() -> None:
    hearing = Hearing(1.0)
    assert hearing.said(0.0).uplinks == {}
    hearing.take("GW", report(), 0.0)
    assert hearing.said(1.0).uplinks == {"UP-1": UP}
    hearing.take("GW", report(alive=False), 2.0)
    assert hearing.said(3.0).uplinks == {"UP-1": DOWN}
    assert hearing.said(2.0 + STALE_SECONDS + 1).uplinks == {"UP-1": UNKNOWN}
    assert hearing.nodes(2.0 + STALE_SECONDS + 1) == {}


def test_a_report_that_is_none_is_counted_and_the_last_one_stays() -> None:
    hearing = Hearing(1.0)
    hearing.take("GW", report(), 0.0)
    for odd in ({}, {"uplinks": 3, "nodes": {}}, {"uplinks": {"UP-1": {"alive": True}}, "nodes": {}}):
        hearing.take("GW", odd, 1.0)
    assert hearing.odd == 3
    assert hearing.said(1.0).uplinks == {"UP-1": UP}


def test_an_agent_that_is_started_anew_is_not_silent_one_that_says_nothing_for_long_is() -> None:
    hearing = Hearing(1.0)
    hearing.take("GW", report(), 0.0)
    assert hearing.said(STALE_SECONDS).agents == {"GW": UP}
    assert hearing.said(STALE_SECONDS + 1).agents == {"GW": UNKNOWN}
    assert hearing.said(SILENT_SECONDS + 1).agents == {"GW": DOWN}
    hearing.take("GW", report(), 30.0)
    assert hearing.said(31.0).agents == {"GW": UP}


def test_who_is_deaf_himself_takes_nobody_for_silent() -> None:
    hearing = Hearing(1.0)
    hearing.take("GW", report(), 0.0)
    hearing.deaf(SILENT_SECONDS)
    assert hearing.said(2 * SILENT_SECONDS).agents == {"GW": UNKNOWN}
    assert hearing.said(2 * SILENT_SECONDS + 1).agents == {"GW": DOWN}


def test_traffic_of_no_site_is_told_as_long_as_its_gateway_speaks_of_it() -> None:
    hearing = Hearing(1.0)
    hearing.take("GW", report() | {"stray": True}, 0.0)
    assert hearing.said(1.0).unclassified == {"GW"}
    assert hearing.said(STALE_SECONDS + 1).unclassified == frozenset()
    hearing.take("GW", report(), 2.0)
    assert hearing.said(3.0).unclassified == frozenset()


def judged(doing: str, *, apart: bool = False) -> dict[str, Any]:
    """As the controller of shares says it each second."""
    return {"gateways": {"GW": {"doing": doing, "apart": apart}}}


def test_a_gateway_that_does_not_as_planned_is_known_while_the_controller_says_so() -> None:
    hearing = Hearing(1.0)
    assert hearing.said(0.0).plans == {}
    hearing.take_judged(judged("unshaped", apart=True), 0.0)
    assert hearing.said(1.0).plans == {"GW": DOWN}
    hearing.take_judged(judged("as planned"), 2.0)
    assert hearing.said(3.0).plans == {"GW": UP}
    assert hearing.said(2.0 + STALE_SECONDS + 1).plans == {}
    broken: list[dict[str, Any]] = [{}, {"gateways": []}, {"gateways": {"GW": 3}}, {"gateways": {"GW": {}}}]
    for odd in broken:
        hearing.take_judged(odd, 3.0)
    assert hearing.odd == 4


def test_an_agent_with_a_plan_that_was_never_heard_is_silent_once_it_would_have_been_heard() -> None:
    hearing = Hearing(1.0)
    hearing.take_judged(judged("unheard"), 0.0)
    assert hearing.said(0.0).agents == {}
    hearing.take_judged(judged("unheard"), SILENT_SECONDS + 1)
    assert hearing.said(SILENT_SECONDS + 1).agents == {"GW": DOWN}
    hearing.take("GW", report(), SILENT_SECONDS + 2)
    assert hearing.said(SILENT_SECONDS + 2).agents == {"GW": UP}


def test_rates_that_no_page_could_show_are_odd() -> None:
    hearing = Hearing(1.0)
    for rate in (float("inf"), float("nan"), 10**400, "x", None):
        row = {"UP-1": {"alive": True, "loss": 0.0, "down": rate, "up": 0}}
        hearing.take("GW", report() | {"uplinks": row}, 0.0)
    assert (hearing.odd, hearing.uplinks(0.0)) == (5, {})
