"""When traffic that belongs to no site is worth an alarm: not a stray packet, but what goes on for a while. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

# In bit/s of layer 2, on the wire.
ALARMING_BPS = 10_000
ALARMED_AFTER_SECONDS, WELL_AFTER_SECONDS = 3.0, 10.0


@dataclass(frozen=True, slots=True)
class Stray:
    """`since`: from when on it has been the other way round than `alarmed` says; None while it is not."""

    alarmed: bool = False
    since: float | None = None

    def after(self, bps: float, now: float) -> Stray:
        """What is so after a turn in which so much belonged to no site."""
        if (bps > ALARMING_BPS) == self.alarmed:
            return replace(self, since=None)
        since = now if self.since is None else self.since
        if now - since < (WELL_AFTER_SECONDS if self.alarmed else ALARMED_AFTER_SECONDS):
            return replace(self, since=since)
        return Stray(alarmed=not self.alarmed)
