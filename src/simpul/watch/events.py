"""What the other rooms are told about alarms. `alarm` is its number, `refs` and `sites` are codes."""

from __future__ import annotations

from dataclasses import dataclass, field

from simpul.kit.events import Event


@dataclass(frozen=True, slots=True)
class AlarmOpened(Event):
    """A cause was found."""

    alarm: int
    kind: str
    refs: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    party: str = ""


@dataclass(frozen=True, slots=True)
class AlarmChanged(Event):
    """More or less is known of the cause, it hits other sites, or somebody has acknowledged or commented it."""

    alarm: int
    kind: str
    refs: list[str] = field(default_factory=list)
    sites: list[str] = field(default_factory=list)
    party: str = ""


@dataclass(frozen=True, slots=True)
class AlarmClosed(Event):
    """The cause is gone."""

    alarm: int
    kind: str
    refs: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SilenceChanged(Event):
    """A maintenance window was announced or ended early."""

    silence: int
    ref: str
