"""`simpul up`: the whole tree on this machine's data folder."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import Sequence

from simpul.configuration import Configuration, load
from simpul.kit.problem import Problem
from simpul.up.database_file import check_database_file
from simpul.up.folder import clear_run, make_folder, refuse_if_used, take_lock
from simpul.up.groups import ORDINARY, group_names, preparation, programs
from simpul.up.key_files import check_keys
from simpul.up.ports import why_not_free
from simpul.up.supervisor import Program
from simpul.up.tree import Tree, make_tree, open_journal, watch_signals


def register(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument(
        "--only", type=group_names, default=[], metavar="A,B", help=f"only these groups, of {','.join(ORDINARY)}"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object once all groups are up")


def run(args: argparse.Namespace) -> int:
    """Until Ctrl-C or SIGTERM. Refused with status 2 while another tree uses the data folder, or with a damaged key."""
    configuration = load()
    chosen = programs(configuration, args.only)
    os.umask(0o077)
    refuse_if_used(configuration.data)
    check_ports(configuration, chosen)
    make_folder(configuration.data)
    lock = take_lock(configuration.data)
    try:
        check_keys(configuration.data.folder)
        check_database_file(configuration)
        clear_run(configuration.data)
        return asyncio.run(_run(configuration, chosen, as_json=args.json))
    finally:
        os.close(lock)


def check_ports(configuration: Configuration, chosen: Sequence[Program]) -> None:
    """Raise Problem when another program listens where one of the chosen shall."""
    names = {program.name for program in chosen}
    wanted: dict[str, tuple[str, int]] = {}
    if "web" in names and configuration.server.listen != "unix":
        host, _, port = configuration.server.listen.rpartition(":")
        wanted["server.listen"] = (host, int(port))
    if "bus" in names:
        wanted["bus.port"] = (configuration.bus.host, configuration.bus.port)
    for key, address in wanted.items():
        reason = why_not_free(*address)
        if reason:
            where = ":".join(map(str, address))
            raise Problem(f"{key}: {where} cannot be used: {reason}. Stop that program or set another port")


async def _run(configuration: Configuration, chosen: Sequence[Program], *, as_json: bool) -> int:
    stop = asyncio.Event()
    watch_signals(stop)
    journal = open_journal(configuration)
    tree = make_tree(configuration, chosen, os.environ, journal, preparation(chosen), answer_to=2)
    announcement = asyncio.create_task(_announce(tree, configuration)) if as_json else None
    try:
        return await tree.run(stop)
    finally:
        if announcement is not None:
            announcement.cancel()


async def _announce(tree: Tree, configuration: Configuration) -> None:
    await tree.supervisor.all_up.wait()
    answer = {"pid": os.getpid(), "data": str(configuration.data.folder), "groups": tree.supervisor.pids()}
    print(json.dumps(answer), flush=True)
