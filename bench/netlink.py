"""How long the kernel's shaping takes to build, change and count: own netlink beside `tc` and pyroute2.

    python bench/netlink.py [--classes 1000 10000] [--rounds 5]

Runs in a sandbox of its own (scripts/sandboxed). One veth carries 20 groups and N sites with a bfifo each. Every way
does the same work in turn, in the same run; the fastest of all rounds counts, of single changes p50 and p99.
pyroute2 is measured when the Python that runs this can import it.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from simpul.engines.netlink_tc import HtbClass, Tc, handle, shown  # noqa: E402  # after the path is known

try:
    from pyroute2 import IPRoute  # type: ignore[import-not-found]  # a peer, not a dependency
except ImportError:
    IPRoute = None

DEVICE, PEER = "lan", "net0"
GROUPS = 20
LIMIT = 30_000
FIRST_SITE = 0x100
COUNTED = re.compile(
    r"class htb (\S+) .*?rate (\S+) ceil (\S+) .*?\n Sent (\d+) bytes (\d+) pkt \(dropped (\d+), overlimits (\d+)"
)
Timed = Callable[[], object]


def tree(sites: int, rate: int) -> list[HtbClass]:
    """One inner class, its groups, and their sites."""
    top = HtbClass(handle(1, 1), handle(1, 0), 10**10, 10**10, 1_250_000, 1_250_000, quantum=1514)
    groups = [
        HtbClass(handle(1, 2 + number), top.handle, 5 * 10**8, 10**10, 62_500, 1_250_000, quantum=1514)
        for number in range(GROUPS)
    ]
    leaves = [
        HtbClass(
            handle(1, FIRST_SITE + number), groups[number % GROUPS].handle, rate, 10**10, 3028, 1_250_000, quantum=1514
        )
        for number in range(sites)
    ]
    return [top, *groups, *leaves]


def words(verb: str, each: HtbClass) -> str:
    """One class in tc's words."""
    return (
        f"class {verb} dev {DEVICE} parent {shown(each.parent)} classid {shown(each.handle)} htb rate {each.rate}bit"
        f" ceil {each.ceil}bit burst {each.burst}b cburst {each.cburst}b quantum {each.quantum}"
    )


def tc(*arguments: str, given: str = "") -> str:
    """Run tc; its words, or the end of the bench."""
    return subprocess.run(["tc", *arguments], input=given, capture_output=True, text=True, check=True).stdout


class Own:
    """Simpul's engine."""

    name = "own netlink"

    def __init__(self) -> None:
        self._tc = Tc(DEVICE)

    def build(self, classes: Sequence[HtbClass]) -> Timed:
        """Root, classes and leaves."""

        def work() -> None:
            self._tc.add_root(0xFFFE)
            self._tc.add_classes(classes)
            self._tc.add_leaves([(each.handle, "bfifo", LIMIT) for each in classes[GROUPS + 1 :]])

        return work

    def change(self, classes: Sequence[HtbClass]) -> Timed:
        """All of these in place."""
        return lambda: self._tc.change_classes(classes)

    def count(self) -> object:
        """Every class with its counters."""
        return self._tc.classes()

    def clear(self) -> None:
        """Take the tree away."""
        self._tc.delete_root()


class Iproute2:
    """The command that everybody has."""

    name = "tc -batch, tc -s"

    def build(self, classes: Sequence[HtbClass]) -> Timed:
        """The batch is written before the clock starts."""
        lines = [f"qdisc add dev {DEVICE} root handle 1: htb default 0xfffe", *(words("add", each) for each in classes)]
        lines += [
            f"qdisc add dev {DEVICE} parent {shown(each.handle)} bfifo limit {LIMIT}" for each in classes[GROUPS + 1 :]
        ]
        batch = "\n".join(lines) + "\n"
        return lambda: tc("-batch", "-", given=batch)

    def change(self, classes: Sequence[HtbClass]) -> Timed:
        """The batch is written before the clock starts."""
        batch = "\n".join(words("change", each) for each in classes) + "\n"
        return lambda: tc("-batch", "-", given=batch)

    def count(self) -> object:
        """Its words, taken apart."""
        return [found.groups() for found in COUNTED.finditer(tc("-s", "class", "show", "dev", DEVICE))]

    def clear(self) -> None:
        """Take the tree away."""
        tc("qdisc", "delete", "dev", DEVICE, "root")


