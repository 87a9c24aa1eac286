"""The rows: one open alarm for each cause, whatever happens to the watch, and what people do with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from register.networks import PROBER
from simpul.kit.actor import Actor, Forbidden
from simpul.people.service import create_organisation
from simpul.record.models import LogEntry
from simpul.register.service import create_device, create_site
from simpul.watch import explaining, keeping, service
from simpul.watch.errors import AlreadyOver, NoElement, NoWords, WrongWindow
from simpul.watch.judge import Judge
from simpul.watch.keeping import Found, Verdict
from simpul.watch.logic.facts import Cause, Said
from simpul.watch.models import Alarm
from simpul.watch.notify import untold
from simpul.watch.settling import Times
from simpul.watch.watcher import cut_for_sure
from watch.addressed import Eyes, town

pytestmark = pytest.mark.django_db
CLERK = Actor.system("test")
CUT = Cause("span_cut", ("B-X", "X"), sites=("S-X", "S-Y"), party="OFFICE", devices=("X", "Y"))


def keep(*causes: Cause, gone: tuple[int, ...] = (), covered: dict[int, frozenset[str]] | None = None) -> list[Alarm]:
    """Write them as new causes; all that is open then."""
    keeping.write(Verdict([Found(cause) for cause in causes], gone), town(), covered or {})
    return keeping.open_alarms()


def router_x() -> None:
    """A router of the register, so that work on it can be announced."""
    office = create_organisation(CLERK, code="OFFICE", name="Dinas Contoh", kind="agency")
    both = {"owner": office, "operator": office}
    place = create_site(CLERK, code="S-X", name="X", kind="opd", organisation=office, **both)
    create_device(CLERK, code="X", name="X", kind="router", site=place, **both)


class Play:
    """The watch's judgement of the town, round after round, written as the watch writes it."""

    def __init__(self) -> None:
        self.eyes = Eyes()
        self.begin()

    def begin(self) -> None:
        """As after a start: nothing is remembered but the rows."""
        self.eyes = Eyes()
        self.judge = Judge(self.eyes.observed, explaining.explainer(self.eyes.snapshot), Times())

    def rounds(self, count: int, *silent: str) -> None:
        """So many seconds; these devices do not answer."""
        for _ in range(count):
            self.eyes.round(frozenset(silent))
            verdict = self.judge.verdict(self.eyes.now, timezone.now(), Said(), keeping.open_alarms())
            if verdict:
                keeping.write(verdict, self.eyes.snapshot, {})


def test_a_cut_is_one_row_and_its_repair_closes_it() -> None:
    create_organisation(CLERK, code="OFFICE", name="Dinas Contoh", kind="agency")
    play = Play()
    play.rounds(3)
    play.rounds(12, "X", "Y")
    (alarm,) = keeping.open_alarms()
    assert (alarm.kind, alarm.refs, alarm.sites) == ("span_cut", ["B-X", "X"], ["S-X", "S-Y"])
    assert (str(alarm.party), alarm.severity) == ("Dinas Contoh", "major")
    assert alarm.evidence["missed_since"] is not None
    play.rounds(12)
    assert keeping.open_alarms() == []
    assert Alarm.objects.count() == 1


def test_a_watch_that_was_killed_goes_on_with_the_open_row() -> None:
    play = Play()
    play.rounds(3)
    play.rounds(12, "X", "Y")
    for _ in range(3):
        play.begin()
        play.rounds(20, "X", "Y")
    assert Alarm.objects.count() == 1
    play.begin()
    play.rounds(12)
    assert keeping.open_alarms() == []


def test_one_cause_is_never_two_open_rows() -> None:
    (alarm,) = keep(CUT)
    assert [each.pk for each in keep(CUT)] == [alarm.pk]
    keep(gone=(alarm.pk,))
    (again,) = keep(CUT)
    assert again.pk != alarm.pk


def test_every_change_of_an_alarm_stands_in_the_log() -> None:
    (alarm,) = keep(CUT)
    service.acknowledge(CLERK, alarm)
    keep(gone=(alarm.pk,))
    about = LogEntry.objects.filter(kind="watch.alarm", ref=str(alarm.pk)).order_by("seq")
    assert [(entry.verb, entry.actor_key) for entry in about] == [
        ("created", "system:watch"),
        ("changed", "system:test"),
        ("changed", "system:watch"),
    ]
    assert "acknowledged_by" in about[1].after


