"""What the agent says of itself each second: shares, what is really used, uplinks, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from simpul.traffic.agent.gateway import Gateway
from simpul.traffic.agent.orders import Orders
from simpul.traffic.agent.regulation import Regulation
from simpul.traffic.agent.watching import Watch
from simpul.traffic.logic.panic import Panic
from simpul.traffic.logic.plan import DIRECTIONS, Direction
from simpul.traffic.logic.seats import root_of, unclassified_of
from simpul.traffic.logic.standing import FAILING, PANIC, SHAPING, STOPPED, TRIAL, UNSHAPED


def report(
    name: str,
    at: datetime,
    gateway: Gateway,
    orders: Orders,
    watch: Watch,
    panic: Panic,
    *,
    stray: bool,
    stopped: bool = False,
) -> dict[str, Any]:
    """Rates in bit/s of layer 2, as measured over the last turn. `stray`: what is no site's has gone on for a while."""
    pending = orders.pending
    state, reason = (STOPPED, "") if stopped else _state(gateway, orders, panic)
    body: dict[str, Any] = {
        "gateway": name,
        "at": at.isoformat(),
        "number": orders.number,
        "order": orders.fingerprint,
        "pending": pending and {"number": pending.number, "seconds_left": round(orders.seconds_left(), 1)},
        "seen": orders.seen,
        "state": state,
        "reason": reason,
        "panic": panic.value,
        "uplinks": {},
        "nodes": {},
        "unclassified": {"down": 0, "up": 0},
        "stray": stray,
        "trouble": gateway.trouble.lines(),
    }
    regulation = gateway.regulation
    if regulation is not None:
        body |= _measured(regulation, _rates(gateway, regulation), watch)
        body["unclassified"] = unclassified(gateway)
    return body


def _state(gateway: Gateway, orders: Orders, panic: Panic) -> tuple[str, str]:
    """What it does now in one word, and why where it is not simply the plan."""
    if gateway.regulation is None:
        return UNSHAPED, orders.refusal or gateway.trouble.now().get("plan", "") or "it has not been given any plan"
    failures = gateway.failures()
    if failures:
        return FAILING, "; ".join(failures[:3])
    if panic is not Panic.NORMAL:
        return PANIC, panic.value
    return (TRIAL if orders.pending else SHAPING), orders.refusal


def unclassified(gateway: Gateway) -> dict[str, int]:
    """What belonged to no site in the last turn, by direction."""
    found: dict[str, int] = dict.fromkeys(DIRECTIONS, 0)
    if gateway.regulation is None:
        return found
    seats = gateway.regulation.numbers.seats
    rates = _rates(gateway, gateway.regulation)
    for direction in DIRECTIONS:
        minors = [seats[unclassified_of(uplink.name)] for uplink in gateway.regulation.plan.uplinks]
        found[direction] = round(sum(rates[direction].get(minor, 0.0) for minor in minors))
    return found


def _rates(gateway: Gateway, regulation: Regulation) -> dict[str, Mapping[int, float]]:
    """By direction what every class carries; a device that was not read yet carries nothing."""
    found: dict[str, dict[int, float]] = {direction: {} for direction in DIRECTIONS}
    for device, (direction, _) in regulation.shapes.items():
        if device in gateway.devices:
            found[direction].update(gateway.devices[device].meter.rates)
    return dict(found)


def _measured(regulation: Regulation, rates: Mapping[str, Mapping[int, float]], watch: Watch) -> dict[str, Any]:
    seats, plan = regulation.numbers.seats, regulation.plan

    def used(minor: int) -> dict[str, int]:
        return {direction: round(rates[direction].get(minor, 0.0)) for direction in DIRECTIONS}

    uplinks = {}
    for uplink in plan.uplinks:
        pulse = watch.pulses[uplink.name]
        state = {"alive": pulse.alive, "carrier": pulse.carrier, "loss": round(pulse.loss, 3)}
        uplinks[uplink.name] = {**state, **used(seats[root_of(uplink.name)])}
    visiting = regulation.visits()
    nodes: dict[str, Any] = {}
    for at, (node, minor) in enumerate(zip(plan.nodes, regulation.minors, strict=True)):
        sums, guests = used(minor), visiting.get(node.name, ())
        for guest in guests:
            sums = {direction: sums[direction] + more for direction, more in used(guest).items()}
        nodes[node.name] = {
            **sums,
            **{f"share_{direction}": _share(regulation, direction, at, guests) for direction in DIRECTIONS},
            "uplink": regulation.homes[at],
        }
    return {"uplinks": uplinks, "nodes": nodes}


def _share(regulation: Regulation, direction: Direction, at: int, guests: Iterable[int]) -> int:
    """What a node is given at home and wherever else connections of it have stayed."""
    given = regulation.given[direction]
    return int(regulation.shares[direction][at] + sum(given.get(minor, 0.0) for minor in guests))
