"""Plans of a few sites for tests that need no kernel."""

from __future__ import annotations

from typing import Any

from simpul.traffic.logic.plan import Plan
from simpul.traffic.logic.plan_file import plan_from_data

MBIT = 1_000_000


def plan_data(sites: int = 4, *, down: int = 40 * MBIT, uplinks: int = 2, **more: Any) -> dict[str, Any]:
    """Sites `S1` ... in group `G` below `A`; the last uplink has a site of its own, `LONE`. `more` is said of S1."""
    names = "ABC"[:uplinks]
    nodes: list[dict[str, Any]] = [{"name": "G", "parent": "A"}]
    for number in range(1, sites + 1):
        prefixes = [f"198.18.{number}.0/24", f"2001:db8:{number}::/48"]
        nodes.append({"name": f"S{number}", "parent": "G", "weight": number, "prefixes": prefixes})
    nodes[1].update(more)
    nodes.append({"name": "LONE", "parent": names[-1], "prefixes": ["198.18.100.0/24"]})
    ways = [{"name": name, "dev": f"wan{at}", "down": down, "up": down // 2} for at, name in enumerate(names)]
    return {"format": 1, "uplinks": ways, "lan": ["lan"], "nodes": nodes, "protected": ["198.18.200.0/24"]}


def plan(sites: int = 4, **more: Any) -> Plan:
    """`plan_data`, read."""
    return plan_from_data(plan_data(sites, **more), "test")
