"""The component as a whole: it finds its place, asks, concludes, tells; the network and the bus are the test's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

import clocks
from clocks import HeldClock
from register.networks import PROBER
from simpul.engines.nats import Bus
from simpul.engines.nats import Config as BusConfig
from simpul.watch import explaining
from simpul.watch.asking import Pace
from simpul.watch.errors import NotWatching
from simpul.watch.logic.pulse import Patience
from simpul.watch.models import Alarm
from simpul.watch.samples import Row
from simpul.watch.settling import Times
from simpul.watch.watcher import Config, Senses, Watcher
from waiting import becomes
from watch.addressed import town

pytestmark = pytest.mark.django_db(transaction=True)
CONFIG = Config(
    pace=Pace(probe_seconds=0.3, longest_wait=0.2),
    patience=Patience(seconds=0.8, first_seconds=2.0),
    times=Times(settle=0.3, longest=2.0, sharpen=0.3, clear=0.6),
    sample_seconds=1.0,
)


class Told(Bus):
    """A bus without a server: keeps what was published, and hands over what the test says."""

    def __init__(self) -> None:
        super().__init__(BusConfig("tls://127.0.0.1:1"))
        self.newest: dict[str, Any] = {}
        self.hears: dict[str, Callable[[str, dict[str, Any]], Awaitable[Any]]] = {}

    async def subscribe(self, subject: str, handler: Any, queue: str = "") -> None:  # noqa: ARG002
        """Somebody listens."""
        self.hears[subject] = handler

    async def publish(self, subject: str, payload: Any) -> None:
        """Somebody speaks."""
        self.newest[subject] = payload


@dataclass
class Stage:
    """A town that can be silenced, and a watch that may stand in it or not."""

    silent: set[str] = field(default_factory=set)
    standing: bool = True
    rows: list[Row] = field(default_factory=list)
    bus: Told = field(default_factory=Told)
    clock: HeldClock = field(default_factory=HeldClock)

    def __post_init__(self) -> None:
        """A watch with a network of the test's own."""
        self.snapshot = town()
        self.watcher = Watcher(CONFIG, self.senses(), self.bus, self.clock)

    def senses(self) -> Senses:
        """Everything it is handed."""
        mine = self.snapshot.devices[PROBER].address
        return Senses(
            read=lambda: self.snapshot,
            explain=explaining.explainer,
            covered=explaining.covered,
            ask=self.ask,
            writer=self,
            is_ours=lambda address: self.standing and address == mine,
        )

    async def ask(self, address: str) -> float | None:
        """An echo request."""
        await asyncio.sleep(0.001)
        owner = {device.address: device.code for device in self.snapshot.devices.values()}
        owner |= {link.a_address: link.a_device for link in self.snapshot.links.values()}
        owner |= {link.b_address: link.b_device for link in self.snapshot.links.values()}
        return None if owner[address] in self.silent else 0.001

    def put(self, rows: Sequence[Row]) -> int:
        """As the store's spool takes samples."""
        self.rows += rows
        return len(rows)

    def told(self, topic: str) -> Any:
        """The newest rows of a topic."""
        return self.bus.newest.get(f"live.{topic}", {}).get("open" if topic == "alarms" else topic)

    def play(self, *steps: Callable[[], Awaitable[None]]) -> None:
        """Let it work while the steps are taken."""

        async def work() -> None:
            await self.watcher.start()
            try:
                for step in steps:
                    await step()
            finally:
                await self.watcher.stop()

        clocks.play(self.clock, work())


@pytest.fixture
def stage() -> Stage:
    """Everybody answers."""
    return Stage()


def test_it_looks_again_for_its_place_until_the_network_is_there(stage: Stage) -> None:
    stage.standing = False

    async def before() -> None:
        await becomes(lambda: "address of no device" in stage.watcher.health().detail)
        assert stage.watcher.health().state == "starting"
        with pytest.raises(NotWatching, match="address of no device"):
            stage.watcher.answer({"do": "why", "target": "X"})
        stage.standing = True

    async def after() -> None:
        await becomes(lambda: stage.watcher.health().state == "up")
        await becomes(lambda: stage.told("sites") and stage.told("sites")["S-X"]["network"] == "up")

    stage.play(before, after)
    assert stage.watcher.health().detail.startswith("asks 25 addresses from SRV")


