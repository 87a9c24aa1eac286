"""Events of the record tests, and a listener whose effect can be counted: one log entry per event."""

from __future__ import annotations

from dataclasses import dataclass

from simpul.kit.actor import Actor
from simpul.kit.events import Event
from simpul.record import service as record
from simpul.record.models import LogEntry

ACTOR = Actor.system("test")


@dataclass(frozen=True, slots=True)
class Counted(Event):
    """Something happened for the `number`-th time."""

    number: int

    @classmethod
    def wire_name(cls) -> str:
        """The same name from whatever place this file is loaded."""
        return "test.Counted"


@dataclass(frozen=True, slots=True)
class Other(Event):
    """Something else happened."""

    number: int

    @classmethod
    def wire_name(cls) -> str:
        """As above."""
        return "test.Other"


def tell(*events: Event) -> None:
    """Put the events into the outbox, all in one change."""
    with record.change(ACTOR) as change:
        for event in events:
            change.emit(event)


def number_of(event: Event) -> int:
    """The number an event of this file carries."""
    assert isinstance(event, Counted | Other)
    return event.number


def note_effect(event: Event, listener: str = "effect") -> None:
    """The effect of a listener: a line in the log."""
    with record.change(ACTOR) as change:
        change.did(LogEntry.Verb.USED, listener, str(number_of(event)))


def effects(listener: str = "effect") -> list[int]:
    """The numbers of the events that had their effect, in the order of the effects."""
    return [int(ref) for ref in LogEntry.objects.filter(kind=listener).order_by("seq").values_list("ref", flat=True)]
