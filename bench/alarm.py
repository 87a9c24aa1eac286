"""How soon a cut is an alarm: from the drill, and from the first missed question, to the alarm's row and its message.

    python bench/alarm.py [--rounds 5]

Raises the demonstration's region in a sandbox of its own and cuts one span again and again. Run it as the tests of the
network are run: scripts/sandboxed .venv-test/bin/python bench/alarm.py. Prints one JSON object; seconds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from network.watch.region import Region, Row  # noqa: E402 (found by the line above)
from waiting import until  # noqa: E402 (likewise)

SPAN = "L-BPKAD"


def one_cut(region: Region) -> dict[str, float]:
    """Cut, wait for alarm and message, restore."""
    before, messages = len(region.alarms()), len(region.messages())
    at = region.drill("cut-span", SPAN)
    row: Row = until(lambda: next(iter(region.alarms()[before:]), None))
    until(lambda: len(region.messages()) > messages)
    told = datetime.now(UTC)
    region.drill("restore")
    until(lambda: all(each.is_over_told for each in region.alarms()))
    missed = datetime.fromisoformat(row.evidence["missed_since"])
    return {
        "from_the_cut": (row.opened_at - at).total_seconds(),
        "from_the_first_miss": (row.opened_at - missed).total_seconds(),
        "message": (told - at).total_seconds(),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="simpul-alarm-", dir="/tmp") as folder:
        region = Region(Path(folder) / "data")
        try:
            region.start()
            found = []
            for _ in range(chosen.rounds):
                found.append(one_cut(region))
                time.sleep(1)
        finally:
            region.end()
    keys = found[0]
    print(
        json.dumps(
            {key: {"median": statistics.median(v := [e[key] for e in found]), "most": max(v)} for key in keys},
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
