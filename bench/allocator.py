"""How long it takes to work out everyone's share, for 100 to 100,000 sites with three services each.

    python bench/allocator.py [--rounds N] [--sites N ...]

Four uplinks, fifty groups, N sites with guarantees, ceilings, weights and tiers, three services below each site; one
direction. Two states: all services greedy, and half of them with a small demand; and with too little capacity, so that
guarantees are cut by tier. `ready` is the plan made ready once; the other columns are what the loop pays each time.
Prints a table to stderr and one JSON object to stdout. Times in ms: the shortest, the median of the processor's time
(what it costs, also where other programs take turns), the 95th percentile by the clock on the wall.
"""

import argparse
import json
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from simpul.traffic.logic.allocate import Sharing
from simpul.traffic.logic.plan import Node, Plan, Rates, Uplink

UPLINKS, GROUPS, SERVICES = 4, 50, 3
MBIT = 1_000_000
GOAL_MS = {1_000: 5, 100_000: 150}


def regency(sites: int) -> Plan:
    """A plan of so many sites; always the same one."""
    chance = random.Random(sites)
    capacity = sites * 2 * MBIT
    uplinks = tuple(Uplink(f"U{n}", f"wan{n}", Rates(capacity, capacity // 2)) for n in range(UPLINKS))
    nodes = [Node(f"G{n}", f"U{n % UPLINKS}", weight=float(chance.randint(1, 5))) for n in range(GROUPS)]
    for number in range(sites):
        promised = chance.choice((0, 1, 2)) * MBIT
        site = Node(
            f"S{number}",
            f"G{number % GROUPS}",
            guarantee=Rates(promised, promised // 2),
            ceiling=Rates(50 * MBIT, 50 * MBIT),
            weight=float(chance.randint(1, 5)),
            tier=chance.randint(0, 3),
        )
        nodes += [site, *(Node(f"S{number}.{n}", site.name, weight=float(n + 1)) for n in range(SERVICES))]
    return Plan(uplinks, ("lan0",), tuple(nodes))


def timed(rounds: int, what: Callable[[], object]) -> dict[str, float]:
    """Of so many calls, in ms, after one that is not counted."""
    what()
    took, used = [], []
    for _ in range(rounds):
        began, begun = time.perf_counter(), time.process_time()
        what()
        used.append((time.process_time() - begun) * 1000)
        took.append((time.perf_counter() - began) * 1000)
    p95 = statistics.quantiles(took, n=20, method="inclusive")[-1]
    return {"min_ms": round(min(took), 3), "cpu_ms": round(statistics.median(used), 3), "p95_ms": round(p95, 3)}


def measure(sites: int, rounds: int) -> dict[str, Any]:
    """One size."""
    plan = regency(sites)
    began = time.perf_counter()
    sharing = Sharing(plan)
    ready = (time.perf_counter() - began) * 1000
    small = np.random.default_rng(sites).random(len(plan.nodes)) < 0.5
    half = np.where(small, 0.1 * MBIT, np.inf)
    short = {uplink.name: Rates(uplink.rates.down // 20, uplink.rates.up // 20) for uplink in plan.uplinks}
    return {
        "sites": sites,
        "nodes": len(plan.nodes),
        "ready_ms": round(ready, 1),
        "greedy": timed(rounds, lambda: sharing.shares("down")),
        "half_small": timed(rounds, lambda: sharing.shares("down", half)),
        "guarantees_cut": timed(rounds, lambda: sharing.shares("down", None, short)),
    }


def main() -> None:
    """Measure every size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50, help="calls of each kind (50)")
    parser.add_argument("--sites", type=int, nargs="+", default=[100, 1_000, 10_000, 100_000])
    args = parser.parse_args()
    rows = []
    states = ("greedy", "half_small", "guarantees_cut")
    print(f"{'sites':>8} {'nodes':>8} {'ready':>9}" + "".join(f"{state:>30}" for state in states), file=sys.stderr)
    for sites in args.sites:
        row = measure(sites, args.rounds)
        cells = "".join(
            f"{found['min_ms']:>12.2f}/{found['cpu_ms']:>8.2f}/{found['p95_ms']:>8.2f}"
            for found in (row[state] for state in states)
        )
        print(f"{row['sites']:>8} {row['nodes']:>8} {row['ready_ms']:>9}{cells}", file=sys.stderr)
        rows.append(row)
    print(json.dumps({"python": platform.python_version(), "numpy": np.__version__, "goal_ms": GOAL_MS, "sizes": rows}))


if __name__ == "__main__":
    main()
