"""Recording how a site is joined."""

from __future__ import annotations

import pytest
from django.utils import timezone

from register.moments import day
from simpul.kit.actor import Actor, Forbidden
from simpul.record.models import LogEntry, OutboxEvent
from simpul.register.logic.story import (
    BreaksLater,
    InTheFuture,
    NetworkNotLit,
    NotApplicable,
    NothingNew,
    NotOn,
    Paused,
    ReasonMissing,
    StepMissing,
)
from simpul.register.models import Contract, ContractLine, Site
from simpul.register.service import (
    advance_network,
    change_internet,
    cut_off,
    hand_over,
    resume,
    stall,
    status_at,
    update_site,
    withdraw,
)
from simpul.register.service.rollout import AlreadyHandedOver, AlreadyStalled, NothingToStall, StallTimes


def lamps(site: Site, on: str) -> tuple[str, str]:
    """Both lamps of the site at noon of that day."""
    (status,) = status_at(Site.objects.filter(pk=site.pk), day(on))
    return status.network, status.internet


def join(clerk: Actor, site: Site) -> None:
    """Cable in March, spliced in April, lit in May 2018."""
    for state, on in (("cable", "2018-03-01"), ("spliced", "2018-04-01"), ("lit", "2018-05-01")):
        advance_network(clerk, site, state, day(on))


def test_each_past_day_can_be_asked(clerk: Actor, site: Site) -> None:
    join(clerk, site)
    change_internet(clerk, site, "on", day("2023-02-01"))
    asked = ("2018-01-01", "2018-03-15", "2018-05-01", "2023-01-31", "2023-02-01")
    assert [lamps(site, on) for on in asked] == [
        ("none", "none"),
        ("cable", "none"),
        ("lit", "none"),
        ("lit", "none"),
        ("lit", "on"),
    ]


def test_own_fibre_may_skip_poles_but_not_the_cable(clerk: Actor, site: Site) -> None:
    with pytest.raises(StepMissing) as refused:
        advance_network(clerk, site, "lit", day("2018-05-01"))
    assert refused.value.missing == ("cable", "spliced")
    advance_network(clerk, site, "cable", day("2018-05-01"))


def test_a_site_lit_before_the_register_began_is_recorded_with_a_reason(clerk: Actor, site: Site) -> None:
    advance_network(clerk, site, "lit", day("2018-05-01"), reason="Terpasang sebelum pencatatan")
    assert lamps(site, "2018-06-01") == ("lit", "none")


def test_a_radio_site_has_no_cable_to_lay(clerk: Actor, site: Site) -> None:
    update_site(clerk, site, medium="radio")
    with pytest.raises(NotApplicable):
        advance_network(clerk, site, "cable", day("2018-05-01"))
    advance_network(clerk, site, "lit", day("2018-05-01"))


def test_a_removed_cable_needs_a_reason(clerk: Actor, site: Site) -> None:
    join(clerk, site)
    with pytest.raises(ReasonMissing):
        advance_network(clerk, site, "cable", day("2020-01-01"))
    advance_network(clerk, site, "cable", day("2020-01-01"), reason="Pelebaran jalan")
    assert lamps(site, "2020-02-01") == ("cable", "none")


def test_an_earlier_line_recorded_later_changes_history(clerk: Actor, site: Site) -> None:
    join(clerk, site)
    advance_network(clerk, site, "poles", day("2018-02-01"))
    assert lamps(site, "2018-02-15") == ("poles", "none")
    assert lamps(site, "2018-03-15") == ("cable", "none")


def test_a_late_line_that_would_contradict_a_later_one_is_refused(clerk: Actor, site: Site) -> None:
    join(clerk, site)
    with pytest.raises(BreaksLater) as refused:
        advance_network(clerk, site, "none", day("2018-03-15"), reason="Salah catat")
    assert refused.value.later.state == "spliced"


def test_nothing_is_recorded_ahead_of_time_or_twice(clerk: Actor, site: Site) -> None:
    join(clerk, site)
    with pytest.raises(NothingNew):
        advance_network(clerk, site, "lit", day("2019-01-01"))
    with pytest.raises(InTheFuture):
        advance_network(clerk, site, "none", timezone.now().replace(year=2999), reason="x")


def test_internet_needs_a_lit_network_in_both_directions(clerk: Actor, site: Site) -> None:
    with pytest.raises(NetworkNotLit):
        change_internet(clerk, site, "on", day("2018-05-01"))
    join(clerk, site)
    change_internet(clerk, site, "on", day("2023-02-01"))
    with pytest.raises(NetworkNotLit):
        advance_network(clerk, site, "cable", day("2023-06-01"), reason="Pelebaran jalan")


