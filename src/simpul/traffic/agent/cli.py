"""`simpul agent`: a gateway shapes by itself, by a plan file or by the orders of its controller."""

from __future__ import annotations

import argparse
from pathlib import Path

from simpul.kit.rates import parse_rate
from simpul.traffic.agent.options import STATE, AgentOptions
from simpul.traffic.agent.process import remove as remove_all
from simpul.traffic.agent.process import run as run_agent
from simpul.traffic.agent.state import PANIC, Folder
from simpul.traffic.logic.admission import FLOOR_BPS
from simpul.traffic.logic.panic import Panic


def register(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("--plan", type=Path, metavar="FILE", help="the plan, in force until an order is")
    parser.add_argument("--state", type=Path, default=STATE, metavar="DIR", help=f"what it remembers (default {STATE})")
    parser.add_argument("--credential", type=Path, metavar="FILE", help="from: simpul traffic credential NAME")
    parser.add_argument(
        "--floor", type=_rate, default=FLOOR_BPS, metavar="RATE", help="refuse orders that leave a site less (256K)"
    )
    deed = parser.add_mutually_exclusive_group()
    deed.add_argument("--once", action="store_true", help="bring the kernel to the plan, and end")
    deed.add_argument("--remove", action="store_true", help="take away all that the agent has made here, and end")
    deed.add_argument(
        "--panic", choices=[mode.value for mode in Panic], help="equal shares, no shaping, or by the plan: at once"
    )
    parser.add_argument("--json", action="store_true", help="with --once: print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Until SIGTERM; the kernel goes on shaping after that."""
    options = AgentOptions(
        plan=args.plan,
        state=args.state,
        credential=args.credential,
        once=args.once,
        as_json=args.json,
        floor_bps=args.floor,
    )
    if args.panic:
        # Also while an agent works with the folder: it looks each turn.
        folder = Folder(args.state)
        folder.make()
        folder.write(PANIC, args.panic)
        return 0
    return remove_all(options) if args.remove else run_agent(options)


def _rate(text: str) -> int:
    try:
        return parse_rate(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
