"""What the lab's daemon says and when it lets routes follow, on a network that no kernel holds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from network.small import small_network
from simpul.kit.problem import Problem
from simpul.lab.daemon import Config, Daemon
from simpul.lab.network import build
from simpul.lab.network.build import Lab
from simpul.lab.network.plan import Network
from simpul.lab.network.routes import tables

RING = small_network(sites=12, ring=3, spur=3, providers=2, center=True)
SMALLER = small_network(sites=6, ring=3, spur=3, providers=2, center=True)


class Imagined(Lab):
    """Knows what it would have built, cut and routed."""

    def up(self) -> str:
        """Built at once."""
        self._routes = tables(self.network)
        return "built"


@pytest.fixture(autouse=True)
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "run_batches", lambda *_, **__: None)


def played(folder: Path, scenario: Callable[[Daemon], Awaitable[None]], **parts: Any) -> None:
    """A daemon whose first network stands, for as long as the scenario lasts."""
    (folder / "run").mkdir()
    config = Config(folder, folder / "run", convergence_seconds=0.6, lock=folder / "lock")

    async def play() -> None:
        daemon = Daemon(config, **{"read": lambda: RING, "make": Imagined, **parts})
        await daemon.start()
        try:
            while daemon.health().state == "starting":  # noqa: ASYNC110 (what is tested is the health)
                await asyncio.sleep(0.01)
            await scenario(daemon)
        finally:
            await daemon.stop()

    asyncio.run(play())


def test_after_a_build_that_failed_its_health_says_down_and_why(tmp_path: Path) -> None:
    networks = [SMALLER, RING]

    class Broken(Imagined):
        def up(self) -> str:
            if self.network == RING:
                raise Problem("no more namespaces")
            return super().up()

    async def scenario(daemon: Daemon) -> None:
        assert daemon.health().state == "up"
        assert daemon.config.shown.exists()
        networks.pop(0)
        assert not (await daemon.answer({"do": "up"}))["ok"]
        assert (daemon.health().state, daemon.health().detail) == ("down", "no more namespaces")
        assert daemon.status()["detail"] == "no more namespaces"
        assert not daemon.config.shown.exists()

    played(tmp_path, scenario, read=lambda: networks[0], make=Broken)


def test_each_of_two_cuts_is_followed_after_its_own_time_whatever_is_restored_meanwhile(tmp_path: Path) -> None:
    labs: list[Imagined] = []

    def make(network: Network) -> Imagined:
        labs.append(Imagined(network))
        return labs[0]

    def known(*cut: str) -> bool:
        """Whether the routes are those of somebody who knows of these cuts and no others."""
        return labs[0]._routes == tables(RING, frozenset(cut))

    async def drill(daemon: Daemon, name: str, target: str) -> None:
        assert (await daemon.answer({"do": "drill", "name": name, "target": target}))["ok"]

    async def until(condition: Callable[[], bool]) -> float:
        while not condition():  # noqa: ASYNC110 (nobody tells when routes change)
            await asyncio.sleep(0.01)
        return time.monotonic()

    async def scenario(daemon: Daemon) -> None:
        await drill(daemon, "cut-span", "L-S12")
        await until(lambda: known("L-S12"))
        began = time.monotonic()
        await drill(daemon, "cut-span", "RING-1")
        await asyncio.sleep(0.4)
        again = time.monotonic()
        await drill(daemon, "cut-span", "L-S03")
        await drill(daemon, "restore", "L-S12")
        assert known()
        assert 0.6 <= await until(lambda: known("RING-1")) - began < 0.9
        assert 0.6 <= await until(lambda: known("RING-1", "L-S03")) - again < 0.9

    played(tmp_path, scenario, make=make)
