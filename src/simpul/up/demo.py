"""`simpul demo`: an invented regency in a sandbox, reached through one port of this machine."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from simpul.configuration import PACKAGE, Configuration, load
from simpul.kit.problem import Problem
from simpul.up.database_file import check_database_file
from simpul.up.folder import clear_run, make_folder, refuse_if_used, take_lock
from simpul.up.groups import command, preparation, programs
from simpul.up.key_files import check_keys
from simpul.up.ports import any_free_port
from simpul.up.ready import http_status
from simpul.up.relay import Relay
from simpul.up.sandbox import Sandbox
from simpul.up.tree import make_tree, open_journal, watch_signals

MARK = "DEMONSTRATION"
STARTED = time.monotonic()


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for. `seconds` limits the run once it is ready."""

    port: int
    folder: Path
    sandbox: bool
    seconds: float | None
    as_json: bool
    history: bool = True

    @property
    def address(self) -> str:
        """What people type; passkeys need the name, not the number."""
        return f"http://localhost:{self.port}/"


def register(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("--port", type=_port, default=8000, help="port on localhost (8000)")
    parser.add_argument("--data", type=Path, default=None, metavar="DIR", help="data folder (.simpul/demo)")
    parser.add_argument("--no-lab", action="store_true", help="without sandbox and virtual network")
    parser.add_argument("--no-history", action="store_true", help="without made-up measurements of the last 60 days")
    parser.add_argument("--no-apt", action="store_true", help="never install Debian packages")
    parser.add_argument(
        "--for", dest="seconds", type=_seconds, metavar="SECONDS", help="stop by itself so long after ready"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object when ready")


def run(args: argparse.Namespace, provide: Callable[[], Callable[[], dict[str, str]]]) -> int:
    """Until Ctrl-C, or `--for`. 1 when the demonstration ended by itself."""
    folder = (args.data or usual_folder()).expanduser().resolve()
    plan = Plan(args.port, folder, not args.no_lab, args.seconds, args.json, not args.no_history)
    environ = demo_environment(plan, os.environ, provide()())
    configuration = load(environ=environ)
    os.umask(0o077)
    refuse_foreign(plan)
    refuse_if_used(configuration.data)
    relay = Relay(plan.port, configuration.data.socket)
    # The port first: where it is taken, no folder is left behind.
    relay.claim()
    try:
        make_folder(configuration.data)
        (plan.folder / MARK).touch()
        return _run_locked(plan, configuration, environ, relay)
    finally:
        relay.close()


def _run_locked(plan: Plan, configuration: Configuration, environ: Mapping[str, str], relay: Relay) -> int:
    lock = take_lock(configuration.data)
    try:
        check_keys(configuration.data.folder)
        check_database_file(configuration)
        clear_run(configuration.data)
        return asyncio.run(_Demo(plan, configuration, environ, lock, relay).run())
    finally:
        os.close(lock)


def demo_environment(plan: Plan, environ: Mapping[str, str], story: Mapping[str, str]) -> dict[str, str]:
    """The demonstration's settings; those of a real instance on this machine must not leak in, its log's level may.

    `story` is what the invented region sets, as `{"instance_name": ...}`.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith("SIMPUL_") or name.startswith("SIMPUL_LOG_")
    }
    bus_port = 4222 if plan.sandbox else any_free_port()
    return {
        "SIMPUL_LOG_CONSOLE": "warning",
        **kept,
        **{f"SIMPUL_{key.upper()}": value for key, value in story.items()},
        "SIMPUL_CONFIG": os.devnull,
        "SIMPUL_DATA_FOLDER": str(plan.folder),
        "SIMPUL_SERVER_LISTEN": "unix",
        "SIMPUL_INSTANCE_PUBLIC_URL": plan.address.rstrip("/"),
        "SIMPUL_DEMO_ON": "true",
        # Two processors carry a tenth of the regency's internet with ease.
        "SIMPUL_DEMO_RATE_SCALE": "0.1",
        "SIMPUL_DEMO_HISTORY_DAYS": "60" if plan.history else "0",
        # In the sandbox the virtual network's gateway reaches the bus; outside, nobody but this machine may.
        "SIMPUL_BUS_HOST": "0.0.0.0" if plan.sandbox else "127.0.0.1",  # noqa: S104
        "SIMPUL_BUS_PORT": str(bus_port),
    }


def _port(text: str) -> int:
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f'"{text}" is no port; write a number from 1 to 65535')


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if seconds < 0 or not math.isfinite(seconds):
        raise argparse.ArgumentTypeError(f'"{text}" is no length of time; write a number of seconds, for example 60')
    return seconds


def usual_folder() -> Path:
    """Where a demonstration lives that was not told otherwise."""
    clone = PACKAGE.parent.parent
    return (clone if (clone / "pyproject.toml").is_file() else Path.cwd()) / ".simpul" / "demo"


def refuse_foreign(plan: Plan) -> None:
    """Raise Problem for a folder that holds something else, or that the sandbox would cover."""
    folder = plan.folder
    if plan.sandbox and Path("/run") in (folder, *folder.parents):
        raise Problem(f"--data: {folder} lies below /run, which the sandbox covers. Choose another folder")
    mark = folder / MARK
    try:
        foreign = folder.exists() and not mark.exists() and any(folder.iterdir())
    except OSError as error:
        raise Problem(f"--data: {folder}: {error.strerror}. Choose another folder") from None
    if foreign:
        raise Problem(f"--data: {folder} holds something that is not a demonstration. Choose an empty or new folder")


class _Demo:
    """The outer process: relay, waiting for the first page, stopping."""

    def __init__(
        self, plan: Plan, configuration: Configuration, environ: Mapping[str, str], lock: int, relay: Relay
    ) -> None:
        self.plan = plan
        self.configuration = configuration
        self.environ = environ
        self.lock = lock
        # With --json stdout holds one object only.
        self.people: TextIO = sys.stderr if plan.as_json else sys.stdout
        self.relay = relay
        self.stop = asyncio.Event()

    async def run(self) -> int:
        """The exit status."""
        watch_signals(self.stop)
        await self.relay.start()
        try:
            return await (self._in_sandbox() if self.plan.sandbox else self._without())
        finally:
            await self.relay.stop()

    async def _in_sandbox(self) -> int:
        argv = [*command("run sandbox"), "--answer-to", str(self.people.fileno())]
        as_root = os.geteuid() == 0
        sandbox = Sandbox(argv, self.environ, as_root=as_root, keep_open=[self.lock])
        self._say(f"data folder: {self.plan.folder}")
        sandbox.start()
        inner = asyncio.create_task(sandbox.wait())
        await self._until_end(inner)
        if not inner.done():
            await sandbox.stop()
            return 0
        return self._ended_by_itself(await sandbox.stop())

    async def _without(self) -> int:
        self._say(f"data folder: {self.plan.folder} (no sandbox)")
        journal = open_journal(self.configuration)
        chosen = programs(self.configuration)
        answer_to = self.people.fileno()
        tree = make_tree(self.configuration, chosen, self.environ, journal, preparation(chosen), answer_to=answer_to)
        end = asyncio.Event()
        inner = asyncio.create_task(tree.run(end))
        await self._until_end(inner)
        by_itself = inner.done()
        end.set()
        status = await inner
        return self._ended_by_itself(status) if by_itself else 0

    async def _until_end(self, inner: asyncio.Task[int]) -> None:
        """Announce the first page, then wait for Ctrl-C, the time limit, or the tree's own end."""
        asked = asyncio.create_task(self.stop.wait())
        first_page = asyncio.create_task(self._first_page())
        await asyncio.wait({inner, asked, first_page}, return_when=asyncio.FIRST_COMPLETED)
        if first_page.done():
            await asyncio.wait({inner, asked}, timeout=self.plan.seconds, return_when=asyncio.FIRST_COMPLETED)
        first_page.cancel()
        asked.cancel()

    async def _first_page(self) -> None:
        host = f"localhost:{self.plan.port}"
        while True:
            status = await http_status(self.configuration.data.socket, "/", host)
            if status is not None and status < 500:
                break
            await asyncio.sleep(0.05)
        seconds = round(time.monotonic() - STARTED, 1)
        self._say(f"ready in {seconds} s: {self.plan.address}  (Ctrl-C ends it)")
        if self.plan.as_json:
            answer = {"url": self.plan.address, "ready_s": seconds, "data": str(self.plan.folder), "pid": os.getpid()}
            print(json.dumps(answer), flush=True)

    def _ended_by_itself(self, status: int) -> int:
        print(
            f"simpul demo: ended by itself (status {status}). See {self.configuration.data.log / 'simpul.log'}",
            file=sys.stderr,
        )
        return 1

    def _say(self, line: str) -> None:
        try:
            print(line, file=self.people, flush=True)
        except OSError:
            return
