"""The agent as a process: started, it shapes; ended, everything in the kernel stays as it is."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from simpul.kit.clock import Clock, SystemClock
from simpul.kit.problem import Problem
from simpul.traffic.agent.alone import alone
from simpul.traffic.agent.gateway import Gateway
from simpul.traffic.agent.link import ASK_SECONDS, Link
from simpul.traffic.agent.memory import Memory
from simpul.traffic.agent.options import AgentOptions, read_credential, read_plan_file
from simpul.traffic.agent.orders import Orders, in_one_line
from simpul.traffic.agent.reporting import report, unclassified
from simpul.traffic.agent.state import COUNTERS, PANIC, Folder
from simpul.traffic.agent.trouble import Trouble
from simpul.traffic.agent.watching import LOOK_SECONDS, ROUND_SECONDS, Watch
from simpul.traffic.logic.admission import refusals
from simpul.traffic.logic.panic import Panic
from simpul.traffic.logic.plan import Plan
from simpul.traffic.logic.stray import Stray

log = logging.getLogger(__name__)

REPORT_SECONDS, COUNTERS_SECONDS = 1.0, 10.0
# So long a controller may take to give a first order; it is asked several times in it.
PATIENCE_SECONDS = 4 * ASK_SECONDS
# Hears once a second what is wrong, one line each.
Told = Callable[[Sequence[str]], None]


class Agent:
    """All parts of one agent, in the network namespace it is made in."""

    def __init__(
        self, options: AgentOptions, folder: Folder, told: Told | None = None, clock: Clock | None = None
    ) -> None:
        self._options = options
        self._told = told
        self._folder = folder
        self._clock = clock or SystemClock()
        self._begin = self._clock.monotonic()
        self._credential = read_credential(options.credential) if options.credential else None
        self._name = self._credential.name if self._credential else ""
        self.trouble = Trouble(self._clock.monotonic)
        self._memory = Memory(folder, self.trouble)
        self.gateway = Gateway(self._memory, self.trouble)
        self._followed: Plan | None = None
        self._panic = Panic.NORMAL
        self._stray = Stray()
        self._of_file = read_plan_file(options.plan) if options.plan else None
        # Whoever writes the file answers for it: it is carried out, and what an order would be refused for is said.
        self.refusals = refusals(self._of_file, options.floor_bps) if self._of_file else []
        self.orders = Orders(
            folder,
            self._memory,
            self._clock,
            self._carry,
            gateway=self._name,
            key=self._credential.plan_key if self._credential else None,
            fallback=self._of_file,
            floor_bps=options.floor_bps,
        )
        # Last, since it opens a socket.
        self.watch = Watch(self._memory, self.trouble)
        self._link = (
            Link(self._credential, self.orders, self.report, self.set_panic) if self._credential is not None else None
        )
        self._wake = asyncio.Event()
        self._stopped = False

    def report(self) -> dict[str, Any]:
        """What it says of itself now."""
        return report(
            self._name,
            self._clock.now(),
            self.gateway,
            self.orders,
            self.watch,
            self._panic,
            stray=self._stray.alarmed,
            stopped=self._stopped,
        )

    def set_panic(self, mode: Panic) -> None:
        """Change the mode now, and keep it over a restart. Raises Problem if it cannot be kept."""
        self._folder.write(PANIC, mode.value)
        self._wake.set()

    async def run(self) -> int:
        """Until SIGTERM or SIGINT."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        self.turn()
        if self._link is not None:
            await self._link.start()
        works = [self._turns(), self._looks(), self._probes(), self._reports(), self._counts()]
        tasks = [asyncio.create_task(work) for work in works]
        ended = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait({ended, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            for task in done - {ended}:
                task.result()
            return 0
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            if self._link is not None:
                self._stopped = True
                await self._link.publish(self.report())
                await self._link.stop()
            self.close()

    def close(self) -> None:
        """Give everything back but the kernel's state."""
        self._keep_counters()
        self.gateway.close()
        self.watch.close()

    def turn(self) -> None:
        """One round of the loop: what is in force, who lives, what is used, what changes."""
        self._take_mode()
        self.orders.tick()
        self._aim(self.orders.plan)
        now = self._clock.monotonic()
        self.gateway.turn(now)
        self._look_for_strays(now)

    def _take_mode(self) -> None:
        """The file is the truth, so that the mode can be set on the gateway itself too: simpul agent --panic."""
        with self.trouble.about("mode"):
            mode = panic_of(self._folder.read(PANIC))
            if mode is not self._panic:
                self._panic = mode
                log.warning("mode: %s", mode.value)

    def _look_for_strays(self, now: float) -> None:
        stray = 0 if self._panic is Panic.OFF else max(unclassified(self.gateway).values())
        self._stray = self._stray.after(stray, now)
        self.trouble.tell(
            "unclassified",
            "traffic that belongs to no site passes, and only a little of it. Give its prefixes to a node of the plan"
            if self._stray.alarmed
            else "",
        )

    def _aim(self, plan: Plan | None) -> None:
        unsound = in_one_line(self.refusals) if plan is self._of_file else ""
        self.trouble.tell("promises", f"as an order the plan file would be refused: {unsound}" if unsound else "")
        if plan is None:
            asking = self._link is not None and self._clock.monotonic() - self._begin < PATIENCE_SECONDS
            self.trouble.tell("plan", "" if asking else "there is no plan yet: neither a file nor an order")
            return
        with self.trouble.about("plan"):
            self._hold(plan)

    def _hold(self, plan: Plan) -> None:
        """From the next turn on this plan is held, and its uplinks are watched."""
        self.gateway.aim(plan, self._alive(plan), self._panic)
        if plan is not self._followed:
            self.watch.follow(plan, self.gateway.numbers.uplinks)
            self._followed = plan

    def _alive(self, plan: Plan) -> frozenset[str]:
        """Of the uplinks of this plan; one that is not yet watched is taken to live."""
        known = self.watch.pulses
        return frozenset(up.name for up in plan.uplinks if up.name not in known or known[up.name].alive)

    def _carry(self, plan: Plan | None) -> list[str]:
        """Bring the kernel to a plan now; what could not be done. None: to no plan at all."""
        if plan is None:
            if self.gateway.regulation is not None:
                self.gateway.lift(self.gateway.regulation.plan)
            return []
        # So that what was wrong with the plan before, or that there was none, does not count against this one.
        known = self.trouble.now().keys() - {"plan"}
        with self.trouble.about("plan"):
            self._hold(plan)
        self.gateway.turn(self._clock.monotonic())
        return self.gateway.unfinished(known)

    async def _turns(self) -> None:
        while True:
            begin = time.monotonic()
            self.turn()
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, begin + self._options.period_seconds - time.monotonic())):
                    await self._wake.wait()

    async def _looks(self) -> None:
        while True:
            if self.watch.look(self._clock.monotonic()):
                self._wake.set()
            await asyncio.sleep(LOOK_SECONDS)

    async def _probes(self) -> None:
        while True:
            if self.watch.probe(self._clock.monotonic()):
                self._wake.set()
            await asyncio.sleep(ROUND_SECONDS)

    async def _reports(self) -> None:
        while True:
            if self._link is not None:
                await self._link.publish(self.report())
            if self._told is not None:
                self._told(self.trouble.lines())
            await asyncio.sleep(REPORT_SECONDS)

    async def _counts(self) -> None:
        while True:
            await asyncio.sleep(COUNTERS_SECONDS)
            self._memory.catch_up()
            self._keep_counters()

    def _keep_counters(self) -> None:
        """What every class has carried so far, by seat and device, for whoever asks after a restart."""
        keys = {minor: key for key, minor in self.gateway.numbers.seats.items()}
        devices = {
            name: {keys.get(minor, f"#{minor}"): state.bytes for minor, state in device.standing.items()}
            for name, device in self.gateway.devices.items()
        }
        self._memory.keep(COUNTERS, {"at": self._clock.now().isoformat(), "bytes": devices})


