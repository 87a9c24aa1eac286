"""What the lab's daemon says and when it lets routes follow, on a network that no kernel holds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

import clocks
from clocks import HeldClock
from network.small import small_network
from simpul.kit.problem import Problem
from simpul.lab.daemon import Config, Daemon
from simpul.lab.network import build
from simpul.lab.network.build import Lab
from simpul.lab.network.plan import network_from_text
from simpul.lab.network.routes import tables
from waiting import becomes

SECONDS = 1.5
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
    """A daemon whose first network stands, for as long as the scenario lasts; by a held clock."""
    clock = parts.setdefault("clock", HeldClock())
    (folder / "run").mkdir(exist_ok=True)
    config = Config(folder, folder / "run", convergence_seconds=SECONDS, lock=folder / "lock")

    async def play() -> None:
        daemon = Daemon(config, **{"read": lambda: RING, "make": Imagined, **parts})
        await daemon.start()
        try:
            await becomes(lambda: daemon.health().state != "starting")
            await scenario(daemon)
        finally:
            await daemon.stop()

    clocks.play(clock, play())


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
    followed: list[tuple[float, set[str]]] = []
    clock = HeldClock()

    class Watched(Imagined):
        def converge(self, unnoticed: Iterable[str] = ()) -> int:
            changed = super().converge(unnoticed)
            followed.append((clock.monotonic(), set(self.cut_spans) - set(unnoticed)))
            return changed

    async def drill(daemon: Daemon, name: str, target: str) -> float:
        began = clock.monotonic()
        assert (await daemon.answer({"do": "drill", "name": name, "target": target}))["ok"]
        return began

    async def scenario(daemon: Daemon) -> None:
        await drill(daemon, "cut-span", "L-S12")
        first = await drill(daemon, "cut-span", "RING-1")
        await asyncio.sleep(SECONDS / 2)
        second = await drill(daemon, "cut-span", "L-S03")
        await drill(daemon, "restore", "L-S12")
        assert not daemon.status()["converged"]
        await becomes(lambda: daemon.status()["converged"])
        assert [known for _, known in followed] == [set(), {"RING-1"}, {"RING-1", "L-S03"}]
        assert followed[1][0] - first == pytest.approx(SECONDS)
        assert followed[2][0] - second == pytest.approx(SECONDS)

    played(tmp_path, scenario, make=Watched, clock=clock)


def test_the_agent_of_every_gateway_that_comes_gets_what_it_needs(tmp_path: Path) -> None:
    renamed = network_from_text(SMALLER.to_text().replace('"GW"', '"GW-NEW"'), "renamed")
    networks = [RING, SMALLER, renamed]
    equipped: list[str] = []

    async def scenario(daemon: Daemon) -> None:
        for expected in (["GW"], ["GW"], ["GW", "GW-NEW"]):
            assert (await daemon.answer({"do": "up"}))["ok"]
            await asyncio.sleep(0.2)
            assert equipped == expected
            del networks[:1]

    played(tmp_path, scenario, read=lambda: networks[0], equip=lambda network: equipped.append(network.gateway.code))


def test_drills_go_on_when_the_daemon_is_started_again_on_another_network(tmp_path: Path) -> None:
    async def begin(daemon: Daemon) -> None:
        for span in ("RING-1", "RING-2"):
            await daemon.answer({"do": "drill", "name": "cut-span", "target": span})
        await daemon.answer({"do": "drill", "name": "greedy-site", "target": RING.sites[0].code})
        await daemon.answer({"do": "drill", "name": "restore", "target": "RING-2"})

    async def again(daemon: Daemon) -> None:
        status = daemon.status()
        assert (status["cut"], status["greedy"]) == (["RING-1"], [RING.sites[0].code])
        assert "cut: RING-1" in daemon.health().detail
        await daemon.answer({"do": "drill", "name": "restore"})
        assert (daemon.status()["cut"], daemon.status()["greedy"]) == ([], [])

    async def ended(daemon: Daemon) -> None:
        assert (daemon.status()["cut"], daemon.status()["greedy"]) == ([], [])

    played(tmp_path, begin)
    played(tmp_path, again, read=lambda: SMALLER)
    played(tmp_path, ended)
