"""From what the probes say to the faults behind it. Pure."""

from __future__ import annotations

from simpul.watch.logic.facts import DOWN, UNKNOWN, UP, Cause, CauseKind, Ends, Facts, State

__all__ = ["DOWN", "UNKNOWN", "UP", "Cause", "CauseKind", "Ends", "Facts", "State"]