def test_who_is_taken_out_of_the_network_asks_no_more_and_alarms_nothing(stage: Stage) -> None:
    async def leave() -> None:
        await becomes(lambda: stage.watcher.health().state == "up")
        stage.standing = False
        stage.silent = set(stage.snapshot.devices)
        await becomes(lambda: stage.watcher.health().state == "starting")
        await asyncio.sleep(2)

    stage.play(leave)
    assert not Alarm.objects.exists()


def test_a_cut_is_told_on_the_bus_kept_in_the_rows_and_over_after_the_repair(stage: Stage) -> None:
    async def cut() -> None:
        await becomes(lambda: stage.told("links") and stage.told("links")["B-X"]["state"] == "up")
        stage.silent = {"X", "Y"}
        await becomes(lambda: stage.told("alarms"))
        await becomes(lambda: stage.told("links")["B-X"]["state"] == "down")
        await becomes(lambda: stage.told("sites")["S-Y"]["network"] == "down")

    async def mend() -> None:
        stage.silent = set()
        await becomes(lambda: stage.told("alarms") == [])

    stage.play(cut, mend)
    (alarm,) = Alarm.objects.all()
    assert (alarm.refs, alarm.sites, alarm.closed_at is None) == (["B-X", "X"], ["S-X", "S-Y"], False)
    assert stage.watcher.health().counters["opened"] == 1


def test_a_cut_is_an_alarm_within_five_seconds_of_its_first_missed_question(stage: Stage) -> None:
    stage.watcher = Watcher(Config(), stage.senses(), stage.bus, stage.clock)
    told_at: list[datetime] = []

    async def cut() -> None:
        await becomes(lambda: stage.told("links") and stage.told("links")["B-X"]["state"] == "up")
        stage.silent = {"X", "Y"}
        await becomes(lambda: stage.told("alarms"))
        told_at.append(stage.clock.now())

    stage.play(cut)
    since = datetime.fromisoformat(Alarm.objects.get().evidence["missed_since"])
    assert timedelta(0) < told_at[0] - since < timedelta(seconds=5)


def test_ways_out_are_as_gateways_say(stage: Stage) -> None:
    rates = {"down": 1.0, "up": 1.0}

    async def report() -> None:
        await becomes(lambda: stage.watcher.health().state == "up")
        said = {name: {"alive": name == "UP-1", "loss": 0.0, **rates} for name in ("UP-1", "UP-2")}
        for _ in range(40):
            await stage.bus.hears["agent.*.report"]("agent.GW.report", {"uplinks": said, "nodes": {}})
            await asyncio.sleep(0.05)
            if stage.told("alarms"):
                break
        await becomes(lambda: stage.told("alarms"))

    stage.play(report)
    (alarm,) = Alarm.objects.all()
    assert (alarm.kind, alarm.refs, alarm.service_number) == ("uplink_lost", ["UP-2"], "NO-UP-2")


def test_a_changed_register_is_asked_without_a_restart(stage: Stage) -> None:
    async def grow() -> None:
        await becomes(lambda: stage.watcher.health().state == "up")
        moved = replace(stage.snapshot.devices["Y"], address="192.0.2.200")
        stage.snapshot = replace(stage.snapshot, devices={**stage.snapshot.devices, "Y": moved})
        stage.silent = {"Y"}
        await stage.bus.hears["changed.register.>"]("changed.register.element", {})
        await becomes(lambda: stage.told("alarms"))

    stage.play(grow)
    assert Alarm.objects.get().refs[0] in {"X-Y", "Y"}


def test_seconds_become_samples_and_the_last_ones_are_kept_at_the_end(stage: Stage) -> None:
    async def measure() -> None:
        await becomes(lambda: stage.rows)
        stage.rows.clear()
        await asyncio.sleep(1.2)

    stage.play(measure)
    assert {(metric, ref) for metric, ref, _, value in stage.rows if value == 1.0} >= {
        ("device.up", "X"),
        ("link.up", "B-X"),
    }
    assert stage.watcher.health().counters["samples_lost"] == 0
