"""What the register's graph says: the causes behind facts, and what hangs on an element under maintenance."""

from __future__ import annotations

from collections.abc import Sequence

from simpul.register.logic.graph import graph_of
from simpul.register.logic.snapshot import Snapshot
from simpul.watch.judge import Explain
from simpul.watch.logic.cause import explain
from simpul.watch.logic.facts import Cause, Facts


def explainer(snapshot: Snapshot) -> Explain:
    """Facts to causes, on this snapshot."""
    graph = graph_of(snapshot)

    def explained(facts: Facts) -> Sequence[Cause]:
        return explain(graph, facts)

    return explained


def covered(snapshot: Snapshot, ref: str) -> frozenset[str]:
    """All whose alarms are no surprise while `ref` (device, link, circuit, site or uplink) is worked on: itself, its
    parts, and whatever cannot be reached without it."""
    graph = graph_of(snapshot)
    links = {link.code for link in snapshot.links.values() if ref in (link.code, link.circuit)}
    devices = {device.code for device in snapshot.devices.values() if ref in (device.code, device.site)}
    behind = graph.reachable(graph.core) - graph.reachable(graph.core, links, devices)
    silent = behind | devices
    touched = {link.code for link in snapshot.links.values() if link.a_device in silent or link.b_device in silent}
    circuits = {snapshot.links[code].circuit for code in touched | links} - {""}
    ways = {way.code for way in snapshot.uplinks.values() if ref == way.code or way.device in silent}
    return frozenset({ref} | links | silent | touched | circuits | ways)
