"""The process groups of the tree: which there are, which verb each runs, how one sees that it works."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simpul.configuration import Configuration
from simpul.kit.problem import Problem
from simpul.up.ready import Answers, bus_answers, reports, web_answers
from simpul.up.supervisor import Program


@dataclass(frozen=True, slots=True)
class Group:
    """`verb` is a row of the command line's table; foundations are stopped after the others.

    One that is `sandboxed` makes networks, and so runs in the demonstration's sandbox only.
    """

    verb: str
    answers: Callable[[Configuration], Answers]
    foundation: bool = False
    sandboxed: bool = False


GROUPS: dict[str, Group] = {
    "bus": Group("run bus", bus_answers, foundation=True),
    "store": Group("run store", reports("store")),
    "web": Group("run web", web_answers),
    "control": Group("run control", reports("control")),
    "watch": Group("run watch", reports("watch")),
    "lab": Group("run lab", reports("lab"), sandboxed=True),
    "agent": Group("run agent", reports("agent"), sandboxed=True),
    "lab-people": Group("run lab-people", reports("lab-people"), sandboxed=True),
    "lab-snmp": Group("run lab-snmp", reports("lab-snmp"), sandboxed=True),
}

# Those that `simpul up` starts.
ORDINARY = tuple(name for name, group in GROUPS.items() if not group.sandboxed)


def group_names(text: str) -> list[str]:
    """`"bus, web"` -> `["bus", "web"]`; a type of argparse, which refuses a list that names no group."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError(f'"{text}" names no group; write some of {",".join(ORDINARY)}')
    return names


def preparation(chosen: Sequence[Program]) -> tuple[str, ...]:
    """The command that must succeed before the chosen programs start; none where only the bus runs."""
    return command("run prepare") if any(program.name != "bus" for program in chosen) else ()


def command(verb: str) -> tuple[str, ...]:
    """How this program starts itself again with another verb."""
    return (sys.executable, "-m", "simpul", *verb.split())


def programs(configuration: Configuration, only: Sequence[str] = (), *, in_sandbox: bool = False) -> list[Program]:
    """What the supervisor shall run: all groups that may run here, or those named. Raises Problem for another name."""
    here = list(GROUPS) if in_sandbox else list(ORDINARY)
    unknown = [name for name in only if name not in here]
    if unknown:
        raise Problem(f"--only: there is no group {', '.join(unknown)}. Groups: {', '.join(here)}")
    chosen = [name for name in here if not only or name in only]
    if configuration.bus.url and "bus" in chosen:
        chosen.remove("bus")
    return [
        Program(name, command(GROUPS[name].verb), GROUPS[name].foundation, GROUPS[name].answers(configuration))
        for name in chosen
    ]
