"""The plan file: YAML or JSON, `format: 1`. Read whole or refused whole; every error names its place and its remedy."""

from __future__ import annotations

from typing import Any

from simpul.kit.rates import format_rate
from simpul.traffic.logic import fields
from simpul.traffic.logic.document import PlanError, read_document
from simpul.traffic.logic.plan import FORMAT, Match, Node, Plan, Rates, Uplink
from simpul.traffic.logic.tree import check_matches, check_tree

__all__ = ["PlanError", "plan_from_data", "read_plan"]

# bit/s: the kernel counts bytes, and below one byte a second it has no rate.
SLOWEST_UPLINK = 8
_NODE_KEYS = ("guarantee", "ceiling", "weight", "tier", "uplinks", "match", "prefixes")


def read_plan(text: str, name: str) -> Plan:
    """The plan of a text; `name` is the file's, for errors. Raises PlanError."""
    return plan_from_data(read_document(text, name), name)


def plan_from_data(data: Any, name: str) -> Plan:
    """The plan of plain data, as JSON gives it. Raises PlanError."""
    given = fields.mapping(data, name, ("uplinks", "nodes"), ("format", "lan", "protected"))
    written = given.get("format", FORMAT)
    if type(written) is not int or written != FORMAT:
        raise PlanError(f"{name}, format: {fields.shown(written)} is not known; this version reads format {FORMAT}")
    uplinks = tuple(
        _uplink(item, _titled(f"{name}, uplinks[{index}]", item))
        for index, item in enumerate(fields.items(given["uplinks"], f"{name}, uplinks"))
    )
    if not uplinks:
        raise PlanError(f"{name}, uplinks: there is none. Write at least one with name, dev, down and up")
    nodes = tuple(
        _node(item, _titled(f"{name}, nodes[{index}]", item))
        for index, item in enumerate(fields.items(given["nodes"], f"{name}, nodes"))
    )
    lan = fields.each(given.get("lan"), f"{name}, lan", fields.device)
    protected = fields.each(given.get("protected"), f"{name}, protected", fields.prefix)
    plan = Plan(uplinks, lan, nodes, protected)
    check_tree(plan, name)
    check_matches(plan, name)
    return plan


def _titled(place: str, item: Any) -> str:
    """The place with the name that stands there, if there is one."""
    title = item.get("name") if isinstance(item, dict) else None
    return f"{place} {fields.shown(title)}" if isinstance(title, str) else place


def _uplink(item: Any, place: str) -> Uplink:
    given = fields.mapping(item, place, ("name", "dev", "down", "up"), ("probes",))
    return Uplink(
        name=fields.name(given["name"], f"{place}, name"),
        dev=fields.device(given["dev"], f"{place}, dev"),
        rates=Rates(*(fields.rate(given[way], f"{place}, {way}", least=SLOWEST_UPLINK) for way in ("down", "up"))),
        probes=fields.each(given.get("probes"), f"{place}, probes", fields.address),
    )


def _node(item: Any, place: str) -> Node:
    given = fields.mapping(item, place, ("name", "parent"), _NODE_KEYS)
    guarantee = fields.rates(given.get("guarantee", 0), f"{place}, guarantee")
    ceiling = given.get("ceiling")
    return Node(
        name=fields.name(given["name"], f"{place}, name"),
        parent=fields.name(given["parent"], f"{place}, parent"),
        guarantee=guarantee,
        ceiling=None if ceiling is None else _ceiling(ceiling, guarantee, f"{place}, ceiling"),
        weight=fields.weight(given.get("weight", 1), f"{place}, weight"),
        tier=fields.whole(given.get("tier", 0), f"{place}, tier", 0, fields.HIGHEST_TIER),
        uplinks=fields.each(given.get("uplinks"), f"{place}, uplinks", fields.name),
        match=_matches(given, place),
    )


def _ceiling(value: Any, guarantee: Rates, place: str) -> Rates:
    ceiling = fields.rates(value, place)
    for way, most, least in (("down", ceiling.down, guarantee.down), ("up", ceiling.up, guarantee.up)):
        if most < least:
            raise PlanError(
                f"{place}: {format_rate(most)} {way} is less than the guarantee of {format_rate(least)}. "
                "Raise it or lower the guarantee"
            )
    return ceiling


def _matches(given: dict[str, Any], place: str) -> tuple[Match, ...]:
    prefixes = fields.each(given.get("prefixes"), f"{place}, prefixes", fields.prefix)
    found = fields.each(given.get("match"), f"{place}, match", _match)
    short = tuple(Match(prefix=prefix) for prefix in prefixes)
    for match in short:
        if match in found:
            raise PlanError(f"{place}, prefixes: {match.prefix} stands in match as well. Keep one of the two")
    return found + short


def _match(item: Any, place: str) -> Match:
    given = fields.mapping(item, place, (), ("prefix", "vlan", "interface"))
    if len(given) != 1:
        raise PlanError(f"{place}: holds {len(given)} keys. Write one of prefix, vlan and interface for each entry")
    if "prefix" in given:
        return Match(prefix=fields.prefix(given["prefix"], f"{place}, prefix"))
    if "vlan" in given:
        return Match(vlan=fields.whole(given["vlan"], f"{place}, vlan", 1, 4094))
    return Match(interface=fields.device(given["interface"], f"{place}, interface"))
