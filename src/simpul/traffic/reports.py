"""What gateways last said of themselves: one file each in the run folder, replaced whole, read by pages and commands.

Rates in the files are the register's: what a gateway of a scaled-down network reports is scaled back on arrival.
"""

from __future__ import annotations

import json
import math
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
_RATES = ("down", "up", "share_down", "share_up")


@dataclass(frozen=True, slots=True)
class Heard:
    """The last report of a gateway, and when it came in."""

    gateway: str
    received_at: datetime
    report: Mapping[str, Any]
    monotonic: float | None = None

    @property
    def number(self) -> int:
        """The highest number of a plan that the gateway holds, or has ever taken."""
        seen = self.report.get("seen")
        return max(highest(self.report), seen if isinstance(seen, int) else 0)

    def age_s(self, now: float | None = None) -> float:
        """Seconds since it came in by the monotonic count, so that a clock that is set makes no report old or young.

        Endless for a report from before the machine was started.
        """
        if self.monotonic is None:
            return math.inf
        age = (time.monotonic() if now is None else now) - self.monotonic
        return age if age >= 0 else math.inf


def named_well(gateway: str) -> bool:
    """Whether the name may be part of a subject and of a file's name."""
    return _NAME.fullmatch(gateway) is not None


def highest(report: Mapping[str, Any]) -> int:
    """The highest number of a plan in the report: the one on trial, else the one in force."""
    pending = report.get("pending")
    numbers = [report.get("number"), pending.get("number") if isinstance(pending, Mapping) else None]
    return max((number for number in numbers if isinstance(number, int)), default=0)


def scaled_back(report: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """The report with its rates divided by the scale that plans are sent with."""
    found = dict(report)
    for table in ("uplinks", "nodes"):
        rows = report.get(table)
        if isinstance(rows, Mapping):
            found[table] = {name: _row_back(row, factor) for name, row in rows.items()}
    if isinstance(report.get("unclassified"), Mapping):
        found["unclassified"] = _row_back(report["unclassified"], factor)
    return found


def keep(
    run_dir: Path, gateway: str, report: Mapping[str, Any], received_at: datetime, monotonic: float | None = None
) -> None:
    """Replace the gateway's file in one step. A name that fits no file is passed over.

    `monotonic` is the machine's count when it came in; now, unless given.
    """
    if not named_well(gateway):
        return
    folder = run_dir / "traffic"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{gateway}.{os.getpid()}"
    at = time.monotonic() if monotonic is None else monotonic
    kept = {"gateway": gateway, "received_at": received_at.isoformat(), "monotonic": at, "report": report}
    draft.write_text(json.dumps(kept), encoding="utf-8")
    draft.replace(folder / f"{gateway}.json")


def heard(run_dir: Path, gateway: str) -> Heard | None:
    """The last report, however old; None if there is none since the process tree was started."""
    if not named_well(gateway):
        return None
    try:
        data = json.loads((run_dir / "traffic" / f"{gateway}.json").read_text(encoding="utf-8"))
        at = datetime.fromisoformat(data["received_at"])
        return Heard(data["gateway"], at, dict(data["report"]), float(data["monotonic"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def number_at(run_dir: Path, gateway: str) -> int:
    """The highest number that the gateway has said it holds; 0 if it has said nothing."""
    found = heard(run_dir, gateway)
    return found.number if found else 0


def _row_back(row: Any, factor: float) -> Any:
    if not isinstance(row, Mapping):
        return row
    return {
        name: round(value / factor) if name in _RATES and isinstance(value, int | float) else value
        for name, value in row.items()
    }
