"""All that was seen of the network: answers, misses, ports and counters; and the facts that follow from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from simpul.register.logic.snapshot import Snapshot
from simpul.watch.live import LinkSeen
from simpul.watch.logic.counters import rate_bps, seconds_between
from simpul.watch.logic.facts import DOWN, UNKNOWN, UP, Ends, Facts, State
from simpul.watch.logic.pulse import Patience, Pulse, Signal
from simpul.watch.polls import PortReading, Reading
from simpul.watch.targets import End, Polled, Target

Port = tuple[str, End]
# What a router said is believed for so many rounds of questions.
ROUNDS = 3.0


@dataclass(slots=True)
class Flow:
    """What passes one port, in bit/s."""

    at: float
    incoming: float
    outgoing: float


@dataclass
class Observed:
    """Of the targets of one snapshot. `round_seconds`: how often routers are asked by SNMP."""

    snapshot: Snapshot
    prober: str
    targets: Iterable[Target]
    patience: Patience
    round_seconds: float
    rate_scale: float = 1.0
    known_cut: set[str] = field(default_factory=set)
    pulses: dict[str, Pulse] = field(default_factory=dict)
    signals: dict[Port, Signal] = field(default_factory=dict)
    rtts: dict[str, float] = field(default_factory=dict)
    flows: dict[Port, Flow] = field(default_factory=dict)
    _readings: dict[str, Reading] = field(default_factory=dict)
    _own: dict[str, str] = field(default_factory=dict)
    _all: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _ends: dict[Port, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know which address stands for what."""
        # An address that never answered proves nothing of its link: perhaps no route leads to it.
        silent = replace(self.patience, first_seconds=float("inf"))
        for target in self.targets:
            self._all[target.device].append(target.address)
            if target.link:
                self._ends[(target.link, target.end)] = target.address
                self.pulses.setdefault(target.address, Pulse(silent))
            else:
                self._own[target.device] = target.address
                self.pulses[target.address] = Pulse(self.patience)

    def addresses(self, device: str) -> list[str]:
        """Everything by which a device can be asked."""
        return self._all.get(device, [])

    def inherit(self, older: Observed) -> None:
        """Take over what is known already, when the register has changed."""
        for address in self.pulses.keys() & older.pulses.keys():
            known = older.pulses[address]
            known.patience = self.pulses[address].patience
            self.pulses[address] = known
        self.signals, self.flows, self._readings = older.signals, older.flows, older._readings
        self.rtts = {device: rtt for device, rtt in older.rtts.items() if device in self._all}
        self.known_cut |= older.known_cut & self.snapshot.links.keys()

    def answered(self, target: Target, at: float, rtt: float) -> None:
        """It answered what was asked at `at`."""
        self.pulses[target.address].answered(at)
        if not target.link:
            self.rtts[target.device] = rtt

    def missed(self, target: Target, at: float) -> None:
        """It did not."""
        self.pulses[target.address].missed(at)
        if not target.link:
            self.rtts.pop(target.device, None)

    def read(self, polled: Polled, reading: Reading) -> None:
        """A router told of its ports."""
        before = self._readings.get(polled.device)
        seconds = seconds_between(before.ticks, reading.ticks, reading.at - before.at) if before else None
        self._readings[polled.device] = reading
        for name, port in polled.ports.items():
            now = reading.ports.get(name)
            if now is None:
                continue
            signal = self.signals.setdefault(port, Signal(Pulse(self.patience)))
            signal.told(reading.at, up=now.up, changed=now.changed)
            if before is not None and seconds is not None and name in before.ports:
                self._count(port, before.ports[name], now, reading.at, seconds)

    def _count(self, port: Port, before: PortReading, now: PortReading, at: float, seconds: float) -> None:
        incoming = rate_bps(before.in_octets, now.in_octets, seconds)
        outgoing = rate_bps(before.out_octets, now.out_octets, seconds)
        if incoming is not None and outgoing is not None:
            self.flows[port] = Flow(at, incoming / self.rate_scale, outgoing / self.rate_scale)

    def forget(self) -> None:
        """Nothing can be asked any more, so nothing is known."""
        for pulse in self.pulses.values():
            pulse.forget()
        for signal in self.signals.values():
            signal.heard_at = float("-inf")
        self.rtts.clear()

    def device(self, code: str, now: float) -> State:
        """Up if it answers at any of its addresses; down if it answers at none."""
        if code == self.prober:
            return UP
        own = self.pulses.get(self._own.get(code, ""))
        if own is not None and own.flapping(now):
            return DOWN
        states = {self.pulses[address].seen(now) for address in self.addresses(code)}
        if UP in states:
            return UP
        return own.seen(now) if own is not None else UNKNOWN

    def end(self, link: str, end: End, device: State, now: float) -> State:
        """Is there a signal at this port? Only its own device can tell, and only while it answers."""
        if device != UP:
            return UNKNOWN
        signal = self.signals.get((link, end))
        told = signal.seen(now, ROUNDS * self.round_seconds) if signal else UNKNOWN
        if told != UNKNOWN:
            return told
        # A router may answer at the address of a dead port, so an answer proves nothing; silence does.
        pulse = self.pulses.get(self._ends.get((link, end), ""))
        return DOWN if pulse is not None and pulse.seen(now) == DOWN else UNKNOWN

    def facts(self, now: float, uplinks: Mapping[str, State]) -> Facts:
        """Everything that is known at this moment."""
        devices = {code: self.device(code, now) for code in self.snapshot.devices if code in self._all}
        links = {}
        for code, link in self.snapshot.links.items():
            if not link.planned:
                a, b = (self._told(device, devices) for device in (link.a_device, link.b_device))
                ends = Ends(self.end(code, "a", a, now), self.end(code, "b", b, now))
                self._note_cut(code, ends, a == b == UP)
                links[code] = ends
        return Facts(devices, links, dict(uplinks), self.prober, frozenset(self.known_cut))

    def _told(self, device: str, devices: Mapping[str, State]) -> State:
        return UP if device == self.prober else devices.get(device, UNKNOWN)

    def _note_cut(self, link: str, ends: Ends, both_answer: bool) -> None:
        """Once found cut, a link stays so until something shows that it is whole."""
        pair = (ends.a, ends.b)
        if DOWN in pair:
            if both_answer:
                self.known_cut.add(link)
        elif link in self.known_cut and (UP in pair or self._both_ends_answer(link)):
            self.known_cut.discard(link)

    def _both_ends_answer(self, link: str) -> bool:
        """What is left to go by where no router tells of its ports."""
        if (link, "a") in self.signals or (link, "b") in self.signals:
            return False
        pulses = [self.pulses.get(self._ends.get((link, end), "")) for end in ("a", "b")]
        return all(pulse is not None and pulse.state == UP and pulse.misses == 0 for pulse in pulses)

    def flaps(self, code: str, now: float) -> bool:
        """Whether the device or link comes and goes."""
        addresses = [self._own.get(code, ""), self._ends.get((code, "a"), ""), self._ends.get((code, "b"), "")]
        pulses = [self.pulses[address] for address in addresses if address in self.pulses]
        pulses += [signal.pulse for (link, _), signal in self.signals.items() if link == code]
        return any(pulse.flapping(now) for pulse in pulses)

    def whole(self, ref: str, facts: Facts) -> bool:
        """Whether the facts show that nothing is wrong (any more) with this device, link, circuit or uplink."""
        if ref in self.snapshot.devices:
            return facts.device(ref) == UP or ref not in facts.devices
        if ref in self.snapshot.uplinks:
            return facts.uplinks.get(ref) == UP
        links = [link for link in self.snapshot.links.values() if ref in (link.code, link.circuit) and not link.planned]
        return all(self._is_whole(link.code, facts) for link in links)

    def _is_whole(self, code: str, facts: Facts) -> bool:
        link, ends = self.snapshot.links[code], facts.links.get(code, Ends())
        both_up = facts.device(link.a_device) == UP and facts.device(link.b_device) == UP
        return both_up and DOWN not in (ends.a, ends.b) and code not in facts.known_cut

    def link_seen(self, code: str, facts: Facts, now: float) -> LinkSeen:
        """What is shown of a link."""
        link, ends = self.snapshot.links[code], facts.links.get(code, Ends())
        if DOWN in (ends.a, ends.b) or code in facts.known_cut:
            return LinkSeen(DOWN, 0.0, 0.0)
        both_up = facts.device(link.a_device) == UP and facts.device(link.b_device) == UP
        state = UP if both_up or UP in (ends.a, ends.b) else UNKNOWN
        flows = {end: self.flows.get((code, end)) for end in ("a", "b")}
        longest = ROUNDS * self.round_seconds
        a, b = (flow if flow is not None and now - flow.at <= longest else None for flow in flows.values())
        if a is not None:
            return LinkSeen(state, a.outgoing, a.incoming)
        return LinkSeen(state, b.incoming, b.outgoing) if b is not None else LinkSeen(state)
