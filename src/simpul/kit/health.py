"""How a component is, and the files in which group processes say so.

Each group process writes `run/health/<group>.json` once a second; whoever wants to know how the whole tree
is (`/healthz`, `simpul doctor`) reads that folder. No process has to be asked, so a hung one is noticed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

State = Literal["up", "down", "starting", "off"]
STATES: tuple[State, ...] = ("down", "starting", "off", "up")
STALE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Health:
    """`detail` is one English sentence for the operator; `counters` are totals since the start."""

    state: State
    detail: str = ""
    counters: Mapping[str, int | float] = field(default_factory=dict)


def write_report(run_dir: Path, group: str, components: Mapping[str, Health]) -> None:
    """Replace the group's health file in one step, so that a reader never meets half of it."""
    folder = run_dir / "health"
    folder.mkdir(parents=True, exist_ok=True)
    report = {
        "group": group,
        "pid": os.getpid(),
        "monotonic": time.monotonic(),
        "components": {
            name: {"state": health.state, "detail": health.detail, "counters": dict(health.counters)}
            for name, health in components.items()
        },
    }
    draft = folder / f".{group}.{os.getpid()}"
    draft.write_text(json.dumps(report), encoding="utf-8")
    draft.replace(folder / f"{group}.json")


def read_reports(run_dir: Path, now: float | None = None) -> dict[str, Health]:
    """Every component that any group reports, by name.

    `now` is the system's monotonic clock in seconds. A report older than `STALE_SECONDS` turns its components
    `down`: their process hangs or is gone. Two reports about one name are joined to the worse state.
    """
    at = time.monotonic() if now is None else now
    found: dict[str, Health] = {}
    for path in sorted((run_dir / "health").glob("*.json")):
        for name, health in _read(path, at).items():
            known = found.get(name)
            if known is None or STATES.index(health.state) < STATES.index(known.state):
                found[name] = health
    return found


def is_fresh(run_dir: Path, group: str, pid: int) -> bool:
    """Whether the group's process `pid` has reported within the last `STALE_SECONDS`."""
    try:
        report = json.loads((run_dir / "health" / f"{group}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    age = time.monotonic() - float(report.get("monotonic", 0))
    return bool(report.get("pid") == pid and 0 <= age <= STALE_SECONDS)


def _read(path: Path, now: float) -> dict[str, Health]:
    try:
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        age = now - float(report["monotonic"])
        rows: dict[str, dict[str, Any]] = report["components"]
        healths = {name: Health(row["state"], row["detail"], row["counters"]) for name, row in rows.items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {path.stem: Health("down", f"health file {path} cannot be read")}
    # A negative age means that the file was written before the last boot.
    if 0 <= age <= STALE_SECONDS:
        return healths
    silent = f"no sign of life for {age:.0f} s" if age > 0 else "no sign of life since the machine started"
    return {
        name: health if health.state == "off" else Health("down", silent, health.counters)
        for name, health in healths.items()
    }
