"""One process tree on one data folder: what `simpul up` and `simpul demo` have in common."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import simpul
from simpul.configuration import Configuration
from simpul.kit.logs import SUPERVISED
from simpul.up.folder import temporary
from simpul.up.logs import Journal
from simpul.up.supervisor import REPORT, Program, Supervisor


def environment(configuration: Configuration, environ: Mapping[str, str]) -> dict[str, str]:
    """What the tree's processes are given: the same settings, the same modules, temporary files in the data folder."""
    source = str(Path(simpul.__file__).resolve().parent.parent)
    paths = [source, *(path for path in environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != source)]
    given = {
        **environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "SIMPUL_DATA_FOLDER": str(configuration.data.folder),
        "SIMPUL_LOG_LEVEL": configuration.log.level,
        SUPERVISED: "yes",
        "TMPDIR": str(temporary(configuration.data)),
        # Fewer memory pools: the processes have many threads that mostly wait.
        "MALLOC_ARENA_MAX": "2",
    }
    if "SIMPUL_CONFIG" in environ:
        given["SIMPUL_CONFIG"] = str(Path(environ["SIMPUL_CONFIG"]).absolute())
    return given


def open_journal(configuration: Configuration, *, quiet: bool = False) -> Journal:
    """The tree's log, on stderr as well; `quiet` shows only what is wrong."""
    settings = configuration.log
    console = "warning" if quiet else settings.console
    path = configuration.data.log / "simpul.log"
    return Journal(path, sys.stderr, console, settings.file_mb * 1_000_000, settings.keep)


def watch_signals(stop: asyncio.Event) -> None:
    """Ctrl-C, `kill` and a closed terminal all end the tree in order."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)


class Tree:
    """Prepares, then runs the programs until told to stop."""

    def __init__(
        self, supervisor: Supervisor, journal: Journal, before: Sequence[str] = (), answer_to: int = 1
    ) -> None:
        """`before` is a command that must succeed first; its output goes to the descriptor `answer_to`."""
        self.supervisor = supervisor
        self.journal = journal
        self.before = before
        self.answer_to = answer_to

    async def run(self, stop: asyncio.Event) -> int:
        """Until `stop`. 0 after an orderly end, 1 when the preparation failed."""
        self.journal.event(REPORT, f"Simpul {simpul.__version__} starts, pid {os.getpid()}")
        try:
            if self.before and not await self._prepare(stop):
                return 0 if stop.is_set() else 1
            self.supervisor.start()
            await stop.wait()
            self.journal.event(REPORT, "stops")
            return 0
        finally:
            await self.supervisor.stop()
            self.journal.event(REPORT, "stopped")
            self.journal.close()

    async def _prepare(self, stop: asyncio.Event) -> bool:
        work = asyncio.create_task(self.supervisor.run_once("prepare", self.before, self.answer_to))
        asked = asyncio.create_task(stop.wait())
        await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if not work.done():
            await self.supervisor.stop()
            await work
            return False
        status = work.result()
        if status != 0:
            self.journal.event(REPORT, f"the preparation failed (status {status}); the lines above say why", "error")
        return status == 0


def make_tree(
    configuration: Configuration,
    programs: Sequence[Program],
    environ: Mapping[str, str],
    journal: Journal,
    before: Sequence[str] = (),
    *,
    answer_to: int = 1,
) -> Tree:
    """A tree whose parts are wired; nothing runs yet. Call inside a running event loop."""
    given = environment(configuration, environ)
    supervisor = Supervisor(programs, journal, configuration.data.run, given, adopt=True)
    return Tree(supervisor, journal, before, answer_to)
