"""A gateway's report, read field by field: what is not as an agent would say it is refused before anything keeps it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

MOST_ROWS, MOST_LINES = 50_000, 50
LONGEST_NAME, LONGEST_TEXT = 100, 500
# Of a plan, so that there is always room for the next number; of a rate in bit/s.
HIGHEST, FASTEST = 10**9, 10**15
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class BadReport(ValueError):
    """The message is no report; the text names the field."""


@dataclass(frozen=True, slots=True)
class Pending:
    """The order on trial, and how long it still is."""

    number: int
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Report:
    """What a gateway says of itself; rates in bit/s of layer 2.

    `number` and `order` (a fingerprint) are of what it carries out, 0 and empty without an order; `seen` is the highest
    number that it has ever taken. `state` is one of `logic.standing.GATEWAY_STATES`, empty from an older agent.
    """

    number: int
    uplinks: Mapping[str, Mapping[str, Any]]
    nodes: Mapping[str, Mapping[str, Any]]
    gateway: str = ""
    at: str = ""
    order: str = ""
    seen: int = 0
    pending: Pending | None = None
    panic: str = "normal"
    state: str = ""
    reason: str = ""
    unclassified: Mapping[str, float] = field(default_factory=lambda: {"down": 0, "up": 0})
    stray: bool = False
    trouble: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """Plain data, as the agent sent it."""
        return {**asdict(self), "trouble": list(self.trouble)}

    @property
    def latest(self) -> int:
        """The highest number of a plan at work: the one on trial, else the one in force."""
        return max(self.number, self.pending.number if self.pending else 0)

    @property
    def alive(self) -> bool:
        """Whether a way out lives, or none is named."""
        return not self.uplinks or any(row["alive"] for row in self.uplinks.values())


def read_report(data: Mapping[str, Any]) -> Report:
    """Raises BadReport. `number`, `uplinks` and `nodes` must be there; every other field may be left out."""
    return Report(
        number=_whole(data, "number", needed=True),
        uplinks={name: _uplink(row, name) for name, row in _table(data, "uplinks")},
        nodes={name: _node(row, name) for name, row in _table(data, "nodes")},
        gateway=_text(data, "gateway"),
        at=_text(data, "at"),
        order=_text(data, "order"),
        seen=_whole(data, "seen"),
        pending=_pending(data.get("pending")),
        panic=_text(data, "panic") or "normal",
        state=_text(data, "state"),
        reason=_text(data, "reason"),
        unclassified=_rates(_row(data.get("unclassified", {"down": 0, "up": 0}), "unclassified"), "unclassified"),
        stray=_flag(data, "stray"),
        trouble=_lines(data.get("trouble", [])),
    )


def whole(value: Any) -> int | None:
    """A number of a plan, as far as a row can have it; None for everything else."""
    return value if type(value) is int and 0 <= value <= HIGHEST else None


def shown(value: Any) -> str:
    """A text from outside as it may be kept and shown: no control characters, not endless; empty for no text."""
    return _UNSEEN.sub(" ", value[: LONGEST_TEXT * 2])[:LONGEST_TEXT] if isinstance(value, str) else ""


def _whole(data: Mapping[str, Any], name: str, *, needed: bool = False) -> int:
    found = whole(data.get(name, None if needed else 0))
    if found is None:
        raise BadReport(f"{name} is no whole number from 0 to {HIGHEST}")
    return found


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        raise BadReport(f"{name} is no text")
    return shown(value)


def _flag(data: Mapping[str, Any], name: str, *, needed: bool = False) -> bool:
    value = data.get(name, None if needed else False)
    if not isinstance(value, bool):
        raise BadReport(f"{name} is neither true nor false")
    return value


def _lines(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value[:MOST_LINES]):
        raise BadReport("trouble is no list of texts")
    return tuple(map(shown, value[:MOST_LINES]))


def _pending(value: Any) -> Pending | None:
    if value is None:
        return None
    row = _row(value, "pending")
    return Pending(_whole(row, "number", needed=True), _number(row, "seconds_left", "pending", most=1e6))


def _table(data: Mapping[str, Any], name: str) -> list[tuple[str, Mapping[str, Any]]]:
    rows = _row(data.get(name), name)
    if len(rows) > MOST_ROWS:
        raise BadReport(f"{name} has more than {MOST_ROWS} rows")
    for key in rows:
        if len(key) > LONGEST_NAME or _UNSEEN.search(key):
            raise BadReport(f"{name} has a row without a proper name")
    return [(key, _row(row, name)) for key, row in rows.items()]


def _row(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadReport(f"{name} is no object")
    return value


def _uplink(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    known = {"alive": _flag(row, "alive", needed=True), "carrier": _flag(row, "carrier")}
    return {**known, "loss": _number(row, "loss", name, most=1.0, otherwise=0.0), **_rates(row, name)}


def _node(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    shares = {each: _number(row, each, name) for each in ("share_down", "share_up")}
    return {**_rates(row, name), **shares, "uplink": _text(row, "uplink")}


def _rates(row: Mapping[str, Any], name: str) -> dict[str, float]:
    return {each: _number(row, each, name) for each in ("down", "up")}


def _number(
    row: Mapping[str, Any], key: str, of: str, *, most: float = FASTEST, otherwise: float | None = None
) -> float:
    value = row.get(key, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadReport(f"{key} of {of} is no number from 0 to {most:g}")
    return value
