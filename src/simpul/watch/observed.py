"""All that was seen of the network: answers, misses, ports and counters; and the facts that follow from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field, replace

from simpul.register.logic.graph import Graph, graph_of
from simpul.register.logic.snapshot import Snapshot
from simpul.watch.live import LinkSeen
from simpul.watch.logic.counters import rate_bps, seconds_between
from simpul.watch.logic.facts import DOWN, NEVER, UNKNOWN, UP, Ends, Facts, Said, State
from simpul.watch.logic.fresh import Heard, Sight, fresh
from simpul.watch.logic.pulse import Patience, Pulse, Signal
from simpul.watch.polls import PortReading, Reading
from simpul.watch.seen import Moments
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
    graph: Graph = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Know which address stands for what."""
        self.graph = graph_of(self.snapshot)
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

    def inherit(self, older: Observed) -> None:
        """Take over what is known already, when the register has changed."""
        for address in self.pulses.keys() & older.pulses.keys():
            known = older.pulses[address]
            known.patience = self.pulses[address].patience
            self.pulses[address] = known
        self.signals, self.flows, self._readings = older.signals, older.flows, older._readings
        self.rtts = {device: rtt for device, rtt in older.rtts.items() if device in self._all}
        self.known_cut |= older.known_cut & self.snapshot.links.keys()

    def answered(self, target: Target, at: float, rtt: float, *, late: bool = False) -> None:
        """It answered what was asked at `at`; `late`: after that had been taken for a miss."""
        self.pulses[target.address].answered(at, late=late)
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
            signal.heard_at = NEVER
        self.rtts.clear()

    def device(self, code: str, now: float) -> State:
        """As it is shown: up if it answers at any of its addresses, down if at none, or if it comes and goes."""
        if code == self.prober:
            return UP
        own = self.pulses.get(self._own.get(code, ""))
        return DOWN if own is not None and own.flapping(now) else self._sight(code, now).state

    def moments(self, now: float) -> Moments:
        """Since when each device is as it is, and when it last answered; in seconds before `now`."""
        sights = {code: self._sight(code, now) for code in self._all}
        since = {code: now - sight.since for code, sight in sights.items() if sight.state != UNKNOWN}
        answered = {code: now - sight.answered_at for code, sight in sights.items() if sight.answered_at != NEVER}
        return Moments(since, answered)

    def facts(self, now: float, said: Said) -> Facts:
        """Everything that is known at this moment, as far as it fits together."""
        sights = {code: self._sight(code, now) for code in (*self._all, self.prober)}
        states, links = fresh(self.graph, sights, dict(self._heard(now)))
        self._hold(now, states, links)
        for code, ends in links.items():
            link = self.snapshot.links[code]
            a, b = (states.get(device) == UP for device in (link.a_device, link.b_device))
            # Only its own device can tell of a port, and only while it answers.
            links[code] = Ends(ends.a if a else UNKNOWN, ends.b if b else UNKNOWN)
            self._note_cut(code, links[code], a and b)
        states.pop(self.prober, None)
        cut = frozenset(self.known_cut)
        return Facts(states, links, said.uplinks, self.prober, cut, said.agents, said.unclassified, said.plans)

    def _sight(self, code: str, now: float) -> Sight:
        if code == self.prober:
            return Sight(UP, answered_at=now)
        pulses = [self.pulses[address] for address in self._all[code]]
        answered_at = max(pulse.answered_at for pulse in pulses)
        own = self.pulses.get(self._own.get(code, ""), pulses[0])
        up = [pulse.since for pulse in pulses if pulse.state == UP]
        state, since = (UP, min(up)) if up else (own.state, own.since)
        return Sight(state, since, answered_at, max(own.first_miss, answered_at), own.missed_at)

    def _heard(self, now: float) -> Iterator[tuple[Port, Heard]]:
        """Of every port: has it a signal? What its device says counts; without such word its silence does."""
        longest = ROUNDS * self.round_seconds
        for port, address in self._ends.items():
            pulse = self.pulses[address]
            # A router may answer at the address of a dead port, so an answer proves nothing; silence does.
            if port not in self.signals and pulse.state == DOWN:
                yield port, Heard(DOWN, pulse.first_miss, pulse.missed_at)
        for port, signal in self.signals.items():
            state = signal.told_lately(now, longest)
            if state != UNKNOWN:
                yield port, Heard(state, signal.pulse.since, signal.heard_at)

    def _hold(self, now: float, states: dict[str, State], links: dict[str, Ends]) -> None:
        """What comes and goes counts as down, and so does all that is reached through it only."""
        links_held = {code for (code, _), signal in self.signals.items() if signal.pulse.flapping(now)} & links.keys()
        restless = {code for code, address in self._own.items() if self.pulses[address].flapping(now)}
        # While a line comes and goes, so do those whose way leads over it; they are not to blame.
        held = {code for code in restless & states.keys() if not self._way(code) & links_held}
        if not links_held and not held:
            return
        reached = self.graph.reachable([self.prober], links_held, held)
        states.update({code: DOWN for code in states if code not in reached})
        for code in links_held:
            links[code] = Ends(DOWN, DOWN)

    def _way(self, code: str) -> set[str]:
        return {link.code for link in self.graph.path(code, goals=[self.prober]) or ()}

    def _note_cut(self, link: str, ends: Ends, both_answer: bool) -> None:
        """Once found cut, a link stays so until something shows that it is whole."""
        pair = (ends.a, ends.b)
        if DOWN in pair:
            if both_answer:
                self.known_cut.add(link)
        elif link in self.known_cut and (UP in pair or (both_answer and self._ends_answer(link))):
            self.known_cut.discard(link)

    def _ends_answer(self, link: str) -> bool:
        """What is left to go by where no router tells of its ports."""
        if (link, "a") in self.signals or (link, "b") in self.signals:
            return False
        pulses = [self.pulses[self._ends[port]] for port in self._ports(link) if port in self._ends]
        return all(pulse.state == UP and pulse.misses == 0 for pulse in pulses)

    @staticmethod
    def _ports(link: str) -> tuple[Port, Port]:
        return (link, "a"), (link, "b")

    def flaps(self, code: str, now: float) -> bool:
        """Whether the device or link comes and goes."""
        return any(pulse.flapping(now) for pulse in self._pulses_of(code))

    def missed_since(self, codes: Iterable[str]) -> float | None:
        """When the oldest of what is down among these devices and links was missed first."""
        down = [pulse for code in codes for pulse in self._pulses_of(code) if pulse.state == DOWN]
        return min((pulse.since for pulse in down), default=None)

    def _pulses_of(self, code: str) -> list[Pulse]:
        addresses = [self._own.get(code, ""), *(self._ends.get(port, "") for port in self._ports(code))]
        pulses = [self.pulses[address] for address in addresses if address in self.pulses]
        return pulses + [self.signals[port].pulse for port in self._ports(code) if port in self.signals]

    def misses_a_signal(self, polled: Polled) -> bool:
        """Whether the device has said last that a port of it has no signal."""
        found = (self.signals.get(port) for port in polled.ports.values())
        return any(signal is not None and signal.pulse.state == DOWN for signal in found)

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

    def link_seen(self, code: str, facts: Facts, now: float, blamed: Set[str] = frozenset()) -> LinkSeen:
        """What is shown of a link. A single question without answer changes nothing yet; one that an alarm blames (or
        whose circuit it does) is shown as down while nothing speaks for it."""
        link, ends = self.snapshot.links[code], facts.links.get(code, Ends())
        if DOWN in (ends.a, ends.b) or code in facts.known_cut:
            return LinkSeen(DOWN, 0.0, 0.0)
        both_up = self.device(link.a_device, now) == UP and self.device(link.b_device, now) == UP
        state = UP if both_up or UP in (ends.a, ends.b) else UNKNOWN
        if state == UNKNOWN and blamed & {code, link.circuit}:
            return LinkSeen(DOWN, 0.0, 0.0)
        flows = {end: self.flows.get((code, end)) for end in ("a", "b")}
        longest = ROUNDS * self.round_seconds
        a, b = (flow if flow is not None and now - flow.at <= longest else None for flow in flows.values())
        if a is not None:
            return LinkSeen(state, a.outgoing, a.incoming)
        return LinkSeen(state, b.incoming, b.outgoing) if b is not None else LinkSeen(state)
