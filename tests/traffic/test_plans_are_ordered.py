"""A plan is drafted, compared, signed, tried, confirmed or taken back; what breaks a rule is never signed."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from django.conf import settings

from simpul.kit.actor import Actor, Forbidden
from simpul.people.logic.rights import Permission
from simpul.record.models import LogEntry, OutboxEvent
from simpul.register.service import cut_off, update_uplink
from simpul.traffic import carrying, reports
from simpul.traffic.errors import (
    NeverInForce,
    NoGateway,
    NoPlan,
    NotDraft,
    NotOnTrial,
    Outdated,
    TimeOutOfRange,
    TooLate,
)
from simpul.traffic.logic.allocate import allocate
from simpul.traffic.logic.order import opened
from simpul.traffic.logic.plan import Rates
from simpul.traffic.models import PlanVersion
from simpul.traffic.service import apply, confirm, draft, panic, plans, preview, remove_share, return_to, set_share
from simpul.traffic.service.reading import gateway_named, open_plan, plan_in_force, plan_of_version, read_policy
from traffic.small_town import CLERK, MBIT, Town

State = PlanVersion.State


def in_force(town: Town) -> PlanVersion:
    """A plan of the policy, carried and confirmed."""
    version = apply(CLERK, draft(CLERK, town.gateway))
    carrying.applied(version)
    version = confirm(CLERK, version)
    carrying.confirmed(version)
    version.refresh_from_db()
    return version


def test_the_policy_is_read_from_the_register(town: Town) -> None:
    policy = read_policy(town.gateway).policy
    assert [uplink.dev for uplink in policy.uplinks] == ["wan1", "wan2"]
    assert policy.lan == ("lan",)
    assert {site.code: len(site.prefixes) for site in policy.sites} == dict.fromkeys(town.sites, 2)
    assert [str(block) for block in policy.protected] == ["203.0.113.0/26"]


def test_a_draft_predicts_what_the_allocator_gives(town: Town) -> None:
    version = draft(CLERK, town.gateway)
    shares = allocate(plan_of_version(version))
    assert version.predicted == {
        name: {"down": shares.down[name], "up": shares.up[name]} for name in (*town.sites, "OFFICES", "PUBLIC")
    }
    assert (version.number, version.base, version.state) == (1, 0, State.DRAFT)


def test_a_site_without_internet_is_left_out_and_one_without_share_is_named(town: Town) -> None:
    remove_share(CLERK, town.sites["PARK"])
    cut_off(CLERK, town.sites["HALL"], datetime(2024, 6, 1, tzinfo=UTC), "unpaid")
    found = preview(CLERK, town.gateway)
    assert {node.name for node in found.plan.leaves()} == {"CLINIC", "SCHOOL"}
    assert [warning.partition(":")[0] for warning in found.warnings] == ["PARK", "HALL"]


def test_an_order_is_signed_for_its_gateway_and_scaled_for_its_network(town: Town) -> None:
    version = apply(CLERK, draft(CLERK, town.gateway), 30)
    assert (version.state, version.envelope) == (State.APPLYING, None)
    envelope = carrying.envelope_of(version, 0.1)
    order = opened(envelope, settings.PLAN_KEY().public_key(), "GW")
    assert (order.number, order.confirm_s) == (1, 30)
    assert order.plan["uplinks"][0]["down"] == 10 * MBIT
    assert carrying.envelope_of(version, 0.5) == envelope


def test_trying_other_values_writes_nothing(town: Town) -> None:
    before = LogEntry.objects.count()
    usual = preview(CLERK, town.gateway)
    tried = preview(CLERK, town.gateway, {"CLINIC": {"weight": 30.0}})
    assert tried.predicted["CLINIC"].down > usual.predicted["CLINIC"].down
    assert LogEntry.objects.count() == before
    assert not PlanVersion.objects.exists()
    with pytest.raises(NoPlan, match="NOBODY"):
        preview(CLERK, town.gateway, {"NOBODY": {"weight": 1.0}})


def test_a_plan_that_starves_a_site_is_refused_with_the_reason_and_never_signed(town: Town) -> None:
    set_share(CLERK, town.sites["PARK"], ceiling_down_bps=100_000, ceiling_up_bps=MBIT)
    version = draft(CLERK, town.gateway)
    assert version.state == State.REFUSED
    assert "PARK" in version.reason
    assert "256 kbps" in version.reason
    with pytest.raises(NotDraft):
        apply(CLERK, version)
    version.refresh_from_db()
    assert version.envelope is None


def test_a_site_whose_neighbours_take_all_is_refused(town: Town) -> None:
    set_share(CLERK, town.sites["CLINIC"], guarantee_down_bps=80 * MBIT)
    set_share(CLERK, town.sites["SCHOOL"], guarantee_down_bps=20 * MBIT)
    set_share(CLERK, town.sites["HALL"], guarantee_down_bps=0)
    assert '"HALL": gets' in draft(CLERK, town.gateway).reason


def test_more_promises_than_there_is_are_refused(town: Town) -> None:
    set_share(CLERK, town.sites["CLINIC"], guarantee_down_bps=200 * MBIT)
    version = draft(CLERK, town.gateway)
    assert version.state == State.REFUSED
    assert "UP-1" in version.reason


def test_a_policy_that_makes_no_plan_says_why(town: Town) -> None:
    for site in town.sites.values():
        remove_share(CLERK, site)
    with pytest.raises(NoPlan, match="no site has a share"):
        draft(CLERK, town.gateway)


def test_a_confirmed_plan_replaces_the_one_before(town: Town) -> None:
    first = in_force(town)
    set_share(CLERK, town.sites["CLINIC"], weight=9)
    second = in_force(town)
    first.refresh_from_db()
    assert (first.state, second.state) == (State.SUPERSEDED, State.CONFIRMED)
    assert plan_in_force(town.gateway) == second
    assert (second.number, second.base) == (2, 1)
    names = list(OutboxEvent.objects.order_by("pk").values_list("name", flat=True))
    assert names[-5:] == [
        "traffic.SharesChanged",
        "traffic.PlanOrdered",
        "traffic.PlanApplied",
        "traffic.PlanOrdered",
        "traffic.PlanConfirmed",
    ]


def test_a_draft_is_ordered_once_and_not_after_another_came_into_force(town: Town) -> None:
    early, late = draft(CLERK, town.gateway), draft(CLERK, town.gateway)
    carrying.confirmed(apply(CLERK, late))
    with pytest.raises(NotDraft):
        apply(CLERK, late)
    with pytest.raises(Outdated, match="plan 2 is in force"):
        apply(CLERK, early)


def test_a_draft_names_the_plan_it_was_compared_with_also_when_another_came_into_force_meanwhile(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = in_force(town)
    set_share(CLERK, town.sites["CLINIC"], weight=9)
    seen = preview(CLERK, town.gateway)
    second = in_force(town)
    monkeypatch.setattr(plans, "preview", lambda *_: seen)
    version = draft(CLERK, town.gateway)
    assert (version.base, first.number, second.number) == (1, 1, 2)
    with pytest.raises(Outdated, match="compared with plan 1, but plan 2"):
        apply(CLERK, version)


def test_a_new_order_replaces_the_one_on_trial(town: Town) -> None:
    first = apply(CLERK, draft(CLERK, town.gateway))
    carrying.applied(first)
    second = apply(CLERK, draft(CLERK, town.gateway))
    first.refresh_from_db()
    assert first.state == State.SUPERSEDED
    assert not carrying.reverted(first, "late news")
    assert carrying.applied(second)


def test_an_older_draft_is_not_ordered_after_a_newer_one_whatever_became_of_that(town: Town) -> None:
    early, late = draft(CLERK, town.gateway), draft(CLERK, town.gateway)
    carrying.applied(apply(CLERK, late))
    with pytest.raises(Outdated, match="Plan 2 was ordered since plan 1 was drafted"):
        apply(CLERK, early)
    assert open_plan(town.gateway) == late
    carrying.reverted(late, "nobody confirmed it")
    with pytest.raises(Outdated, match="Plan 2 was ordered"):
        apply(CLERK, early)


def test_only_what_is_on_trial_is_confirmed_and_only_in_time(town: Town) -> None:
    version = draft(CLERK, town.gateway)
    with pytest.raises(NotOnTrial):
        confirm(CLERK, version)
    carrying.applied(apply(CLERK, version))
    PlanVersion.objects.filter(pk=version.pk).update(confirm_by="2024-01-01T00:00:00+00:00")
    with pytest.raises(TooLate):
        confirm(CLERK, version)


def test_who_confirmed_first_stays_who_confirmed(town: Town) -> None:
    version = apply(CLERK, draft(CLERK, town.gateway))
    carrying.applied(version)
    first = confirm(CLERK, version)
    entries = LogEntry.objects.count()
    again = confirm(Actor("user", "user:9", "Second", frozenset({Permission.SHARE_INTERNET.value})), version)
    assert (again.confirmed_by, again.wanted_at) == (CLERK.name, first.wanted_at)
    assert LogEntry.objects.count() == entries


@pytest.mark.parametrize("seconds", [0, 4, 3601])
def test_a_trial_has_a_sensible_length(town: Town, seconds: int) -> None:
    with pytest.raises(TimeOutOfRange):
        apply(CLERK, draft(CLERK, town.gateway), seconds)


def test_a_return_orders_the_old_content_under_a_new_number(town: Town) -> None:
    first = in_force(town)
    set_share(CLERK, town.sites["CLINIC"], weight=9)
    in_force(town)
    again = return_to(CLERK, first, note="worse than before")
    assert (again.number, again.returned_to, again.state) == (3, 1, State.APPLYING)
    assert again.digest == first.digest
    assert again.document == first.document
    carrying.applied(again)
    assert carrying.reverted(again, "nobody confirmed")
    with pytest.raises(NeverInForce):
        return_to(CLERK, PlanVersion.objects.get(number=3))


def test_a_return_to_promises_that_no_longer_fit_is_refused(town: Town) -> None:
    first = in_force(town)
    document = json.loads(json.dumps(first.document))
    document["uplinks"][0]["down"] = MBIT
    PlanVersion.objects.filter(pk=first.pk).update(document=document)
    again = return_to(CLERK, PlanVersion.objects.get(pk=first.pk))
    assert again.state == State.REFUSED


def test_numbers_rise_above_what_the_gateway_has_seen(town: Town) -> None:
    # A code of its own: reports lie in a folder that tests at the same time read as well.
    town.gateway.code = "GW-SEEN"
    town.gateway.save()
    run = settings.CONFIGURATION.data.run
    reports.keep(run, "GW-SEEN", {"number": 41, "pending": None}, datetime.now(UTC))
    try:
        assert draft(CLERK, town.gateway).number == 42
    finally:
        (run / "traffic" / "GW-SEEN.json").unlink()


def test_the_log_holds_the_fingerprint_and_not_the_whole_plan(town: Town) -> None:
    version = in_force(town)
    ref = f"GW/{version.number}"
    entries = LogEntry.objects.filter(kind="traffic.planversion", ref=ref).order_by("seq")
    assert [entry.verb for entry in entries] == ["created", "changed", "changed", "changed", "changed"]
    assert json.loads(entries[0].after)["digest"] == version.digest
    assert "document" not in entries[0].after


def test_a_gateway_is_named_where_it_is_not_clear(town: Town) -> None:
    assert gateway_named("") == gateway_named("GW") == town.gateway
    with pytest.raises(NoGateway, match=r"no gateway XX\. Gateways with a way out to the internet: GW"):
        gateway_named("XX")


def test_a_later_emergency_order_replaces_one_that_waits(town: Town) -> None:
    first, second = panic(CLERK, town.gateway, "equal"), panic(CLERK, town.gateway, "off")
    first.refresh_from_db()
    assert first.failure == "replaced by a later order"
    assert [order.mode for order in carrying.open_panics()] == ["off"]
    carrying.panicked(second)
    assert carrying.open_panics() == []


def test_who_may_only_look_decides_nothing(town: Town) -> None:
    viewer = Actor("user", "user:9", "Viewer", frozenset({Permission.SEE_NETWORK.value}))
    version = draft(CLERK, town.gateway)
    for verb in (
        lambda: draft(viewer, town.gateway),
        lambda: preview(viewer, town.gateway),
        lambda: apply(viewer, version),
        lambda: confirm(viewer, version),
        lambda: return_to(viewer, version),
        lambda: panic(viewer, town.gateway, "off"),
        lambda: set_share(viewer, town.sites["HALL"], weight=2),
    ):
        with pytest.raises(Forbidden):
            verb()


def test_what_a_changed_uplink_gives_is_in_the_next_plan(town: Town) -> None:
    in_force(town)
    uplink = town.offices.uplink
    assert uplink is not None
    update_uplink(CLERK, uplink, down_bps=200 * MBIT)
    found = preview(CLERK, town.gateway)
    changed = [line for line in found.difference.lines if line.how == "changed"]
    assert [(line.name, line.rate_after) for line in changed] == [("UP-1", Rates(200 * MBIT, 100 * MBIT))]
