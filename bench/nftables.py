"""How long a map from prefixes to classes takes to load and to list.

    python bench/nftables.py [--prefixes 1000 10000] [--rounds 10]

Each is one `nft`. Runs in a sandbox of its own (scripts/sandboxed), as root: an ordinary user's transaction is smaller.
Medians in milliseconds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from ipaddress import IPv4Network
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from simpul.engines import nftables  # noqa: E402  # after the path is known

FIRST = 0xC6120000


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    """The median of the rounds."""
    waits = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        waits.append(1000 * (time.perf_counter() - began))
    return statistics.median(waits)


def measure(count: int, rounds: int) -> None:
    """One size of the map, printed as a table's rows."""
    elements: dict[nftables.Network, int] = {
        IPv4Network((FIRST + number * 8, 29)): 0x10000 | number % 60_000 + 1 for number in range(count)
    }
    # As the gateway's agent loads it: the table anew, whatever was there before, in one transaction.
    anew = "add table inet simpul\ndelete table inet simpul\n"
    anew += f"table inet simpul {{\n{nftables.interval_map('s4', 'ip', 'classid', elements)}}}\n"
    rows = {
        "prefixes to ranges (no nft)": milliseconds(lambda: nftables.ranges(elements, "ip"), rounds),
        "the table anew": milliseconds(lambda: nftables.apply(anew), rounds),
        "listed as JSON": milliseconds(lambda: nftables.list_table("simpul"), rounds),
    }
    print(f"| {count:,} prefixes | ms |\n|---|---|")
    for what, took in rows.items():
        print(f"| {what} | {took:.3g} |")
    print(flush=True)
    nftables.apply("delete table inet simpul\n")


def main() -> int:
    """Step into a sandbox, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prefixes", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=10)
    chosen = parser.parse_args()
    if os.environ.get("SIMPUL_SANDBOXED") != "1":
        return subprocess.run([ROOT / "scripts" / "sandboxed", sys.executable, *sys.argv], check=False).returncode
    for count in chosen.prefixes:
        measure(count, chosen.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
