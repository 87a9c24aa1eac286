"""What the other rooms are told about sharing."""

from __future__ import annotations

from dataclasses import dataclass

from simpul.kit.events import Event


@dataclass(frozen=True, slots=True)
class SharesChanged(Event):
    """The policy says something else for a group or a site (`kind`). It takes effect with the next plan."""

    kind: str
    code: str


@dataclass(frozen=True, slots=True)
class PlanOrdered(Event):
    """A signed plan waits for its gateway."""

    gateway: str
    number: int


@dataclass(frozen=True, slots=True)
class PlanApplied(Event):
    """A plan is on trial at its gateway, which goes back by itself unless it is confirmed in time."""

    gateway: str
    number: int


@dataclass(frozen=True, slots=True)
class PlanConfirmed(Event):
    """A plan is in force."""

    gateway: str
    number: int


@dataclass(frozen=True, slots=True)
class PlanReverted(Event):
    """A gateway went back to the plan before, or never took this one up."""

    gateway: str
    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class PanicOrdered(Event):
    """Somebody has switched a gateway to equal shares, no shaping, or back to normal."""

    gateway: str
    mode: str
