"""A change of a share is tried out as a whole: ordered with its plan, or nothing is written; undone with its plan."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from simpul.kit.actor import Actor, Forbidden
from simpul.record.models import LogEntry
from simpul.register.models import Uplink
from simpul.traffic import carrying
from simpul.traffic.errors import Busy, NotAsSeen, NothingNew, Starves, TimeOutOfRange
from simpul.traffic.logic.admission import LOW_SHARE
from simpul.traffic.models import PlanVersion, ShareGroup, SiteShare
from simpul.traffic.service import preview, remove_group, return_to, set_group, set_share, try_out
from simpul.traffic.service.reading import gateway_of, open_plan, plan_in_force
from traffic.small_town import CLERK, MBIT, Town

State = PlanVersion.State


def weighed(town: Town, weight: int, **options: object) -> PlanVersion:
    """The clinic's weight is tried out."""

    def write() -> None:
        set_share(CLERK, town.sites["CLINIC"], weight=weight)

    return try_out(CLERK, town.gateway, write, **options)  # type: ignore[arg-type]


def kept(version: PlanVersion) -> PlanVersion:
    """It is carried and confirmed."""
    carrying.applied(version)
    carrying.confirmed(version)
    version.refresh_from_db()
    return version


def weight(town: Town, site: str = "CLINIC") -> int:
    return int(SiteShare.objects.get(site=town.sites[site]).weight)


def test_the_gateway_of_a_group_is_that_of_its_way_out(town: Town) -> None:
    assert gateway_of(town.offices) == town.gateway


def test_a_change_is_ordered_together_with_its_plan(town: Town) -> None:
    version = weighed(town, 7)
    assert (version.state, weight(town)) == (State.APPLYING, 7)
    assert open_plan(town.gateway) == version
    assert {node["name"]: node.get("weight") for node in version.document["nodes"]}["CLINIC"] == 7


def test_while_one_trial_runs_another_is_refused_by_name_and_writes_nothing(town: Town) -> None:
    kept(weighed(town, 4))
    first = weighed(town, 5)
    lines = LogEntry.objects.count()
    with pytest.raises(Busy, match=rf"Plan {first.number} of test"):
        weighed(town, 9)
    assert (weight(town), LogEntry.objects.count()) == (5, lines)
    first.refresh_from_db()
    assert first.state == State.APPLYING


def test_what_was_not_seen_is_not_ordered(town: Town) -> None:
    kept(weighed(town, 4))
    seen = preview(CLERK, town.gateway, {"CLINIC": {"weight": 9.0}}).mark
    set_share(CLERK, town.sites["HALL"], weight=2)
    with pytest.raises(NotAsSeen):
        weighed(town, 9, seen=seen)
    assert weight(town) == 4
    again = preview(CLERK, town.gateway, {"CLINIC": {"weight": 9.0}}).mark
    assert weighed(town, 9, seen=again).state == State.APPLYING


def test_what_starves_a_neighbour_is_refused_with_its_name_and_writes_nothing(town: Town) -> None:
    def write() -> None:
        set_share(CLERK, town.sites["CLINIC"], guarantee_down_bps=95 * MBIT)
        set_share(CLERK, town.sites["HALL"], guarantee_down_bps=0)

    with pytest.raises(Starves, match='"HALL": gets') as refused:
        try_out(CLERK, town.gateway, write)
    reasons = refused.value.values["reasons"]
    assert isinstance(reasons, tuple)
    assert {reason.rule for reason in reasons} == {LOW_SHARE}
    assert SiteShare.objects.get(site=town.sites["CLINIC"]).guarantee_down_bps == 5 * MBIT
    assert not PlanVersion.objects.exists()


def test_values_that_are_in_force_are_no_change(town: Town) -> None:
    kept(weighed(town, 4))
    with pytest.raises(NothingNew):
        weighed(town, 4)


def test_bad_values_write_nothing(town: Town) -> None:
    with pytest.raises(ValidationError):
        weighed(town, 0)
    with pytest.raises(TimeOutOfRange):
        weighed(town, 8, confirm_s=1)
    assert weight(town) == 3
    with pytest.raises(Forbidden):
        try_out(Actor(kind="user", key="user:1", name="x"), town.gateway, lambda: None)


def test_a_plan_that_is_taken_back_takes_its_terms_along(town: Town) -> None:
    kept(weighed(town, 4))
    trial = weighed(town, 9)
    carrying.applied(trial)
    carrying.reverted(trial, "nobody confirmed it in time")
    assert weight(town) == 4
    assert preview(CLERK, town.gateway).difference.is_empty


