"""`simpul impact`: whom it hits when something is gone."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from simpul.kit.rates import format_rate
from simpul.people.models import Organisation
from simpul.register.logic.elements import KINDS, Element
from simpul.register.logic.graph import graph_of
from simpul.register.logic.impact import Impact, impact_of
from simpul.register.logic.snapshot import Snapshot
from simpul.register.service import snapshot as read_snapshot
from simpul.register.service.reach import Attached, attached_to, element_called


def register(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    what = "code of a link, circuit, device, way out or site; of several, all are gone at once"
    parser.add_argument("elements", nargs="+", metavar="ELEMENT", help=what)
    parser.add_argument("--kind", choices=KINDS, default="", help="what it is, where several elements share a code")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.epilog = "Status: 0 answered, 2 there is no such element."


def run(args: argparse.Namespace) -> int:
    """Ask the graph, print the answer. Raises a Refusal for what is not there."""
    snapshot = read_snapshot()
    chosen = [element_called(snapshot, code, args.kind) for code in args.elements]
    found = impact_of(graph_of(snapshot), chosen)
    lost = attached_to(found.silent)
    names = _names(found, snapshot)
    if args.json:
        print(json.dumps(_data(snapshot, found, lost, names), ensure_ascii=False))
    else:
        print("\n".join(_lines(snapshot, found, lost, names)))
    return 0


def _names(found: Impact, snapshot: Snapshot) -> dict[str, str]:
    """Names of the organisations that are spoken of, by code."""
    codes = {party.organisation for party in found.parties}
    codes |= {snapshot.sites[code].organisation for code in (*found.network, *found.internet)}
    return dict(Organisation.objects.filter(code__in=codes).values_list("code", "name"))


def _data(snapshot: Snapshot, found: Impact, lost: Iterable[Attached], names: dict[str, str]) -> dict[str, Any]:
    def sites(codes: Iterable[str]) -> list[dict[str, str]]:
        rows = (snapshot.sites[code] for code in codes)
        return [{"code": row.code, "name": row.name, "organisation": row.organisation} for row in rows]

    ways = snapshot.uplinks
    return {
        "elements": [_named(element) for element in found.elements],
        "without_network": sites(found.network),
        "without_internet": sites(found.internet),
        "parties": [{**asdict(party), "name": names.get(party.organisation, "")} for party in found.parties],
        "attached": [asdict(each) for each in lost],
        "ways_out": {
            "lost": list(found.ways_lost),
            "left": [{"code": code, "down_bps": ways[code].down_bps} for code in found.ways_left],
        },
    }


def _named(element: Element) -> dict[str, Any]:
    return {"kind": element.kind, "code": element.code, "name": element.name, "planned": element.planned}


def _lines(snapshot: Snapshot, found: Impact, lost: Iterable[Attached], names: dict[str, str]) -> Iterator[str]:
    gone = ", ".join(f"{each.kind} {each.code}" for each in found.elements)
    if found.planned:
        yield f"{gone}: not built yet, so nothing hangs on it."
        return
    if not found.hits_somebody:
        yield f"Without {gone}: every site keeps its network and its internet."
    for what, codes in (("network", found.network), ("internet", found.internet)):
        if codes:
            yield f"Without {gone}: {len(codes)} {'site' if len(codes) == 1 else 'sites'} without {what}"
            yield from (f"  {code:<20} {_site_words(snapshot, code, names)}" for code in codes)
    for party in found.parties:
        number = f", service number {party.service_number}" if party.service_number else ""
        yield f"to be mended by: {party.organisation} {names.get(party.organisation, '')}{number}".rstrip()
    for each in lost:
        yield f"lost with it: {each.kind} {each.code} {each.name} (at {each.site})"
    if found.ways_lost:
        left = ", ".join(f"{code} {format_rate(snapshot.uplinks[code].down_bps)}" for code in found.ways_left)
        yield f"ways out lost: {', '.join(found.ways_lost)}; left: {left or 'none'}"


def _site_words(snapshot: Snapshot, code: str, names: dict[str, str]) -> str:
    site = snapshot.sites[code]
    whose = names.get(site.organisation, site.organisation)
    return site.name if whose == site.name else f"{site.name} ({whose})"
