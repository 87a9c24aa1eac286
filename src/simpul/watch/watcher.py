"""The component that watches: asks, concludes, writes alarms, and tells the bus and the store each second."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import connections

from simpul.engines.icmp import kernel_drops
from simpul.engines.nats import Bus
from simpul.kit.clock import Clock, SystemClock
from simpul.kit.component import Component
from simpul.kit.health import Health
from simpul.register.logic.snapshot import Snapshot
from simpul.watch import keeping, live, seen, targets
from simpul.watch.asking import Ask, Asker, Pace, Questions, Reader
from simpul.watch.errors import NotWatching
from simpul.watch.hearing import Hearing
from simpul.watch.judge import Explain, Judge
from simpul.watch.logic.pulse import Patience
from simpul.watch.models import Alarm
from simpul.watch.observed import Observed
from simpul.watch.samples import Means, Writer
from simpul.watch.settling import Times
from simpul.watch.text import in_languages

log = logging.getLogger(__name__)
T = TypeVar("T")
MakeReader = Callable[[str, Sequence[str]], Reader]
# The register is read again so often even if nobody says that it has changed; where we stand is looked at so often.
REGISTER_SECONDS, PLACE_SECONDS = 60.0, 2.0
JUDGE_SECONDS, TELL_SECONDS, ALARMS_SECONDS = 0.25, 1.0, 5.0


@dataclass(frozen=True)
class Config:
    """`device`: the code of the device that asks; empty: the one whose address this machine has."""

    device: str = ""
    rate_scale: float = 1.0
    pace: Pace = field(default_factory=Pace)
    patience: Patience = field(default_factory=Patience)
    times: Times = field(default_factory=Times)
    sample_seconds: float = 10.0


@dataclass(frozen=True)
class Senses:
    """How the watch reaches the world: the register, echo requests, SNMP (none without a community), the store."""

    read: Callable[[], Snapshot]
    explain: Callable[[Snapshot], Explain]
    covered: Callable[[Snapshot, str], frozenset[str]]
    ask: Ask
    reader: MakeReader | None = None
    writer: Writer | None = None
    is_ours: Callable[[str], bool] = targets.is_ours


class Watcher(Component):
    """Everything it must not forget stands in the rows of alarms; all else is seen anew after a start."""

    name = "watch"

    def __init__(self, config: Config, senses: Senses, bus: Bus, clock: Clock | None = None) -> None:
        self._config, self._senses, self._bus = config, senses, bus
        self._clock = clock or SystemClock()
        self._hearing = Hearing(config.rate_scale)
        self._asker = Asker(config.pace, senses.ask, self._clock)
        self._judge: Judge | None = None
        self._snapshot: Snapshot | None = None
        self._observed: Observed | None = None
        self._means = Means()
        self._alarms: list[Alarm] = []
        self._told: dict[str, Any] = {}
        self._trouble = "the register has not been read yet"
        self._place = ""
        self._counts = {"opened": 0, "changed": 0, "closed": 0, "samples": 0, "samples_lost": 0}
        self._drops_before = 0
        self._register_changed, self._alarms_changed = asyncio.Event(), asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        # One thread, so one connection to the database.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watch")

    async def start(self) -> None:
        """Listen to gateways, and begin to ask."""
        self._drops_before = kernel_drops()
        await self._bus.subscribe("agent.*.report", self._on_report)
        await self._bus.subscribe("traffic.gateways", self._on_judged)
        await self._bus.subscribe("changed.register.>", self._on_register)
        await self._bus.subscribe("changed.watch.>", self._on_alarms)
        work = (
            self._keep_register(),
            self._keep_place(),
            self._asker.probe_for_ever(),
            self._asker.poll_for_ever(),
            self._judge_for_ever(),
            self._tell_for_ever(),
            self._tell_alarms_for_ever(),
        )
        self._tasks = [asyncio.create_task(each) for each in work]

    async def stop(self) -> None:
        """What is not settled is settled by the next start."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        await self._asker.close()
        await self._keep_samples()
        self._thread.submit(connections.close_all)
        self._thread.shutdown(wait=False, cancel_futures=False)

    async def finished(self) -> None:
        """Return or raise when a part of it has ended, which none should."""
        if self._tasks:
            done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()

    def health(self) -> Health:
        """Up while there is something to ask from here; what makes it see less than there is, is told."""
        drops = kernel_drops() - self._drops_before
        counters: dict[str, int | float] = {**self._asker.counts, **self._counts}
        counters |= {"kernel_drops": drops, "odd_reports": self._hearing.odd}
        counters["processor_s"] = round(time.process_time(), 1)
        if self._asker.refused:
            remedy = "Run as root, or give the program CAP_NET_RAW"
            return Health("down", f"echo requests cannot be sent ({self._asker.refused}). {remedy}", counters)
        if self._trouble:
            return Health("starting", self._trouble, counters)
        said = [f"asks {self._asker.many} addresses from {self._place}"]
        if drops:
            said.append(f"the kernel has dropped {drops} answers: raise net.core.rmem_max")
        if self._asker.busy():
            said.append("this machine is too busy to tell an outage: less is seen than there is")
        if self._counts["samples_lost"]:
            said.append(f"{self._counts['samples_lost']} measurements are lost: the spool of the store took them not")
        return Health("up", "; ".join(said), counters)

    async def _keep_register(self) -> None:
        while True:
            try:
                await self._read_register()
            except Exception as error:
                log.exception("the register could not be read; it is read again")
                self._trouble = (str(error).splitlines() or [type(error).__name__])[0]
            await _waited(self._register_changed, REGISTER_SECONDS)
            # Whoever changes many things shall not have them read one by one.
            await asyncio.sleep(0.5)
            self._register_changed.clear()

    async def _read_register(self) -> None:
        snapshot = await self._rows(self._senses.read)
        self._alarms = await self._rows(keeping.open_alarms)
        if snapshot != self._snapshot:
            self._snapshot = snapshot
            self._look_around()

    async def _keep_place(self) -> None:
        """Where we stand may come and go: the virtual network is built after this process has started."""
        while True:
            await asyncio.sleep(PLACE_SECONDS)
            if self._snapshot is not None and not self._config.device and not self._stands():
                self._look_around()

    def _stands(self) -> bool:
        """Whether something is asked, from a device that is still here."""
        if self._snapshot is None or self._observed is None:
            return False
        return any(map(self._senses.is_ours, targets.addresses_of(self._snapshot, self._place)))

    def _look_around(self) -> None:
        """Decide what is asked from here."""
        snapshot = self._snapshot
        if snapshot is None:
            return
        self._place = self._config.device or targets.own_device(snapshot, self._senses.is_ours)
        asked = targets.targets(snapshot, self._place) if self._place in snapshot.devices else []
        if not asked:
            self._trouble = _why_nothing(snapshot, self._place)
            self._observed = self._judge = None
            self._asker.set(None)
            return
        config = self._config
        observed = Observed(
            snapshot,
            self._place,
            asked,
            config.patience,
            config.pace.snmp_seconds,
            config.rate_scale,
            cut_for_sure(self._alarms, snapshot),
        )
        if self._observed is not None:
            observed.inherit(self._observed)
        self._observed, self._trouble = observed, ""
        self._judge = Judge(observed, self._senses.explain(snapshot), config.times)
        make = self._senses.reader
        polled = {
            each.device: (each, make(each.address, list(each.ports))) for each in targets.polled(snapshot) if make
        }
        self._asker.set(Questions(observed, asked, polled, targets.ways(snapshot, self._place)))

    async def _judge_for_ever(self) -> None:
        while True:
            await asyncio.sleep(JUDGE_SECONDS)
            try:
                await self._conclude()
            except Exception:
                log.exception("what was seen could not be judged; tried again")
                await asyncio.sleep(1)

    async def _conclude(self) -> None:
        if self._judge is None or self._snapshot is None:
            return
        now = self._clock.monotonic()
        verdict = self._judge.verdict(now, self._clock.now(), self._hearing.said(now), self._alarms)
        if not verdict:
            return
        snapshot = self._snapshot
        await self._rows(lambda: self._write(verdict, snapshot))
        self._alarms = await self._rows(keeping.open_alarms)
        self._counts["closed"] += len(verdict.gone)
        for found in verdict.found:
            self._counts["opened" if found.alarm is None else "changed"] += 1
        self._alarms_changed.set()

    def _write(self, verdict: keeping.Verdict, snapshot: Snapshot) -> None:
        keeping.write(verdict, snapshot, self._covered(snapshot))

    def _covered(self, snapshot: Snapshot) -> dict[int, frozenset[str]]:
        return {key: self._senses.covered(snapshot, ref) for key, ref in keeping.current_silences().items()}

    def _read_alarms(self) -> list[Alarm]:
        """As they stand once every alarm that work was announced for hangs on its window."""
        if self._snapshot is not None and self._alarms:
            keeping.hang(self._covered(self._snapshot))
        return keeping.open_alarms()

    async def _tell_for_ever(self) -> None:
        last = self._clock.monotonic()
        while True:
            await asyncio.sleep(TELL_SECONDS)
            if self._bus.health().state != "up":
                self._hearing.deaf(self._clock.monotonic())
            picture = self._picture()
            if picture is None:
                continue
            for name, tell in (("links", live.links), ("sites", live.sites), ("uplinks", live.uplinks)):
                await self._bus.publish(f"live.{name}", tell(picture))
            self._means.add(live.samples(picture))
            if self._clock.monotonic() - last >= self._config.sample_seconds:
                last = self._clock.monotonic()
                await self._keep_samples()

    async def _keep_samples(self) -> None:
        rows = self._means.take(self._clock.now())
        writer = self._senses.writer
        if writer is None or not rows:
            return
        kept = await asyncio.to_thread(writer.put, rows)
        self._counts["samples"] += kept
        self._counts["samples_lost"] += len(rows) - kept

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """`{"do": "status"}`, or `why` with `target`. Raises NotWatching, NoTarget."""
        if request.get("do") == "status":
            health, picture = self.health(), self._picture()
            found = seen.numbers(picture) if picture is not None else {}
            state = {"state": health.state, "detail": health.detail, "place": self._place}
            return {**state, **found, "counters": dict(health.counters)}
        observed, picture = self._observed, self._picture()
        if observed is None or picture is None:
            raise NotWatching(why=self._trouble)
        now = self._clock.monotonic()
        facts = observed.facts(now, self._hearing.said(now))
        known = seen.Seen(observed.graph, picture, facts, observed.moments(now))
        return seen.why(known, str(request.get("target", "")))

    def _picture(self) -> live.Picture | None:
        snapshot, observed = self._snapshot, self._observed
        if snapshot is None:
            return None
        now, at = self._clock.monotonic(), self._clock.now()
        uplinks, nodes = self._hearing.uplinks(now), self._hearing.nodes(now)
        if observed is None:
            return live.Picture(at, snapshot, uplinks=uplinks, nodes=nodes)
        facts = observed.facts(now, self._hearing.said(now))
        blamed = {alarm.ref for alarm in self._alarms}
        links = {code: observed.link_seen(code, facts, now, blamed) for code in facts.links}
        devices = {code: observed.device(code, now) for code in facts.devices}
        return live.Picture(at, snapshot, devices, observed.rtts, links, uplinks, nodes, observed.prober)

    async def _tell_alarms_for_ever(self) -> None:
        while True:
            await _waited(self._alarms_changed, ALARMS_SECONDS)
            self._alarms_changed.clear()
            try:
                self._alarms = await self._rows(self._read_alarms)
            except Exception:
                log.exception("alarms could not be read; they are read again")
                continue
            at = self._clock.now()
            payload = {"at": at.isoformat(), "open": [told(alarm, at) for alarm in self._alarms]}
            await self._bus.publish("live.alarms", payload)

    async def _on_report(self, subject: str, payload: dict[str, Any]) -> None:
        self._hearing.take(subject.split(".")[1], payload, self._clock.monotonic())

    async def _on_judged(self, _subject: str, payload: dict[str, Any]) -> None:
        self._hearing.take_judged(payload, self._clock.monotonic())

    async def _on_register(self, _subject: str, _payload: dict[str, Any]) -> None:
        self._register_changed.set()

    async def _on_alarms(self, _subject: str, _payload: dict[str, Any]) -> None:
        self._alarms_changed.set()

    async def _rows(self, read_or_write: Callable[[], T]) -> T:
        """In the one thread that has the database."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, read_or_write)


def cut_for_sure(alarms: Iterable[Alarm], snapshot: Snapshot) -> set[str]:
    """The links that open alarms are about, to go on with after a start. Not those that were only the likeliest of
    several causes: a cut that may as well be a dead router has not been seen as a cut."""
    return {alarm.ref for alarm in alarms if len(alarm.refs) == 1 and alarm.ref in snapshot.links}


def told(alarm: Alarm, at: datetime) -> dict[str, Any]:
    """One row of `live.alarms`, as it is at that moment. Its `text` is for whoever sees the whole network."""
    return {
        "id": alarm.pk,
        "kind": alarm.kind,
        "severity": alarm.severity,
        "refs": alarm.refs,
        "sites": alarm.sites,
        "without_internet": alarm.without_internet,
        "together": alarm.together,
        "party": alarm.party.code if alarm.party is not None else "",
        "service_number": alarm.service_number,
        "flapping": alarm.flapping,
        "opened_at": alarm.opened_at.isoformat(),
        "updated_at": alarm.updated_at.isoformat(),
        "acknowledged": alarm.acknowledged_by,
        "silenced": alarm.in_maintenance(at),
        "text": in_languages(alarm),
    }


def _why_nothing(snapshot: Snapshot, place: str) -> str:
    if not snapshot.devices:
        return "the register has no devices, so there is nothing to ask"
    if not place:
        return (
            "nothing is asked: this machine has the address of no device of the register. "
            "Set watch.device, or run the watch on the server of the command center"
        )
    return f"nothing is asked: watch.device {place} is no device of the register, or nothing built leads to it"


async def _waited(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
