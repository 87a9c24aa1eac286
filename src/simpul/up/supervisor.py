"""Keeps programs running: starts them, starts them again with growing patience, stops them in time."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from simpul.kit.clock import Clock, SystemClock
from simpul.kit.health import Health, write_report
from simpul.kit.process import adopt_orphans
from simpul.up.child import Child
from simpul.up.logs import Journal, understand

# How the tree itself appears among the health files.
REPORT = "up"
# Of a program that does not come up: so many of its lines are known again, so much of one is its reason.
MOST_SAID, LONGEST_REASON = 200, 300


@dataclass(frozen=True, slots=True)
class Program:
    """One process group. `answers(pid)` says whether it does its work; without it, running is enough.

    Foundations (the bus) are stopped after all others.
    """

    name: str
    argv: tuple[str, ...]
    foundation: bool = False
    answers: Callable[[int], Awaitable[bool]] | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """All in seconds. The two stopping times together stay below five."""

    first_delay: float = 0.5
    longest_delay: float = 30.0
    healthy_after: float = 60.0
    stop_within: float = 3.0
    foundations_within: float = 1.0
    silent_after: float = 10.0


@dataclass(slots=True)
class _Watched:
    """What is known of one program."""

    program: Program
    child: Child | None = None
    health: Health = field(default_factory=lambda: Health("starting"))
    since: float = 0.0
    answered: float = 0.0
    starts: int = 0
    failures: int = 0
    # What its last life said without ever coming up, and what this one has; the last error is why it ends.
    said_before: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    reason: str = ""


class Supervisor:
    """Runs in one thread of one process.

    With `adopt` it takes over what its programs leave behind; the process must then have no other children.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        journal: Journal,
        run_dir: Path,
        environ: Mapping[str, str],
        patience: Patience | None = None,
        *,
        adopt: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self.journal = journal
        self.run_dir = run_dir
        self.environ = environ
        self.patience = patience or Patience()
        self.adopt = adopt
        self.clock = clock or SystemClock()
        self._watched = [_Watched(program) for program in programs]
        self._once: Child | None = None
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.all_up = asyncio.Event()

    def start(self) -> None:
        """Start all programs at once: each waits by itself for what it needs."""
        if self.adopt:
            adopt_orphans()
            asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, self._reap_orphans)
        self._tasks = [asyncio.create_task(self._keep_running(watched)) for watched in self._watched]
        self._tasks.append(asyncio.create_task(self._look_after()))

    async def run_once(self, name: str, argv: Sequence[str], stdout: int) -> int:
        """Run a program to its end before the others; its answer goes to `stdout`, its log into the journal."""
        self._once = Child(argv, self.environ, lambda line: self.journal.line(name, line), stdout)
        self._once.start()
        try:
            return await self._once.wait()
        finally:
            self._once = None

    async def stop(self) -> None:
        """Ask all to end, foundations last; kill those that do not in time."""
        self._stopping.set()
        if self._once is not None:
            self._once.kill()
        patience = self.patience
        await self._stop_all((w for w in self._watched if not w.program.foundation), patience.stop_within)
        await self._stop_all((w for w in self._watched if w.program.foundation), patience.foundations_within)
        if self._tasks:
            *keepers, looker = self._tasks
            looker.cancel()
            await asyncio.wait([*keepers, looker], timeout=0.5)
        self._report()

    def health(self) -> dict[str, Health]:
        """Every program by name."""
        return {watched.program.name: watched.health for watched in self._watched}

    def pids(self) -> dict[str, int]:
        """The pids of the programs that run now."""
        return {w.program.name: w.child.pid for w in self._watched if w.child is not None}

    async def _keep_running(self, watched: _Watched) -> None:
        name = watched.program.name
        while not self._stopping.is_set():
            began = self.clock.monotonic()
            status = await self._run(watched)
            lasted = self.clock.monotonic() - began
            if self._stopping.is_set():
                break
            watched.failures = 1 if lasted >= self.patience.healthy_after else watched.failures + 1
            delay = min(self.patience.first_delay * 2 ** (watched.failures - 1), self.patience.longest_delay)
            reason = f" ({watched.reason})" if watched.reason else ""
            ended = f"{_ending(status)}{reason} after {lasted:.1f} s; starts again in {delay:g} s"
            watched.health = Health("down", ended, self._counters(watched))
            self.journal.event(REPORT, f"{name} {ended}", "warning", group=name, status=status, delay=delay)
            self._report()
            await self._sleep(delay)
        watched.health = Health("off", "stopped", self._counters(watched))

    async def _run(self, watched: _Watched) -> int:
        """One life of the program; its exit status, 127 when it could not be started."""
        name = watched.program.name
        watched.said_before, watched.said = (watched.said if watched.failures else set()), set()
        child = Child(watched.program.argv, self.environ, lambda line: self._hear(watched, line))
        try:
            child.start()
        except OSError as error:
            self.journal.event(REPORT, f"{name}: {error}", "error", group=name)
            return 127
        watched.child, watched.starts = child, watched.starts + 1
        watched.since = watched.answered = self.clock.monotonic()
        watched.health = Health("starting", counters=self._counters(watched))
        self.journal.event(REPORT, f"{name} started, pid {child.pid}", group=name, pid=child.pid)
        try:
            return await child.wait()
        finally:
            watched.child = None
            if self.adopt:
                self._reap_orphans()

    def _hear(self, watched: _Watched, line: str) -> None:
        """Write what it says into the log; not once more what its last life, which failed, has said as well."""
        level, text, _ = understand(line)
        if watched.health.state != "up":
            if level in ("error", "critical"):
                watched.reason = text[:LONGEST_REASON]
            if len(watched.said) < MOST_SAID:
                watched.said.add(text)
            if text in watched.said_before:
                return
        self.journal.line(watched.program.name, line)

    async def _look_after(self) -> None:
        """Ask each program whether it works, more often while it starts; write the health file."""
        while True:
            await asyncio.gather(*(self._examine(watched) for watched in self._watched))
            self._report()
            if all(watched.health.state == "up" for watched in self._watched):
                self.all_up.set()
            starting = any(watched.health.state == "starting" for watched in self._watched)
            await asyncio.sleep(0.1 if starting else 1.0)

    async def _examine(self, watched: _Watched) -> None:
        child, program = watched.child, watched.program
        if child is None:
            return
        works = program.answers is None or await program.answers(child.pid)
        if watched.child is not child:
            return
        now = self.clock.monotonic()
        if works:
            if watched.health.state != "up":
                self.journal.event(
                    REPORT, f"{program.name} is up after {now - watched.since:.1f} s", group=program.name
                )
            watched.answered, watched.reason = now, ""
            watched.said.clear()
            # No pid: a sandbox counts its own, and whoever reads this stands outside.
            watched.health = Health("up", counters=self._counters(watched))
        elif watched.health.state == "up" and now - watched.answered > self.patience.silent_after:
            text = f"runs but has not answered for {now - watched.answered:.0f} s"
            watched.health = Health("down", text, self._counters(watched))
            self.journal.event(REPORT, f"{program.name}: {text}", "error", group=program.name, pid=child.pid)

    def _report(self) -> None:
        try:
            write_report(self.run_dir, REPORT, self.health())
        except OSError as error:
            self.journal.event(REPORT, f"the health file could not be written: {error}", "error")

    def _counters(self, watched: _Watched) -> dict[str, int | float]:
        return {"starts": watched.starts}

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _stop_all(self, group: Iterable[_Watched], within: float) -> None:
        children = {watched.program.name: watched.child for watched in group if watched.child is not None}
        for child in children.values():
            child.signal(signal.SIGTERM)
        ends = [asyncio.create_task(child.ended.wait()) for child in children.values()]
        if ends:
            await asyncio.wait(ends, timeout=within)
        for end in ends:
            end.cancel()
        for name, child in children.items():
            if child.running:
                self.journal.event(REPORT, f"{name} did not stop within {within:g} s and was killed", "warning")
                child.kill()

    def _reap_orphans(self) -> None:
        """Take the status of ended processes that are nobody's; leave those that a task waits for."""
        own = {watched.child.pid for watched in self._watched if watched.child is not None}
        if self._once is not None:
            own.add(self._once.pid)
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            # The kernel names one ended child at a time; one of ours is reaped first, then this runs again.
            if ended is None or ended.si_pid in own:
                return
            os.waitpid(ended.si_pid, os.WNOHANG)


def _ending(status: int) -> str:
    return f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
