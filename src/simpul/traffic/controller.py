"""The component that carries orders to gateways and hears what they say. Rows are the truth; it keeps only what passes.

Killed at any moment it loses nothing: orders wait in their rows, gateways go on by themselves, and the next start
takes up where the rows stand.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from django.db import connections
from django.utils import translation

from simpul.engines.nats import Bus, NoAnswer
from simpul.kit.clock import Clock, SystemClock
from simpul.kit.component import Component
from simpul.kit.health import Health
from simpul.traffic import carrying, reports
from simpul.traffic.deadlines import Deadlines
from simpul.traffic.gateways import Gateways
from simpul.traffic.logic.order import fingerprint
from simpul.traffic.logic.report import Report, shown, whole
from simpul.traffic.models import PanicOrder, PlanVersion
from simpul.traffic.standings import headline, remedy

log = logging.getLogger(__name__)
T = TypeVar("T")
State = PlanVersion.State


@dataclass(frozen=True)
class Config:
    """`rate_scale` is what plans are sent with; `first_plan` orders one for a gateway that never had one in
    force, for which it looks every `first_plan_seconds`.

    `well_seconds`: so long a gateway must report the plan and a living uplink before the plan confirms itself.
    """

    run_dir: Path
    rate_scale: float = 1.0
    first_plan: bool = False
    first_plan_seconds: float = 10.0
    poll_seconds: float = 0.2
    answer_within: float = 5.0
    well_seconds: float = 5.0
    judge_seconds: float = 1.0


class Controller(Component):
    """Looks for open orders a few times a second, and at once when somebody is told of one."""

    name = "traffic"

    def __init__(self, config: Config, bus: Bus, clock: Clock | None = None) -> None:
        self._config = config
        self._bus = bus
        self._clock = clock or SystemClock()
        self._gateways = Gateways(self._clock.monotonic)
        self._deadlines = Deadlines(self._clock)
        self._apart: dict[str, str] = {}
        self._orders: dict[int, str] = {}
        self._silent: dict[str, str] = {}
        self._unplanned: dict[str, str] = {}
        self._look_again: dict[str, float] = {}
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._counts = {"reports": 0, "asked": 0, "told": 0, "orders": 0}
        self._trouble = ""
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._judging: asyncio.Task[None] | None = None
        # One thread, so one connection to the database.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="traffic")

    async def start(self) -> None:
        """Listen, and begin to look for orders."""
        await self._bus.subscribe("agent.*.report", self._on_report)
        await self._bus.subscribe("agent.*.ask", self._on_ask)
        await self._bus.subscribe("agent.*.told", self._on_told)
        await self._bus.subscribe("changed.traffic.>", self._on_change)
        self._task = asyncio.create_task(self._run())
        self._judging = asyncio.create_task(self._judge_for_ever())

    async def stop(self) -> None:
        """Leave what is on its way to the next start."""
        tasks = [task for task in (self._task, self._judging, *self._busy.values()) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1)
        self._thread.submit(connections.close_all)
        self._thread.shutdown(wait=False, cancel_futures=False)

    async def finished(self) -> None:
        """Return when the loop has ended, which no error of a round can bring about."""
        if self._task is not None:
            await asyncio.wait({self._task})

    def health(self) -> Health:
        """Counters since the start, which gateway does not answer, and what the others say is wrong."""
        if self._trouble:
            return Health("down", f"cannot read orders: {self._trouble}", dict(self._counts))
        counts = {**self._counts, "rejected": self._gateways.rejected}
        bare = [f"{gateway}: never had a plan: {why}" for gateway, why in self._unplanned.items() if why]
        said = [*self._silent.values(), *self._apart.values(), *bare, *self._gateways.troubles()]
        return Health("up", "; ".join(said), counts)

    async def _run(self) -> None:
        while True:
            try:
                await self._round()
                self._trouble = ""
            except Exception as error:
                log.exception("orders could not be read; they are read again")
                self._trouble = (str(error).splitlines() or [type(error).__name__])[0]
            self._wake.clear()
            try:
                async with asyncio.timeout(self._config.poll_seconds):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _judge_for_ever(self) -> None:
        """Say once a second on the bus how every gateway stands to its plan, for the watch and its alarms."""
        while True:
            await asyncio.sleep(self._config.judge_seconds)
            try:
                await self._judge()
            except Exception:
                log.exception("gateways could not be held against their plans; tried again")

    async def _judge(self) -> None:
        judged = self._gateways.judge(await self._rows(lambda: carrying.planned(self._orders)))
        with translation.override("en"):
            apart = {
                name: f"{headline(name, each.standing)} {remedy(each.standing)}"
                for name, each in judged.items()
                if each.lasting and each.standing.wrong
            }
        for name in apart.keys() - self._apart.keys():
            log.warning("%s", apart[name])
        self._apart = apart
        rows = {name: {"doing": each.standing.doing, "apart": name in apart} for name, each in judged.items()}
        await self._bus.publish("traffic.gateways", {"gateways": rows})

    async def _round(self) -> None:
        """Begin to serve every gateway for which something is open, unless that goes on already."""
        plans, panics = await self._rows(lambda: (carrying.open_plans(), carrying.open_panics()))
        for gateway in {plan.gateway.code for plan in plans} | {order.gateway.code for order in panics}:
            if gateway not in self._busy:
                task = asyncio.create_task(self._serve(gateway, _of(plans, gateway), _of(panics, gateway)))
                self._busy[gateway] = task
                task.add_done_callback(lambda done, gateway=gateway: self._served(gateway, done))  # type: ignore[misc]

    def _served(self, gateway: str, task: asyncio.Task[None]) -> None:
        self._busy.pop(gateway, None)
        if not task.cancelled() and task.exception() is not None:
            log.error("the orders of %s failed; they are tried again", gateway, exc_info=task.exception())

    async def _serve(self, gateway: str, plans: list[PlanVersion], panics: list[PanicOrder]) -> None:
        try:
            for order in panics:
                if self._deadlines.lapsed(order):
                    await self._rows(lambda order=order: carrying.panicked(order, carrying.LAPSED))  # type: ignore[misc]
                    continue
                answer = await self._ask(gateway, "panic", {"mode": order.mode})
                await self._rows(lambda order=order, answer=answer: carrying.panicked(order, _refusal(answer)))  # type: ignore[misc]
            for version in sorted(plans, key=lambda each: each.number):
                await self._carry(gateway, version)
        except NoAnswer as error:
            self._silent[gateway] = f"{gateway} does not answer ({error})"
            # Not at once again: who is not there now is not there a moment later.
            await asyncio.sleep(1)
        else:
            self._silent.pop(gateway, None)

    async def _carry(self, gateway: str, version: PlanVersion) -> None:
        """The next step of one plan, if it is time for it."""
        if version.state == State.APPLYING:
            envelope = await self._rows(lambda: carrying.envelope_of(version, self._config.rate_scale))
            answer = await self._ask(gateway, "apply", envelope)
            refusal = _refusal(answer)
            if refusal:
                await self._rows(lambda: carrying.refused(version, refusal))
            else:
                await self._rows(lambda: carrying.applied(version))
        elif version.wanted_at is not None:
            await self._confirm(gateway, version)
        elif version.unattended and self._gateways.is_well(gateway, version.number, self._config.well_seconds):
            await self._rows(lambda: carrying.wish_confirmed(version))
            self._wake.set()
        elif self._deadlines.overdue(version):
            reason = "nobody confirmed it in time, and the gateway has not been heard since"
            await self._rows(lambda: carrying.reverted(version, reason))

    async def _confirm(self, gateway: str, version: PlanVersion) -> None:
        refusal = _refusal(await self._ask(gateway, "confirm", _named(version)))
        if not refusal:
            await self._rows(lambda: carrying.confirmed(version))
        elif self._deadlines.overdue(version):
            # It came too late, and the gateway has not told so itself.
            await self._rows(lambda: carrying.reverted(version, refusal))

    async def _ask(self, gateway: str, what: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        self._counts["orders"] += 1
        return await self._bus.request(f"agent.{gateway}.do.{what}", payload, self._config.answer_within)

    async def _on_report(self, subject: str, payload: dict[str, Any]) -> None:
        gateway = _name(subject)
        self._counts["reports"] += 1
        report = self._gateways.take(gateway, payload)
        if report is None:
            return
        scale = self._config.rate_scale
        back = reports.scaled_back(report.to_data(), scale) | {"rate_scale": scale}
        at = self._clock.now()
        await asyncio.to_thread(reports.keep, self._config.run_dir, gateway, back, at)
        if report.pending is None and gateway not in self._busy:
            await self._rows(lambda: carrying.kept(gateway, report.number, report.order))
        if self._config.first_plan:
            await self._look_for_first_plan(gateway, report)

    async def _look_for_first_plan(self, gateway: str, report: Report) -> None:
        """A gateway that goes on without a plan is offered one again, for it only asks when it connects."""
        if report.latest > 0:
            self._unplanned.pop(gateway, None)
        elif self._clock.monotonic() >= self._look_again.get(gateway, 0.0) and gateway not in self._busy:
            await self._first_plan(gateway)

    async def _first_plan(self, gateway: str) -> None:
        self._look_again[gateway] = self._clock.monotonic() + self._config.first_plan_seconds
        await self._rows(lambda: carrying.first_plan(gateway))
        why = await self._rows(lambda: carrying.why_unplanned(gateway))
        if why and why != self._unplanned.get(gateway):
            log.warning("%s shares nothing, for it never had a plan: %s", gateway, why)
        self._unplanned[gateway] = why

    async def _on_ask(self, subject: str, payload: dict[str, Any]) -> dict[str, Any]:
        gateway, number = _name(subject), _number(payload)
        self._counts["asked"] += 1
        if self._config.first_plan and number == 0:
            await self._first_plan(gateway)
        scale = self._config.rate_scale
        return await self._rows(lambda: carrying.answer_to(gateway, number, scale, _order(payload)))

    async def _on_told(self, subject: str, payload: dict[str, Any]) -> dict[str, Any]:
        gateway, number = _name(subject), _number(payload)
        state, reason = shown(payload.get("state")), shown(payload.get("reason"))
        self._counts["told"] += 1
        if not await self._rows(lambda: carrying.told(gateway, number, state, reason)):
            log.warning("%s tells of plan %s (%s), which is not known here", gateway, number, state)
        return {"ok": True}

    async def _on_change(self, _subject: str, _payload: dict[str, Any]) -> None:
        self._wake.set()

    async def _rows(self, read_or_write: Callable[[], T]) -> T:
        """In the one thread that has the database."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, read_or_write)


def _of(rows: list[Any], gateway: str) -> list[Any]:
    return [row for row in rows if row.gateway.code == gateway]


def _name(subject: str) -> str:
    return subject.split(".")[1]


def _number(payload: Mapping[str, Any]) -> int:
    return whole(payload.get("number")) or 0


def _order(payload: Mapping[str, Any]) -> str:
    """The fingerprint of what the gateway holds; empty where it does not say."""
    return shown(payload.get("order"))


def _named(version: PlanVersion) -> dict[str, Any]:
    return {"number": version.number, "order": fingerprint(version.envelope or {})}


def _refusal(answer: Mapping[str, Any]) -> str:
    """Why the gateway would not; empty if it did."""
    return "" if answer.get("ok") is True else shown(answer.get("refused")) or "the gateway gave no reason"
