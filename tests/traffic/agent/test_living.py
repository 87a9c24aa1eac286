"""When an uplink is dead, and when it is back."""

from __future__ import annotations

from simpul.traffic.logic.living import HOLD_SECONDS, SILENT_ROUNDS, Pulse, after_look, after_round


def test_an_uplink_without_carrier_is_dead_at_once() -> None:
    assert not after_look(Pulse(), carrier=False, now=0, probed=True).alive


def test_a_lost_probe_is_no_loss_of_an_uplink_but_some_silent_rounds_are() -> None:
    pulse = Pulse()
    for number in range(1, SILENT_ROUNDS + 1):
        assert pulse.alive
        pulse = after_round(pulse, 0, 3, float(number))
    assert not pulse.alive


def test_one_answer_of_several_targets_is_enough() -> None:
    pulse = Pulse()
    for number in range(20):
        pulse = after_round(pulse, 1, 3, float(number))
    assert pulse.alive
    assert abs(pulse.loss - 2 / 3) < 1e-9


def test_an_uplink_is_back_after_it_was_good_for_a_while_and_not_while_it_flaps() -> None:
    pulse = after_look(Pulse(), carrier=False, now=0, probed=True)
    pulse = after_look(pulse, carrier=True, now=1, probed=True)
    assert not after_round(pulse, 3, 3, 1).alive
    pulse = after_round(pulse, 3, 3, 1)
    pulse = after_round(pulse, 0, 3, 5)
    pulse = after_round(pulse, 3, 3, 6)
    assert not after_round(pulse, 3, 3, 1 + HOLD_SECONDS).alive
    assert after_round(pulse, 3, 3, 6 + HOLD_SECONDS).alive


def test_where_nothing_is_probed_the_carrier_alone_brings_it_back() -> None:
    pulse = after_look(Pulse(), carrier=False, now=0, probed=False)
    pulse = after_look(pulse, carrier=True, now=1, probed=False)
    assert not pulse.alive
    assert after_look(pulse, carrier=True, now=1 + HOLD_SECONDS, probed=False).alive


def test_answers_while_there_is_no_carrier_count_for_nothing() -> None:
    pulse = after_look(Pulse(), carrier=False, now=0, probed=True)
    for number in range(40):
        pulse = after_round(pulse, 3, 3, float(number))
    assert not pulse.alive
