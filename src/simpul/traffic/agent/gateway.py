"""The gateway's kernel brought to the plan and held there: one turn reads counters, shares anew, writes differences."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from simpul.engines.netlink_tc import ClassState
from simpul.kit.problem import Problem
from simpul.traffic.agent.connections import forget
from simpul.traffic.agent.leaving import Leaving
from simpul.traffic.agent.memory import Memory
from simpul.traffic.agent.regulation import Numbers, Reading, Regulation
from simpul.traffic.agent.routes import Routes, strict_devices
from simpul.traffic.agent.shaping import Shaper
from simpul.traffic.agent.state import GATEWAYS, NUMBERS
from simpul.traffic.agent.steering import TABLE, mark_of
from simpul.traffic.agent.table import Table
from simpul.traffic.agent.trouble import Trouble
from simpul.traffic.logic.metering import Meter
from simpul.traffic.logic.panic import Panic
from simpul.traffic.logic.plan import DIRECTIONS, Direction, Plan
from simpul.traffic.logic.seats import seated
from simpul.traffic.logic.shape import Integers

RECONCILE_SECONDS = 10.0


@dataclass
class Device:
    """One shaped device: its classes as last read, how fast they were, and for which regulation they are all there."""

    shaper: Shaper
    meter: Meter = field(default_factory=Meter)
    standing: dict[int, ClassState] = field(default_factory=dict)
    adopted: bool = False
    complete: Regulation | None = None


class Gateway:
    """All that is done to the kernel. What can be read there is read and not remembered."""

    def __init__(self, memory: Memory, trouble: Trouble) -> None:
        self._memory = memory
        self.trouble = trouble
        self.devices: dict[str, Device] = {}
        self.regulation: Regulation | None = None
        self.numbers = memory.recall(NUMBERS, Numbers.known, Numbers({}, {}))
        self._routes = memory.recall(GATEWAYS, Routes.known, Routes())
        self._table = Table(memory)
        self._leaving = Leaving()
        self._aim: tuple[Plan, frozenset[str], Panic] | None = None
        self._dead_marks: list[int] = []
        self._routed: Plan | None = None
        self._reconciled: float | None = None

    def aim(self, plan: Plan, alive: AbstractSet[str], panic: Panic) -> bool:
        """What shall hold from the next turn on; whether that is something new. Raises Problem for an unfit plan."""
        aim = (plan, frozenset(alive), panic)
        if aim == self._aim:
            return False
        numbers = self._numbered(plan, alive)
        regulation = Regulation(plan, alive, panic, numbers)
        if numbers != self.numbers:
            # On disk, if it can be, before the kernel hears of it: after a crash a class is known for what it is.
            self._memory.keep(NUMBERS, {"seats": numbers.seats, "uplinks": numbers.uplinks})
            self.numbers = numbers
        if self.regulation is not None:
            regulation.inherit(self.regulation)
            lost = self.regulation.alive - regulation.alive if regulation.alive else frozenset()
            self._dead_marks += [mark_of(numbers.uplinks[name]) for name in lost if name in numbers.uplinks]
        self._aim, self.regulation = aim, regulation
        return True

    def turn(self, now: float) -> None:
        """Counters, shares, differences. What cannot be done now is told as trouble and tried again next turn."""
        regulation = self.regulation
        if regulation is None:
            return
        self._route(regulation)
        for name in regulation.shapes:
            self._look(name, now)
        guests = self._leaving.look(regulation, {name: each.standing for name, each in self.devices.items()}, now)
        given = {direction: self._settle(regulation, direction) for direction in DIRECTIONS}
        with self.trouble.about("steering"):
            self._table.steer(regulation.steering(guests))
            while self._dead_marks:
                forget(self._dead_marks.pop())
        for name, (direction, _) in regulation.shapes.items():
            device = self._device(name)
            with self.trouble.about(f"old classes on {name}"):
                self._leaving.tidy(device.shaper, device.standing, given[direction], now)
        for name in self.devices.keys() - regulation.shapes.keys():
            self._let_go(name)
        if self._reconciled is None or now - self._reconciled >= RECONCILE_SECONDS:
            self._reconciled = now
            self._reconcile(regulation)

    def unfinished(self, known: AbstractSet[str] = frozenset()) -> list[str]:
        """What of the kernel is not as it shall be, read afresh; empty when all is. `known` are troubles of before."""
        if self.regulation is None:
            return ["there is no plan yet"]
        missing = [text for subject, text in self.trouble.now().items() if subject not in known and _is_kernel(subject)]
        for name, (_, shape) in self.regulation.shapes.items():
            if self.trouble.stands(f"device {name}"):
                continue
            standing = self._device(name).shaper.standing()
            missing += [
                f"{name}: class {slot.key or 'of the gateway'}" for slot in shape.slots if slot.minor not in standing
            ]
        return list(dict.fromkeys(missing))

    def failures(self) -> list[str]:
        """Why the plan is not carried out, by the troubles of this moment: no queue and no route is that grave."""
        grave = ("plan", "device", "classes", "steering")
        found = [text for subject, text in self.trouble.now().items() if subject.split(maxsplit=1)[0] in grave]
        return list(dict.fromkeys(found))

    def lift(self, plan: Plan) -> None:
        """Take everything away that the agent has made. Only on purpose, never at its end."""
        for name in (*plan.lan, *(uplink.dev for uplink in plan.uplinks)):
            with self.trouble.about(f"device {name}"):
                self._device(name).shaper.lift()
        self._table.lift()
        self._routes.remove()
        # Nothing holds any more: the next turn must not make it all again.
        self.regulation = self._aim = self._routed = self._reconciled = None
        for device in self.devices.values():
            device.complete = None

    def close(self) -> None:
        """Give sockets back; the kernel goes on shaping."""
        for device in self.devices.values():
            device.shaper.close()

    def _let_go(self, name: str) -> None:
        """A device that the plan no longer names is not shaped any more."""
        with self.trouble.about(f"device {name}"):
            self.devices[name].shaper.lift()
        self.devices.pop(name).shaper.close()

    def _numbered(self, plan: Plan, alive: AbstractSet[str]) -> Numbers:
        """The numbers that are known and still meant, and fresh ones for what is new."""
        keys = Regulation.keys(plan, alive)
        for name in (*plan.lan, *(uplink.dev for uplink in plan.uplinks)):
            # What the turn before has made is not yet read: its numbers must not be given away.
            self._look(name, None)
        in_use = {minor for device in self.devices.values() for minor in device.standing}
        known = {key: minor for key, minor in self.numbers.seats.items() if key in keys or minor in in_use}
        names = [uplink.name for uplink in plan.uplinks]
        uplinks = {name: number for name, number in self.numbers.uplinks.items() if name in names}
        return Numbers(seated(known, keys, in_use), seated(uplinks, names, first=1))

    def _device(self, name: str) -> Device:
        if name not in self.devices:
            self.devices[name] = Device(Shaper(name))
        return self.devices[name]

    def _look(self, name: str, now: float | None) -> None:
        """Read a device's classes. One that was made anew, or that is not there, is opened again next time."""
        device = self._device(name)
        with self.trouble.about(f"device {name}"):
            try:
                device.standing = device.shaper.standing()
                if now is not None and not (device.standing and device.adopted):
                    made = device.shaper.adopt()
                    if made and device.adopted:
                        self.trouble.mended(f"{name}: all its classes were gone and are made again")
                    device.adopted = True
            except Problem:
                device.shaper.close()
                device.standing = {}
                raise
        if now is not None:
            device.meter.look({minor: state.bytes for minor, state in device.standing.items()}, now)

    def _settle(self, regulation: Regulation, direction: Direction) -> dict[int, float]:
        """Share one direction anew and write what differs; returns what guests are given."""
        names = [name for name, (way, _) in regulation.shapes.items() if way == direction]
        reading = Reading({}, {})
        for name in names:
            device = self._device(name)
            reading.rates.update(device.meter.rates)
            reading.waiting.update({minor: state.backlog_bytes for minor, state in device.standing.items()})
        if reading.rates:
            rates = regulation.settle(direction, reading, self._leaving.wishes(regulation, direction, reading))
        else:
            has = {minor: state.rate for name in names for minor, state in self._device(name).standing.items()}
            rates = regulation.adopt(direction, has)
        for name in names:
            self._bring(regulation, name, rates[name])
        return regulation.given[direction]

    def _bring(self, regulation: Regulation, name: str, rates: Integers) -> None:
        device = self._device(name)
        if not device.adopted or self.trouble.stands(f"device {name}"):
            return
        with self.trouble.about(f"classes on {name}"):
            found = device.shaper.bring(regulation.shapes[name][1], rates, device.standing)
            if found.new and device.complete is regulation and device.standing:
                self.trouble.mended(f"{name}: {len(found.new)} classes were gone and are made again")
            device.complete = regulation

    def _route(self, regulation: Regulation) -> None:
        """Rules and routes before anything is marked for them."""
        if self._routed == regulation.plan:
            return
        self._mend_routes(regulation)

    def _mend_routes(self, regulation: Regulation) -> None:
        with self.trouble.about("routes"):
            numbered = {self.numbers.uplinks[uplink.name]: uplink for uplink in regulation.plan.uplinks}
            known = {dev: dict(found) for dev, found in self._routes.gateways.items()}
            mended = self._routes.settle(numbered)
            if known != self._routes.gateways:
                self._memory.keep(GATEWAYS, self._routes.gateways)
            if mended and self._routed == regulation.plan:
                self.trouble.mended("rules or routes were gone and are made again: " + "; ".join(mended))
            self._routed = regulation.plan

    def _reconcile(self, regulation: Regulation) -> None:
        """Look after what a turn does not read: queues, the table, rules and routes."""
        for name, (_, shape) in regulation.shapes.items():
            device = self._device(name)
            if not device.adopted or self.trouble.stands(f"device {name}"):
                continue
            rates = {minor: state.rate for minor, state in device.standing.items()}
            with self.trouble.about(f"queues on {name}"):
                mended = device.shaper.mend_queues(shape, rates)
                if mended:
                    self.trouble.mended(f"{name}: {mended} queues were gone and are made again")
        with self.trouble.about("steering"):
            if self._table.mend():
                self.trouble.mended(f"table inet {TABLE} was changed by somebody and is as it must be again")
        self._mend_routes(regulation)
        strict = strict_devices(regulation.plan.uplinks)
        self.trouble.tell(
            "reverse path",
            f"{', '.join(strict)}: the kernel drops what comes in by another uplink than the first. "
            "Set net.ipv4.conf.all.rp_filter and those of the devices to 0 or 2"
            if strict
            else "",
        )


def _is_kernel(subject: str) -> bool:
    """Whether a trouble is one of the kernel's tables, which a plan can be the reason of."""
    return subject.split(maxsplit=1)[0] in ("plan", "device", "classes", "queues", "steering", "routes")
