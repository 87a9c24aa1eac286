"""What can be followed, who may follow it, and how much of it each viewer gets. Pure.

A message that tells of one object more than its viewer may open on a page would be a hole, so what is not known to be
theirs is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from simpul.people.logic.rights import Scope

Payload = Mapping[str, Any]
SUBJECTS = "live."


@dataclass(frozen=True, slots=True)
class Sight:
    """The elements that somebody sees, by code; `parties` are the organisations that are called for their own faults.

    Two viewers with equal sights are sent the very same bytes.
    """

    whole: bool = False
    sites: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    uplinks: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of message: who may follow it at all, and what a sight leaves of it."""

    may: Callable[[Scope], bool]
    narrow: Callable[[Payload, Sight], Payload]


def allowed(scope: Scope) -> tuple[str, ...]:
    """The topics that somebody may follow, in the order of the table."""
    return tuple(name for name, topic in TOPICS.items() if topic.may(scope))


def seen(name: str, payload: Payload, sight: Sight) -> Payload:
    """What one sight leaves of a message."""
    return payload if sight.whole else TOPICS[name].narrow(payload, sight)


def _links(payload: Payload, sight: Sight) -> Payload:
    return {"at": payload.get("at"), "links": _of(payload.get("links"), sight.links)}


def _sites(payload: Payload, sight: Sight) -> Payload:
    return {"at": payload.get("at"), "sites": _of(payload.get("sites"), sight.sites)}


def _uplinks(payload: Payload, sight: Sight) -> Payload:
    return {"at": payload.get("at"), "uplinks": _of(payload.get("uplinks"), sight.uplinks)}


def _of(rows: object, codes: frozenset[str]) -> dict[str, Any]:
    return {code: row for code, row in rows.items() if code in codes} if isinstance(rows, Mapping) else {}


# What an alarm says without naming an element; whatever else it carries stays with those who see the whole network.
_PLAIN = ("id", "kind", "severity", "opened_at", "updated_at", "party")
# Elements by code, of which only the viewer's own are told.
_SITES = ("sites", "without_internet")
_ELEMENTS = ("refs", *_SITES)


def _alarms(payload: Payload, sight: Sight) -> Payload:
    alarms = payload.get("open")
    rows: Iterable[Any] = alarms if isinstance(alarms, list) else ()
    told = [_alarm(row, sight) for row in rows if isinstance(row, Mapping) and _concerns(row, sight)]
    return {"at": payload.get("at"), "open": told}


def _concerns(alarm: Payload, sight: Sight) -> bool:
    hit = any(code in sight.sites for name in _SITES for code in _codes(alarm, name))
    return hit or alarm.get("party") in sight.parties


def _alarm(alarm: Payload, sight: Sight) -> dict[str, Any]:
    own = sight.sites | sight.links | sight.uplinks
    told = {name: alarm[name] for name in _PLAIN if name in alarm}
    told |= {name: [code for code in _codes(alarm, name) if code in own] for name in _ELEMENTS}
    # Whether somebody has taken it up, not who.
    told["acknowledged"] = bool(alarm.get("acknowledged"))
    if alarm.get("party") in sight.parties and "service_number" in alarm:
        told["service_number"] = alarm["service_number"]
    return told


def _codes(alarm: Payload, name: str) -> list[str]:
    codes = alarm.get(name)
    return [code for code in codes if isinstance(code, str)] if isinstance(codes, list) else []


TOPICS: Mapping[str, Topic] = {
    "links": Topic(lambda scope: scope.whole_network or bool(scope.organisations), _links),
    "sites": Topic(lambda scope: scope.whole_network or bool(scope.agencies), _sites),
    "uplinks": Topic(lambda scope: scope.whole_network or bool(scope.providers), _uplinks),
    "alarms": Topic(lambda scope: scope.whole_network or bool(scope.organisations), _alarms),
}