def test_the_first_who_acknowledges_counts_and_what_is_over_needs_nobody() -> None:
    (alarm,) = keep(CUT)
    service.acknowledge(CLERK, alarm)
    assert service.acknowledge(Actor.system("other"), alarm).acknowledged_by == CLERK.name
    keep(gone=(alarm.pk,))
    with pytest.raises(AlreadyOver):
        service.acknowledge(CLERK, alarm)


def test_a_comment_says_something() -> None:
    (alarm,) = keep(CUT)
    assert service.comment(CLERK, alarm, " the digger at the bridge ").text == "the digger at the bridge"
    with pytest.raises(NoWords):
        service.comment(CLERK, alarm, "  ")


def test_who_may_not_handle_alarms_does_nothing_with_them() -> None:
    (alarm,) = keep(CUT)
    guest = Actor("user", "user:9", "Guest")
    for verb in (lambda: service.acknowledge(guest, alarm), lambda: service.comment(guest, alarm, "x")):
        with pytest.raises(Forbidden):
            verb()


def test_an_alarm_under_announced_work_is_kept_and_marked() -> None:
    router_x()
    now = timezone.now()
    window = service.silence(CLERK, "X", now - timedelta(minutes=1), now + timedelta(hours=1), "new battery")
    assert keeping.current_silences() == {window.pk: "X"}
    covered = {window.pk: explaining.covered(town(), "X")}
    (under,) = keep(CUT, covered=covered)
    assert under.silence == window
    other = Cause("redundancy_lost", ("CORE-A",))
    assert {alarm.ref: alarm.silence for alarm in keep(other, covered=covered)} == {"B-X": window, "CORE-A": None}
    service.end_silence(CLERK, window)
    assert keeping.current_silences() == {}
    under = next(alarm for alarm in keeping.open_alarms() if alarm.ref == "B-X")
    assert not under.in_maintenance(timezone.now()), "its window is over, so people are called and see why"


def test_work_that_takes_longer_or_comes_late_is_known_to_every_alarm_of_it() -> None:
    router_x()
    now = timezone.now()
    keep(CUT)
    windows = [
        service.silence(CLERK, "X", now - timedelta(minutes=1), now + timedelta(hours=hours), "new battery")
        for hours in (1, 2)
    ]
    covered = {window.pk: explaining.covered(town(), "X") for window in windows}
    for known in ({windows[0].pk: covered[windows[0].pk]}, covered, covered):
        keeping.hang(known)
        (alarm,) = keeping.open_alarms()
        assert alarm.silence == windows[len(known) - 1]
    service.end_silence(CLERK, windows[0])
    assert untold() == []
    service.end_silence(CLERK, windows[1])
    assert [each.pk for each, _ in untold()] == [alarm.pk]


def test_only_a_cause_that_was_certain_is_a_cut_after_a_start() -> None:
    alarms = keep(CUT, Cause("redundancy_lost", ("CORE-A",)), Cause("device_down", ("D",)))
    assert cut_for_sure(alarms, town()) == {"CORE-A"}


def test_announced_work_has_an_element_and_an_end() -> None:
    now = timezone.now()
    with pytest.raises(NoElement):
        service.silence(CLERK, "NOWHERE", now, now + timedelta(hours=1), "")
    office = create_organisation(CLERK, code="OFFICE", name="Dinas Contoh", kind="agency")
    create_site(CLERK, code="S-X", name="X", kind="opd", organisation=office, owner=office, operator=office)
    with pytest.raises(WrongWindow):
        service.silence(CLERK, "S-X", now, now - timedelta(hours=1), "")


def test_many_sites_are_everybodys_affair() -> None:
    many = tuple(f"S-{number}" for number in range(10))
    assert keeping.severity(Cause("span_cut", ("L",), sites=many)) == "critical"
    assert keeping.severity(Cause("redundancy_lost", ("L",))) == "minor"
    assert keeping.severity(Cause("blind", (PROBER,))) == "critical"


def test_an_outage_over_which_the_clock_was_put_back_lasts_no_less_than_nothing() -> None:
    (alarm,) = keep(CUT)
    Alarm.objects.update(opened_at=timezone.now() + timedelta(days=1))
    keep(gone=(alarm.pk,))
    alarm.refresh_from_db()
    assert alarm.closed_at == alarm.opened_at
