"""What the agent says of itself each second: shares, what is really used, uplinks, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from simpul.traffic.agent.gateway import Gateway
from simpul.traffic.agent.orders import Orders
from simpul.traffic.agent.regulation import Regulation
from simpul.traffic.agent.watching import Watch
from simpul.traffic.logic.panic import Panic
from simpul.traffic.logic.plan import DIRECTIONS
from simpul.traffic.logic.seats import root_of, unclassified_of

# So much of unclassified traffic is nobody's mistake: a stray packet.
ALARMING_BPS = 10_000


def report(name: str, at: datetime, gateway: Gateway, orders: Orders, watch: Watch, panic: Panic) -> dict[str, Any]:
    """Rates in bit/s of layer 2, as measured over the last turn."""
    pending = orders.pending
    body: dict[str, Any] = {
        "gateway": name,
        "at": at.isoformat(),
        "number": orders.number,
        "pending": pending and {"number": pending.number, "seconds_left": round(orders.seconds_left(), 1)},
        "panic": panic.value,
        "uplinks": {},
        "nodes": {},
        "unclassified": {"down": 0, "up": 0},
        "trouble": gateway.trouble.lines(),
    }
    regulation = gateway.regulation
    if regulation is not None:
        body |= _measured(regulation, _rates(gateway, regulation), watch)
        stray = body["unclassified"]
        if panic is not Panic.OFF and max(stray.values()) > ALARMING_BPS:
            body["trouble"].append(
                f"traffic that belongs to no site: {stray['down']} bit/s down, {stray['up']} bit/s up. "
                "Give its prefixes to a node of the plan"
            )
    return body


def _rates(gateway: Gateway, regulation: Regulation) -> dict[str, Mapping[int, float]]:
    """By direction what every class carries."""
    found: dict[str, dict[int, float]] = {direction: {} for direction in DIRECTIONS}
    for device, (direction, _) in regulation.shapes.items():
        found[direction].update(gateway.devices[device].meter.rates)
    return dict(found)


def _measured(regulation: Regulation, rates: Mapping[str, Mapping[int, float]], watch: Watch) -> dict[str, Any]:
    seats, plan = regulation.numbers.seats, regulation.plan

    def used(minor: int) -> dict[str, int]:
        return {direction: round(rates[direction].get(minor, 0.0)) for direction in DIRECTIONS}

    uplinks = {}
    unclassified = {"down": 0, "up": 0}
    for uplink in plan.uplinks:
        pulse = watch.pulses[uplink.name]
        state = {"alive": pulse.alive, "carrier": pulse.carrier, "loss": round(pulse.loss, 3)}
        uplinks[uplink.name] = {**state, **used(seats[root_of(uplink.name)])}
        stray = used(seats[unclassified_of(uplink.name)])
        unclassified = {direction: unclassified[direction] + stray[direction] for direction in stray}
    visiting = regulation.visits()
    nodes: dict[str, Any] = {}
    for at, (node, minor) in enumerate(zip(plan.nodes, regulation.minors, strict=True)):
        sums = used(minor)
        for guest in visiting.get(node.name, ()):
            sums = {direction: sums[direction] + more for direction, more in used(guest).items()}
        nodes[node.name] = {
            **sums,
            **{f"share_{direction}": int(regulation.shares[direction][at]) for direction in DIRECTIONS},
            "uplink": regulation.homes[at],
        }
    return {"uplinks": uplinks, "nodes": nodes, "unclassified": unclassified}
