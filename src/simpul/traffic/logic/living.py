"""Whether an uplink lives: lost with its carrier or after silent rounds of probes, back after a good while. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

SILENT_ROUNDS = 3
HOLD_SECONDS = 10.0
_REMEMBERED = 25


@dataclass(frozen=True, slots=True)
class Pulse:
    """What is known of one uplink. `good_since` is when the present good time began, while it is taken for dead."""

    alive: bool = True
    carrier: bool = True
    silent: int = 0
    good_since: float | None = None
    losses: tuple[float, ...] = ()

    @property
    def loss(self) -> float:
        """The part of the latest probes that was not answered, 0 to 1."""
        return sum(self.losses) / len(self.losses) if self.losses else 0.0


def after_look(pulse: Pulse, carrier: bool, now: float, *, probed: bool) -> Pulse:
    """The carrier was looked at. Where nothing is probed it alone brings an uplink back."""
    if not carrier:
        return replace(pulse, alive=False, carrier=False, good_since=None)
    seen = replace(pulse, carrier=True)
    return seen if probed else _better(seen, now)


def after_round(pulse: Pulse, answered: int, asked: int, now: float) -> Pulse:
    """A round of probes has ended: one answer is enough."""
    losses = (*pulse.losses, 1 - answered / asked)[-_REMEMBERED:]
    seen = replace(pulse, losses=losses)
    if answered and pulse.carrier:
        return _better(replace(seen, silent=0), now)
    silent = pulse.silent + 1
    return replace(seen, silent=silent, good_since=None, alive=pulse.alive and silent < SILENT_ROUNDS)


def _better(pulse: Pulse, now: float) -> Pulse:
    if pulse.alive:
        return pulse
    since = now if pulse.good_since is None else pulse.good_since
    if now - since < HOLD_SECONDS:
        return replace(pulse, good_since=since)
    return replace(pulse, alive=True, good_since=None)
