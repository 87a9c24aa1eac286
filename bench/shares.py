"""How exactly the gateway shares, by iperf3's receivers; what an idle site feels meanwhile; what the agent costs.

    python bench/shares.py [--cap 60M] [--seconds 10] [--json]

Twelve sites with weights 1 to 5 in two groups, every other one by IPv6, addresses translated at the way out; senders
with GSO and cubic. A site's error is its part of the sum against its part of the allocator's answer.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from network.agent.iperf import Greedy, servers  # noqa: E402 (found by the line above)
from network.agent.shaped import Shaped, plan_of  # noqa: E402 (likewise)
from network.small import small_network, stand_up  # noqa: E402 (likewise)
from simpul.kit.rates import format_rate, parse_rate  # noqa: E402 (likewise)
from simpul.lab.network.plan import SERVERS  # noqa: E402 (likewise)
from simpul.traffic.logic.allocate import allocate  # noqa: E402 (likewise)
from simpul.traffic.logic.plan import Direction, Rates  # noqa: E402 (likewise)

IDLE = ("S03", "S05", "S10")
ECHO = bytes([8, 0, 0, 0, 0, 0, 0, 0]) + bytes(56)


def main() -> int:
    """Step into a sandbox, measure four times and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cap", default="60M", help="of the way out, both ways")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if os.environ.get("SIMPUL_SANDBOXED") != "1":
        return subprocess.run([ROOT / "scripts" / "sandboxed", sys.executable, *sys.argv], check=False).returncode
    cap = parse_rate(args.cap)
    standing = stand_up(small_network(12))
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        shaped = Shaped(standing, plan_of(standing, {"UP-1": cap}), Path(folder))
        shaped.start()
        time.sleep(3)
        with servers(standing, ["UP-1"], 12):
            for direction in ("down", "up"):
                for idle in ((), IDLE):
                    found.append(measure(shaped, direction, idle, cap, args.seconds))
                    if not args.json:
                        show(found[-1], cap)
        shaped.kill()
    standing.lab.down()
    if args.json:
        print(json.dumps({"cap": cap, "runs": found}))
    return 0


def measure(shaped: Shaped, direction: Direction, idle: tuple[str, ...], cap: int, seconds: int) -> dict[str, Any]:
    """One run: all but the idle sites take all they can get."""
    assert shaped.agent is not None
    process = psutil.Process(shaped.agent.pid)
    busy = [node.name for node in shaped.plan.leaves() if node.name not in idle]
    answer = allocate(shaped.plan, dict.fromkeys(idle, Rates(0, 0))).of(direction)
    greedy = Greedy(shaped.lab, busy, upload=direction == "up", seconds=seconds)
    pings: list[float] = []
    prober = threading.Thread(target=ping, args=(shaped, idle[0], seconds, pings)) if idle else None
    used = process.cpu_times()
    began = time.monotonic()
    if prober:
        prober.start()
    rates = greedy.wire_rates()
    spent = process.cpu_times()
    whole, expected = sum(rates.values()), sum(answer[site] for site in busy)
    return {
        "direction": direction,
        "idle": list(idle),
        "sites": {
            site: {"bps": round(rate), "answer": answer[site], "error": rate / whole / (answer[site] / expected) - 1}
            for site, rate in rates.items()
        },
        "of_cap": whole / cap,
        "idle_ping_ms": quantiles(pings) if pings else None,
        "cpu": (spent.user + spent.system - used.user - used.system) / (time.monotonic() - began),
        "resident_mb": round(process.memory_info().rss / 1e6, 1),
    }


def ping(shaped: Shaped, site: str, seconds: int, found: list[float]) -> None:
    """Milliseconds to the internet and back for an idle site, twenty times a second, once the others have begun."""
    with shaped.lab.inside(site):
        Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 0", encoding="ascii")
        door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    with door:
        door.bind((shaped.lab.clients(site)[0][0], 0))
        door.settimeout(1)
        time.sleep(4)
        for _ in range(20 * seconds):
            began = time.monotonic()
            door.sendto(ECHO, (SERVERS[0], 0))
            try:
                door.recv(256)
            except TimeoutError:
                continue
            found.append(1000 * (time.monotonic() - began))
            time.sleep(0.05)


def quantiles(values: list[float]) -> dict[str, float]:
    """Median, the worst of a hundred, the worst."""
    cuts = statistics.quantiles(values, n=100)
    return {"p50": round(cuts[49], 3), "p99": round(cuts[98], 3), "max": round(max(values), 3)}


def show(run: dict[str, Any], cap: int) -> None:
    """A table for people."""
    print(f"\n{run['direction']}, idle: {', '.join(run['idle']) or 'nobody'}")
    for site, row in run["sites"].items():
        print(f"  {site}  {format_rate(row['bps']):>12}  answer {format_rate(row['answer']):>12}  {row['error']:+7.2%}")
    worst = max(abs(row["error"]) for row in run["sites"].values())
    print(f"  worst {worst:.2%}; sum {run['of_cap']:.2%} of {format_rate(cap)}")
    if run["idle_ping_ms"]:
        print(f"  ping of an idle site meanwhile, ms: {run['idle_ping_ms']}")
    print(f"  agent: {run['cpu']:.1%} of a core, {run['resident_mb']} MB")


if __name__ == "__main__":
    sys.exit(main())
