"""The daemon that owns the virtual network: builds it, runs the drills, answers on the bus and on `run/lab.sock`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from simpul.kit.clock import Clock, SystemClock
from simpul.kit.component import Component
from simpul.kit.health import Health, State
from simpul.kit.local_socket import LineServer
from simpul.kit.problem import Problem
from simpul.lab.network.build import Lab
from simpul.lab.network.namespaces import CommandFailed
from simpul.lab.network.plan import Network
from simpul.lab.ownership import LOCK, Ownership

log = logging.getLogger(__name__)
Payload = Mapping[str, Any]
Handler = Callable[[str, dict[str, Any]], Awaitable[Payload | None]]
# So long after a cut the routers have noticed, told each other and chosen other ways.
CONVERGENCE_SECONDS = 2.0
EQUIP_SECONDS = 0.5
# What may go wrong with the register, the sandbox's programs and files.
FAILURES = (Problem, CommandFailed, OSError, subprocess.TimeoutExpired)
DRILLS = ("cut-span", "lose-uplink", "greedy-site", "restore")


class BusLike(Protocol):
    """What the daemon needs of the bus."""

    async def subscribe(self, subject: str, handler: Handler, queue: str = "") -> None:
        """Hand every message to the handler."""

    async def publish(self, subject: str, payload: Payload) -> None:
        """Tell whoever listens."""


@dataclass(frozen=True)
class Config:
    """`folder` is the data folder, `run_dir` its folder for what does not outlive the process tree."""

    folder: Path
    run_dir: Path
    convergence_seconds: float = CONVERGENCE_SECONDS
    lock: Path = LOCK

    @property
    def socket(self) -> Path:
        """Where the command line asks."""
        return self.run_dir / "lab.sock"

    @property
    def shown(self) -> Path:
        """What stands, for processes that live in it."""
        return self.run_dir / "lab" / "network.json"

    @property
    def wishes(self) -> Path:
        """What the people shall do."""
        return self.run_dir / "lab" / "people.json"

    @property
    def cuts(self) -> Path:
        """Which spans are cut, for the daemon that follows."""
        return self.run_dir / "lab" / "cuts.json"


@dataclass
class _Standing:
    """The lab as it stands, and the cuts that routers have not noticed yet: when (monotonic) they will."""

    lab: Lab
    how: str
    seconds: float
    greedy: list[str] = field(default_factory=list)
    due: dict[str, float] = field(default_factory=dict)
    converging: asyncio.Task[None] | None = None


class Daemon(Component):
    """One request at a time; whatever touches the kernel happens in a thread."""

    name = "lab"

    def __init__(
        self,
        config: Config,
        read: Callable[[], Network],
        bus: BusLike | None = None,
        make: Callable[[Network], Lab] = Lab,
        equip: Callable[[Network], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`read` says what shall stand; `equip` gives the gateway's agent what it needs (raises Problem: not yet)."""
        self.config = config
        self._read = read
        self._bus = bus
        self._make = make
        self._equip = equip
        self._clock = clock or SystemClock()
        self._owner = Ownership(config.folder, config.lock)
        self._standing: _Standing | None = None
        self._state: tuple[State, str] = ("starting", "builds the virtual network")
        self._one = asyncio.Lock()
        self._server = LineServer(config.socket, self.answer)
        self._first: asyncio.Task[None] | None = None
        self._equipping: asyncio.Task[None] | None = None
        self._equipped = ""
        self._drills = 0

    async def start(self) -> None:
        """Claim the sandbox and begin to build. Raises Problem where another lab stands."""
        self._owner.claim()
        self.config.shown.parent.mkdir(mode=0o700, exist_ok=True)
        await self._server.start()
        if self._bus is not None:
            for name in ("status", "up", "down", "drill"):
                await self._bus.subscribe(f"lab.{name}", self._on_bus)
        self._first = asyncio.create_task(self._build_first())

    async def stop(self) -> None:
        """Answer nobody any more. What was built stands on: the next start adopts it, and the sandbox's end ends it."""
        for task in (self._first, self._equipping, self._standing.converging if self._standing else None):
            if task is not None:
                task.cancel()
                await asyncio.wait({task})
        self._server.stop()
        self._owner.release()

    def health(self) -> Health:
        """Up while the network stands."""
        state, detail = self._state
        counters: dict[str, int | float] = {"drills": self._drills}
        if self._standing is not None:
            counters["spans_cut"] = len(self._standing.lab.cut_spans)
            counters["build_seconds"] = round(self._standing.seconds, 3)
        return Health(state, detail, counters)

    async def answer(self, request: Payload) -> dict[str, Any]:
        """`{"do": "status"}`, `up`, `down`, or `drill` with `name` and `target`; `ok` and what there is to say."""
        try:
            async with self._one:
                return {"ok": True, **await self._do(request)}
        except FAILURES as error:
            log.info("%s was refused: %s", request.get("do"), error)
            return {"ok": False, "problem": str(error)}

    async def _do(self, request: Payload) -> dict[str, Any]:
        verb = request.get("do")
        if verb == "up":
            await self._up()
        elif verb == "down":
            await self._down()
        elif verb == "drill":
            await self._drill(str(request.get("name", "")), str(request.get("target", "")))
        elif verb != "status":
            raise Problem(f"the lab cannot do {verb}. Ask for status, up, down or drill")
        if verb != "status" and self._bus is not None:
            await self._bus.publish("lab.changed", {"cut": self._cut(), "up": self._standing is not None})
        return self.status()

    def status(self) -> dict[str, Any]:
        """What stands now and how it is."""
        if self._standing is None:
            return {"up": False, "detail": self._state[1], "pid": os.getpid(), "data": str(self.config.folder)}
        standing, lab = self._standing, self._standing.lab
        network = lab.network
        cut = lab.cut_spans
        return {
            "up": True,
            "how": standing.how,
            "pid": os.getpid(),
            "data": str(self.config.folder),
            "build_seconds": round(standing.seconds, 3),
            "scale": network.scale,
            "nodes": len(network.nodes),
            "sites": len(network.sites),
            "cut": self._cut(),
            "converged": lab.converged,
            "convergence_seconds": self.config.convergence_seconds,
            "greedy": standing.greedy,
            "uplinks": [
                {"code": uplink.code, "state": "cut" if uplink.span in cut else "lit", "down_bps": uplink.down_bps}
                for uplink in network.uplinks
            ],
            "spans": [
                {
                    "code": span.code,
                    "state": "cut" if span.code in cut else "lit",
                    "a": span.a.node,
                    "b": span.b.node,
                    "leased": span.leased,
                    "provider": span.provider,
                }
                for span in network.spans
            ],
        }

    def _cut(self) -> list[str]:
        return sorted(self._standing.lab.cut_spans) if self._standing else []

    async def _build_first(self) -> None:
        answer = await self.answer({"do": "up"})
        if not answer["ok"]:
            self._state = ("down", str(answer["problem"]))

    async def _up(self) -> None:
        network = await asyncio.to_thread(self._read)
        if self._standing is not None and self._standing.lab.network == network:
            return
        await self._forget()
        lab = self._make(network)
        began = self._clock.monotonic()
        self._state = ("starting", "builds the virtual network")
        try:
            how = await asyncio.to_thread(lab.up)
        except FAILURES as error:
            self._state = ("down", str(error))
            self.config.shown.unlink(missing_ok=True)
            raise
        seconds = self._clock.monotonic() - began
        # Where another network was built, the drills of before go on in it as far as it has their spans.
        cut = _noted(self.config.cuts, "cut") if how == "built" else []
        self._standing = _Standing(lab, how, seconds, _noted(self.config.wishes, "greedy"))
        for span in cut:
            if span in network.span_by_code:
                await self._cut_span(span)
        self._wish(self._standing.greedy)
        if self._equip is not None and self._equipped != network.gateway.code:
            if self._equipping is not None:
                self._equipping.cancel()
            self._equipped = network.gateway.code
            self._equipping = asyncio.create_task(self._equip_later(self._equip, network))
        self._show(network)
        self._note()
        log.info("%d nodes and %d spans %s in %.2f s", len(network.nodes), len(network.spans), how, seconds)

    async def _equip_later(self, equip: Callable[[Network], None], network: Network) -> None:
        """The bus may only just begin to make what its users need; it is asked until it has."""
        while True:
            try:
                await asyncio.to_thread(equip, network)
            except (Problem, OSError) as problem:
                log.debug("the gateway's agent must wait: %s", problem)
                await asyncio.sleep(EQUIP_SECONDS)
            else:
                return

    async def _down(self) -> None:
        standing = self._standing
        await self._forget()
        self.config.shown.unlink(missing_ok=True)
        if standing is not None:
            await asyncio.to_thread(standing.lab.down)
        self._wish([])
        self._state = ("off", "taken down; simpul lab up builds it again")

    async def _forget(self) -> None:
        """No task may work on what is about to go."""
        standing, self._standing = self._standing, None
        self._state = ("down", "no virtual network stands")
        if standing is not None and standing.converging is not None:
            standing.converging.cancel()
            await asyncio.wait({standing.converging})

    async def _drill(self, name: str, target: str) -> None:
        if self._standing is None:
            raise Problem("no virtual network stands. Build it: simpul lab up")
        lab = self._standing.lab
        if name == "cut-span":
            await self._cut_span(known(target, {span.code for span in lab.network.spans}, "span"))
        elif name == "lose-uplink":
            ways = {uplink.code: uplink.span for uplink in lab.network.uplinks}
            await self._cut_span(ways[known(target, ways, "uplink")])
        elif name == "greedy-site":
            self._make_greedy(lab.network, target)
        elif name == "restore":
            await self._restore(target)
        else:
            raise Problem(f'there is no drill "{name}". Drills: {", ".join(DRILLS)}')
        self._drills += 1
        self._note()
        log.info("drill %s %s", name, target)

    async def _cut_span(self, span: str) -> None:
        if self._standing is None or span in self._standing.lab.cut_spans:
            return
        standing = self._standing
        await asyncio.to_thread(standing.lab.cut, span)
        standing.due[span] = self._clock.monotonic() + self.config.convergence_seconds
        self._wish(standing.greedy)
        if standing.converging is None or standing.converging.done():
            standing.converging = asyncio.create_task(self._converge_later(standing))

    async def _converge_later(self, standing: _Standing) -> None:
        """Every cut is followed by new routes after the stated time, each after its own."""
        while standing.due:
            await asyncio.sleep(max(0.0, min(standing.due.values()) - self._clock.monotonic()))
            async with self._one:
                now = self._clock.monotonic()
                noticed = {span for span, due in standing.due.items() if due <= now}
                if not noticed:
                    continue
                try:
                    changed = await asyncio.to_thread(standing.lab.converge, standing.due.keys() - noticed)
                except FAILURES:
                    log.exception("the routes could not be set; tried again")
                    standing.due.update(dict.fromkeys(noticed, now + self.config.convergence_seconds))
                else:
                    for span in noticed:
                        del standing.due[span]
                    log.info("%d nodes have changed their routes", changed)

    async def _restore(self, target: str) -> None:
        """One span, uplink or greedy site; all of them where nothing is named."""
        if self._standing is None:
            return
        lab = self._standing.lab
        ways = {uplink.code: uplink.span for uplink in lab.network.uplinks}
        spans = {span.code for span in lab.network.spans}
        sites = _sites(lab.network)
        if target in sites:
            self._wish([site for site in self._standing.greedy if site != sites[target]])
        elif target:
            span = known(ways.get(target, target), spans, "span, uplink or site")
            self._standing.due.pop(span, None)
            await asyncio.to_thread(lab.restore, [span], set(self._standing.due))
            self._wish(self._standing.greedy)
        else:
            self._standing.due.clear()
            await asyncio.to_thread(lab.restore)
            self._wish([])

    def _make_greedy(self, network: Network, target: str) -> None:
        sites = _sites(network)
        code = sites[known(target, sites, "site")]
        greedy = self._standing.greedy if self._standing else []
        self._wish([*(site for site in greedy if site != code), code])

    def _wish(self, greedy: list[str]) -> None:
        """Write down which drills go on: for the people, and for the daemon that follows this one if it is killed."""
        if self._standing is not None:
            self._standing.greedy = greedy
        _write(self.config.wishes, json.dumps({"greedy": greedy}))
        _write(self.config.cuts, json.dumps({"cut": self._cut()}))

    def _show(self, network: Network) -> None:
        _write(self.config.shown, network.to_text())

    def _note(self) -> None:
        if self._standing is None:
            return
        network = self._standing.lab.network
        cut = f"; cut: {', '.join(self._cut())}" if self._cut() else ""
        self._state = ("up", f"{len(network.sites)} sites, {len(network.spans)} spans{cut}")

    async def _on_bus(self, subject: str, payload: dict[str, Any]) -> Payload:
        return await self.answer({**payload, "do": subject.rpartition(".")[2]})


def known(code: str, codes: set[str] | Mapping[str, str], what: str) -> str:
    """The code if it is one of them. Raises Problem that names some."""
    if code in codes:
        return code
    some = ", ".join(sorted(codes)[:6])
    said = f'"{code}" is no {what}' if code else f"name a {what}"
    raise Problem(f"{said} of the virtual network. Write for example {some}")


def _sites(network: Network) -> dict[str, str]:
    """The node of every site, by the site's code and by its own."""
    return {name: node.code for node in network.sites for name in (node.site, node.code) if name}


def _noted(path: Path, what: str) -> list[str]:
    """The codes that stand in the file; none where there is no such file."""
    with contextlib.suppress(OSError, ValueError, AttributeError, TypeError):
        noted: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return [str(code) for code in noted.get(what) or ()]
    return []


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
