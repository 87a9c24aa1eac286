"""What nft is told: which class a packet belongs to, and by which uplink it leaves. Pure: text out of a plan.

On a device's way out (before addresses are translated) one look-up gives the class: by the inside address, in a map
per uplink and family. Where packets come in, a connection keeps the uplink it began with, whoever began it; a new one
takes its node's uplink. All of it stands in one table of our own, replaced in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simpul.engines.netlink_tc import handle
from simpul.engines.nftables import Family, interval_map
from simpul.traffic.logic.plan import Network
from simpul.traffic.logic.seats import CONTROL

TABLE = "simpul"
MARK_BASE = 0x5350_0000
_FAMILIES: tuple[tuple[Family, int, str], ...] = (("ip", 4, "ipv4_addr"), ("ip6", 6, "ipv6_addr"))


@dataclass(frozen=True, slots=True)
class Way:
    """An uplink as packets see it. `number` from 1 names its maps and its mark; `seats` is what its classes are of."""

    number: int
    dev: str
    alive: bool
    protected: int
    unclassified: int
    seats: Mapping[Network, int]

    @property
    def mark(self) -> int:
        """The mark of packets and connections that leave by it."""
        return mark_of(self.number)


@dataclass(frozen=True, slots=True)
class Steering:
    """All that the table says. `homes` is the number of the uplink for each prefix."""

    lan: str
    ways: Sequence[Way]
    homes: Mapping[Network, int]
    protected: Sequence[Network]


def mark_of(number: int) -> int:
    """The mark of the uplink with that number."""
    return MARK_BASE + number


def script(steering: Steering) -> str:
    """What `nft -f` reads: the table goes and comes in one transaction, so that no packet meets half of it."""
    lines = [f"table inet {TABLE} {{}}", f"delete table inet {TABLE}", f"table inet {TABLE} {{"]
    for word, version, kind in _FAMILIES:
        homes = {prefix: mark_of(number) for prefix, number in steering.homes.items()}
        lines.append(interval_map(f"home_{word}", word, "mark", homes))
        for way in steering.ways:
            seats = {prefix: handle(1, minor) for prefix, minor in way.seats.items()}
            lines.append(interval_map(_seats(way, word), word, "classid", seats))
        always = [str(prefix) for prefix in steering.protected if prefix.version == version]
        if always:
            lines += [f"set protected_{word} {{", f"type {kind}", "flags interval", "auto-merge"]
            lines += [f"elements = {{ {', '.join(always)} }}", "}"]
    return "\n".join([*lines, *_uplink_chain(steering), *_class_chain(steering), "}", ""])


def _uplink_chain(steering: Steering) -> list[str]:
    """A connection that has an uplink keeps it while that lives; what comes in by an uplink is answered by it."""
    living = [way for way in steering.ways if way.alive] or list(steering.ways)
    lines = ["chain uplink {", "type filter hook prerouting priority -150; policy accept;"]
    lines += [f'iifname "{way.dev}" ct state new ct mark set 0x{way.mark:x}' for way in steering.ways]
    lines.append(f'iifname != "{steering.lan}" accept')
    kept = ", ".join(f"0x{way.mark:x}" for way in living)
    lines.append(f"ct mark {{ {kept} }} meta mark set ct mark accept")
    # Whoever has no home takes the first living uplink; there its class is that of the unclassified.
    lines.append(f"meta mark set 0x{living[0].mark:x}")
    lines += [f"meta mark set {word} saddr map @home_{word}" for word, _, _ in _FAMILIES]
    return [*lines, "ct mark set meta mark", "}"]


def _class_chain(steering: Steering) -> list[str]:
    # Chains are named before they are gone to.
    lines = [line for way in steering.ways for line in _way_chains(steering, way)]
    lines += ["chain class {", "type filter hook postrouting priority -150; policy accept;"]
    for way in steering.ways:
        lines.append(f'oifname "{steering.lan}" iifname "{way.dev}" goto down{way.number}')
        lines.append(f'oifname "{way.dev}" iifname "{steering.lan}" goto up{way.number}')
    # What is left is said by the gateway itself, or stays inside.
    devices = ", ".join(f'"{dev}"' for dev in (steering.lan, *(way.dev for way in steering.ways)))
    return [*lines, f"oifname {{ {devices} }} meta priority set {_class(CONTROL)}", "}"]


def _way_chains(steering: Steering, way: Way) -> list[str]:
    lines = []
    for chain, inside, outside in (("down", "daddr", "saddr"), ("up", "saddr", "daddr")):
        lines += [f"chain {chain}{way.number} {{", f"meta priority set {_class(way.unclassified)}"]
        lines += [f"meta priority set {word} {inside} map @{_seats(way, word)}" for word, _, _ in _FAMILIES]
        for word, version, _ in _FAMILIES:
            if any(prefix.version == version for prefix in steering.protected):
                protected = f"@protected_{word} meta priority set {_class(way.protected)}"
                lines += [f"{word} {side} {protected}" for side in (inside, outside)]
        lines.append("}")
    return lines


def _seats(way: Way, word: Family) -> str:
    return f"seats{way.number}_{word}"


def _class(minor: int) -> str:
    return f"1:{minor:x}"
