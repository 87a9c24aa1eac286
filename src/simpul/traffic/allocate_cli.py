"""`simpul traffic allocate PLAN`: what everyone would get. Needs no instance, no gateway and no right."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from simpul.kit.problem import Problem
from simpul.kit.rates import format_rate
from simpul.traffic.logic.allocate import Allocation, allocate
from simpul.traffic.logic.demand_file import read_demand
from simpul.traffic.logic.plan import Node, Plan
from simpul.traffic.logic.plan_file import read_plan


def register(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("plan", type=Path, metavar="PLAN", help="the plan file, YAML or JSON")
    parser.add_argument(
        "--demand", type=Path, metavar="FILE", help="what leaves want, NAME: RATE; absent = all they can get"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, rates in bit/s")


def run(args: argparse.Namespace) -> int:
    """Print the shares. Raises Problem for a plan or demand that cannot be read."""
    plan = read_plan(_text(args.plan), str(args.plan))
    demand = read_demand(_text(args.demand), str(args.demand), plan) if args.demand else {}
    found = allocate(plan, demand)
    print(json.dumps(found.to_data(), ensure_ascii=False) if args.json else "\n".join(_table(plan, found)))
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}. Check the path and its mode") from None
    except UnicodeDecodeError:
        raise Problem(f"{path}: is no UTF-8 text. Save it as UTF-8") from None


def _table(plan: Plan, found: Allocation) -> Iterator[str]:
    """The tree, with the share of each node in both directions."""
    rows: list[tuple[str, str, str]] = []
    for uplink in plan.uplinks:
        rows.append((uplink.name, format_rate(uplink.rates.down), format_rate(uplink.rates.up)))
        rows += _below(plan, found, uplink.name)
    widths = [max(len(cell) for cell in column) for column in zip(("node", "down", "up"), *rows, strict=True)]
    for name, down, up in (("node", "down", "up"), *rows):
        yield f"{name:<{widths[0]}}  {down:>{widths[1]}}  {up:>{widths[2]}}"
    if found.unsatisfied:
        yield f"The guarantee is not met of: {', '.join(found.unsatisfied)}"


def _below(plan: Plan, found: Allocation, uplink: str) -> Iterator[tuple[str, str, str]]:
    children: dict[str, list[Node]] = {}
    for node in plan.nodes:
        children.setdefault(node.parent, []).append(node)
    waiting = [(node, 1) for node in reversed(children.get(uplink, []))]
    while waiting:
        node, depth = waiting.pop()
        yield "  " * depth + node.name, format_rate(found.down[node.name]), format_rate(found.up[node.name])
        waiting += [(child, depth + 1) for child in reversed(children.get(node.name, []))]
