"""From causes, which change while facts come in, to alarms, which do not."""

from __future__ import annotations

from dataclasses import replace

from simpul.watch.logic.facts import Cause
from simpul.watch.settling import Settled, Settling, Standing, Times

TIMES = Times(settle=1.0, longest=4.0, sharpen=1.5, clear=3.0, calm=15.0)
CUT = Cause("span_cut", ("B-X", "X"), sites=("S-X",), devices=("X",))


class Story:
    """Causes as time goes on, and the alarms that follow from them; a quarter of a second each."""

    def __init__(self) -> None:
        self.settling = Settling(TIMES)
        self.now = 0.0
        self.standing: list[Standing] = []
        self.opened = self.changed = self.closed = 0
        self.number = 0

    def see(self, *causes: Cause, seconds: float = 0.25, flapping: bool = False) -> Settled | None:
        """So long nothing else is seen; what was written last."""
        last = None
        for _ in range(round(4 * seconds)):
            settled = self.settling.settle(
                self.now, causes, self.standing, whole=lambda _: not causes, flapping=lambda _: flapping
            )
            self._write(settled, flapping=flapping)
            last = settled if settled.found or settled.gone else last
            self.now += 0.25
        return last

    def _write(self, settled: Settled, *, flapping: bool) -> None:
        for cause, number in settled.found:
            if number is None:
                self.number += 1
                self.opened += 1
            else:
                self.changed += 1
                self.standing = [each for each in self.standing if each.number != number]
            self.standing.append(Standing(number or self.number, cause, flapping, young=True))
        self.closed += len(settled.gone)
        self.standing = [each for each in self.standing if each.number not in settled.gone]


def test_a_cause_that_stays_becomes_one_alarm() -> None:
    story = Story()
    story.see(CUT, seconds=0.75)
    assert story.opened == 0
    story.see(CUT, seconds=20)
    assert (story.opened, story.changed) == (1, 0)


def test_facts_that_come_one_after_the_other_make_one_alarm() -> None:
    story = Story()
    story.see(Cause("device_down", ("Y",), sites=("S-Y",), devices=("Y",)), seconds=0.75)
    story.see(replace(CUT, refs=("X-Y", "X", "B-X"), devices=("X", "Y")), seconds=0.75)
    story.see(replace(CUT, sites=("S-X", "S-Y"), devices=("X", "Y")), seconds=3)
    assert (story.opened, story.changed) == (1, 0)
    assert story.standing[0].cause.sites == ("S-X", "S-Y")


def test_a_cause_that_never_stays_the_same_is_told_in_time_all_the_same() -> None:
    story = Story()
    for number in range(20):
        story.see(CUT, Cause("device_silent", (f"D{number}",)))
    assert any(each.cause == CUT for each in story.standing)


def test_an_answer_that_would_sharpen_it_is_waited_for() -> None:
    story = Story()
    story.see(replace(CUT, waiting=("B",)), seconds=2)
    assert story.opened == 0
    story.see(CUT, seconds=0.5)
    assert story.opened == 1


def test_more_sites_change_the_alarm_and_open_no_second() -> None:
    story = Story()
    story.see(Cause("redundancy_lost", ("A-B",)), seconds=5)
    story.see(Cause("span_cut", ("A-B",), sites=("S-B",), devices=("B",), together=("B-CORE",)), seconds=5)
    assert (story.opened, story.changed) == (1, 1)


def test_a_fault_higher_up_takes_over_the_young_alarm_of_what_hangs_on_it() -> None:
    story = Story()
    story.see(Cause("device_down", ("Y",), sites=("S-Y",), devices=("Y",)), seconds=3)
    story.see(replace(CUT, refs=("B-X", "X"), sites=("S-X", "S-Y"), devices=("X", "Y")), seconds=3)
    assert (story.opened, story.changed, story.closed) == (1, 1, 0)


def test_an_alarm_is_over_when_all_has_been_well_for_a_while() -> None:
    story = Story()
    story.see(CUT, seconds=5)
    story.see(seconds=2.5)
    assert story.closed == 0
    story.see(seconds=1)
    assert story.closed == 1


def test_what_keeps_coming_back_waits_longer_before_it_is_over() -> None:
    story = Story()
    for _ in range(8):
        story.see(CUT, seconds=4)
        story.see(seconds=4)
    assert (story.opened, story.closed) == (2, 1)
    story.see(seconds=12)
    assert story.closed == 2


def test_what_was_held_down_while_it_flapped_has_waited_enough() -> None:
    story = Story()
    for _ in range(4):
        story.see(CUT, seconds=2)
        story.see(seconds=2)
    story.see(CUT, seconds=15, flapping=True)
    closed = story.closed
    story.see(seconds=3.5)
    assert story.closed == closed + 1


def test_an_alarm_that_begins_to_flap_is_written_once_more() -> None:
    story = Story()
    story.see(CUT, seconds=5)
    story.see(CUT, seconds=5, flapping=True)
    assert (story.opened, story.changed) == (1, 1)