def test_only_an_internet_that_is_on_can_be_cut_off(clerk: Actor, site: Site) -> None:
    join(clerk, site)
    with pytest.raises(NotOn):
        cut_off(clerk, site, day("2023-03-01"), "Belum dibayar")
    change_internet(clerk, site, "on", day("2023-02-01"))
    with pytest.raises(ReasonMissing):
        cut_off(clerk, site, day("2023-03-01"), " ")
    cut_off(clerk, site, day("2023-03-01"), "Belum dibayar")
    assert lamps(site, "2023-03-02") == ("lit", "cut_off")


def test_a_cut_off_cannot_lose_the_line_it_stands_on(clerk: Actor, site: Site) -> None:
    join(clerk, site)
    on = change_internet(clerk, site, "on", day("2023-02-01"))
    cut_off(clerk, site, day("2023-03-01"), "Belum dibayar")
    with pytest.raises(BreaksLater):
        withdraw(clerk, on, "Salah catat")


def test_a_withdrawn_line_is_gone_from_history_and_kept_in_the_log(clerk: Actor, site: Site) -> None:
    join(clerk, site)
    row = change_internet(clerk, site, "on", day("2023-02-01"))
    withdraw(clerk, row, "Titik yang salah")
    assert lamps(site, "2023-03-01") == ("lit", "none")
    entry = LogEntry.objects.get(kind="register.internetevent", verb="deleted")
    assert entry.note == "Titik yang salah"
    assert '"state":"on"' in entry.before


def test_a_step_forward_ends_a_lasting_stall(clerk: Actor, site: Site) -> None:
    advance_network(clerk, site, "cable", day("2019-10-01"))
    stopped = stall(clerk, site, "network", day("2020-03-20"), "Refocusing anggaran COVID-19")
    (status,) = status_at(Site.objects.all(), day("2021-01-01"))
    assert (status.stalled_reason, status.stalled_since) == ("Refocusing anggaran COVID-19", day("2020-03-20"))
    advance_network(clerk, site, "spliced", day("2023-03-01"))
    stopped.refresh_from_db()
    assert stopped.until == day("2023-03-01")


def test_a_step_inside_a_stall_that_has_ended_is_refused(clerk: Actor, site: Site) -> None:
    stopped = stall(clerk, site, "network", day("2020-03-20"), "Anggaran")
    resume(clerk, stopped, day("2022-12-31"))
    with pytest.raises(Paused):
        advance_network(clerk, site, "cable", day("2021-06-01"))


def test_stalls_of_one_track_never_overlap(clerk: Actor, site: Site) -> None:
    first = stall(clerk, site, "network", day("2020-03-20"), "Anggaran")
    with pytest.raises(AlreadyStalled):
        stall(clerk, site, "network", day("2021-03-20"), "Anggaran")
    stall(clerk, site, "internet", day("2021-03-20"), "Belum ada kontrak")
    with pytest.raises(StallTimes):
        resume(clerk, first, day("2020-03-20"))
    resume(clerk, first, day("2022-12-31"))
    with pytest.raises(StallTimes):
        resume(clerk, first, day("2023-01-05"))
    (status,) = status_at(Site.objects.all(), day("2023-02-01"))
    assert status.stalled_track == "internet"


def test_a_lit_network_cannot_stall(clerk: Actor, site: Site) -> None:
    join(clerk, site)
    with pytest.raises(NothingToStall):
        stall(clerk, site, "network", day("2020-03-20"), "Anggaran")


def test_a_site_is_handed_over_once_per_contract(clerk: Actor, site: Site, contract: Contract) -> None:
    hand_over(clerk, site, contract, "BAST-01/2023", day("2023-04-30"))
    with pytest.raises(AlreadyHandedOver):
        hand_over(clerk, site, contract, "BAST-02/2023", day("2023-05-30"))
    before, after = (status_at(Site.objects.all(), day(on))[0] for on in ("2023-04-29", "2023-05-01"))
    assert before.handed_over_at is None
    assert after.handed_over_at == day("2023-04-30")


def test_each_line_is_logged_and_told(clerk: Actor, site: Site, line: ContractLine) -> None:
    advance_network(clerk, site, "cable", day("2023-03-01"), contract_line=line)
    assert LogEntry.objects.filter(kind="register.networkevent", verb="created").count() == 1
    assert OutboxEvent.objects.filter(name="register.NetworkAdvanced").count() == 1


def test_who_may_only_look_cannot_write_the_story(site: Site) -> None:
    head = Actor("user", "user:9", "Kepala", frozenset({"network.see"}))
    with pytest.raises(Forbidden):
        advance_network(head, site, "cable", day("2023-03-01"))
