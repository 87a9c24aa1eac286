"""The virtual network without the demonstration's pages: what `simpul lab up` runs where none runs yet."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simpul.configuration import Configuration, load
from simpul.kit.health import read_reports
from simpul.up.demo import MARK, Plan, demo_environment, refuse_foreign, usual_folder
from simpul.up.folder import clear_run, make_folder, refuse_if_used, take_lock
from simpul.up.groups import GROUPS, command
from simpul.up.key_files import check_keys
from simpul.up.sandbox import Sandbox
from simpul.up.tree import watch_signals

LAB = "lab"
LOOK_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Place:
    """A demonstration's data folder, whether one runs there or not."""

    folder: Path

    def start(self, story: Mapping[str, str]) -> int:
        """Run bus and virtual network in a sandbox until Ctrl-C, or until the network is taken down."""
        # The port is nobody's: no page is served.
        plan = Plan(port=8000, folder=self.folder, sandbox=True, seconds=None, as_json=False)
        environ = demo_environment(plan, os.environ, story)
        configuration = load(environ=environ)
        os.umask(0o077)
        refuse_foreign(plan)
        refuse_if_used(configuration.data)
        make_folder(configuration.data)
        (plan.folder / MARK).touch()
        lock = take_lock(configuration.data)
        try:
            check_keys(configuration.data.folder)
            clear_run(configuration.data)
            return asyncio.run(_run(configuration, environ, lock))
        finally:
            os.close(lock)


def place(data: Path | None) -> Place:
    """The folder that was named, else the configured one where a lab runs on it, else the demonstration's."""
    if data is not None:
        return Place(data.expanduser().resolve())
    configured = load().data
    return Place(configured.folder if (configured.run / "lab.sock").exists() else usual_folder().resolve())


async def _run(configuration: Configuration, environ: Mapping[str, str], lock: int) -> int:
    stop = asyncio.Event()
    watch_signals(stop)
    groups = ["bus", *(name for name, group in GROUPS.items() if group.sandboxed)]
    argv = [*command("run sandbox"), "--answer-to", "2", "--only", ",".join(groups)]
    sandbox = Sandbox(argv, environ, as_root=os.geteuid() == 0, keep_open=[lock])
    print(f"data folder: {configuration.data.folder}", file=sys.stderr, flush=True)
    sandbox.start()
    inner = asyncio.create_task(sandbox.wait())
    asked = asyncio.create_task(stop.wait())
    taken_down = asyncio.create_task(_until_taken_down(configuration.data.run))
    await asyncio.wait({inner, asked, taken_down}, return_when=asyncio.FIRST_COMPLETED)
    by_itself = inner.done()
    for task in (asked, taken_down):
        task.cancel()
    status = await sandbox.stop()
    if by_itself:
        log = configuration.data.log / "simpul.log"
        print(f"simpul lab: ended by itself (status {status}). See {log}", file=sys.stderr)
    return 1 if by_itself else 0


async def _until_taken_down(run_dir: Path) -> None:
    """Say once that it stands; return when somebody has taken it down."""
    said = False
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        health = read_reports(run_dir).get(LAB)
        if health is not None and health.state == "up" and not said:
            said = True
            print(f"the virtual network stands: {health.detail}  (Ctrl-C ends it)", flush=True)
        if health is not None and health.state == "off" and said:
            return