def placed(town: Town) -> dict[str, str]:
    """In which group each site stands, and below which way out or in which group each group."""
    groups = ShareGroup.objects.select_related("parent", "uplink")
    return {share.site.code: share.group.code for share in SiteShare.objects.select_related("site", "group")} | {
        group.code: str((group.parent or group.uplink).code)  # type: ignore[union-attr]
        for group in groups
    }


def test_a_site_that_was_moved_on_trial_stands_in_its_old_group_again(town: Town) -> None:
    first = kept(weighed(town, 4))
    before = placed(town)

    def move() -> None:
        set_share(CLERK, town.sites["SCHOOL"], group=town.public)

    version = try_out(CLERK, town.gateway, move)
    assert placed(town)["SCHOOL"] == "PUBLIC"
    carrying.applied(version)
    carrying.reverted(version, "nobody confirmed it in time")
    assert placed(town) == before
    assert preview(CLERK, town.gateway).difference.is_empty
    kept(try_out(CLERK, town.gateway, move))
    return_to(CLERK, first)
    assert placed(town) == before


def test_a_group_that_was_moved_on_trial_stands_and_falls_back_as_before(town: Town) -> None:
    kept(weighed(town, 4))
    before, other = placed(town), town.public.uplink

    def move() -> None:
        set_group(CLERK, "PUBLIC", uplink=None, parent=town.offices)
        set_group(CLERK, "OFFICES", uplink=other, fallbacks=["UP-1"])

    version = try_out(CLERK, town.gateway, move)
    carrying.applied(version)
    carrying.reverted(version, "nobody confirmed it in time")
    assert placed(town) == before
    assert ShareGroup.objects.get(code="OFFICES").fallbacks == ["UP-2"]
    assert preview(CLERK, town.gateway).difference.is_empty


def test_a_group_does_not_go_back_into_one_that_was_put_inside_it_meanwhile(town: Town) -> None:
    set_group(CLERK, "PUBLIC", uplink=None, parent=town.offices)
    kept(weighed(town, 4))
    way_out = Uplink.objects.get(code="UP-2")
    version = try_out(CLERK, town.gateway, lambda: set_group(CLERK, "PUBLIC", uplink=way_out, parent=None))
    carrying.applied(version)
    set_group(CLERK, "OFFICES", uplink=None, parent=ShareGroup.objects.get(code="PUBLIC"), fallbacks=[])
    assert carrying.reverted(version, "nobody confirmed it in time")
    assert (placed(town)["PUBLIC"], placed(town)["OFFICES"]) == ("UP-2", "PUBLIC")


def test_where_the_old_group_is_gone_a_site_stays_and_the_rest_goes_back(town: Town) -> None:
    kept(weighed(town, 4))

    def move() -> None:
        set_share(CLERK, town.sites["PARK"], group=town.offices, weight=6)
        remove_group(CLERK, town.public)

    version = try_out(CLERK, town.gateway, move)
    carrying.applied(version)
    carrying.reverted(version, "nobody confirmed it in time")
    assert (placed(town)["PARK"], weight(town, "PARK")) == ("OFFICES", 1)


def test_what_was_decided_anew_meanwhile_stays_when_a_plan_is_taken_back(town: Town) -> None:
    kept(weighed(town, 4))
    trial = weighed(town, 9)
    set_share(CLERK, town.sites["CLINIC"], weight=6)
    set_share(CLERK, town.sites["HALL"], weight=8)
    carrying.reverted(trial, "nobody confirmed it in time")
    assert (weight(town), weight(town, "HALL")) == (6, 8)


def test_a_return_brings_the_old_terms_back(town: Town) -> None:
    first = kept(weighed(town, 4))
    second = kept(weighed(town, 9))
    back = return_to(CLERK, first)
    assert (weight(town), back.returned_to) == (4, first.number)
    kept(back)
    assert preview(CLERK, town.gateway).difference.is_empty
    second.refresh_from_db()
    assert second.state == State.SUPERSEDED


def test_a_return_that_is_not_confirmed_leaves_the_terms_as_they_were(town: Town) -> None:
    first = kept(weighed(town, 4))
    kept(weighed(town, 9))
    carrying.reverted(return_to(CLERK, first), "nobody confirmed it in time")
    now = plan_in_force(town.gateway)
    assert (weight(town), now and now.number) == (9, 2)
