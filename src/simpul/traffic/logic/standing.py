"""What a gateway does, held against the plan in force: is it as planned, and if not, how does it differ. Pure.

What the gateway reports decides, never what a row says of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# What an agent says of itself.
UNSHAPED, SHAPING, TRIAL, PANIC, FAILING, STOPPED = "unshaped", "shaping", "trial", "panic", "failing", "stopped"
GATEWAY_STATES = (UNSHAPED, SHAPING, TRIAL, PANIC, FAILING, STOPPED)
# A gateway reports once a second; after so many seconds without a report it is not known what it does.
SILENT_SECONDS = 10.0
# A difference is told as a fault only when it has lasted: orders and reports cross on their way.
LASTING_SECONDS = 10.0


class Doing(StrEnum):
    """One word for it."""

    AS_PLANNED = "as planned"
    TRIAL = "trial"
    PANIC = "panic"
    OTHER_PLAN = "other plan"
    UNSHAPED = "unshaped"
    FAILING = "failing"
    STOPPED = "stopped"
    SILENT = "silent"
    UNHEARD = "unheard"
    UNPLANNED = "unplanned"


WRONG = frozenset({Doing.OTHER_PLAN, Doing.UNSHAPED, Doing.FAILING})
AWAY = frozenset({Doing.STOPPED, Doing.SILENT, Doing.UNHEARD})


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan in force, 0 for none, its order's fingerprint where it is known, and the plan on its way or on trial."""

    number: int = 0
    order: str = ""
    open: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What the gateway does. `runs` is the number of the plan it carries out by its own word, 0 for none or a file's;
    `age_s` how old that word is, None if there is none; `reason` the gateway's own, in English."""

    doing: Doing
    planned: int = 0
    runs: int = 0
    reason: str = ""
    age_s: float | None = None

    @property
    def wrong(self) -> bool:
        """Whether it surely does not do what the plan in force says."""
        return self.doing in WRONG

    @property
    def away(self) -> bool:
        """Whether it is not known what it does now."""
        return self.doing in AWAY


def standing(planned: Planned, report: Mapping[str, Any] | None, age_s: float | None) -> Standing:
    """`report` is the last one of the gateway, `age_s` seconds old."""
    if report is None or age_s is None:
        return Standing(Doing.UNHEARD, planned.number)
    trial = _trial(report)
    runs, state = trial or _number(report), _state(report)
    doing = _doing(planned, report, state, age_s)
    return Standing(doing, planned.number, runs, str(report.get("reason") or ""), age_s)


def _doing(planned: Planned, report: Mapping[str, Any], state: str, age_s: float) -> Doing:
    """The first of these that is so."""
    trial = _trial(report)
    cases = (
        (state == STOPPED, Doing.STOPPED),
        (age_s > SILENT_SECONDS, Doing.SILENT),
        (state == UNSHAPED, Doing.UNSHAPED if planned.number else Doing.UNPLANNED),
        (state == FAILING, Doing.FAILING),
        (report.get("panic") not in (None, "", "normal"), Doing.PANIC),
        (trial != 0, Doing.TRIAL if trial == planned.open else Doing.OTHER_PLAN),
        (_is_planned(planned, report), Doing.AS_PLANNED),
    )
    return next((doing for so, doing in cases if so), Doing.OTHER_PLAN)


def _is_planned(planned: Planned, report: Mapping[str, Any]) -> bool:
    number, order = _number(report), str(report.get("order") or "")
    if number and number == planned.open:
        # Confirmed there, and the row follows with the next report.
        return True
    return number == planned.number and not (order and planned.order and order != planned.order)


def _state(report: Mapping[str, Any]) -> str:
    said = str(report.get("state") or "")
    if said in GATEWAY_STATES:
        return said
    # An older agent does not say it.
    return SHAPING if _number(report) or _trial(report) or report.get("uplinks") else UNSHAPED


def _number(report: Mapping[str, Any]) -> int:
    number = report.get("number")
    return number if isinstance(number, int) else 0


def _trial(report: Mapping[str, Any]) -> int:
    pending = report.get("pending")
    return _number(pending) if isinstance(pending, Mapping) else 0
