"""What nft is told: which class a packet belongs to, and by which uplink it leaves. Pure: text out of a plan.

On a device's way out (before addresses are translated) one look-up gives the class: by the inside address, in a map
per uplink and family. Where packets come in, a connection keeps the uplink it began with, whoever began it; a new one
takes its node's uplink. All of it stands in one table of our own, replaced in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from simpul.traffic.logic.ranges import disjoint

TABLE = "simpul"
MARK_BASE = 0x5350_0000
_FAMILIES: tuple[tuple[str, type[IPv4Network] | type[IPv6Network], str], ...] = (
    ("ip", IPv4Network, "ipv4_addr"),
    ("ip6", IPv6Network, "ipv6_addr"),
)


@dataclass(frozen=True, slots=True)
class Way:
    """An uplink as packets see it. `number` from 1 names its maps and its mark; `seats` is what its classes are of."""

    number: int
    dev: str
    alive: bool
    protected: int
    unclassified: int
    seats: Mapping[IPv4Network | IPv6Network, int]

    @property
    def mark(self) -> int:
        """The mark of packets and connections that leave by it."""
        return mark_of(self.number)


@dataclass(frozen=True, slots=True)
class Steering:
    """All that the table says. `homes` is the number of the uplink for each prefix; `control` the gateway's own class."""

    lan: str
    control: int
    ways: Sequence[Way]
    homes: Mapping[IPv4Network | IPv6Network, int]
    protected: Sequence[IPv4Network | IPv6Network]


def mark_of(number: int) -> int:
    """The mark of the uplink with that number."""
    return MARK_BASE + number


def script(steering: Steering) -> str:
    """What `nft -f` reads: the table goes and comes in one transaction, so that no packet meets half of it."""
    lines = [f"table inet {TABLE} {{}}", f"delete table inet {TABLE}", f"table inet {TABLE} {{"]
    for word, family, kind in _FAMILIES:
        lines += _homes(steering, word, family, kind)
        for way in steering.ways:
            elements = [
                f"{each.written} : 1:{each.value:x}" for each in disjoint(_of(family, way.seats.items()))
            ]
            lines += _named("map", f"seats{way.number}_{word}", f"{kind} : classid", elements)
        always = [str(prefix) for prefix in steering.protected if isinstance(prefix, family)]
        if always:
            lines += _named("set", f"protected_{word}", kind, always, "interval; auto-merge")
    lines += [*_uplink_chain(steering), *_class_chain(steering), "}"]
    return "\n".join(lines) + "\n"


def _homes(
    steering: Steering, word: str, family: type[IPv4Network] | type[IPv6Network], kind: str
) -> list[str]:
    elements = [f"{each.written} : 0x{mark_of(each.value):x}" for each in disjoint(_of(family, steering.homes.items()))]
    return _named("map", f"home_{word}", f"{kind} : mark", elements)


def _of(
    family: type[IPv4Network] | type[IPv6Network], entries: Iterable[tuple[IPv4Network | IPv6Network, int]]
) -> list[tuple[IPv4Network | IPv6Network, int]]:
    return [(prefix, value) for prefix, value in entries if isinstance(prefix, family)]


def _named(what: str, name: str, kind: str, elements: Sequence[str], flags: str = "interval") -> list[str]:
    held = [f"  elements = {{ {', '.join(elements)} }}"] if elements else []
    return [f" {what} {name} {{", f"  type {kind}; flags {flags.replace('; ', chr(10) + '  ')}", *held, " }"]


def _uplink_chain(steering: Steering) -> list[str]:
    """A connection that has an uplink keeps it while that lives; what comes in by an uplink is answered by it."""
    living = [way for way in steering.ways if way.alive] or list(steering.ways)
    lines = [" chain uplink {", "  type filter hook prerouting priority -150; policy accept;"]
    lines += [f'  iifname "{way.dev}" ct state new ct mark set 0x{way.mark:x}' for way in steering.ways]
    lines.append(f'  iifname != "{steering.lan}" accept')
    kept = ", ".join(f"0x{way.mark:x}" for way in living)
    lines.append(f"  ct mark {{ {kept} }} meta mark set ct mark accept")
    # Whoever has no home takes the first living uplink; there its class is that of the unclassified.
    lines.append(f"  meta mark set 0x{living[0].mark:x}")
    lines += [f"  meta mark set {word} saddr map @home_{word}" for word, _, _ in _FAMILIES]
    return [*lines, "  ct mark set meta mark", " }"]


def _class_chain(steering: Steering) -> list[str]:
    lines = [" chain class {", "  type filter hook postrouting priority -150; policy accept;"]
    for way in steering.ways:
        lines.append(f'  oifname "{steering.lan}" iifname "{way.dev}" goto down{way.number}')
        lines.append(f'  oifname "{way.dev}" iifname "{steering.lan}" goto up{way.number}')
    # What is left is said by the gateway itself, or stays inside.
    devices = ", ".join(f'"{dev}"' for dev in (steering.lan, *(way.dev for way in steering.ways)))
    lines += [f"  oifname {{ {devices} }} meta priority set 1:{steering.control:x}", " }"]
    for way in steering.ways:
        for chain, inside, outside in (("down", "daddr", "saddr"), ("up", "saddr", "daddr")):
            lines += [f" chain {chain}{way.number} {{", f"  meta priority set 1:{way.unclassified:x}"]
            lines += [
                f"  meta priority set {word} {inside} map @seats{way.number}_{word}" for word, _, _ in _FAMILIES
            ]
            for word, family, _ in _FAMILIES:
                if any(isinstance(prefix, family) for prefix in steering.protected):
                    lines += [
                        f"  {word} {side} @protected_{word} meta priority set 1:{way.protected:x}"
                        for side in (inside, outside)
                    ]
            lines.append(" }")
    # Chains are named before they are gone to.
    head = lines.index(" }") + 1
    return lines[head:] + lines[:head]
