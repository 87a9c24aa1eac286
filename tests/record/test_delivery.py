"""Each listener gets each event, in order, once in effect; a failing one holds up only itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pytest
from django.db import transaction

from clocks import HeldClock
from record.telling import ACTOR, Counted, Other, effects, note_effect, number_of, tell
from simpul.kit.actor import Actor, Forbidden
from simpul.kit.events import Event, Listener
from simpul.record import service as record
from simpul.record.delivery import Config, Dispatcher
from simpul.record.models import FailedDelivery, Handled, OutboxEvent

pytestmark = pytest.mark.django_db


def effect(event: Event) -> None:
    """Handles every event."""
    note_effect(event)


class Moody:
    """A listener that fails at the events whose numbers are in `hates`, after its effect."""

    def __init__(self, *hates: int) -> None:
        self.hates = set(hates)

    def __call__(self, event: Event) -> None:
        note_effect(event, "moody")
        if number_of(event) in self.hates:
            raise ValueError(f"number {number_of(event)} is unbearable\nfor many reasons")


def dispatcher(
    listeners: Mapping[type[Event], Mapping[str, Listener]], clock: HeldClock | None = None, attempts: int = 3
) -> Dispatcher:
    """One that has not been started; its rounds are called by hand."""
    return Dispatcher(Config(batch=10, attempts=attempts, first_wait_seconds=1), listeners, clock or HeldClock())


def run(outbox: Dispatcher) -> None:
    """Rounds until there is nothing more to do at once."""
    while outbox.round():
        pass


def waiting() -> int:
    """Events that somebody still has to handle."""
    return OutboxEvent.objects.filter(delivered_at=None).count()


def test_every_event_reaches_its_listener_in_order_and_is_put_away() -> None:
    tell(*[Counted(number) for number in range(25)])
    outbox = dispatcher({Counted: {"effect": effect}})
    run(outbox)
    assert effects() == list(range(25))
    assert waiting() == 0
    assert outbox.health().counters["delivered"] == 25


def test_a_listener_of_several_events_gets_them_in_the_order_they_happened() -> None:
    tell(Counted(1), Other(2), Counted(3), Other(4))
    run(dispatcher({Counted: {"effect": effect}, Other: {"effect": effect}}))
    assert effects() == [1, 2, 3, 4]


def test_events_of_a_change_that_failed_reach_nobody() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell(Counted(1 // 0))
    run(dispatcher({Counted: {"effect": effect}}))
    assert effects() == []


def test_an_event_nobody_listens_to_is_put_away() -> None:
    tell(Other(1))
    run(dispatcher({Counted: {"effect": effect}}))
    assert waiting() == 0


def test_what_is_handled_already_is_not_handled_again() -> None:
    tell(Counted(1))
    run(dispatcher({Counted: {"effect": effect}}))
    OutboxEvent.objects.update(delivered_at=None)
    run(dispatcher({Counted: {"effect": effect}}))
    assert effects() == [1]
    assert waiting() == 0


def test_two_dispatchers_at_once_do_not_repeat_each_other() -> None:
    tell(Counted(1), Counted(2))
    second = dispatcher({Counted: {"effect": effect}})

    def slow(event: Event) -> None:
        note_effect(event)
        run(second)

    run(dispatcher({Counted: {"effect": slow}}))
    assert effects() == [1, 2]


def test_a_failing_listener_leaves_no_effect_and_holds_up_only_itself(caplog: pytest.LogCaptureFixture) -> None:
    tell(Counted(1), Counted(2), Counted(3))
    outbox = dispatcher({Counted: {"effect": effect, "moody": Moody(2)}})
    run(outbox)
    assert effects() == [1, 2, 3]
    assert effects("moody") == [1]
    failure = FailedDelivery.objects.get()
    assert (failure.listener, failure.attempts, failure.error) == ("moody", 1, "number 2 is unbearable")
    assert waiting() == 2
    assert "Traceback" in caplog.text


def test_it_is_tried_again_after_a_doubling_wait_and_not_before() -> None:
    clock, moody = HeldClock(), Moody(1)
    tell(Counted(1), Counted(2))
    outbox = dispatcher({Counted: {"moody": moody}}, clock, attempts=9)
    tries = []
    for second in range(16):
        run(outbox)
        tries.append((second, FailedDelivery.objects.get().attempts))
        clock.move(1)
    assert [second for second, attempts in tries if (second - 1, attempts) not in tries] == [0, 1, 3, 7, 15]
    moody.hates.clear()
    clock.move(16)
    run(outbox)
    assert effects("moody") == [1, 2]
    assert not FailedDelivery.objects.exists()
    assert waiting() == 0


def test_an_event_that_fails_too_often_is_parked_and_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    clock = HeldClock()
    tell(Counted(1), Counted(2), Counted(3))
    outbox = dispatcher({Counted: {"moody": Moody(2)}}, clock, attempts=3)
    for _ in range(3):
        run(outbox)
        clock.move(60)
    assert effects("moody") == [1, 3]
    assert waiting() == 0
    health = outbox.health()
    assert (health.state, health.counters["parked"]) == ("up", 1)
    assert "simpul events parked" in health.detail
    assert [line.levelno for line in caplog.records if "parked for moody" in line.message] == [logging.ERROR]


def parked_once() -> tuple[Dispatcher, Moody]:
    """A dispatcher that has parked event 1."""
    moody = Moody(1)
    tell(Counted(1))
    outbox = dispatcher({Counted: {"moody": moody, "effect": effect}}, attempts=1)
    run(outbox)
    return outbox, moody


def test_a_parked_event_can_be_delivered_again_once_the_cause_is_mended() -> None:
    outbox, moody = parked_once()
    moody.hates.clear()
    record.retry_parked(ACTOR, record.parked_deliveries(ACTOR).get())
    run(outbox)
    assert effects("moody") == [1]
    assert effects() == [1]
    assert (waiting(), outbox.health().counters["parked"]) == (0, 0)
    assert record.entries(ACTOR).filter(kind="record.faileddelivery").count() == 1


def test_only_who_manages_jobs_sees_and_retries_parked_events() -> None:
    parked_once()
    stranger = Actor("user", "user:9", "Budi")
    with pytest.raises(Forbidden):
        record.parked_deliveries(stranger)
    with pytest.raises(Forbidden):
        record.retry_parked(stranger, FailedDelivery.objects.get())


def test_an_event_that_cannot_be_read_is_parked_like_any_other() -> None:
    OutboxEvent.objects.create(name=Counted.wire_name(), payload='{"wrong": 1}', at=HeldClock().now())
    tell(Counted(2))
    run(dispatcher({Counted: {"effect": effect}}, attempts=1))
    assert effects() == [2]
    assert FailedDelivery.objects.get().parked_at is not None


def test_a_listener_that_is_gone_keeps_nothing_waiting() -> None:
    tell(Counted(1))
    run(dispatcher({Counted: {"effect": effect, "moody": Moody(1)}}))
    assert waiting() == 1
    run(dispatcher({Counted: {"effect": effect}}))
    assert waiting() == 0


def test_a_listener_that_holds_the_database_long_is_named(caplog: pytest.LogCaptureFixture) -> None:
    clock = HeldClock()
    tell(Counted(1))
    outbox = dispatcher({Counted: {"slow": lambda _: clock.move(1.5)}}, clock)
    run(outbox)
    assert outbox.health().counters["slow"] == 1
    assert "slow held the database for 1.5 s" in caplog.text


def test_old_events_are_removed_but_not_those_that_are_parked() -> None:
    clock = HeldClock()
    tell(*[Counted(number) for number in range(40)])
    outbox = dispatcher({Counted: {"moody": Moody(7)}}, clock, attempts=1)
    run(outbox)
    clock.move(31 * 24 * 3600)
    tell(Counted(99))
    run(outbox)
    left = [Counted.from_json(row.payload).number for row in OutboxEvent.objects.order_by("id")]
    assert left == [7, 99]
    assert Handled.objects.count() == 1
