"""What gateways reported last, how long they have been well, and how each stands to its plan. Kept in memory only."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simpul.kit.seldom import Seldom
from simpul.traffic.logic.report import BadReport, Report, read_report
from simpul.traffic.logic.standing import LASTING_SECONDS, Planned, Standing, standing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judged:
    """How a gateway stands, and for how many seconds it has stood so."""

    standing: Standing
    for_s: float

    @property
    def lasting(self) -> bool:
        """Whether it is more than an order and a report that crossed on their way."""
        return self.for_s >= LASTING_SECONDS


class Gateways:
    """`monotonic` is the clock of everything here: wall time may jump."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._begin = monotonic()
        self._reports: dict[str, tuple[float, Report]] = {}
        self._well_since: dict[tuple[str, int], float] = {}
        self._stood: dict[str, tuple[tuple[Any, ...], float]] = {}
        self._seldom = Seldom(monotonic=monotonic)
        self.rejected = 0

    def take(self, gateway: str, payload: Mapping[str, Any]) -> Report | None:
        """Keep a report; None for one that is none, which is counted, and said once a minute for each gateway."""
        try:
            report = read_report(payload)
        except BadReport as error:
            self.rejected += 1
            if self._seldom.due(gateway):
                log.warning("a report of %s was rejected: %s", gateway, error)
            return None
        self._reports[gateway] = (self._monotonic(), report)
        self._note_health(gateway, report)
        return report

    def troubles(self) -> list[str]:
        """What gateways say is wrong, one line each."""
        return [f"{name}: {line}" for name, (_, report) in self._reports.items() for line in report.trouble]

    def is_well(self, gateway: str, number: int, seconds: float) -> bool:
        """Whether it has reported this plan for so long without a break while at least one uplink lives."""
        since = self._well_since.get((gateway, number))
        return since is not None and self._monotonic() - since >= seconds

    def judge(self, planned: Mapping[str, Planned]) -> dict[str, Judged]:
        """Every gateway that is heard or has a plan in force."""
        now = self._monotonic()
        found = {}
        for name in sorted(planned.keys() | self._reports.keys()):
            at, report = self._reports.get(name, (self._begin, None))
            stands = standing(planned.get(name, Planned()), report.to_data() if report else None, now - at)
            key = (stands.doing, stands.planned, stands.runs)
            before, since = self._stood.get(name, (None, now))
            self._stood[name] = (key, since if before == key else now)
            found[name] = Judged(stands, now - self._stood[name][1])
        return found

    def _note_health(self, gateway: str, report: Report) -> None:
        here = (gateway, report.latest)
        alive = report.alive
        for key in [key for key in self._well_since if key[0] == gateway and (key != here or not alive)]:
            del self._well_since[key]
        if alive:
            self._well_since.setdefault(here, self._monotonic())
