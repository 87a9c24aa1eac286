"""An agent that shapes nothing: it speaks on the bus as the real one does, by the same orders."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any

from django.conf import settings

from simpul.engines.nats import Bus, Config, NoAnswer
from simpul.traffic.logic.order import OrderRefused, opened


class StandIn:
    """`holds` is the number of the plan it runs; `trial` the one on trial. Reports ten times a second."""

    def __init__(self, config: Config, gateway: str = "GW") -> None:
        self.bus = Bus(config)
        self.gateway = gateway
        self.holds = 0
        self.trial: int | None = None
        self.until = 0.0
        self.panic = "normal"
        self.alive = True
        self.refuses = ""
        self.order = ""
        self.trouble: list[str] = []
        self.received: list[str] = []
        self.rates: dict[str, Any] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._key = settings.PLAN_KEY().public_key()

    async def start(self) -> None:
        """Connect, listen, report."""
        await self.bus.subscribe(f"agent.{self.gateway}.do.>", self._on_order)
        await self.bus.start()
        await self.bus.connected(10)
        self._tasks = [asyncio.create_task(self._report())]

    async def stop(self) -> None:
        """Leave, as by a cut."""
        for task in self._tasks:
            task.cancel()
        await self.bus.stop()

    async def ask(self) -> dict[str, Any]:
        """What it does at every connection."""
        return await self.bus.request(f"agent.{self.gateway}.ask", {"number": self.holds, "order": self.order}, 10)

    async def tell(self, number: int, state: str, reason: str = "") -> dict[str, Any]:
        """What has become of a plan."""
        payload = {"number": number, "state": state, "reason": reason}
        return await self.bus.request(f"agent.{self.gateway}.told", payload, 10)

    async def _on_order(self, subject: str, payload: dict[str, Any]) -> dict[str, Any]:
        what = subject.rpartition(".")[2]
        self.received.append(what)
        if self.refuses:
            return {"ok": False, "refused": self.refuses}
        if what == "apply":
            return self._apply(payload)
        if what == "confirm" and payload["number"] == self.trial:
            self.holds, self.trial = payload["number"], None
        if what == "panic":
            self.panic = payload["mode"]
        return {"ok": True}

    def _apply(self, envelope: dict[str, Any]) -> dict[str, Any]:
        try:
            order = opened(envelope, self._key, self.gateway)
        except OrderRefused as error:
            return {"ok": False, "refused": str(error)}
        self.trial, self.until = order.number, time.monotonic() + order.confirm_s
        self.rates = dict(order.plan["uplinks"][0])
        return {"ok": True, "number": order.number}

    async def _report(self) -> None:
        while True:
            if self.trial is not None and time.monotonic() > self.until:
                gone, self.trial = self.trial, None
                with suppress(NoAnswer):
                    await self.tell(gone, "reverted", "nobody confirmed it in time")
            await self.bus.publish(f"agent.{self.gateway}.report", self._now())
            await asyncio.sleep(0.1)

    def _now(self) -> dict[str, Any]:
        trial = {"number": self.trial, "seconds_left": 5} if self.trial is not None else None
        return {
            "gateway": self.gateway,
            "number": self.holds,
            "pending": trial,
            "panic": self.panic,
            "uplinks": {"UP-1": {"alive": self.alive, "carrier": True, "loss": 0.0, "down": 1000, "up": 500}},
            "nodes": {"CLINIC": {"down": 1000, "up": 0, "share_down": 2000, "share_up": 10, "uplink": "UP-1"}},
            "unclassified": {"down": 10, "up": 0},
            "order": self.order,
            "trouble": self.trouble,
        }
