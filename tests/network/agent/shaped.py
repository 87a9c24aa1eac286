"""A gateway that an agent shapes by a plan file."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from network.small import GATEWAY, Standing
from simpul.traffic.logic.plan import Plan
from simpul.traffic.logic.plan_file import plan_from_data
from up.processes import PYTHON, environment

MBIT = 1_000_000
WEIGHTS = (1, 2, 3, 4, 5, 2, 1, 5, 3, 2, 4, 1)


def plan_of(lab: Standing, capacities: dict[str, int], *, split: bool = False) -> Plan:
    """Two groups of six sites, weights 1 to 5; with `split` each group has a way out of its own."""
    ways = list(capacities)
    nodes: list[dict[str, Any]] = [
        {"name": "OFFICES", "parent": ways[0], "weight": 2, "guarantee": "5M"},
        {"name": "PUBLIC", "parent": ways[-1 if split else 0], "weight": 1},
    ]
    for number, weight in enumerate(WEIGHTS, start=1):
        site = f"S{number:02d}"
        parent = "OFFICES" if number <= 6 else "PUBLIC"
        prefixes = [str(block) for block in lab.blocks(site)]
        nodes.append({"name": site, "parent": parent, "weight": weight, "prefixes": prefixes})
    uplinks = [
        {"name": name, "dev": f"wan{name[-1]}", "down": rate, "up": rate, "probes": probes(name)}
        for name, rate in capacities.items()
    ]
    data = {"format": 1, "uplinks": uplinks, "lan": ["lan"], "nodes": nodes, "protected": ["198.19.250.0/23"]}
    return plan_from_data(data, "plan of the test")


def probes(uplink: str) -> list[str]:
    """What each provider answers on."""
    v4, v6 = {"UP-1": ("203.0.113", "2001:db8:a"), "UP-2": ("198.51.100", "2001:db8:b")}[uplink]
    return [f"{v4}.1", f"{v4}.53", f"{v6}::53"]


class Shaped:
    """The lab, its plan and its agent's process."""

    def __init__(self, lab: Standing, plan: Plan, folder: Path) -> None:
        self.lab, self.plan, self.folder = lab, plan, folder
        self.file = folder / "plan.json"
        self.file.write_text(json.dumps(plan.to_data()), encoding="utf-8")
        self.agent: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """In the gateway's namespace."""
        line = [PYTHON, "-m", "simpul", "agent", "--plan", str(self.file), "--state", str(self.folder / "state")]
        with self.lab.inside(GATEWAY), (self.folder / "agent.log").open("ab") as log:
            self.agent = subprocess.Popen(line, env=environment(), stdout=log, stderr=log)

    def kill(self) -> None:
        """As a power cut would."""
        if self.agent is not None:
            self.agent.kill()
            self.agent.wait()
            self.agent = None

    def classes(self, device: str = "lan") -> dict[str, int]:
        """Bytes of every class so far, as tc counts them."""
        shown = self.lab.run(GATEWAY, ["tc", "-s", "class", "show", "dev", device])
        found = re.findall(r"class htb (\S+) .*?\n Sent (\d+) bytes", shown)
        return {handle: int(count) for handle, count in found}

    def log(self) -> str:
        """What the agent wrote, for a test that fails."""
        return (self.folder / "agent.log").read_text(errors="replace")[-3000:]
