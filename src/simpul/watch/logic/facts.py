"""What the probes say, and what is concluded from it. Pure.

A state is `up`, `down` or `unknown`. Unknown is no answer to be guessed: it is what nobody has asked or heard yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

State = Literal["up", "down", "unknown"]
UP: State = "up"
DOWN: State = "down"
UNKNOWN: State = "unknown"
# A moment before all others.
NEVER = float("-inf")

CauseKind = Literal[
    "span_cut",
    "circuit_down",
    "redundancy_lost",
    "device_down",
    "device_silent",
    "uplink_lost",
    "agent_silent",
    "off_plan",
    "unclassified",
    "blind",
]


@dataclass(frozen=True, slots=True)
class Ends:
    """The two ports of a link, each as its own device tells it (is there a signal?). A device that does not answer
    tells nothing of its port: what it said last is left aside."""

    a: State = UNKNOWN
    b: State = UNKNOWN


@dataclass(frozen=True, slots=True)
class Said:
    """What gateways say: is a way out alive, does the agent speak at all, where passes traffic that is no site's; and
    does the gateway share as the plan in force says (`plans`: down where it does not)."""

    uplinks: Mapping[str, State] = field(default_factory=dict)
    agents: Mapping[str, State] = field(default_factory=dict)
    unclassified: frozenset[str] = frozenset()
    plans: Mapping[str, State] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is known at one moment; what is not named is unknown.

    `prober` is the device that asks (the server of the command center): its view is the only one there is.
    `known_cut` are links that were found cut while both ends answered, and that nothing has shown whole since.
    """

    devices: Mapping[str, State] = field(default_factory=dict)
    links: Mapping[str, Ends] = field(default_factory=dict)
    uplinks: Mapping[str, State] = field(default_factory=dict)
    prober: str = ""
    known_cut: frozenset[str] = frozenset()
    agents: Mapping[str, State] = field(default_factory=dict)
    unclassified: frozenset[str] = frozenset()
    plans: Mapping[str, State] = field(default_factory=dict)

    def device(self, code: str) -> State:
        """State of one device; the prober itself is up."""
        return UP if code == self.prober else self.devices.get(code, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Cause:
    """One fault that explains what is seen: one alarm.

    `refs` is the class of causes that the facts cannot tell apart, the likeliest first: codes of links, circuits (where
    one carries several links), devices or uplinks. `kind`, `party` and `service_number` are those of the first.
    `sites` have certainly lost their network; `without_internet` keep it and have lost every way out. `together`: the
    first refs of the other causes without which these sites would still be joined (two cuts of one ring).
    `waiting`: devices whose answer would sharpen this; worth asking before an alarm is opened.
    """

    kind: CauseKind
    refs: tuple[str, ...]
    sites: tuple[str, ...] = ()
    without_internet: tuple[str, ...] = ()
    party: str = ""
    service_number: str = ""
    together: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()

    @property
    def ref(self) -> str:
        """The likeliest of the class."""
        return self.refs[0]
