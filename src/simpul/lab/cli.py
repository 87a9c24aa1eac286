"""`simpul lab`: asks the daemon that owns the virtual network, from inside or outside of its sandbox."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from simpul.kit import local_socket
from simpul.kit.problem import Problem
from simpul.lab.daemon import DRILLS
from simpul.lab.region import settings

# Building takes less than a second; a busy machine may be slower.
PATIENCE_SECONDS = 30.0


class Place(Protocol):
    """What the command line needs of the process tree: a data folder, and how to run a lab there."""

    folder: Path

    def start(self, story: Mapping[str, str]) -> int:
        """Run one until Ctrl-C, or until it is taken down; `story` holds the invented region's settings."""


FindPlace = Callable[[Path | None], Place]


def register(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    verbs = parser.add_subparsers(dest="do", required=True, metavar="up|down|status|drill")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", type=Path, default=None, metavar="DIR", help="data folder of the demonstration")
    shared.add_argument("--json", action="store_true", help="print one JSON object")
    verbs.add_parser("up", parents=[shared], help="build the network; where no lab runs, run one until Ctrl-C")
    verbs.add_parser("down", parents=[shared], help="take the network down")
    verbs.add_parser("status", parents=[shared], help="what stands, what is cut")
    drill = verbs.add_parser("drill", parents=[shared], help="let something happen")
    drill.add_argument("name", choices=DRILLS, help="what shall happen")
    drill.add_argument("target", nargs="?", default="", help="code of a span, an uplink or a site")
    parser.epilog = "Status: 0 done, 1 no virtual network stands (status), 2 refused."


def run(args: argparse.Namespace, provide: Callable[[], FindPlace]) -> int:
    """Ask, print the answer."""
    place = provide()(args.data)
    request = {"do": args.do}
    if args.do == "drill":
        request |= {"name": args.name, "target": args.target}
    answer = ask(place.folder / "run" / "lab.sock", request)
    if answer is None:
        if args.do == "up":
            return place.start(settings())
        raise Problem(f"no virtual network is run on {place.folder}. Start one: simpul demo, or simpul lab up")
    if not answer.pop("ok", False):
        raise Problem(str(answer.get("problem", "the lab did not say why. See log/simpul.log")))
    print(json.dumps(answer, ensure_ascii=False) if args.json else shown(answer))
    return 1 if args.do == "status" and not answer["up"] else 0


def ask(path: Path, request: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the daemon answers on its socket; None where none listens. Raises Problem when it does not answer."""
    return local_socket.ask(path, request, "the lab", PATIENCE_SECONDS)


def shown(answer: Mapping[str, Any]) -> str:
    """The answer for people."""
    if not answer["up"]:
        return f"no virtual network stands: {answer['detail']}"
    cut, greedy = ", ".join(answer["cut"]), ", ".join(answer["greedy"])
    routes = "as the living lines allow" if answer["converged"] else "do not know of the cut yet"
    size = f"{answer['sites']} sites, {answer['nodes']} nodes, {len(answer['spans'])} spans"
    lines = [
        f"{size}; {answer['how']} in {answer['build_seconds']} s",
        f"rates: {answer['scale']:g} of those in the register",
        "ways out: " + ", ".join(f"{uplink['code']} {uplink['state']}" for uplink in answer["uplinks"]),
        f"cut: {cut or 'nothing'}",
        f"routes: {routes} ({answer['convergence_seconds']:g} s after a cut)",
    ]
    if greedy:
        lines.append(f"greedy: {greedy}")
    return "\n".join(lines)
