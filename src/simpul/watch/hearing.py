"""What gateways say of themselves each second on the bus, kept in the register's terms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simpul.watch.logic.facts import DOWN, UNKNOWN, UP, Said, State

# A gateway that has been silent for so long is not believed any more.
STALE_SECONDS = 5.0
# Within which an agent that was started anew speaks again.
SILENT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class UplinkSaid:
    """One way out; rates in bit/s of layer 2."""

    alive: bool
    down: float
    up: float
    loss: float


@dataclass(frozen=True, slots=True)
class NodeSaid:
    """One sharer, a site or a group, and the way out that carries it."""

    down: float
    up: float
    share_down: float
    share_up: float
    uplink: str


@dataclass(frozen=True, slots=True)
class Report:
    """The last report of one gateway. `at` is our monotonic clock; `stray`: traffic that is no site's goes on."""

    at: float
    uplinks: Mapping[str, UplinkSaid] = field(default_factory=dict)
    nodes: Mapping[str, NodeSaid] = field(default_factory=dict)
    stray: bool = False


class Hearing:
    """The reports of all gateways. `rate_scale`: rates of the network that is watched, as a part of the register's."""

    def __init__(self, rate_scale: float) -> None:
        self._scale = rate_scale
        self._reports: dict[str, Report] = {}
        self._deaf_at = 0.0
        self._begun: float | None = None
        self._judged: tuple[float, Mapping[str, str]] | None = None
        self.odd = 0

    def take(self, gateway: str, payload: Mapping[str, Any], at: float) -> None:
        """Keep a report; one that is not as it should be is counted and passed over."""
        try:
            self._reports[gateway] = self._read(payload, at)
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
            self.odd += 1

    def take_judged(self, payload: Mapping[str, Any], at: float) -> None:
        """Keep what the controller of shares says of gateways: `{"gateways": {code: {"doing", "apart"}}}`.

        `apart`: the gateway has for a while not done what the plan in force says.
        """
        try:
            rows = payload["gateways"].items()
            self._judged = (at, {str(code): "apart" if row["apart"] else str(row["doing"]) for code, row in rows})
        except (AttributeError, KeyError, TypeError):
            self.odd += 1

    def deaf(self, now: float) -> None:
        """We have no connection to the bus: that nothing is heard says nothing of those who speak."""
        self._deaf_at = now

    def said(self, now: float) -> Said:
        """Of all that was ever heard of; unknown while its gateway says nothing."""
        fresh = self.uplinks(now)
        heard = {name for report in self._reports.values() for name in report.uplinks}
        uplinks = {name: (UP if fresh[name].alive else DOWN) if name in fresh else UNKNOWN for name in heard}
        agents = {gateway: self._speaks(report, now) for gateway, report in self._reports.items()}
        stray = frozenset(name for name, report in self._reports.items() if report.stray and agents[name] == UP)
        judged = self._fresh_judged(now)
        # Those that have not spoken since we began, though they have a plan.
        if self._has_listened(now):
            agents |= {name: DOWN for name, doing in judged.items() if doing == "unheard" and name not in agents}
        plans = {name: DOWN if doing == "apart" else UP for name, doing in judged.items()}
        return Said(uplinks, agents, stray, plans)

    def _fresh_judged(self, now: float) -> Mapping[str, str]:
        return self._judged[1] if self._judged is not None and now - self._judged[0] <= STALE_SECONDS else {}

    def _has_listened(self, now: float) -> bool:
        """Whether we would have heard an agent that speaks."""
        self._begun = now if self._begun is None else self._begun
        return now - max(self._begun, self._deaf_at) > SILENT_SECONDS

    def _speaks(self, report: Report, now: float) -> State:
        if now - report.at <= STALE_SECONDS:
            return UP
        return DOWN if now - max(report.at, self._deaf_at) > SILENT_SECONDS else UNKNOWN

    def uplinks(self, now: float) -> dict[str, UplinkSaid]:
        """All ways out that a gateway has spoken of lately, by code."""
        return {name: said for report in self._fresh(now) for name, said in report.uplinks.items()}

    def nodes(self, now: float) -> dict[str, NodeSaid]:
        """All sharers that a gateway has spoken of lately, by name."""
        return {name: said for report in self._fresh(now) for name, said in report.nodes.items()}

    def _fresh(self, now: float) -> list[Report]:
        return [report for report in self._reports.values() if now - report.at <= STALE_SECONDS]

    def _read(self, payload: Mapping[str, Any], at: float) -> Report:
        uplinks = {
            str(name): UplinkSaid(
                bool(row["alive"]), self._rate(row, "down"), self._rate(row, "up"), _finite(row.get("loss", 0.0))
            )
            for name, row in payload["uplinks"].items()
        }
        nodes = {
            str(name): NodeSaid(
                self._rate(row, "down"),
                self._rate(row, "up"),
                self._rate(row, "share_down"),
                self._rate(row, "share_up"),
                str(row.get("uplink", "")),
            )
            for name, row in payload["nodes"].items()
        }
        return Report(at, uplinks, nodes, bool(payload.get("stray", False)))

    def _rate(self, row: Mapping[str, Any], way: str) -> float:
        return max(0.0, _finite(row[way])) / self._scale


def _finite(value: Any) -> float:
    """Raises TypeError, ValueError or OverflowError for what is no number that can be shown."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number
