"""What the people of the virtual network cost: CPU and memory of `lab-people` and `lab-snmp` at a working day's ten.

    python bench/lab_people.py [--sites 38] [--seconds 30] [--bought 1G] [--hour 10]

Builds a network with one way out in the sandbox that it runs in, and walks every router by SNMP each ten seconds.
The kernel's work for the packets is shown apart: it is done for whoever sends, not by these processes alone.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from network.small import Standing, small_network, stand_up, with_scale  # noqa: E402 (found by the line above)
from simpul.kit.rates import parse_rate  # noqa: E402 (likewise)

SCALE = 0.1
WALK_SECONDS = 10


def main() -> int:
    """Step into a sandbox, measure once and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=38)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--bought", default="1G", help="in the register's terms; a tenth of it flows")
    parser.add_argument("--hour", type=int, default=10, help="local hour; it is the day of the week that it is")
    args = parser.parse_args()
    if os.environ.get("SIMPUL_SANDBOXED") != "1":
        return subprocess.run([ROOT / "scripts" / "sandboxed", sys.executable, *sys.argv], check=False).returncode
    bought = parse_rate(args.bought)
    network = small_network(args.sites, ring=5, spur=2, center=True, down_bps=(bought,), up_bps=(bought,), limited=True)
    standing = stand_up(with_scale(network, SCALE))
    with tempfile.TemporaryDirectory() as folder:
        measure(standing, Path(folder), args.hour, args.seconds)
    standing.lab.down()
    return 0


def measure(standing: Standing, folder: Path, hour: int, seconds: float) -> None:
    """Start both processes, let them settle, and compare two moments."""
    ahead = (hour - datetime.now(UTC).hour + 11) % 24 - 11
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "SIMPUL_DATA_FOLDER": str(folder),
        "SIMPUL_INSTANCE_TIMEZONE": f"Etc/GMT{-ahead:+d}",
        "SIMPUL_LOG_LEVEL": "warning",
    }
    (folder / "run" / "lab").mkdir(parents=True)
    (folder / "run" / "lab" / "network.json").write_text(standing.network.to_text(), encoding="utf-8")
    names = ("lab-people", "lab-snmp")
    running = {name: subprocess.Popen([sys.executable, "-m", "simpul", "run", name], env=environment) for name in names}
    try:
        time.sleep(5)
        before = {name: psutil.Process(process.pid).cpu_times() for name, process in running.items()}
        machine, wan, begun = psutil.cpu_times(), octets(standing), time.monotonic()
        while time.monotonic() < begun + seconds:
            walk(standing)
            time.sleep(min(WALK_SECONDS, max(0.0, begun + seconds - time.monotonic())))
        passed = time.monotonic() - begun
        for name, process in running.items():
            spent, memory = psutil.Process(process.pid).cpu_times(), psutil.Process(process.pid).memory_info()
            user, system = spent.user - before[name].user, spent.system - before[name].system
            share = f"{100 * user / passed:5.1f} % user {100 * system / passed:5.1f} % system"
            print(f"{name:<11} {share}  {memory.rss / 1e6:5.1f} MB")
        interrupts = psutil.cpu_times().softirq - machine.softirq
        print(f"packets     {100 * interrupts / passed:5.1f} % in the kernel, outside of these processes")
        down, up = ((new - old) * 8 / passed / 1e6 for new, old in zip(octets(standing), wan, strict=True))
        print(f"way out     {down:5.1f} Mbit/s down, {up:.1f} up")
    finally:
        for process in running.values():
            process.terminate()
            process.wait()


def octets(standing: Standing) -> tuple[int, int]:
    """Bytes that the gateway has received and sent on its way out."""
    said = standing.run("GW", ["ip", "-s", "-o", "link", "show", "dev", "wan1"]).replace("\\", "\n").split("\n")
    numbers = [int(line.split()[0]) for line in said if line.split() and line.split()[0].isdigit()]
    return numbers[0], numbers[1]


def walk(standing: Standing) -> None:
    """Ask every router for all it shows."""
    for node in standing.network.nodes:
        if node.kind in ("gateway", "core", "ring"):
            asked = node.loopback[0].partition("/")[0]
            standing.run(node.code, ["snmpbulkwalk", "-v2c", "-c", "simpul-lab", asked, "1.3.6.1.2.1"])


if __name__ == "__main__":
    sys.exit(main())