def panic_of(text: Any) -> Panic:
    """The mode that the state folder says. Raises Problem."""
    try:
        return Panic.NORMAL if text is None else Panic(text)
    except ValueError:
        raise Problem(
            f"{PANIC} in the state folder says {repr(text)[:80]}. Set it: simpul agent --panic normal"
        ) from None


def run(options: AgentOptions, told: Told | None = None) -> int:
    """Shape until ended; with `once` bring the kernel to the plan and end. Raises Problem."""
    if options.plan is None and options.credential is None:
        raise Problem("there is nothing to do: name a plan with --plan, or a controller with --credential")
    with _state(options) as folder:
        agent = Agent(options, folder, told)
        return _once(agent, as_json=options.as_json) if options.once else asyncio.run(agent.run())


@contextlib.contextmanager
def _state(options: AgentOptions) -> Iterator[Folder]:
    """The state folder, on a gateway where no other agent is. Raises Problem."""
    folder = Folder(options.state)
    folder.take()
    try:
        with alone():
            yield folder
    finally:
        folder.give_back()


def remove(options: AgentOptions) -> int:
    """Take away what an agent has made on this machine: traffic passes unshaped from now on."""
    with _state(options) as folder:
        agent = Agent(options, folder)
        if agent.orders.plan is None:
            raise Problem("there is neither an order in --state nor a --plan that says on which devices")
        agent.gateway.lift(agent.orders.plan)
        agent.close()
        for line in agent.trouble.now().values():
            log.error("%s", line)
        return 1 if agent.trouble.now() else 0


def _once(agent: Agent, *, as_json: bool) -> int:
    agent.turn()
    undone = agent.gateway.unfinished()
    if as_json:
        found = {"done": not undone, "undone": undone, "refusals": agent.refusals, "report": agent.report()}
        print(json.dumps(found, ensure_ascii=False))
    else:
        for line in undone:
            log.error("%s", line)
    agent.close()
    return 1 if undone else 0