class Pyroute2:
    """The library that everybody has."""

    name = "pyroute2"

    def __init__(self) -> None:
        self._route: Any = IPRoute()
        (self._index,) = self._route.link_lookup(ifname=DEVICE)

    def build(self, classes: Sequence[HtbClass]) -> Timed:
        """It knows no bfifo, so its leaves are pfifos."""

        def work() -> None:
            self._route.tc("add", "htb", self._index, 0x10000, default=0xFFFE)
            self._send("add-class", classes)
            for each in classes[GROUPS + 1 :]:
                self._route.tc("add", "pfifo", self._index, parent=each.handle, limit=20)

        return work

    def change(self, classes: Sequence[HtbClass]) -> Timed:
        """One after the other: it has no batch for this."""
        return lambda: self._send("change-class", classes)

    def count(self) -> object:
        """Handles, bytes and packets out of its messages."""
        found = []
        for each in self._route.get_classes(index=self._index):
            basic = each.get_nested("TCA_STATS2", "TCA_STATS_BASIC")
            found.append((each["handle"], basic["bytes"], basic["packets"]))
        return found

    def clear(self) -> None:
        """Take the tree away."""
        self._route.tc("delete", "htb", self._index, 0x10000)

    def _send(self, verb: str, classes: Sequence[HtbClass]) -> None:
        for each in classes:
            self._route.tc(
                verb,
                "htb",
                self._index,
                each.handle,
                parent=each.parent,
                rate=each.rate // 8,
                ceil=each.ceil // 8,
                burst=each.burst,
                cburst=each.cburst,
                quantum=each.quantum,
            )


def seconds(work: Timed) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure(way: Any, sites: int, rounds: int, singles: int) -> dict[str, float]:
    """The fastest of the rounds by kind of work, in milliseconds; single changes as p50 and p99."""
    classes, changed = tree(sites, 2_000_000), tree(sites, 4_000_000)
    best: dict[str, float] = {}

    def note(what: str, took: float) -> None:
        best[what] = min(best.get(what, 1e9), took * 1000)

    for _ in range(rounds):
        note("build", seconds(way.build(classes)))
        for each in (changed, classes):
            note("change all", seconds(way.change(each[GROUPS + 1 :])))
            note("count all", seconds(way.count))
        waits = sorted(1000 * seconds(way.change([changed[GROUPS + 1 + number]])) for number in range(singles))
        best["change one p50"] = min(best.get("change one p50", 1e9), statistics.median(waits))
        best["change one p99"] = min(best.get("change one p99", 1e9), waits[int(0.99 * len(waits))])
        note("delete", seconds(way.clear))
    return best


def main() -> int:
    """Step into a sandbox, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--classes", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    if os.environ.get("SIMPUL_SANDBOXED") != "1":
        return subprocess.run([ROOT / "scripts" / "sandboxed", sys.executable, *sys.argv], check=False).returncode
    link = ["link", "add", "name", DEVICE, "type", "veth", "peer", "name", PEER]
    subprocess.run(["ip", *link], check=True)
    subprocess.run(["ip", "link", "set", "dev", DEVICE, "up"], check=True)
    for sites in chosen.classes:
        own = measure(Own(), sites, chosen.rounds, min(sites, 1000))
        peers = {Iproute2.name: measure(Iproute2(), sites, chosen.rounds, 50)}
        if IPRoute is not None:
            peers[Pyroute2.name] = measure(Pyroute2(), sites, 1, 200)
        print(f"| {sites:,} sites, ms | {Own.name} | {' | '.join(f'{name} | ratio' for name in peers)} |")
        print(f"|---|---|{'---|---|' * len(peers)}")
        for what, took in own.items():
            others = " | ".join(f"{each[what]:.3g} | {each[what] / took:.1f}" for each in peers.values())
            print(f"| {what} | {took:.3g} | {others} |")
        print(flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
