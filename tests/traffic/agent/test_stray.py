"""Traffic that belongs to no site: an alarm after a while of it, and none for a stray packet."""

from __future__ import annotations

from simpul.traffic.logic.stray import ALARMED_AFTER_SECONDS, ALARMING_BPS, WELL_AFTER_SECONDS, Stray

MUCH, LITTLE = ALARMING_BPS + 1, ALARMING_BPS


def seen(stray: Stray, bps: float, begin: float, seconds: float) -> Stray:
    """After so many seconds of turns twice a second."""
    for turn in range(int(seconds * 2) + 1):
        stray = stray.after(bps, begin + turn / 2)
    return stray


def test_what_goes_on_for_a_while_is_told_and_not_sooner() -> None:
    assert not seen(Stray(), MUCH, 0, ALARMED_AFTER_SECONDS - 0.5).alarmed
    assert seen(Stray(), MUCH, 0, ALARMED_AFTER_SECONDS).alarmed


def test_a_little_of_it_is_nobodys_mistake() -> None:
    assert not seen(Stray(), LITTLE, 0, 600).alarmed


def test_a_pause_begins_the_while_anew() -> None:
    stray = seen(Stray(), MUCH, 0, ALARMED_AFTER_SECONDS - 0.5)
    stray = stray.after(0, 3)
    assert not seen(stray, MUCH, 3.5, ALARMED_AFTER_SECONDS - 0.5).alarmed


def test_it_is_well_again_after_longer_than_it_took_so_that_bursts_are_one_alarm() -> None:
    stray = seen(Stray(), MUCH, 0, ALARMED_AFTER_SECONDS)
    stray = seen(stray, 0, 4, WELL_AFTER_SECONDS - 0.5)
    assert stray.alarmed
    stray = stray.after(MUCH, 14)
    stray = seen(stray, 0, 15, WELL_AFTER_SECONDS - 0.5)
    assert stray.alarmed
    assert not stray.after(0, 15 + WELL_AFTER_SECONDS).alarmed
