"""The agent's line to its controller. Everything goes on without it; what must be heard is said until it is."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from simpul.engines.nats import Bus, Config, NoAnswer
from simpul.kit.problem import Problem
from simpul.traffic.agent.options import Credential
from simpul.traffic.agent.orders import Orders
from simpul.traffic.logic.panic import Panic

log = logging.getLogger(__name__)

ASK_SECONDS, TELL_SECONDS = 15.0, 2.0
Report = Callable[[], dict[str, Any]]
Answer = Mapping[str, Any]


class Link:
    """Connects outward only. `set_panic` and `report` are the agent's."""

    def __init__(
        self, credential: Credential, orders: Orders, report: Report, set_panic: Callable[[Panic], None]
    ) -> None:
        self._name = credential.name
        self._orders = orders
        self._report = report
        self._set_panic = set_panic
        self._bus = Bus(
            Config(
                url=credential.url,
                user=credential.user,
                password=credential.password,
                ca=credential.ca,
                client_name=credential.user,
            )
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to connect, to listen and to ask; returns at once."""
        for verb, handler in {
            "apply": self._apply,
            "confirm": self._confirm,
            "panic": self._panic,
            "status": self._status,
        }.items():
            await self._bus.subscribe(f"agent.{self._name}.do.{verb}", handler)
        await self._bus.start()
        self._tasks = [asyncio.create_task(self._forever(turn)) for turn in (self._ask, self._tell)]

    async def stop(self) -> None:
        """Leave."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._bus.stop(), 1.0)

    async def publish(self, report: Mapping[str, Any]) -> None:
        """Tell whoever listens."""
        await self._bus.publish(f"agent.{self._name}.report", report)

    async def _apply(self, _subject: str, payload: dict[str, Any]) -> Answer:
        return self._orders.apply(payload)

    async def _confirm(self, _subject: str, payload: dict[str, Any]) -> Answer:
        number = payload.get("number")
        return self._orders.confirm(number if isinstance(number, int) else 0, str(payload.get("order") or ""))

    async def _panic(self, _subject: str, payload: dict[str, Any]) -> Answer:
        try:
            mode = Panic(str(payload.get("mode")))
        except ValueError:
            modes = ", ".join(Panic)
            return {
                "ok": False,
                "number": self._orders.latest,
                "refused": f"there is no such mode. Say one of: {modes}",
            }
        try:
            self._set_panic(mode)
        except Problem as problem:
            return {"ok": False, "number": self._orders.latest, "refused": str(problem)}
        return {"ok": True, "number": self._orders.latest}

    async def _status(self, _subject: str, _payload: dict[str, Any]) -> Answer:
        return self._report()

    async def _forever(self, turn: Callable[[], Awaitable[float]]) -> None:
        while True:
            try:
                pause = await turn()
            except NoAnswer as error:
                log.debug("no answer from the controller: %s", error)
                pause = 1.0
            await asyncio.sleep(pause)

    async def _ask(self) -> float:
        """Is there an order that we lack, or a confirmation that we missed?"""
        number = self._orders.latest
        asked = {"number": number, "order": self._orders.fingerprint}
        answer = await self._bus.request(f"agent.{self._name}.ask", asked)
        envelope = answer.get("order")
        if isinstance(envelope, dict):
            taken = self._orders.apply(envelope)
            number = taken["number"] if taken["ok"] else 0
        if answer.get("confirmed") and self._orders.pending and self._orders.pending.number == number:
            self._orders.confirm(number)
        return ASK_SECONDS

    async def _tell(self) -> float:
        """Say what became of orders until it is acknowledged."""
        for notice in list(self._orders.untold):
            answer = await self._bus.request(f"agent.{self._name}.told", notice)
            if not answer.get("ok"):
                break
            self._orders.told(notice)
        return TELL_SECONDS if self._orders.untold else 0.2
