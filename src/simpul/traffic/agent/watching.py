"""Which uplinks live: carriers looked at fifty times a second, probes sent twice a second."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simpul.engines.netlink_tc import handle
from simpul.kit.problem import Problem
from simpul.traffic.agent.devices import Carrier
from simpul.traffic.agent.memory import Memory
from simpul.traffic.agent.probing import Prober
from simpul.traffic.agent.state import ALIVE
from simpul.traffic.agent.steering import mark_of
from simpul.traffic.agent.trouble import Trouble
from simpul.traffic.logic.living import Pulse, after_look, after_round
from simpul.traffic.logic.plan import Plan
from simpul.traffic.logic.seats import CONTROL

LOOK_SECONDS, ROUND_SECONDS = 0.02, 0.4
# A round is judged when the second one after it begins: an answer has 0.8 s.
_JUDGED_AFTER = 2


class Watch:
    """The pulse of every uplink of the plan. What was dead when the agent ended has to prove itself again."""

    def __init__(self, memory: Memory, trouble: Trouble) -> None:
        self._memory = memory
        self._trouble = trouble
        self._carrier = Carrier()
        self._probers: dict[str, Prober] = {}
        self._devices: dict[str, str] = {}
        self._alive_before: dict[str, bool] = memory.recall(ALIVE, _flags, {})
        self.pulses: dict[str, Pulse] = {}

    def follow(self, plan: Plan, numbers: dict[str, int]) -> None:
        """Watch the uplinks of this plan from now on."""
        for prober in self._probers.values():
            prober.close()
        self._devices = {uplink.name: uplink.dev for uplink in plan.uplinks}
        self.pulses = {
            name: self.pulses.get(name, Pulse(alive=self._alive_before.get(name, True))) for name in self._devices
        }
        self._probers = {
            uplink.name: Prober(uplink.dev, uplink.probes, mark_of(numbers[uplink.name]), handle(1, CONTROL))
            for uplink in plan.uplinks
            if uplink.probes
        }

    @property
    def alive(self) -> frozenset[str]:
        """The uplinks that live."""
        return frozenset(name for name, pulse in self.pulses.items() if pulse.alive)

    def look(self, now: float) -> bool:
        """Look at every carrier; whether another uplink lives or is dead now."""
        before = self.alive
        for name, device in self._devices.items():
            carrier = self._carrier.is_in(device)
            self.pulses[name] = after_look(self.pulses[name], carrier, now, probed=name in self._probers)
        return self._changed(before)

    def probe(self, now: float) -> bool:
        """Judge an old round and begin a new one; whether another uplink lives or is dead now."""
        before = self.alive
        for name, prober in self._probers.items():
            answered = prober.answers(_JUDGED_AFTER - 1)
            if answered is not None:
                self.pulses[name] = after_round(self.pulses[name], answered, len(prober.targets), now)
            try:
                prober.ask()
                self._trouble.tell(f"probes of {name}", prober.trouble if self.pulses[name].carrier else "")
            except Problem as problem:
                # Not allowed to ask: the carrier is all there is.
                self._trouble.tell(f"probes of {name}", str(problem))
                self.pulses[name] = replace(self.pulses[name], silent=0)
        return self._changed(before)

    def close(self) -> None:
        """Give the sockets back."""
        self._carrier.close()
        for prober in self._probers.values():
            prober.close()

    def _changed(self, before: frozenset[str]) -> bool:
        alive = self.alive
        if alive == before:
            return False
        self._memory.keep(ALIVE, {name: pulse.alive for name, pulse in self.pulses.items()})
        for name in sorted(self._devices):
            dead = name not in alive
            self._trouble.tell(f"uplink {name}", f"uplink {name} is dead; its sites use another" if dead else "")
        return True


def _flags(data: Any) -> dict[str, bool]:
    """Raises ValueError, or AttributeError, for anything else than uplinks that live or do not."""
    if not all(isinstance(alive, bool) for alive in data.values()):
        raise ValueError(data)
    return dict(data)
