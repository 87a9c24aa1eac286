"""`simpul trace`: which way a place takes to the core and out, and whose each piece of it is."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from simpul.kit.rates import format_rate
from simpul.register.logic.elements import KINDS, Element
from simpul.register.logic.graph import graph_of
from simpul.register.logic.snapshot import Snapshot
from simpul.register.logic.way import Hop, Way, way_of
from simpul.register.service import snapshot as read_snapshot
from simpul.register.service.reach import ENDS, Paid, paid_links, paid_uplinks, place_called


def register(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    what = "code of a link, circuit, device, way out, site, camera or application"
    parser.add_argument("element", metavar="ELEMENT", help=what)
    parser.add_argument("--kind", choices=[*KINDS, *ENDS], default="", help="what it is, where several share a code")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.epilog = "Status: 0 answered, 1 it is not joined to the network, 2 there is no such element."


def run(args: argparse.Namespace) -> int:
    """Ask the graph, print the answer. Raises a Refusal for what is not there."""
    snapshot = read_snapshot()
    element = place_called(snapshot, args.element, args.kind)
    way = way_of(graph_of(snapshot), element)
    told = _told(snapshot, element, way)
    print(json.dumps(told, ensure_ascii=False) if args.json else "\n".join(_lines(told)))
    return 0 if way.core is not None else 1


def _told(snapshot: Snapshot, element: Element, way: Way) -> dict[str, Any]:
    crossed = [*way.hops, *(hop for out in way.ways_out for hop in out.hops)]
    links, uplinks = paid_links({hop.link.code for hop in crossed}), paid_uplinks()
    return {
        "element": {"kind": element.kind, "code": element.code, "name": element.name},
        "joined": way.core is not None,
        "core": way.core,
        "hops": [_hop(hop, links[hop.link.code]) for hop in way.hops],
        "ways_out": [
            {
                "hops": [_hop(hop, links[hop.link.code]) for hop in out.hops],
                **_uplink(snapshot, out.uplink, uplinks[out.uplink]),
            }
            for out in way.ways_out
        ],
    }


def _hop(hop: Hop, paid: Paid) -> dict[str, Any]:
    link = hop.link
    return {
        "device": hop.device,
        "port": hop.port,
        "to_device": hop.to_device,
        "to_port": hop.to_port,
        "link": link.code,
        # A leased circuit is one hop whose inside is the provider's; what no circuit carries lies in one room.
        "carried_by": "leased" if link.leased else "own" if link.circuit else "patch",
        "circuit": link.circuit,
        "provider": link.provider,
        "service_number": link.service_number,
        "capacity_bps": link.capacity_bps,
        "owner": paid.owner,
        "operator": paid.operator,
        "contract": paid.contract,
        "only_way": hop.only_way,
    }


def _uplink(snapshot: Snapshot, code: str, paid: Paid) -> dict[str, Any]:
    way = snapshot.uplinks[code]
    return {
        "uplink": code,
        "name": way.name,
        "device": way.device,
        "port": way.port,
        "provider": way.provider,
        "service_number": way.service_number,
        "down_bps": way.down_bps,
        "up_bps": way.up_bps,
        "owner": paid.owner,
        "operator": paid.operator,
        "contract": paid.contract,
    }


def _lines(told: dict[str, Any]) -> Iterator[str]:
    element = told["element"]
    said = f"{element['kind']} {element['code']}" + (
        f" ({element['name']})" if element["name"] != element["code"] else ""
    )
    if not told["joined"]:
        yield f"{said}: not joined to the network."
        return
    yield f"{said}: {len(told['hops'])} {'hop' if len(told['hops']) == 1 else 'hops'} to the core {told['core']}"
    yield from (f"  {number}. {_hop_words(hop)}" for number, hop in enumerate(told["hops"], 1))
    for out in told["ways_out"]:
        rate = f"{format_rate(out['down_bps'])} down, {format_rate(out['up_bps'])} up"
        yield f"out by {out['uplink']} ({out['name']}): {rate}"
        yield from (f"  {_hop_words(hop)}" for hop in out["hops"])
        number = f", service number {out['service_number']}" if out["service_number"] else ""
        yield f"  {out['device']}:{out['port']}, provider {out['provider']}{number}; {_paid_words(out)}"


def _hop_words(hop: dict[str, Any]) -> str:
    carried = {
        "patch": "patch cord",
        "own": f"own circuit {hop['circuit']}",
        "leased": f"leased circuit {hop['circuit']}, {hop['provider']} {hop['service_number']}".rstrip(),
    }[hop["carried_by"]]
    rate = f", {format_rate(hop['capacity_bps'])}" if hop["capacity_bps"] else ""
    ends = f"{hop['device']}:{hop['port']} - {hop['to_device']}:{hop['to_port']}"
    alone = "; no second way" if hop["only_way"] else ""
    return f"{ends}  {hop['link']}{rate}, {carried}; {_paid_words(hop)}{alone}"


def _paid_words(row: dict[str, Any]) -> str:
    contract = f", contract {row['contract']}" if row["contract"] else ""
    return f"owner {row['owner']}, repaired by {row['operator']}{contract}"
